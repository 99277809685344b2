// SPDX-License-Identifier: Apache-2.0
// When a search ends early, and what becomes of failures: keys of [search] that every algorithm and scheduler obeys.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "shoal/config/schema.hpp"
#include "shoal/search/algorithm.hpp"

namespace shoal::workloads::tune {

struct ControlParameters {
  double seconds = 0;                    // no new trials after so long; 0: no limit
  std::optional<double> metric_reached;  // no new trials once a finished one is as good
  std::int64_t no_progress = 0;          // ... once so many finished without a better one; 0: never
  std::string on_failure = "record";     // record | retry | stop
  std::int64_t retries = 2;              // retry: so many times
};

void bind(config::Table& search, ControlParameters& control);

// Watches what may be seen of a search, in the order in which it may be seen.
class StopRules {
 public:
  StopRules() = default;
  // `maximise`: metric_reached is about the negative of losses.
  StopRules(const ControlParameters& control, bool maximise);

  // Do the results decide (a window of them must then be known before each trial)? Does the clock?
  bool look_at_results() const { return threshold_.has_value() || no_progress_ > 0 || stop_at_failure_; }
  bool look_at_clock() const { return seconds_ > 0; }

  // A finished trial, once.
  void note(search::State state, double loss);

  // Why no new trial should start; empty: one may.
  std::string verdict() const;
  bool time_is_over(double elapsed_seconds) const { return seconds_ > 0 && elapsed_seconds >= seconds_; }

 private:
  std::optional<double> threshold_;  // of the loss
  std::int64_t no_progress_ = 0;
  double seconds_ = 0;
  bool stop_at_failure_ = false;
  bool failed_ = false;
  double best_ = search::kBadLoss;
  std::int64_t since_best_ = 0;      // finished trials
};

}  // namespace shoal::workloads::tune

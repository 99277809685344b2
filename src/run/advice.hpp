// SPDX-License-Identifier: Apache-2.0
// What the figures of a run mean: where the core-hours went, in one sentence, and what to change.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "run/input.hpp"
#include "run/performance.hpp"

namespace shoal::run {

struct Advice {
  std::string text;     // what was seen and the remedy
  double gain = 0;      // estimated share of the core-hours saved, 0 to 1
  std::string setting = {};  // the one thing to change, such as `schedule.order = "longest"`
};

// What the figures cannot tell.
struct AdviceContext {
  std::int64_t max_parallel = 0;        // more workers than this idle; 0: unknown
  std::optional<std::int64_t> window;   // search.window, if the input has one
};

// search.window of the input, if it is a number.
std::optional<std::int64_t> search_window(const Input& input);

// The greatest gain first. Nothing about runs under a second: their start-up dominates.
std::vector<Advice> advise(const Performance& figures, const AdviceContext& context);

// "0.0123 core-hours: 0.0112 useful (91.1 %), 0.0011 idle: 5.0 % for the horizon, ..."; names the setting of the first advice.
std::string where_the_time_went(const Performance& figures, const std::vector<Advice>& advice);

// The factors of the three models, CPU over wall, a few lines.
std::string efficiency_text(const Performance& figures);

}  // namespace shoal::run

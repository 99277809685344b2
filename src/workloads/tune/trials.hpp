// SPDX-License-Identifier: Apache-2.0
// What rank 0 knows of the trials, column by column: 17 bytes a trial and 8 a parameter, and what few trials have (reasons,
// rungs, values) on the side.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "workloads/tune/objective.hpp"

namespace shoal::workloads::tune {

// One trial; everything it refers to is valid until the next change.
struct Trial {
  search::State state = search::State::unfinished;  // pruned: stopped at a rung, or waiting there
  double loss = std::numeric_limits<double>::quiet_NaN();  // of finished trials; +inf unless ok or pruned
  std::int64_t reached = 0;                         // resource used up
  std::int64_t first_bad_epoch = -1;
  const std::string& fail_reason;
  int columns = -1;                                 // number of the list of metrics in Trials::column_lists(); -1: none
  std::span<const double> history;                  // (unit of resource, column), row-major
  std::span<const RungValue> rungs;                 // rising
  std::span<const NamedValue> values;               // attached by the objective
  std::span<const NamedValue> costs;                // sums over segments
  std::span<const NamedText> texts;                 // what programs said

  bool finished() const { return state != search::State::unfinished; }
};

class Trials {
 public:
  std::size_t size() const { return states_.size(); }
  bool empty() const { return states_.empty(); }
  Trial operator[](std::size_t i) const;

  // Lists of metrics, shared by all trials that have the same.
  const std::vector<std::vector<std::string>>& column_lists() const { return column_lists_; }
  bool any_rungs() const { return !rungs_.empty(); }

  // One more, unfinished.
  void add();
  // What one more segment of a trial found out; its state stays as it is.
  void append(std::size_t i, SegmentOutcome& outcome);
  void set_end(std::size_t i, search::State state, double loss, std::int64_t reached);
  void set_reason(std::size_t i, std::string reason) { reasons_[i] = std::move(reason); }
  // Goes on after it was pruned or had failed.
  void reopen(std::size_t i);

 private:
  std::vector<search::State> states_;
  std::vector<double> losses_;
  std::vector<std::int64_t> reached_;
  std::vector<std::int16_t> columns_;          // sized by the first history, as the next
  std::vector<std::vector<double>> histories_;
  std::vector<std::vector<std::string>> column_lists_;
  std::map<std::size_t, std::string> reasons_;
  std::map<std::size_t, std::int64_t> bad_epochs_;
  std::map<std::size_t, std::vector<RungValue>> rungs_;
  std::map<std::size_t, std::vector<NamedValue>> values_, costs_;
  std::map<std::size_t, std::vector<NamedText>> texts_;
};

}  // namespace shoal::workloads::tune

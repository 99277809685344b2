// SPDX-License-Identifier: Apache-2.0
#include "workloads/tune/trials.hpp"

#include <algorithm>

namespace shoal::workloads::tune {
namespace {

template <class T>
std::span<const T> found_in(const std::map<std::size_t, std::vector<T>>& map, std::size_t i) {
  const auto found = map.find(i);
  return found == map.end() ? std::span<const T>() : std::span<const T>(found->second);
}

void add_costs(std::vector<NamedValue>& sums, const std::vector<NamedValue>& costs) {
  for (const auto& [name, cost] : costs) {
    const auto sum = std::find_if(sums.begin(), sums.end(), [&name = name](const NamedValue& v) { return v.first == name; });
    if (sum == sums.end()) sums.emplace_back(name, cost);
    else sum->second += cost;
  }
}

const std::string kNoReason;

}  // namespace

Trial Trials::operator[](std::size_t i) const {
  const auto reason = reasons_.find(i);
  const auto bad = bad_epochs_.find(i);
  return {.state = states_[i],
          .loss = losses_[i],
          .reached = reached_[i],
          .first_bad_epoch = bad == bad_epochs_.end() ? -1 : bad->second,
          .fail_reason = reason == reasons_.end() ? kNoReason : reason->second,
          .columns = i < columns_.size() ? columns_[i] : -1,
          .history = i < histories_.size() ? std::span<const double>(histories_[i]) : std::span<const double>(),
          .rungs = found_in(rungs_, i),
          .values = found_in(values_, i),
          .costs = found_in(costs_, i),
          .texts = found_in(texts_, i)};
}

void Trials::add() {
  states_.push_back(search::State::unfinished);
  losses_.push_back(std::numeric_limits<double>::quiet_NaN());
  reached_.push_back(0);
}

void Trials::append(std::size_t i, SegmentOutcome& outcome) {
  if (!outcome.columns.empty()) {
    if (columns_.size() < size()) columns_.resize(size(), -1);
    if (histories_.size() < size()) histories_.resize(size());
    auto list = std::find(column_lists_.begin(), column_lists_.end(), outcome.columns);
    if (list == column_lists_.end()) list = column_lists_.insert(list, std::move(outcome.columns));
    columns_[i] = static_cast<std::int16_t>(list - column_lists_.begin());
    if (histories_[i].empty()) histories_[i] = std::move(outcome.history);
    else histories_[i].insert(histories_[i].end(), outcome.history.begin(), outcome.history.end());
  }
  if (outcome.first_bad_epoch >= 0) bad_epochs_[i] = outcome.first_bad_epoch;
  if (!outcome.fail_reason.empty()) reasons_[i] = std::move(outcome.fail_reason);
  if (!outcome.rungs.empty()) rungs_[i].insert(rungs_[i].end(), outcome.rungs.begin(), outcome.rungs.end());
  if (!outcome.values.empty()) values_[i] = std::move(outcome.values);
  if (!outcome.costs.empty()) add_costs(costs_[i], outcome.costs);
  if (!outcome.texts.empty()) texts_[i] = std::move(outcome.texts);
}

void Trials::set_end(std::size_t i, search::State state, double loss, std::int64_t reached) {
  states_[i] = state;
  losses_[i] = loss;
  reached_[i] = reached;
}

void Trials::reopen(std::size_t i) {
  states_[i] = search::State::unfinished;
  reasons_.erase(i);
  bad_epochs_.erase(i);
}

}  // namespace shoal::workloads::tune

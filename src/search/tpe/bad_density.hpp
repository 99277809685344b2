// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "search/tpe/group_model.hpp"

namespace shoal::search::tpe {

// The density of the bad observations and the pending points of one member of a group. The cost of making it, and of one
// value of it, does not depend on their number.
class BadDensity {
 public:
  // `separate`: all that are not in the tables of the member, with their weights; `index`: of the member in their values.
  // `old`: weights of those in the tables, by order.
  BadDensity(const GroupModel::Member& member, const ParzenRule& rule, std::span<const SampleView> separate,
             std::size_t index, const Forgetting& old);

  // Of a choice the logarithm of the probability of an option; of a number that of the density at a latent coordinate, or
  // of the mass of the cell of a stepped value.
  double log_of_option(double option) const;
  void logs_at(std::span<const double> coordinates, std::span<double> logs) const;
  void logs_of_cells(std::span<const double> low, std::span<const double> high, std::span<double> logs) const;

 private:
  void fit_number(const ParzenRule& rule, std::span<const SampleView> separate, std::size_t index);
  void fit_beside_tables(const ParzenRule& rule, std::vector<Sample> samples);
  void fit_choice(const ParzenRule& rule, std::span<const SampleView> separate, std::size_t index);
  void to_logs(std::span<double> sums) const;

  const GroupModel::Member& member_;
  Forgetting old_;
  std::optional<Kernels> kernels_;
  std::vector<double> log_probabilities_;
  double total_ = 1;
};

}  // namespace shoal::search::tpe

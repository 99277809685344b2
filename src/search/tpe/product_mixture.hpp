// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "search/tpe/draws.hpp"
#include "search/tpe/group_model.hpp"

namespace shoal::search::tpe {

// A density over all parameters of a group that knows which values go together: a mixture of products. Kernel k has one
// factor in each parameter, around observation k; the last kernel is the prior. Numbers have cut normal factors, as wide as
// in the Parzen estimator of the parameter alone; of a choice the observed option has weight 1, and all options share
// prior_weight K / (n + 1) among them by their prior.
class ProductMixture {
 public:
  // The group must outlive the object.
  ProductMixture(const GroupModel& group, const ParzenRule& rule, const std::vector<GroupSample>& samples);

  // A point: values by member, and for numbers their latent coordinates.
  void draw(Draws& draws, std::vector<double>& values, std::vector<double>& coordinates) const;

  // Logarithm of the density of a point; of a stepped number it is the mass of its cell.
  double log_density(const std::vector<double>& values, const std::vector<double>& coordinates) const;

 private:
  // Of a number: kernels, and the logarithms of their heights. Of a choice: the observed options, and for each option the
  // logarithms of its probability where it was observed and where it was not.
  struct Factor {
    std::unique_ptr<Kernels> kernels;
    std::vector<double> log_height, observed, log_hit, log_miss;
  };

  Factor choice_factor(const GroupModel::Member& member, const std::vector<GroupSample>& samples, std::size_t index) const;
  double draw_option(const GroupModel::Member& member, const Factor& factor, std::size_t k, double u) const;
  void add_choice(const GroupModel::Member& member, const Factor& factor, std::size_t option) const;
  void add_number(const Factor& factor, double coordinate) const;
  void add_cell(const Factor& factor, double low, double high) const;

  const GroupModel& group_;
  double spread_;  // weight that the options of a row share beside the observed one
  std::vector<double> weights_, log_weights_;
  double total_ = 0;
  std::vector<Factor> factors_;
  mutable std::vector<double> logs_, work_;
};

}  // namespace shoal::search::tpe

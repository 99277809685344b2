// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>
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
  ProductMixture(const GroupModel& group, const ParzenRule& rule, std::span<const SampleView> samples);

  // Points, (member, point): the option of a choice, the value of a stepped number, the latent coordinate of any other
  // number; and the cells of stepped numbers.
  struct Candidates {
    std::size_t n = 0;
    std::vector<double> values, low, high;
    double value(std::size_t member, std::size_t point) const { return values[member * n + point]; }
  };
  Candidates draw(Draws& draws, std::size_t n) const;

  // Logarithms of the densities of such points, in units of one over the latent width of each number without steps; of a
  // stepped number it is the mass of its cell, taken as its width times a normal density with the variances of the kernel
  // and of the cell together (all masses of a kernel sum to 1 within 2 % where cells are alike, within 40 % elsewhere).
  void log_densities(const Candidates& candidates, std::span<double> logs) const;

 private:
  // Of a number: kernels. Of a choice: the observed options, and for each option the logarithms of its probability where
  // it was observed, where it was not, and of its prior.
  struct Factor {
    std::unique_ptr<Kernels> kernels;
    std::vector<double> observed, log_hit, log_miss, log_prior;
    // By kernel, for cells of the width that was asked for last: most are alike.
    mutable double shrink_width = -1;
    mutable std::vector<double> shrink;
  };

  Factor choice_factor(const GroupModel::Member& member, std::span<const SampleView> samples, std::size_t index) const;
  void add_heights(const Latent& latent, const Kernels& kernels);
  double draw_option(const GroupModel::Member& member, const Factor& factor, std::size_t k, double u) const;
  double sum_of_products(const Candidates& candidates, std::size_t point, double& largest) const;
  void add_choice(const Factor& factor, std::size_t option) const;
  void add_number(const Factor& factor, double coordinate) const;
  void add_cell(const Factor& factor, double low, double high) const;

  const GroupModel& group_;
  double spread_;  // weight that the options of a row share beside the observed one
  std::vector<double> weights_, log_weights_;  // log_weights_: with the heights of all numbers
  double total_ = 0;
  bool stepped_ = false;  // some number is
  std::vector<Factor> factors_;
  mutable std::vector<double> logs_, shrinks_;
};

}  // namespace shoal::search::tpe

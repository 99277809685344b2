// SPDX-License-Identifier: Apache-2.0
// The search distribution of CMA-ES, N(m, sigma^2 C), and its update (Hansen, The CMA Evolution Strategy: A Tutorial,
// arXiv:1604.00772, 2016, with the weights of its appendix A), in a space whose coordinates have the unit box as their range.
//
// Points need not come from the distribution itself: since proposals do not wait for results, most come from one a few
// updates older. They are taken in as injected solutions (Hansen, Injecting external solutions into CMA-ES, INRIA
// RR-7748, 2011): a step longer than sqrt(d) + 2 d / (d + 2) in the measure of the distribution is shortened to that.
#pragma once

#include <cstdint>
#include <vector>

#include "search/cma/symmetric_eigen.hpp"

namespace shoal::search::cma {

class Distribution {
 public:
  // Mean (one coordinate a dimension), deviation, and population: points an update.
  Distribution(std::vector<double> mean, double sigma, std::int64_t population);

  static std::int64_t usual_population(std::size_t dimensions);

  // m + sigma B D z.
  std::vector<double> point(const std::vector<double>& z) const;

  // Deviation of one coordinate.
  double deviation(std::size_t i) const;

  // `points`: the population, the best first.
  void update(const std::vector<std::vector<double>>& points);

  std::int64_t population() const { return population_; }
  // Nothing more to find: no coordinate's deviation above 1e-10, or a condition number beyond 1e14.
  bool exhausted() const;

 private:
  void set_weights();
  std::vector<double> whitened(const std::vector<double>& y) const;  // C^-1/2 y
  void decompose();

  std::size_t d_;
  std::int64_t population_;
  std::vector<double> mean_, path_sigma_, path_c_, weights_;
  double sigma_;
  double mu_eff_ = 0, c_1_ = 0, c_mu_ = 0, c_sigma_ = 0, d_sigma_ = 0, c_c_ = 0, chi_ = 0;
  std::size_t n_parents_ = 0;
  std::int64_t generation_ = 0;
  Matrix c_, b_;
  std::vector<double> roots_;  // of the eigenvalues
};

}  // namespace shoal::search::cma

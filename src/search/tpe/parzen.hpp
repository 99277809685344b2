// SPDX-License-Identifier: Apache-2.0
// The adaptive Parzen estimator of one numeric parameter (Bergstra, Bardenet, Bengio, Kegl, NIPS 24, 2011): a mixture of
// normal kernels, one at each observation and a wide one for the prior, each as wide as its larger gap to a neighbour.
//
//   density(x) = sum_k e_k N(x; mu_k, sigma_k) / Z_k / sum_k e_k,   Z_k = mass of kernel k inside the bounds
//
// with e_k = w_k Z_k where the mixture is cut to the bounds as a whole, and e_k = w_k where each kernel is cut by itself.
// Widths are clipped to [width / min(100, 2 + N + sharpness), width] of the prior, N the number of observations.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "search/latent.hpp"

namespace shoal::search::tpe {

struct ParzenRule {
  double prior_weight = 1;
  bool prior_in_gaps = true;   // the prior's centre counts as a neighbour
  bool truncate_each = false;  // e_k = w_k
  double sharpness = 0;        // of the clip of widths
  bool shares = true;          // normal distributions are seen as shares of probability: see Latent
};

// An observation of one parameter; `order` counts the observations of its group in time.
struct Sample {
  double x = 0;  // latent coordinate
  std::int64_t order = 0;
  double weight = 1;
};

// Kernels as arrays of equal length.
class Kernels {
 public:
  Kernels(const Latent& latent, bool truncate_each) : latent_(latent), truncate_each_(truncate_each) {}

  void clear();
  void reserve(std::size_t n);
  void add(double mu, double sigma, double weight);
  // To be called after the last add: masses and heights.
  void finish();

  std::size_t size() const { return mu_.size(); }
  double total() const { return total_; }                       // sum of e_k
  double mu(std::size_t k) const { return mu_[k]; }
  double sigma(std::size_t k) const { return sigma_[k]; }

  double inverse_sigma(std::size_t k) const { return inverse_sigma_[k]; }
  // 1 / Z_k.
  double inverse_mass(std::size_t k) const { return inverse_mass_[k]; }

  // sum_k e_k density_k(x) for each x.
  void densities(std::span<const double> x, std::span<double> sums) const;
  // sum_k e_k mass_k(low, high) for each pair.
  void masses(std::span<const double> low, std::span<const double> high, std::span<double> sums) const;

  // The kernel at a share u of the e_k, 0 <= u < 1; and coordinates inside the bounds at shares u of kernels k.
  std::size_t pick(double u) const;
  void draw(std::span<const std::size_t> k, std::span<const double> u, std::span<double> coordinates) const;

 private:
  void piece_densities(std::span<const double> x, std::span<double> sums) const;
  double narrow_mass(double low, double high) const;
  double wide_mass(double low, double high) const;
  void find_twins() const;

  const Latent& latent_;
  bool truncate_each_;
  std::vector<double> mu_, sigma_, weight_, effective_, inverse_mass_, height_, inverse_sigma_, below_;
  double total_ = 0, least_sigma_ = 0;
  mutable std::vector<double> work_, shrunk_;
  // Where values have steps, many kernels are alike in mu and sigma: the first of each kind, and the kind of each. Empty
  // until masses of wide cells are asked for.
  mutable std::vector<std::size_t> kinds_, kind_, place_;
};

// The widths of sorted points, and all kernels: one for each sample, in the order given, then the prior.
class ParzenFit {
 public:
  void operator()(const Latent& latent, const ParzenRule& rule, std::span<const Sample> samples, Kernels& kernels);

  // `in_time`: the samples' numbers in the order of time; for whoever fits several columns of the same trials.
  void operator()(const Latent& latent, const ParzenRule& rule, std::span<const Sample> samples,
                  std::span<const std::size_t> in_time, Kernels& kernels);

 private:
  struct Entry {
    double x;
    std::size_t index;
  };
  void sort_buckets(const Latent& latent);

  std::vector<Entry> sorted_, scattered_;
  std::vector<std::size_t> in_time_, buckets_, starts_;
  std::vector<double> sigma_;
};

// In a fixed order that SIMD can follow: eight partial sums.
double ordered_sum(std::span<const double> values);

}  // namespace shoal::search::tpe

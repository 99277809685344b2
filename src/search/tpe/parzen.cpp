// SPDX-License-Identifier: Apache-2.0
#include "search/tpe/parzen.hpp"

#include <algorithm>
#include <array>

#include "search/normal_quantile.hpp"
#include "shoal/math/functions.hpp"

namespace shoal::search::tpe {
namespace {

constexpr double kRootTwoPi = 2.50662827463100050242;
constexpr double kRootHalf = 0.70710678118654752440;
constexpr double kTiny = 1e-300;
constexpr double kNarrow = 0.5;  // of the narrowest kernel
constexpr double kReach = 8.3;   // in sigma: beyond, less than 1e-16 of a kernel is left

}  // namespace

double ordered_sum(std::span<const double> values) {
  std::array<double, 8> sums{};
  std::size_t i = 0;
  for (; i + 8 <= values.size(); i += 8) {
    for (std::size_t j = 0; j < 8; ++j) sums[j] += values[i + j];
  }
  for (std::size_t j = 0; i < values.size(); ++i, ++j) sums[j] += values[i];
  return ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]));
}

void Kernels::clear() {
  for (auto* array : {&mu_, &sigma_, &weight_, &effective_, &inverse_mass_, &height_, &inverse_sigma_, &below_}) array->clear();
  total_ = 0;
}

void Kernels::add(double mu, double sigma, double weight) {
  mu_.push_back(mu);
  sigma_.push_back(sigma);
  weight_.push_back(weight);
}

void Kernels::finish() {
  const std::size_t n = size();
  for (auto* array : {&effective_, &inverse_mass_, &height_, &inverse_sigma_, &below_}) array->resize(n);
  for (std::size_t k = 0; k < n; ++k) inverse_sigma_[k] = 1 / sigma_[k];
  least_sigma_ = n > 0 ? *std::min_element(sigma_.begin(), sigma_.end()) : 0;
  if (latent_.bounded()) {
    work_.resize(2 * n);
    for (std::size_t k = 0; k < n; ++k) {
      const double scale = inverse_sigma_[k] * kRootHalf;
      work_[k] = (latent_.high() - mu_[k]) * scale;
      work_[n + k] = (latent_.low() - mu_[k]) * scale;
    }
    math::erf(work_, work_);
    for (std::size_t k = 0; k < n; ++k) inverse_mass_[k] = 1 / std::max(0.5 * (work_[k] - work_[n + k]), kTiny);
    for (std::size_t k = 0; k < n; ++k) below_[k] = 0.5 + 0.5 * work_[n + k];
  } else {
    std::fill(inverse_mass_.begin(), inverse_mass_.end(), 1.0);
  }
  for (std::size_t k = 0; k < n; ++k) {
    effective_[k] = truncate_each_ ? weight_[k] : weight_[k] / inverse_mass_[k];
    height_[k] = effective_[k] * inverse_mass_[k] * inverse_sigma_[k] / kRootTwoPi;
  }
  total_ = ordered_sum(effective_);
}

double Kernels::density(double x) const {
  const std::size_t n = size();
  work_.resize(n);
  for (std::size_t k = 0; k < n; ++k) {
    const double z = (x - mu_[k]) * inverse_sigma_[k];
    work_[k] = -0.5 * z * z;
  }
  math::exp(work_, work_);
  for (std::size_t k = 0; k < n; ++k) work_[k] *= height_[k];
  return ordered_sum(work_);
}

double Kernels::mass(double low, double high) const {
  return high - low <= kNarrow * least_sigma_ ? narrow_mass(low, high) : wide_mass(low, high);
}

// The density at the middle of the range of a kernel widened by the variance of the range: within 1e-5 of the mass near a
// kernel's centre, and within 4e-3 four deviations away.
double Kernels::narrow_mass(double low, double high) const {
  const std::size_t n = size();
  const double centre = 0.5 * (low + high), width = high - low;
  work_.resize(n);
  shrunk_.resize(n);
  for (std::size_t k = 0; k < n; ++k) {
    const double z = (centre - mu_[k]) * inverse_sigma_[k], w = width * inverse_sigma_[k];
    shrunk_[k] = 1 / (1 + w * w / 12);
    work_[k] = -0.5 * z * z * shrunk_[k];
  }
  math::exp(work_, work_);
  math::sqrt(shrunk_, shrunk_);
  for (std::size_t k = 0; k < n; ++k) work_[k] *= shrunk_[k] * height_[k];
  return width * ordered_sum(work_);
}

// Only of kernels that reach so far.
double Kernels::wide_mass(double low, double high) const {
  const std::size_t n = size();
  work_.resize(2 * n);
  shrunk_.resize(n);
  std::size_t m = 0;
  for (std::size_t k = 0; k < n; ++k) {
    const double a = (low - mu_[k]) * inverse_sigma_[k], b = (high - mu_[k]) * inverse_sigma_[k];
    const bool mirrored = a + b < 0;  // into the tail where erfc has no cancellation
    work_[2 * m] = (mirrored ? -b : a) * kRootHalf;
    work_[2 * m + 1] = (mirrored ? -a : b) * kRootHalf;
    shrunk_[m] = 0.5 * inverse_mass_[k] * effective_[k];
    m += static_cast<std::size_t>(a < kReach) & static_cast<std::size_t>(b > -kReach);
  }
  work_.resize(2 * m);
  shrunk_.resize(m);
  math::erfc(work_, work_);
  for (std::size_t k = 0; k < m; ++k) shrunk_[k] *= work_[2 * k] - work_[2 * k + 1];
  return ordered_sum(shrunk_);
}

std::size_t Kernels::pick(double u) const {
  double rest = u * total_;
  for (std::size_t k = 0; k + 1 < size(); ++k) {
    rest -= effective_[k];
    if (rest < 0) return k;
  }
  return size() - 1;
}

double Kernels::draw(std::size_t k, double u) const {
  const double inside = std::clamp(u, 0x1p-53, 1 - 0x1p-53);
  if (!latent_.bounded()) return mu_[k] + sigma_[k] * normal_quantile(inside);
  const double level = std::clamp(below_[k] + inside / inverse_mass_[k], kTiny, 1 - 0x1p-53);
  return std::clamp(mu_[k] + sigma_[k] * normal_quantile(level), latent_.low(), latent_.high());
}

void ParzenFit::operator()(const Latent& latent, const ParzenRule& rule, std::span<const Sample> samples,
                           Kernels& kernels) {
  const std::size_t n = samples.size();
  kernels.clear();
  // Entry n is the prior; equal points stay in time order, the prior before them.
  sorted_.clear();
  for (std::size_t i = 0; i < n; ++i) sorted_.push_back({samples[i].x, samples[i].order, i});
  if (rule.prior_in_gaps) sorted_.push_back({latent.centre(), -1, n});
  std::sort(sorted_.begin(), sorted_.end(), [](const Entry& a, const Entry& b) { return a.x != b.x ? a.x < b.x : a.order < b.order; });
  sigma_.assign(n + 1, latent.width());
  const double least = latent.width() / std::min(100.0, 2.0 + static_cast<double>(n) + rule.sharpness);
  double left = 0;
  for (std::size_t i = 0; i < sorted_.size() && sorted_.size() > 1; ++i) {
    const double right = i + 1 < sorted_.size() ? sorted_[i + 1].x - sorted_[i].x : 0;
    sigma_[sorted_[i].index] = std::clamp(std::max(left, right), least, latent.width());
    left = right;
  }
  if (n == 1 && rule.prior_in_gaps) sigma_[0] = latent.width() / 2;
  if (n == 1 && !rule.prior_in_gaps && latent.bounded()) {
    sigma_[0] = std::max(samples[0].x - latent.low(), latent.high() - samples[0].x);
  }
  for (std::size_t i = 0; i < n; ++i) kernels.add(samples[i].x, sigma_[i], samples[i].weight);
  kernels.add(latent.centre(), latent.width(), rule.prior_weight);
  kernels.finish();
}

}  // namespace shoal::search::tpe

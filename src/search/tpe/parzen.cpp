// SPDX-License-Identifier: Apache-2.0
#include "search/tpe/parzen.hpp"

#include <algorithm>
#include <array>
#include <numeric>

#include "search/normal_quantile.hpp"
#include "shoal/math/functions.hpp"

namespace shoal::search::tpe {
namespace {

constexpr double kRootTwoPi = 2.50662827463100050242;
constexpr double kRootHalf = 0.70710678118654752440;
constexpr double kTiny = 1e-300;
constexpr double kNarrow = 0.3;  // of the narrowest kernel

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
  for (auto* array : {&mu_, &sigma_, &weight_, &effective_, &inverse_mass_, &height_, &inverse_sigma_}) array->clear();
  total_ = 0;
}

void Kernels::add(double mu, double sigma, double weight) {
  mu_.push_back(mu);
  sigma_.push_back(sigma);
  weight_.push_back(weight);
}

void Kernels::finish() {
  const std::size_t n = size();
  for (auto* array : {&effective_, &inverse_mass_, &height_, &inverse_sigma_}) array->resize(n);
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

void Kernels::masses(double low, double high, std::vector<double>& out) const {
  if (high - low <= kNarrow * least_sigma_) narrow_masses(low, high, out);
  else wide_masses(low, high, out);
}

// Gauss's two points: within 2e-5 of the mass of a kernel wherever it counts, at half the cost.
void Kernels::narrow_masses(double low, double high, std::vector<double>& out) const {
  const std::size_t n = size();
  const double centre = 0.5 * (low + high), half = 0.5 * (high - low);
  const double offset = half * 0.57735026918962576451;  // 1 / sqrt(3)
  out.resize(2 * n);
  for (std::size_t k = 0; k < n; ++k) {
    const double a = (centre - offset - mu_[k]) * inverse_sigma_[k], b = (centre + offset - mu_[k]) * inverse_sigma_[k];
    out[k] = -0.5 * a * a;
    out[n + k] = -0.5 * b * b;
  }
  math::exp(out, out);
  for (std::size_t k = 0; k < n; ++k)
    out[k] = half * (out[k] + out[n + k]) * (inverse_sigma_[k] * inverse_mass_[k] / kRootTwoPi);
  out.resize(n);
}

void Kernels::wide_masses(double low, double high, std::vector<double>& out) const {
  const std::size_t n = size();
  out.resize(2 * n);
  for (std::size_t k = 0; k < n; ++k) {
    const double a = (low - mu_[k]) * inverse_sigma_[k], b = (high - mu_[k]) * inverse_sigma_[k];
    const bool mirrored = a + b < 0;  // into the tail where erfc has no cancellation
    out[k] = (mirrored ? -b : a) * kRootHalf;
    out[n + k] = (mirrored ? -a : b) * kRootHalf;
  }
  math::erfc(out, out);
  for (std::size_t k = 0; k < n; ++k) out[k] = 0.5 * (out[k] - out[n + k]) * inverse_mass_[k];
  out.resize(n);
}

double Kernels::mass(double low, double high) const {
  masses(low, high, work_);
  for (std::size_t k = 0; k < size(); ++k) work_[k] *= effective_[k];
  return ordered_sum(work_);
}

std::vector<double> Kernels::log_heights() const {
  std::vector<double> logs(size());
  for (std::size_t k = 0; k < size(); ++k) logs[k] = std::max(inverse_mass_[k] * inverse_sigma_[k] / kRootTwoPi, kTiny);
  math::log(logs, logs);
  return logs;
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
  const double a = (latent_.low() - mu_[k]) * inverse_sigma_[k];
  const double below = 0.5 * math::erfc(-a * kRootHalf);
  const double level = std::clamp(below + inside / inverse_mass_[k], kTiny, 1 - 0x1p-53);
  return std::clamp(mu_[k] + sigma_[k] * normal_quantile(level), latent_.low(), latent_.high());
}

void ParzenFit::operator()(const Latent& latent, const ParzenRule& rule, std::span<const Sample> samples,
                           Kernels& kernels) {
  const std::size_t n = samples.size();
  kernels.clear();
  // Point n is the prior; equal points stay in time order, the prior before them.
  const auto x = [&](std::uint32_t i) { return i == n ? latent.centre() : samples[i].x; };
  const auto age = [&](std::uint32_t i) { return i == n ? -1 : samples[i].order; };
  order_.resize(n + (rule.prior_in_gaps ? 1 : 0));
  std::iota(order_.begin(), order_.end(), 0u);
  std::sort(order_.begin(), order_.end(), [&](std::uint32_t a, std::uint32_t b) {
    return x(a) != x(b) ? x(a) < x(b) : age(a) < age(b);
  });
  sigma_.assign(n + 1, latent.width());
  const double least = latent.width() / std::min(100.0, 2.0 + static_cast<double>(n));
  for (std::size_t i = 0; i < order_.size() && order_.size() > 1; ++i) {
    const double left = i > 0 ? x(order_[i]) - x(order_[i - 1]) : 0;
    const double right = i + 1 < order_.size() ? x(order_[i + 1]) - x(order_[i]) : 0;
    sigma_[order_[i]] = std::clamp(std::max(left, right), least, latent.width());
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

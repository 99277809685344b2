// SPDX-License-Identifier: Apache-2.0
#include "search/tpe/parzen.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <numeric>

#include "search/normal_quantile.hpp"
#include "shoal/math/functions.hpp"
#include "shoal/random/stream.hpp"

namespace shoal::search::tpe {
namespace {

constexpr double kRootTwoPi = 2.50662827463100050242;
constexpr double kRootHalf = 0.70710678118654752440;
constexpr double kTiny = 1e-300;
constexpr double kNarrow = 0.5;  // of the narrowest kernel
constexpr double kErfIsOne = 6;  // to the last digit
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

void Kernels::reserve(std::size_t n) {
  for (auto* array : {&mu_, &sigma_, &weight_}) array->reserve(n);
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
    // Most kernels are far from both bounds, where erf is 1.
    work_.clear();
    for (std::size_t k = 0; k < n; ++k) {
      const double scale = inverse_sigma_[k] * kRootHalf;
      const double to_high = (latent_.high() - mu_[k]) * scale, to_low = (latent_.low() - mu_[k]) * scale;
      if (to_high < kErfIsOne) work_.push_back(to_high);
      if (to_low > -kErfIsOne) work_.push_back(to_low);
      inverse_mass_[k] = to_high;
      below_[k] = to_low;
    }
    math::erf(work_, work_);
    for (std::size_t k = 0, next = 0; k < n; ++k) {
      const double high = inverse_mass_[k] < kErfIsOne ? work_[next++] : 1.0;
      const double low = below_[k] > -kErfIsOne ? work_[next++] : -1.0;
      inverse_mass_[k] = 1 / std::max(0.5 * (high - low), kTiny);
      below_[k] = 0.5 + 0.5 * low;
    }
  } else {
    std::fill(inverse_mass_.begin(), inverse_mass_.end(), 1.0);
  }
  for (std::size_t k = 0; k < n; ++k) {
    effective_[k] = truncate_each_ ? weight_[k] : weight_[k] / inverse_mass_[k];
    height_[k] = effective_[k] * inverse_mass_[k] * inverse_sigma_[k] / kRootTwoPi;
  }
  total_ = ordered_sum(effective_);
  kind_.clear();
}

// All exponentials at once: a call for each x would be a third of the time.
void Kernels::densities(std::span<const double> x, std::span<double> sums) const {
  constexpr std::size_t kTogether = 65536;  // numbers: what a call of exp pays for, and no more memory than that
  const std::size_t n = size(), piece = std::max<std::size_t>(1, kTogether / std::max<std::size_t>(1, n));
  for (std::size_t first = 0; first < x.size(); first += piece) {
    const std::size_t some = std::min(piece, x.size() - first);
    piece_densities(x.subspan(first, some), sums.subspan(first, some));
  }
}

void Kernels::piece_densities(std::span<const double> x, std::span<double> sums) const {
  const std::size_t n = size();
  work_.resize(x.size() * n);
  for (std::size_t i = 0; i < x.size(); ++i) {
    double* row = &work_[i * n];
    for (std::size_t k = 0; k < n; ++k) {
      const double z = (x[i] - mu_[k]) * inverse_sigma_[k];
      row[k] = -0.5 * z * z;
    }
  }
  math::exp(work_, work_);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const std::span<double> row = std::span(work_).subspan(i * n, n);
    for (std::size_t k = 0; k < n; ++k) row[k] *= height_[k];
    sums[i] = ordered_sum(row);
  }
}

void Kernels::masses(std::span<const double> low, std::span<const double> high, std::span<double> sums) const {
  for (std::size_t i = 0; i < low.size(); ++i)
    sums[i] = high[i] - low[i] <= kNarrow * least_sigma_ ? narrow_mass(low[i], high[i]) : wide_mass(low[i], high[i]);
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

// Only of kernels that reach so far, and of each kind once.
double Kernels::wide_mass(double low, double high) const {
  if (kind_.empty()) find_twins();
  constexpr auto out_of_reach = static_cast<std::size_t>(-1);
  work_.clear();
  place_.resize(kinds_.size());
  for (std::size_t kind = 0; kind < kinds_.size(); ++kind) {
    const std::size_t k = kinds_[kind];
    const double a = (low - mu_[k]) * inverse_sigma_[k], b = (high - mu_[k]) * inverse_sigma_[k];
    place_[kind] = out_of_reach;
    if (!(a < kReach && b > -kReach)) continue;
    const bool mirrored = a + b < 0;  // into the tail where erfc has no cancellation
    place_[kind] = work_.size();
    work_.push_back((mirrored ? -b : a) * kRootHalf);
    work_.push_back((mirrored ? -a : b) * kRootHalf);
  }
  math::erfc(work_, work_);
  shrunk_.clear();
  for (std::size_t k = 0; k < size(); ++k) {
    const std::size_t place = place_[kind_[k]];
    if (place == out_of_reach) continue;
    shrunk_.push_back(0.5 * inverse_mass_[k] * effective_[k] * (work_[place] - work_[place + 1]));
  }
  return ordered_sum(shrunk_);
}

void Kernels::find_twins() const {
  const std::size_t n_places = std::bit_ceil(2 * size() + 1);
  place_.assign(n_places, size());  // a table of kinds by mu, with open addresses; size(): free
  kinds_.clear();
  kind_.resize(size());
  for (std::size_t k = 0; k < size(); ++k) {
    std::size_t place = static_cast<std::size_t>(random::mix(std::bit_cast<std::uint64_t>(mu_[k]))) % n_places;
    const auto is_other = [&](std::size_t kind) { return mu_[kinds_[kind]] != mu_[k] || sigma_[kinds_[kind]] != sigma_[k]; };
    while (place_[place] != size() && is_other(place_[place])) place = (place + 1) % n_places;
    if (place_[place] == size()) {
      place_[place] = kinds_.size();
      kinds_.push_back(k);
    }
    kind_[k] = place_[place];
  }
}

std::size_t Kernels::pick(double u) const {
  double rest = u * total_;
  for (std::size_t k = 0; k + 1 < size(); ++k) {
    rest -= effective_[k];
    if (rest < 0) return k;
  }
  return size() - 1;
}

void Kernels::draw(std::span<const std::size_t> k, std::span<const double> u, std::span<double> coordinates) const {
  for (std::size_t i = 0; i < k.size(); ++i) {
    const double inside = std::clamp(u[i], 0x1p-53, 1 - 0x1p-53);
    coordinates[i] = latent_.bounded() ? std::clamp(below_[k[i]] + inside / inverse_mass_[k[i]], kTiny, 1 - 0x1p-53) : inside;
  }
  normal_quantiles(coordinates, coordinates);
  for (std::size_t i = 0; i < k.size(); ++i) {
    const double x = mu_[k[i]] + sigma_[k[i]] * coordinates[i];
    coordinates[i] = latent_.bounded() ? std::clamp(x, latent_.low(), latent_.high()) : x;
  }
}

void ParzenFit::operator()(const Latent& latent, const ParzenRule& rule, std::span<const Sample> samples,
                           Kernels& kernels) {
  in_time_.resize(samples.size());
  std::iota(in_time_.begin(), in_time_.end(), std::size_t{0});
  std::sort(in_time_.begin(), in_time_.end(), [&](std::size_t a, std::size_t b) { return samples[a].order < samples[b].order; });
  (*this)(latent, rule, samples, in_time_, kernels);
}

// By x, equal ones as they stood: into buckets of equal width, within which hardly anything is left to be moved. (A general
// sort of so few numbers is mostly branches that cannot be foretold: a quarter of a joint proposal.)
void ParzenFit::sort_buckets(const Latent& latent) {
  const std::size_t n_buckets = std::bit_ceil(4 * sorted_.size());
  const double low = latent.bounded() ? latent.low() : latent.centre() - 4 * latent.width();
  const double scale = static_cast<double>(n_buckets) / (latent.bounded() ? latent.width() : 8 * latent.width());
  starts_.assign(n_buckets + 1, 0);
  buckets_.resize(sorted_.size());
  for (std::size_t i = 0; i < sorted_.size(); ++i) {
    const double bucket = (sorted_[i].x - low) * scale;  // NaN where the width is no normal number: bucket 0
    buckets_[i] = bucket > 0 ? static_cast<std::size_t>(std::min(bucket, static_cast<double>(n_buckets - 1))) : 0;
    ++starts_[buckets_[i] + 1];
  }
  for (std::size_t b = 0; b < n_buckets; ++b) starts_[b + 1] += starts_[b];
  scattered_.resize(sorted_.size());
  for (std::size_t i = 0; i < sorted_.size(); ++i) scattered_[starts_[buckets_[i]]++] = sorted_[i];
  for (std::size_t i = 1; i < scattered_.size(); ++i) {
    const Entry entry = scattered_[i];
    std::size_t place = i;
    for (; place > 0 && entry.x < scattered_[place - 1].x; --place) scattered_[place] = scattered_[place - 1];
    scattered_[place] = entry;
  }
  sorted_.swap(scattered_);
}

void ParzenFit::operator()(const Latent& latent, const ParzenRule& rule, std::span<const Sample> samples,
                           std::span<const std::size_t> in_time, Kernels& kernels) {
  const std::size_t n = samples.size();
  kernels.clear();
  kernels.reserve(n + 1);
  // Entry n is the prior; equal points stay in time order, the prior before them.
  sorted_.clear();
  if (rule.prior_in_gaps) sorted_.push_back({latent.centre(), n});
  for (const std::size_t i : in_time) sorted_.push_back({samples[i].x, i});
  sort_buckets(latent);
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

// SPDX-License-Identifier: Apache-2.0
#include "search/tpe/product_mixture.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>

#include "shoal/math/functions.hpp"

namespace shoal::search::tpe {
namespace {

constexpr double kTiny = 1e-300;
constexpr double kRootTwoPi = 2.50662827463100050242;
constexpr double kTwoPiSquared = 19.7392088021787172376;

// In eight parts, which SIMD can follow.
double largest_of(std::span<const double> values) {
  std::array<double, 8> largest;
  largest.fill(-std::numeric_limits<double>::infinity());
  std::size_t i = 0;
  for (; i + 8 <= values.size(); i += 8) {
    for (std::size_t j = 0; j < 8; ++j) largest[j] = values[i + j] > largest[j] ? values[i + j] : largest[j];
  }
  for (; i < values.size(); ++i) largest[0] = std::max(largest[0], values[i]);
  return *std::max_element(largest.begin(), largest.end());
}

}  // namespace

ProductMixture::ProductMixture(const GroupModel& group, const ParzenRule& rule, std::span<const SampleView> samples)
    : group_(group), spread_(rule.prior_weight / static_cast<double>(samples.size() + 1)) {
  for (const SampleView& sample : samples) weights_.push_back(sample.weight);
  weights_.push_back(rule.prior_weight);
  for (const double weight : weights_) total_ += weight;
  for (const double weight : weights_) log_weights_.push_back(std::max(weight, kTiny));
  math::log(log_weights_, log_weights_);
  ParzenRule cut = rule;
  cut.truncate_each = true;
  ParzenFit fit;
  std::vector<Sample> column(samples.size());
  std::vector<std::size_t> in_time(samples.size());
  std::iota(in_time.begin(), in_time.end(), std::size_t{0});
  std::sort(in_time.begin(), in_time.end(), [&](std::size_t a, std::size_t b) { return samples[a].order < samples[b].order; });
  for (std::size_t i = 0; i < group.members().size(); ++i) {
    const GroupModel::Member& member = group.members()[i];
    if (!member.latent) {
      factors_.push_back(choice_factor(member, samples, i));
      continue;
    }
    Factor factor;
    for (std::size_t k = 0; k < samples.size(); ++k) column[k] = {samples[k].values[i], samples[k].order, samples[k].weight};
    factor.kernels = std::make_unique<Kernels>(*member.latent, true);
    fit(*member.latent, cut, column, in_time, *factor.kernels);
    add_heights(*member.latent, *factor.kernels);
    stepped_ = stepped_ || member.latent->stepped();
    factors_.push_back(std::move(factor));
  }
}

ProductMixture::Factor ProductMixture::choice_factor(const GroupModel::Member& member, std::span<const SampleView> samples,
                                                     std::size_t index) const {
  Factor factor;
  for (const SampleView& sample : samples) factor.observed.push_back(sample.values[index]);
  const double spread = spread_ * static_cast<double>(member.prior.size());
  for (const double p : member.prior) {
    factor.log_hit.push_back(math::log((1 + spread * p) / (1 + spread)));
    factor.log_miss.push_back(math::log(std::max(spread * p / (1 + spread), kTiny)));
    factor.log_prior.push_back(math::log(std::max(p, kTiny)));
  }
  return factor;
}

// Where cells are alike the sum of their masses is taken out: the theta function of the kernel's width.
void ProductMixture::add_heights(const Latent& latent, const Kernels& kernels) {
  const std::size_t n = log_weights_.size();
  std::vector<double> heights(n), narrowness(n);
  for (std::size_t k = 0; k < n; ++k) heights[k] = kernels.inverse_mass(k) * kernels.inverse_sigma(k) * latent.width() / kRootTwoPi;
  if (latent.cell_width() > 0) {
    for (std::size_t k = 0; k < n; ++k) {
      const double ratio = kernels.sigma(k) / latent.cell_width();
      narrowness[k] = -kTwoPiSquared * std::min(ratio * ratio + 1.0 / 12, 30.0);
    }
    math::exp(narrowness, narrowness);
    for (std::size_t k = 0; k < n; ++k) {
      const double e = narrowness[k];
      heights[k] /= 1 + 2 * e + 2 * e * e * e * e;
    }
  }
  for (double& height : heights) height = std::max(height, kTiny);
  math::log(heights, heights);
  for (std::size_t k = 0; k < n; ++k) log_weights_[k] += heights[k];
}

ProductMixture::Candidates ProductMixture::draw(Draws& draws, std::size_t n) const {
  const std::size_t n_members = factors_.size(), row = n_members + 1;
  Candidates candidates{n, std::vector<double>(n_members * n), std::vector<double>(n_members * n), std::vector<double>(n_members * n)};
  std::vector<double> u(n * row), share(n);
  draws.fill(u);
  std::vector<std::size_t> kernel(n);
  for (std::size_t c = 0; c < n; ++c) {
    double rest = u[c * row] * total_;
    while (kernel[c] + 1 < weights_.size() && rest >= weights_[kernel[c]]) rest -= weights_[kernel[c]++];
  }
  for (std::size_t i = 0; i < n_members; ++i) {
    const GroupModel::Member& member = group_.members()[i];
    const std::span<double> values = std::span(candidates.values).subspan(i * n, n);
    for (std::size_t c = 0; c < n; ++c) share[c] = u[c * row + 1 + i];
    if (!member.latent) {
      for (std::size_t c = 0; c < n; ++c) values[c] = draw_option(member, factors_[i], kernel[c], share[c]);
      continue;
    }
    factors_[i].kernels->draw(kernel, share, values);
    if (!member.latent->stepped()) continue;
    member.latent->values(values, values);
    member.latent->cells(values, std::span(candidates.low).subspan(i * n, n), std::span(candidates.high).subspan(i * n, n));
  }
  return candidates;
}

double ProductMixture::draw_option(const GroupModel::Member& member, const Factor& factor, std::size_t k, double u) const {
  const bool prior = k + 1 == weights_.size();
  const double spread = spread_ * static_cast<double>(member.prior.size());
  std::size_t option = 0;
  for (; option + 1 < member.prior.size(); ++option) {
    const double hit = !prior && factor.observed[k] == static_cast<double>(option) ? 1 : 0;
    const double p = prior ? member.prior[option] : (hit + spread * member.prior[option]) / (1 + spread);
    if (u < p) break;
    u -= p;
  }
  return static_cast<double>(option);
}

void ProductMixture::log_densities(const Candidates& candidates, std::span<double> logs) const {
  const std::size_t n = candidates.n;
  std::vector<double> shares(n, 0.0), widths(n), largest(n);
  for (std::size_t i = 0; i < factors_.size(); ++i) {
    const Latent* latent = group_.members()[i].latent.get();
    if (!latent || !latent->stepped()) continue;
    for (std::size_t c = 0; c < n; ++c)
      widths[c] = std::max((candidates.high[i * n + c] - candidates.low[i * n + c]) / latent->width(), kTiny);
    math::log(widths, widths);
    for (std::size_t c = 0; c < n; ++c) shares[c] += widths[c];
  }
  for (std::size_t c = 0; c < n; ++c) logs[c] = std::max(sum_of_products(candidates, c, largest[c]) / total_, kTiny);
  math::log(logs, logs);
  for (std::size_t c = 0; c < n; ++c) logs[c] = largest[c] + shares[c] + logs[c];
}

// Divided by e^largest.
double ProductMixture::sum_of_products(const Candidates& candidates, std::size_t point, double& largest) const {
  logs_ = log_weights_;
  shrinks_.assign(stepped_ ? logs_.size() : 0, 1.0);
  for (std::size_t i = 0; i < factors_.size(); ++i) {
    const Latent* latent = group_.members()[i].latent.get();
    const std::size_t at = i * candidates.n + point;
    if (!latent) add_choice(factors_[i], static_cast<std::size_t>(candidates.values[at]));
    else if (latent->stepped()) add_cell(factors_[i], candidates.low[at], candidates.high[at]);
    else add_number(factors_[i], candidates.values[at]);
  }
  largest = largest_of(logs_);
  for (double& x : logs_) x -= largest;
  math::exp(logs_, logs_);
  if (stepped_) {
    math::sqrt(shrinks_, shrinks_);
    for (std::size_t k = 0; k < logs_.size(); ++k) logs_[k] *= shrinks_[k];
  }
  return ordered_sum(logs_);
}

void ProductMixture::add_choice(const Factor& factor, std::size_t option) const {
  for (std::size_t k = 0; k + 1 < logs_.size(); ++k)
    logs_[k] += factor.observed[k] == static_cast<double>(option) ? factor.log_hit[option] : factor.log_miss[option];
  logs_.back() += factor.log_prior[option];
}

void ProductMixture::add_number(const Factor& factor, double coordinate) const {
  const Kernels& kernels = *factor.kernels;
  for (std::size_t k = 0; k < logs_.size(); ++k) {
    const double z = (coordinate - kernels.mu(k)) * kernels.inverse_sigma(k);
    logs_[k] -= 0.5 * z * z;
  }
}

// Cells are at most some hundred deviations wide: single precision holds their squares, and divides faster.
void ProductMixture::add_cell(const Factor& factor, double low, double high) const {
  const Kernels& kernels = *factor.kernels;
  const double centre = 0.5 * (low + high), width = high - low;
  if (width != factor.shrink_width) {
    factor.shrink_width = width;
    factor.shrink.resize(logs_.size());
    for (std::size_t k = 0; k < logs_.size(); ++k) {
      const double w = width * kernels.inverse_sigma(k);
      factor.shrink[k] = static_cast<double>(1.0F / static_cast<float>(1 + w * w / 12));
    }
  }
  for (std::size_t k = 0; k < logs_.size(); ++k) {
    const double z = (centre - kernels.mu(k)) * kernels.inverse_sigma(k);
    logs_[k] -= 0.5 * z * z * factor.shrink[k];
    shrinks_[k] = std::max(shrinks_[k] * factor.shrink[k], kTiny);
  }
}

}  // namespace shoal::search::tpe

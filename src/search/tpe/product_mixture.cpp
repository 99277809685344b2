// SPDX-License-Identifier: Apache-2.0
#include "search/tpe/product_mixture.hpp"

#include <algorithm>

#include "shoal/math/functions.hpp"

namespace shoal::search::tpe {
namespace {

constexpr double kTiny = 1e-300;
constexpr double kRootTwoPi = 2.50662827463100050242;
constexpr double kTwoPiSquared = 19.7392088021787172376;

}  // namespace

ProductMixture::ProductMixture(const GroupModel& group, const ParzenRule& rule, const std::vector<GroupSample>& samples)
    : group_(group), spread_(rule.prior_weight / static_cast<double>(samples.size() + 1)) {
  for (const GroupSample& sample : samples) weights_.push_back(sample.weight);
  weights_.push_back(rule.prior_weight);
  for (const double weight : weights_) total_ += weight;
  for (const double weight : weights_) log_weights_.push_back(math::log(std::max(weight, kTiny)));
  ParzenRule cut = rule;
  cut.truncate_each = true;
  ParzenFit fit;
  std::vector<Sample> column(samples.size());
  for (std::size_t i = 0; i < group.members().size(); ++i) {
    const GroupModel::Member& member = group.members()[i];
    if (!member.latent) {
      factors_.push_back(choice_factor(member, samples, i));
      continue;
    }
    Factor factor;
    for (std::size_t k = 0; k < samples.size(); ++k) column[k] = {samples[k].values[i], samples[k].order, samples[k].weight};
    factor.kernels = std::make_unique<Kernels>(*member.latent, true);
    fit(*member.latent, cut, column, *factor.kernels);
    add_heights(*member.latent, *factor.kernels);
    factors_.push_back(std::move(factor));
  }
}

ProductMixture::Factor ProductMixture::choice_factor(const GroupModel::Member& member, const std::vector<GroupSample>& samples,
                                                     std::size_t index) const {
  Factor factor;
  for (const GroupSample& sample : samples) factor.observed.push_back(sample.values[index]);
  const double spread = spread_ * static_cast<double>(member.prior.size());
  for (const double p : member.prior) {
    factor.log_hit.push_back(math::log((1 + spread * p) / (1 + spread)));
    factor.log_miss.push_back(math::log(std::max(spread * p / (1 + spread), kTiny)));
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

void ProductMixture::draw(Draws& draws, Candidate& candidate) const {
  std::vector<double>& values = candidate.values;
  values.resize(factors_.size());
  candidate.cells.resize(factors_.size());
  double rest = draws() * total_;
  std::size_t k = 0;
  while (k + 1 < weights_.size() && rest >= weights_[k]) rest -= weights_[k++];
  for (std::size_t i = 0; i < factors_.size(); ++i) {
    const GroupModel::Member& member = group_.members()[i];
    if (member.latent) {
      const double coordinate = factors_[i].kernels->draw(k, draws());
      values[i] = member.latent->stepped() ? member.latent->value(coordinate) : coordinate;
      if (member.latent->stepped()) candidate.cells[i] = member.latent->cell(values[i]);
    } else {
      values[i] = draw_option(member, factors_[i], k, draws());
    }
  }
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

double ProductMixture::log_density(const Candidate& candidate) const {
  logs_ = log_weights_;
  shrinks_.assign(logs_.size(), 1.0);
  double shares = 0;
  for (std::size_t i = 0; i < factors_.size(); ++i) {
    const GroupModel::Member& member = group_.members()[i];
    if (!member.latent) {
      add_choice(member, factors_[i], static_cast<std::size_t>(candidate.values[i]));
    } else if (member.latent->stepped()) {
      const auto [low, high] = candidate.cells[i];
      add_cell(factors_[i], low, high);
      shares += math::log(std::max((high - low) / member.latent->width(), kTiny));
    } else {
      add_number(factors_[i], candidate.values[i]);
    }
  }
  const double largest = *std::max_element(logs_.begin(), logs_.end());
  for (double& x : logs_) x -= largest;
  math::exp(logs_, logs_);
  math::sqrt(shrinks_, shrinks_);
  for (std::size_t k = 0; k < logs_.size(); ++k) logs_[k] *= shrinks_[k];
  return largest + shares + math::log(std::max(ordered_sum(logs_) / total_, kTiny));
}

void ProductMixture::add_choice(const GroupModel::Member& member, const Factor& factor, std::size_t option) const {
  for (std::size_t k = 0; k + 1 < logs_.size(); ++k)
    logs_[k] += factor.observed[k] == static_cast<double>(option) ? factor.log_hit[option] : factor.log_miss[option];
  logs_.back() += math::log(std::max(member.prior[option], kTiny));
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
  for (std::size_t k = 0; k < logs_.size(); ++k) {
    const double z = (centre - kernels.mu(k)) * kernels.inverse_sigma(k), w = width * kernels.inverse_sigma(k);
    const auto shrink = static_cast<double>(1.0F / static_cast<float>(1 + w * w / 12));
    logs_[k] -= 0.5 * z * z * shrink;
    shrinks_[k] = std::max(shrinks_[k] * shrink, kTiny);
  }
}

}  // namespace shoal::search::tpe

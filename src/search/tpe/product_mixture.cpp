// SPDX-License-Identifier: Apache-2.0
#include "search/tpe/product_mixture.hpp"

#include <algorithm>

#include "shoal/math/functions.hpp"

namespace shoal::search::tpe {
namespace {

constexpr double kTiny = 1e-300;

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
    factor.log_height = factor.kernels->log_heights();
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

void ProductMixture::draw(Draws& draws, std::vector<double>& values, std::vector<double>& coordinates) const {
  double rest = draws() * total_;
  std::size_t k = 0;
  while (k + 1 < weights_.size() && rest >= weights_[k]) rest -= weights_[k++];
  for (std::size_t i = 0; i < factors_.size(); ++i) {
    const GroupModel::Member& member = group_.members()[i];
    if (member.latent) {
      coordinates[i] = factors_[i].kernels->draw(k, draws());
      values[i] = member.latent->value(coordinates[i]);
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

double ProductMixture::log_density(const std::vector<double>& values, const std::vector<double>& coordinates) const {
  logs_ = log_weights_;
  for (std::size_t i = 0; i < factors_.size(); ++i) {
    const GroupModel::Member& member = group_.members()[i];
    if (!member.latent) {
      add_choice(member, factors_[i], static_cast<std::size_t>(values[i]));
    } else if (member.latent->stepped()) {
      const auto [low, high] = member.latent->cell(values[i]);
      add_cell(factors_[i], low, high);
    } else {
      add_number(factors_[i], coordinates[i]);
    }
  }
  const double largest = *std::max_element(logs_.begin(), logs_.end());
  for (double& x : logs_) x -= largest;
  math::exp(logs_, logs_);
  return largest + math::log(ordered_sum(logs_) / total_);
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
    logs_[k] += factor.log_height[k] - 0.5 * z * z;
  }
}

void ProductMixture::add_cell(const Factor& factor, double low, double high) const {
  factor.kernels->masses(low, high, work_);
  for (std::size_t k = 0; k < logs_.size(); ++k) work_[k] = std::max(work_[k], kTiny);
  math::log(work_, work_);
  for (std::size_t k = 0; k < logs_.size(); ++k) logs_[k] += work_[k];
}

}  // namespace shoal::search::tpe

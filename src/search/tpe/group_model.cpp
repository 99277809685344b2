// SPDX-License-Identifier: Apache-2.0
#include "search/tpe/group_model.hpp"

#include <algorithm>

#include "shoal/random/stream.hpp"

namespace shoal::search::tpe {
namespace {

constexpr std::int64_t kRecent = 25;

// Up to here all kernels are summed one by one; from here on the least width is constant, as the tables need it.
constexpr std::int64_t kMany = 160;

// What joint densities see of the old ones: enough for the quality that tests/benchmarks/search_quality.cpp shows, few enough for speed.
constexpr std::size_t kNewest = 48, kDrawn = 48;

}  // namespace

Forgetting::Forgetting(std::int64_t count) : n(count), recent_from(std::max<std::int64_t>(count - kRecent, 0)) {
  if (count <= kRecent) return;
  a = 1 / static_cast<double>(count);
  if (recent_from > 1) b = (1 - a) / static_cast<double>(recent_from - 1);
}

double Forgetting::sum() const {
  const double old = static_cast<double>(recent_from);
  return static_cast<double>(n - recent_from) + a * old + b * old * (old - 1) / 2;
}

std::vector<SampleView> views_of(std::span<const GroupSample> samples) {
  std::vector<SampleView> views;
  for (const GroupSample& sample : samples) views.push_back({sample.values.data(), sample.order, sample.weight});
  return views;
}

GroupModel::GroupModel(const Space& space, std::vector<int> parameters, const ParzenRule& rule) : rule_(rule) {
  for (const int i : parameters) {
    const Distribution& prior = space.parameters()[static_cast<std::size_t>(i)].prior;
    Member member;
    member.parameter = i;
    if (prior.shape == Distribution::Shape::options) {
      const auto n = static_cast<std::size_t>(prior.count);
      member.n_options = prior.count;
      member.prior = prior.probabilities;
      if (member.prior.empty()) member.prior.assign(n, 1 / static_cast<double>(n));
      member.old_count.assign(n, 0);
      member.old_order.assign(n, 0);
    } else {
      member.latent = std::make_unique<Latent>(prior, rule.shares);
    }
    members_.push_back(std::move(member));
  }
}

std::vector<double> GroupModel::values(std::span<const double> point) const {
  return values(std::span(&point, 1));
}

std::vector<double> GroupModel::values(std::span<const std::span<const double>> points) const {
  std::vector<double> values(points.size() * members_.size()), column(points.size());
  for (std::size_t m = 0; m < members_.size(); ++m) {
    const auto parameter = static_cast<std::size_t>(members_[m].parameter);
    for (std::size_t i = 0; i < points.size(); ++i) column[i] = points[i][parameter];
    if (members_[m].latent) members_[m].latent->of(column, column);
    for (std::size_t i = 0; i < points.size(); ++i) values[i * members_.size() + m] = column[i];
  }
  return values;
}

void GroupModel::add_bad(GroupSample sample) {
  recent_.push_back(std::move(sample));
}

void GroupModel::settle() {
  if (n_ < kMany) return;
  std::erase_if(recent_, [this](const GroupSample& sample) {
    const bool old = sample.order < n_ - kRecent;
    if (old) make_old(sample);
    return old;
  });
}

void GroupModel::make_old(const GroupSample& sample) {
  for (std::size_t i = 0; i < members_.size(); ++i) {
    Member& member = members_[i];
    if (member.latent) {
      if (!member.background) member.background = std::make_unique<Background>(*member.latent, rule_);
      member.background->insert(sample.values[i], sample.order);
    } else {
      const auto option = static_cast<std::size_t>(sample.values[i]);
      member.old_count[option] += 1;
      member.old_order[option] += static_cast<double>(sample.order);
    }
  }
  ++n_old_;
  newest_.push_back(sample);
  if (newest_.size() <= kNewest) return;
  // Every old observation has a random key; the least keys are a sample without replacement.
  const auto by_key = [](const auto& a, const auto& b) { return a.first < b.first; };
  drawn_.emplace_back(random::mix(static_cast<std::uint64_t>(newest_.front().order)), std::move(newest_.front()));
  newest_.erase(newest_.begin());
  std::push_heap(drawn_.begin(), drawn_.end(), by_key);
  if (drawn_.size() <= kDrawn) return;
  std::pop_heap(drawn_.begin(), drawn_.end(), by_key);
  drawn_.pop_back();
}

void GroupModel::add_sample(const Forgetting& forgetting, std::vector<SampleView>& samples) const {
  for (const GroupSample& sample : newest_) samples.push_back({sample.values.data(), sample.order, forgetting(sample.order)});
  const double represented = static_cast<double>(n_old_) - static_cast<double>(newest_.size());
  for (const auto& [key, sample] : drawn_)
    samples.push_back({sample.values.data(), sample.order, forgetting(sample.order) * represented / static_cast<double>(drawn_.size())});
}

}  // namespace shoal::search::tpe

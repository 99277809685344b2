// SPDX-License-Identifier: Apache-2.0
#include "search/tpe/bad_density.hpp"

#include <algorithm>

#include "shoal/math/functions.hpp"

namespace shoal::search::tpe {
namespace {

constexpr double kTiny = 1e-300;

// The prior is a neighbour without weight among the points: an order that no observation has.
constexpr std::int64_t kPriorOrder = -1;

constexpr auto before = [](const Sample& a, const Sample& b) { return a.x != b.x ? a.x < b.x : a.order < b.order; };

}  // namespace

BadDensity::BadDensity(const GroupModel::Member& member, const ParzenRule& rule, std::span<const SampleView> separate,
                       std::size_t index, const Forgetting& old)
    : member_(member), old_(old) {
  if (member.latent) fit_number(rule, separate, index);
  else fit_choice(rule, separate, index);
}

void BadDensity::fit_number(const ParzenRule& rule, std::span<const SampleView> separate, std::size_t index) {
  std::vector<Sample> samples;
  samples.reserve(separate.size() + 1);
  for (const SampleView& sample : separate) samples.push_back({sample.values[index], sample.order, sample.weight});
  kernels_.emplace(*member_.latent, rule.truncate_each);
  if (member_.background) {
    fit_beside_tables(rule, std::move(samples));
    total_ = kernels_->total() + member_.background->total(old_.a, old_.b);
  } else {
    ParzenFit()(*member_.latent, rule, samples, *kernels_);
    total_ = kernels_->total();
  }
}

// Separate points lie in wide gaps of the old ones, which they divide, or where all widths are the least.
void BadDensity::fit_beside_tables(const ParzenRule& rule, std::vector<Sample> samples) {
  const Latent& latent = *member_.latent;
  const Background& background = *member_.background;
  if (rule.prior_in_gaps) samples.push_back({latent.centre(), kPriorOrder, 0});
  std::sort(samples.begin(), samples.end(), before);
  std::vector<Background::Point> wide;
  background.wide_points(wide);
  std::vector<Sample> old;
  old.reserve(wide.size());
  for (const Background::Point& point : wide) old.push_back({point.x, point.order, old_(point.order)});
  std::vector<Sample> points(samples.size() + old.size());
  std::merge(samples.begin(), samples.end(), old.begin(), old.end(), points.begin(), before);
  kernels_->reserve(points.size() + 1);

  const double least = latent.width() / 100;
  const std::vector<Background::Gap>& gaps = background.gaps();
  double left = 0;
  for (std::size_t i = 0, gap = 0; i < points.size(); ++i) {
    double right = 0;
    if (i + 1 < points.size()) {
      while (gap < gaps.size() && gaps[gap].right.x < points[i + 1].x) ++gap;
      if (gap < gaps.size() && gaps[gap].left.x <= points[i].x) right = points[i + 1].x - points[i].x;
    }
    if (points[i].weight > 0) {
      kernels_->add(points[i].x, std::clamp(std::max(left, right), least, latent.width()), points[i].weight);
    }
    left = right;
  }
  kernels_->add(latent.centre(), latent.width(), rule.prior_weight);
  kernels_->finish();
}

void BadDensity::fit_choice(const ParzenRule& rule, std::span<const SampleView> separate, std::size_t index) {
  std::vector<double> counts(member_.prior.size());
  double sum = 0;
  for (std::size_t k = 0; k < counts.size(); ++k) {
    counts[k] = static_cast<double>(counts.size()) * rule.prior_weight * member_.prior[k] + old_.a * member_.old_count[k] +
                old_.b * member_.old_order[k];
  }
  for (const SampleView& sample : separate) counts[static_cast<std::size_t>(sample.values[index])] += sample.weight;
  for (const double count : counts) sum += count;
  for (const double count : counts) log_probabilities_.push_back(math::log(std::max(count / sum, kTiny)));
}

double BadDensity::log_of_option(double option) const {
  return log_probabilities_[static_cast<std::size_t>(option)];
}

void BadDensity::to_logs(std::span<double> sums) const {
  for (double& sum : sums) sum = std::max(sum / total_, kTiny);
  math::log(sums, sums);
}

void BadDensity::logs_at(std::span<const double> coordinates, std::span<double> logs) const {
  kernels_->densities(coordinates, logs);
  for (std::size_t i = 0; member_.background && i < logs.size(); ++i)
    logs[i] += member_.background->density(coordinates[i], old_.a, old_.b);
  to_logs(logs);
}

void BadDensity::logs_of_cells(std::span<const double> low, std::span<const double> high, std::span<double> logs) const {
  kernels_->masses(low, high, logs);
  for (std::size_t i = 0; member_.background && i < logs.size(); ++i)
    logs[i] += member_.background->mass(low[i], high[i], old_.a, old_.b);
  to_logs(logs);
}

}  // namespace shoal::search::tpe

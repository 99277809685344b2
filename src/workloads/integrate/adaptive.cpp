// SPDX-License-Identifier: Apache-2.0
#include "workloads/integrate/adaptive.hpp"

#include <algorithm>

namespace shoal::workloads::integrate {
namespace {

// Bytes of a region in memory, with the copies that a generation needs at its height.
std::int64_t region_bytes(std::size_t stride) {
  return static_cast<std::int64_t>(3 * stride * sizeof(double) + 2 * sizeof(RegionValue));
}

// Regions of one generation at most: some MB of payloads.
constexpr std::int64_t kLargestGeneration = 1 << 16;

std::int64_t most_regions(const Context& context, std::size_t stride) { return (context.options.memory_mb << 20) / region_bytes(stride); }

}  // namespace

std::int64_t most_first_regions(const Context& context, std::size_t stride) {
  return std::min(kLargestGeneration, most_regions(context, stride) / 2);
}

AdaptiveEstimation::AdaptiveEstimation(const Context& context, AdaptiveRule rule)
    : context_(context),
      rule_(std::move(rule)),
      refinement_(rule_.stride, most_regions(context, rule_.stride)),
      generation_(rule_.first) {}

bool AdaptiveEstimation::end(Ending ending) {
  ending_ = ending;
  return true;
}

// Has the estimation ended? If not, generation_ holds the regions to evaluate next.
bool AdaptiveEstimation::ended() {
  if (evaluations_ == 0) return false;
  evaluating_ = false;
  if (bad_.count > 0 && !context_.problem.skips_non_finite()) return end(Ending::non_finite);
  const double tolerance = context_.budget.tolerance(refinement_.value());
  if (refinement_.error() <= tolerance) return end(Ending::converged);
  const std::int64_t left = (context_.budget.most() - evaluations_) / (2 * rule_.points);
  if (left < 1) return end(context_.budget.fixed() ? Ending::samples : Ending::evaluations);
  if (refinement_.full()) return end(Ending::memory);
  held_value_ = refinement_.value();
  held_error_ = refinement_.error();
  const auto splits = refinement_.split(tolerance, std::min(left, kLargestGeneration), rule_.divisible);
  if (splits.empty()) return end(Ending::rounding);
  generation_.clear();
  for (const Refinement::Split& split : splits) {
    const std::vector<double> halves = rule_.halves(split.geometry, split.axis);
    generation_.insert(generation_.end(), halves.begin(), halves.end());
  }
  return false;
}

Work AdaptiveEstimation::next() {
  Work work;
  if (ended()) return work;
  evaluating_ = evaluations_ > 0;
  folded_ = 0;
  const std::size_t per_item = static_cast<std::size_t>(rule_.regions_per_item) * rule_.stride;
  for (std::size_t begin = 0; begin < generation_.size(); begin += per_item) {
    tasks::Bytes payload;
    put(payload, std::span<const double>(generation_).subspan(begin, std::min(per_item, generation_.size() - begin)));
    work.items.push_back(std::move(payload));
  }
  work.n_items = static_cast<std::int64_t>(work.items.size());
  return work;
}

void AdaptiveEstimation::fold(tasks::ByteView result) {
  Reader reader(result);
  const std::size_t left = (generation_.size() - folded_) / rule_.stride;
  const std::size_t n = std::min(left, static_cast<std::size_t>(rule_.regions_per_item));
  for (std::size_t i = 0; i < n; ++i) {
    refinement_.add(std::span<const double>(generation_).subspan(folded_, rule_.stride), reader.number<RegionValue>());
    folded_ += rule_.stride;
  }
  evaluations_ += static_cast<std::int64_t>(n) * rule_.points;
  bad_.add(NonFinite::read(reader, context_.problem.dimension()));
  if (folded_ == generation_.size()) evaluating_ = false;
}

Estimate AdaptiveEstimation::estimate() const {
  Estimate result;
  result.evaluations = evaluations_;
  result.bad = bad_;
  result.ending = ending_;
  if (evaluations_ == 0 || (folded_ < generation_.size() && !evaluating_)) return result;
  result.value = evaluating_ ? held_value_ : refinement_.value();
  result.error = evaluating_ ? held_error_ : refinement_.error();
  return result;
}

}  // namespace shoal::workloads::integrate

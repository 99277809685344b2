// SPDX-License-Identifier: Apache-2.0
#include "workloads/integrate/refinement.hpp"

#include <algorithm>
#include <numeric>

#include "workloads/integrate/sums.hpp"

namespace shoal::workloads::integrate {
namespace {

// Regions of the generation with less than this part of the largest error wait: they may never need to be split.
constexpr double kWorthSplitting = 1.0 / 16;

constexpr double kShareOfRest = 0.25;  // of the tolerance, for what is not split

}  // namespace

void Refinement::add(std::span<const double> geometry, const RegionValue& value) {
  geometry_.insert(geometry_.end(), geometry.begin(), geometry.end());
  values_.push_back(value);
}

double Refinement::value() const {
  CompensatedSum sum;
  sum.add(done_value_);
  for (const RegionValue& region : values_) sum.add(region.value);
  return sum.value();
}

double Refinement::error() const {
  CompensatedSum sum;
  sum.add(done_error_);
  for (const RegionValue& region : values_) sum.add(region.error);
  return sum.value();
}

std::vector<Refinement::Split> Refinement::split(double tolerance, std::int64_t most,
                                                 bool (*divisible)(std::span<const double>, std::int64_t)) {
  std::vector<std::size_t> order;
  std::vector<char> leaves(values_.size(), 0);
  for (std::size_t i = 0; i < values_.size(); ++i) {
    if (values_[i].error > values_[i].noise && divisible(geometry(i), values_[i].axis)) {
      order.push_back(i);
    } else {
      done_value_ += values_[i].value;
      done_error_ += values_[i].error;
      leaves[i] = 1;
    }
  }
  std::sort(order.begin(), order.end(), [this](std::size_t a, std::size_t b) {
    return values_[a].error != values_[b].error ? values_[a].error > values_[b].error : a < b;
  });
  double rest = error();
  std::size_t chosen = 0;
  while (chosen < order.size() && static_cast<std::int64_t>(chosen) < most && rest > kShareOfRest * tolerance &&
         values_[order[chosen]].error >= kWorthSplitting * values_[order[0]].error)
    rest -= values_[order[chosen++]].error;
  order.resize(chosen);
  std::sort(order.begin(), order.end());
  std::vector<Split> splits;
  for (const std::size_t i : order) {
    splits.push_back({{geometry(i).begin(), geometry(i).end()}, values_[i].axis});
    leaves[i] = 1;
  }
  std::size_t kept = 0;
  for (std::size_t i = 0; i < values_.size(); ++i) {
    if (leaves[i]) continue;
    values_[kept] = values_[i];
    std::copy_n(geometry_.begin() + static_cast<std::ptrdiff_t>(i * stride_), stride_,
                geometry_.begin() + static_cast<std::ptrdiff_t>(kept * stride_));
    ++kept;
  }
  values_.resize(kept);
  geometry_.resize(kept * stride_);
  return splits;
}

}  // namespace shoal::workloads::integrate

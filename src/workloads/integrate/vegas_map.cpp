// SPDX-License-Identifier: Apache-2.0
#include "workloads/integrate/vegas_map.hpp"

#include <algorithm>
#include <cmath>

#include "shoal/math/functions.hpp"

namespace shoal::workloads::integrate {
namespace {

// This part of the increments stays spread evenly over the axis (defensive importance sampling: Hesterberg, Technometrics 37,
// 185-194, 1995). Without it all of a region where f was 0 so far shrinks into one increment, and what f has at the rim of that
// region is met once in a million samples: on a jump the average was wrong by four of its standard deviations. Each axis pays: in
// eight dimensions 5 % cost a third of the samples. 0.3 % still let averages on a jump be wrong; with 1 % and more they are right.
constexpr double kDefensive = 0.03;

// What samples say about the increments, with the effective number of them in each; the rest of the weight leaves the map where it is. A
// map trained by chance samples badly what was not met, and then errors are too small. But what is 0 on most samples, such as a narrow
// peak in ten dimensions, is learnt from two or three samples of equal weight or never: hence the least share. It is of shares that are
// compressed already: before, what was left of an empty increment grew to a tenth of the largest, and maps learnt no peak.
constexpr double kLeastKnown = 0.8;

double share_of_knowledge(double per_increment) {
  const double unknown = 1 / (1 + per_increment), known = 1 - unknown * unknown * unknown;
  return known > kLeastKnown ? known : kLeastKnown;
}

// Neighbours are averaged with weights 1 : 6 : 1, and large shares are compressed: ((1 - w) / log(1 / w))^alpha. Their sum is 1.
std::vector<double> smoothed(std::span<const double> training, double alpha) {
  const std::size_t n = training.size();
  std::vector<double> shares(n);
  double total = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const double left = i == 0 ? training[i] : training[i - 1], right = i + 1 == n ? training[i] : training[i + 1];
    shares[i] = (left + 6 * training[i] + right) / 8;
    total += shares[i];
  }
  const double even = 1 / static_cast<double>(n);
  if (!(total > 0) || !std::isfinite(total)) return std::vector<double>(n, even);
  // w = 0 and w = 1 stay what they are.
  std::vector<double> logs(n), damping(n, alpha);
  for (double& share : shares) share /= total;
  math::log(shares, logs);
  for (std::size_t i = 0; i < n; ++i)
    if (shares[i] > 0 && shares[i] < 1) shares[i] = -(1 - shares[i]) / logs[i];
  math::pow(shares, damping, shares);
  double sum = 0;
  for (const double share : shares) sum += share;
  for (double& share : shares) share /= sum;
  return shares;
}

}  // namespace

std::vector<double> training_means(std::span<const double> pairs, std::size_t n_axes) {
  std::vector<double> result;
  const std::size_t increments = pairs.size() / 2 / n_axes;
  for (std::size_t i = 0; 2 * i < pairs.size(); ++i) {
    const double weight = pairs[2 * i + 1];
    result.push_back(weight > 0 ? pairs[2 * i] / weight : i % increments == 0 ? 0 : result.back());
  }
  return result;
}

VegasMap::VegasMap(int dimension, std::int64_t increments) : increments_(increments) {
  for (int axis = 0; axis < dimension; ++axis)
    for (std::int64_t i = 0; i <= increments; ++i) edges_.push_back(static_cast<double>(i) / static_cast<double>(increments));
}

VegasMap::VegasMap(std::vector<double> edges, std::int64_t increments) : increments_(increments), edges_(std::move(edges)) {}

void VegasMap::apply(std::size_t axis, std::span<double> y, std::span<std::int32_t> bins, std::span<double> jacobian) const {
  const double n = static_cast<double>(increments_);
  // Nothing overlaps, and two loops: so compilers take vectors.
  const double* __restrict const edge = edges_.data() + axis * static_cast<std::size_t>(increments_ + 1);
  double* __restrict const place = y.data();
  double* __restrict const scale = jacobian.data();
  std::int32_t* __restrict const bin = bins.data();
  const auto last = static_cast<std::int32_t>(increments_ - 1);
  const std::size_t count = y.size();
  for (std::size_t i = 0; i < count; ++i) {
    const double at = place[i] * n;
    bin[i] = std::min(static_cast<std::int32_t>(at), last);
    place[i] = at - bin[i];
  }
  for (std::size_t i = 0; i < count; ++i) {
    const double low = edge[bin[i]], width = edge[bin[i] + 1] - low;
    place[i] = low + place[i] * width;
    scale[i] *= width * n;
  }
}

void VegasMap::adapt(std::span<const double> training, double alpha, double effective) {
  const auto n = static_cast<std::size_t>(increments_);
  const double known = share_of_knowledge(effective / static_cast<double>(n)), stays = (1 - known) / static_cast<double>(n);
  for (std::size_t axis = 0; axis * n < training.size(); ++axis) {
    std::vector<double> shares = smoothed(training.subspan(axis * n, n), alpha);
    double* edge = edges_.data() + axis * (n + 1);
    const std::vector<double> old(edge, edge + n + 1);
    double total = 0;
    for (std::size_t i = 0; i < n; ++i) {
      shares[i] = (1 - kDefensive) * (known * shares[i] + stays) + kDefensive * (old[i + 1] - old[i]);
      total += shares[i];
    }
    const double step = total / static_cast<double>(n);
    double have = 0;  // of shares left of old[from]
    std::size_t from = 0;
    for (std::size_t i = 1; i < n; ++i) {
      const double want = step * static_cast<double>(i);
      while (from + 1 < n && have + shares[from] < want) have += shares[from++];
      const double part = shares[from] > 0 ? (want - have) / shares[from] : 1;
      edge[i] = old[from] + std::clamp(part, 0.0, 1.0) * (old[from + 1] - old[from]);
    }
  }
}

}  // namespace shoal::workloads::integrate

// SPDX-License-Identifier: Apache-2.0
// Adaptive cubature with the embedded rules of degree 7 and 5 of A. C. Genz and A. A. Malik (J. Comput. Appl. Math. 6, 295-302,
// 1980): 2^d + 2 d^2 + 2 d + 1 points a region; error |I7 - I5|; a region is split across the axis with the largest fourth
// difference, generation by generation. Regions are boxes in the unit cube, at first those between the cuts that are known.
#include <algorithm>
#include <array>
#include <cmath>

#include "workloads/integrate/adaptive.hpp"
#include "workloads/integrate/genz_malik.hpp"
#include "workloads/integrate/sums.hpp"

namespace shoal::workloads::integrate {
namespace {

constexpr int kMostDimensions = 15;
constexpr std::int64_t kItemPoints = 1 << 14;  // evaluations of an item

// A region: its centre, then its half widths.
std::vector<double> halves(std::span<const double> region, std::int64_t axis) {
  const std::size_t d = region.size() / 2, k = static_cast<std::size_t>(axis);
  std::vector<double> both(region.begin(), region.end());
  both.insert(both.end(), region.begin(), region.end());
  const double half = region[d + k] / 2;
  both[k] -= half;
  both[2 * d + k] += half;
  both[d + k] = both[3 * d + k] = half;
  return both;
}

// A quarter of the half width must still move the centre.
bool divisible(std::span<const double> region, std::int64_t axis) {
  const std::size_t d = region.size() / 2, k = static_cast<std::size_t>(axis);
  return region[d + k] > 0x1p-46;
}

// Where each axis of the unit cube is cut.
std::vector<std::vector<double>> cuts_of(const Region& region) {
  std::vector<std::vector<double>> cuts(region.lower.size(), {0, 1});
  for (std::size_t k = 0; k < region.cuts.size(); ++k) {
    const double width = region.upper[k] - region.lower[k];
    if (std::isinf(width)) continue;
    for (const double place : region.cuts[k]) cuts[k].push_back((place - region.lower[k]) / width);
    std::sort(cuts[k].begin(), cuts[k].end());
    cuts[k].erase(std::unique(cuts[k].begin(), cuts[k].end()), cuts[k].end());
  }
  return cuts;
}

// The boxes between the cuts; the whole cube if there are none, or so many that nothing would be left to refine them.
std::vector<double> first_regions(const Region& region, double most_regions) {
  const std::size_t d = region.lower.size();
  const std::vector<std::vector<double>> cuts = cuts_of(region);
  double n_boxes = 1;
  for (const std::vector<double>& axis : cuts) n_boxes *= static_cast<double>(axis.size() - 1);
  if (n_boxes == 1 || n_boxes > most_regions) return std::vector<double>(2 * d, 0.5);
  std::vector<double> regions;
  std::vector<std::size_t> place(d, 0);
  for (;;) {
    for (std::size_t k = 0; k < d; ++k) regions.push_back((cuts[k][place[k]] + cuts[k][place[k] + 1]) / 2);
    for (std::size_t k = 0; k < d; ++k) regions.push_back((cuts[k][place[k] + 1] - cuts[k][place[k]]) / 2);
    std::size_t k = 0;
    while (k < d && ++place[k] == cuts[k].size() - 1) place[k++] = 0;
    if (k == d) return regions;
  }
}

// The points of several regions, one region after the other, each in the order: centre; on each axis -l2, +l2, -l3, +l3; on each pair
// of axes the four of l4; the corners.
class Points {
 public:
  Points(int dimension, std::size_t n_regions)
      : d_(static_cast<std::size_t>(dimension)), n_(static_cast<std::size_t>(genz_malik_points(dimension))) {
    memory_.resize(d_ * n_ * n_regions);
    for (std::size_t k = 0; k < d_; ++k) columns_.push_back(memory_.data() + k * n_ * n_regions);
  }

  std::span<double* const> columns() const { return columns_; }

  void fill(std::size_t place, std::span<const double> region) {
    static const double l2 = std::sqrt(9.0 / 70), l3 = std::sqrt(9.0 / 10), l5 = std::sqrt(9.0 / 19);
    for (std::size_t k = 0; k < d_; ++k) {
      const double centre = region[k], half = region[d_ + k], corners[] = {centre - l5 * half, centre + l5 * half};
      double* const column = columns_[k] + place * n_;
      std::fill_n(column, n_ - (std::size_t{1} << d_), centre);
      double* const axis = column + 1 + 4 * k;
      axis[0] = centre - l2 * half;
      axis[1] = centre + l2 * half;
      axis[2] = centre - l3 * half;
      axis[3] = centre + l3 * half;
      fill_pairs(column + 1 + 4 * d_, k, centre - l3 * half, centre + l3 * half);
      double* const last = column + n_ - (std::size_t{1} << d_);
      const std::size_t run = std::size_t{1} << k;  // corners with the same sign
      for (std::size_t begin = 0; begin >> d_ == 0; begin += run) std::fill_n(last + begin, run, corners[begin >> k & 1]);
    }
  }

 private:
  // Pairs (i, j) with i < j, four points each: signs of i -+-+, of j --++.
  void fill_pairs(double* pairs, std::size_t axis, double low, double high) const {
    const auto four = [&](std::size_t i, std::size_t j) { return pairs + 4 * (i * d_ - i * (i + 1) / 2 + j - i - 1); };
    for (std::size_t i = 0; i < axis; ++i) {
      double* const points = four(i, axis);
      points[0] = points[1] = low;
      points[2] = points[3] = high;
    }
    for (std::size_t j = axis + 1; j < d_; ++j) {
      double* const points = four(axis, j);
      points[0] = points[2] = low;
      points[1] = points[3] = high;
    }
  }

  std::size_t d_, n_;
  std::vector<double> memory_;
  std::vector<double*> columns_;
};

// The axis of the largest fourth difference; of nearly equal ones the widest.
std::int64_t axis_to_split(std::span<const double> f, std::span<const double> region) {
  const std::size_t d = region.size() / 2;
  constexpr double kRatio = 1.0 / 7;  // l2^2 / l3^2
  double largest = 0;
  std::vector<double> differences(d);
  for (std::size_t k = 0; k < d; ++k) {
    const double* on = f.data() + 1 + 4 * k;
    differences[k] = std::fabs(on[0] + on[1] - 2 * f[0] - kRatio * (on[2] + on[3] - 2 * f[0]));
    largest = std::fmax(largest, differences[k]);
  }
  std::size_t best = d;
  for (std::size_t k = 0; k < d; ++k) {
    if (differences[k] < 0.9 * largest) continue;
    if (best == d || region[d + k] > region[d + best]) best = k;
  }
  return static_cast<std::int64_t>(best);
}

double largest_size(std::span<const double> f) {
  std::array<double, kLanes> lanes{};
  std::size_t i = 0;
  for (; i + kLanes <= f.size(); i += kLanes)
    for (std::size_t lane = 0; lane < kLanes; ++lane) lanes[lane] = std::max(lanes[lane], std::fabs(f[i + lane]));
  for (; i < f.size(); ++i) lanes[0] = std::max(lanes[0], std::fabs(f[i]));
  return *std::max_element(lanes.begin(), lanes.end());
}

RegionValue apply_rule(std::span<const double> f, std::span<const double> region) {
  const std::size_t d = region.size() / 2;
  const auto n = static_cast<double>(d);
  double on2 = 0, on3 = 0, volume = 1;
  std::size_t p = 1;
  for (std::size_t k = 0; k < d; ++k, p += 4) {
    on2 += f[p] + f[p + 1];
    on3 += f[p + 2] + f[p + 3];
    volume *= 2 * region[d + k];
  }
  const double on4 = block_sum(f.subspan(p, 2 * d * (d - 1))), on5 = block_sum(f.subspan(p + 2 * d * (d - 1)));
  const double corners = static_cast<double>(std::int64_t{1} << d);
  const double seven = (12824 - 9120 * n + 400 * n * n) / 19683 * f[0] + 980.0 / 6561 * on2 +
                       (1820 - 400 * n) / 19683 * on3 + 200.0 / 19683 * on4 + 6859.0 / 19683 / corners * on5;
  const double five = (729 - 950 * n + 50 * n * n) / 729 * f[0] + 245.0 / 486 * on2 + (265 - 100 * n) / 1458 * on3 +
                      25.0 / 729 * on4;
  RegionValue result;
  result.value = volume * seven;
  result.noise = 0x1p-50 * volume * largest_size(f) * n;
  result.error = std::fmax(volume * std::fabs(seven - five), result.noise);
  result.axis = axis_to_split(f, region);
  return result;
}

class GenzMalik final : public Method {
 public:
  std::string unsuitable(const Problem& problem) const override {
    const int d = problem.dimension();
    return d >= 2 && d <= kMostDimensions ? "" : "Genz-Malik regions have 2 to 15 dimensions";
  }

  std::unique_ptr<Estimation> start(const Context& context) const override {
    const auto d = static_cast<std::size_t>(context.problem.dimension());
    AdaptiveRule rule;
    rule.stride = 2 * d;
    rule.points = genz_malik_points(context.problem.dimension());
    rule.regions_per_item = std::max<std::int64_t>(1, kItemPoints / rule.points);
    rule.first = first_regions(context.problem.region(),
                               std::min(0.9 * static_cast<double>(context.budget.most()) / static_cast<double>(rule.points),
                                        static_cast<double>(most_first_regions(context, rule.stride))));
    rule.halves = halves;
    rule.divisible = divisible;
    return std::make_unique<AdaptiveEstimation>(context, std::move(rule));
  }

  bool run(const Context& context, const ItemInput& input, tasks::Bytes& result) const override {
    const int d = context.problem.dimension();
    const std::size_t stride = 2 * static_cast<std::size_t>(d), n = static_cast<std::size_t>(genz_malik_points(d));
    Reader reader(input.payload);
    const std::vector<double> regions = reader.array<double>(reader.bytes_left() / sizeof(double));
    const std::size_t n_regions = regions.size() / stride, batch = std::clamp<std::size_t>(kBlock / n, 1, n_regions);
    Points points(d, batch);
    std::vector<double> f(batch * n);
    NonFinite bad;
    for (std::size_t begin = 0; begin < n_regions; begin += batch) {
      if (input.stop.requested()) return false;
      const std::size_t count = std::min(batch, n_regions - begin);
      const auto region = [&](std::size_t i) { return std::span(regions).subspan((begin + i) * stride, stride); };
      for (std::size_t i = 0; i < count; ++i) points.fill(i, region(i));
      context.problem.evaluate(points.columns(), std::span(f).first(count * n), bad);
      for (std::size_t i = 0; i < count; ++i) put(result, apply_rule(std::span<const double>(f).subspan(i * n, n), region(i)));
    }
    bad.write(result);
    return true;
  }
};

}  // namespace

const Method& method_genz_malik() {
  static const GenzMalik method;
  return method;
}

}  // namespace shoal::workloads::integrate

// SPDX-License-Identifier: Apache-2.0
// Globally adaptive quadrature with the Gauss-Kronrod pair of 15 and 31 points, panels split in halves by generations.
// Error of a panel as in QUADPACK (Piessens et al., 1983, p. 67): with e = |K31 - G15| and A the integral of |f - mean|,
// A min(1, (200 e / A)^1.5), at least 50 eps times the integral of |f|. An infinite range is mapped by t = s / (1 - s).
//
// Panels lie on stretches that begin at the ends of the range and at breakpoints, so those beside a singularity shrink towards it
// without loss of digits. A principal value is the integral of f(c + t) + f(c - t). An oscillation to infinity with known zeros is
// the weighted sum of some half periods (Cohen, Rodriguez Villegas, Zagier, 2000).
#include <array>
#include <cmath>

#include "workloads/integrate/adaptive.hpp"

namespace shoal::workloads::integrate {
namespace {

constexpr std::size_t kHalf = 15;
constexpr std::size_t kPoints = 2 * kHalf + 1;
constexpr double kEpsilon = 0x1p-52;

// Nodes on [-1, 1] from the middle outwards, with the weights of both rules (Kronrod, 1965; values of Boost.Math).
constexpr double kNodes[] = {0,
                             0.10114206691871749, 0.20119409399743451, 0.29918000715316884, 0.39415134707756339,
                             0.4850818636402397,  0.57097217260853883, 0.65099674129741703, 0.72441773136017007,
                             0.79041850144246595, 0.84820658341042721, 0.89726453234408188, 0.93727339240070595,
                             0.96773907567913908, 0.98799251802048538, 0.99800229869339707};
constexpr double kKronrod[] = {0.10133000701479154,
                               0.10076984552387559,  0.099173598721791961, 0.096642726983623681, 0.093126598170825317,
                               0.088564443056211764, 0.083080502823133021, 0.076849680757720376, 0.069854121318728257,
                               0.062009567800670642, 0.053481524690928088, 0.044589751324764879, 0.035346360791375847,
                               0.02546084732671532,  0.015007947329316122, 0.0053774798729233492};
constexpr double kGauss[] = {0.20257824192556129, 0.19843148532711158, 0.18616100001556221, 0.16626920581699392,
                             0.13957067792615432, 0.10715922046717194, 0.070366047488108124, 0.030753241996117269};

const std::vector<Stretch>& stretches(const Problem& problem) {
  return problem.half_periods().empty() ? problem.stretches() : problem.half_periods();
}

// A panel: the number of its stretch, and where it begins and ends, in t, or in s = t / (1 + t) where that is infinite.
struct Panel {
  double stretch, begin, end;
};

std::vector<double> halves(std::span<const double> panel, std::int64_t) {
  const double middle = panel[1] + (panel[2] - panel[1]) / 2;
  return {panel[0], panel[1], middle, panel[0], middle, panel[2]};
}

bool divisible(std::span<const double> panel, std::int64_t) {
  return panel[2] - panel[1] > 64 * kEpsilon * panel[2] && panel[2] > 1e-290;
}

RegionValue evaluate_panel(const Problem& problem, const Panel& panel, NonFinite& bad) {
  const Stretch& stretch = stretches(problem)[static_cast<std::size_t>(panel.stretch)];
  const double half = (panel.end - panel.begin) / 2;
  std::array<double, kPoints> t, scale, f;
  for (std::size_t i = 0; i < kPoints; ++i) {
    const double node = i <= kHalf ? -kNodes[kHalf - i] : kNodes[i - kHalf];
    t[i] = panel.begin + half * (1 + node);
    scale[i] = half;
    if (std::isinf(stretch.length)) {
      const double rest = 1 - t[i];
      scale[i] = half / (rest * rest);
      t[i] = t[i] / rest;
    }
  }
  problem.evaluate(stretch, t, scale, f, bad);
  const double centre = f[kHalf];
  double kronrod = kKronrod[0] * centre, gauss = kGauss[0] * centre, size = kKronrod[0] * std::fabs(centre);
  for (std::size_t i = 1; i <= kHalf; ++i) {
    const double left = f[kHalf - i], right = f[kHalf + i];
    kronrod += kKronrod[i] * (left + right);
    size += kKronrod[i] * (std::fabs(left) + std::fabs(right));
    if (i % 2 == 0) gauss += kGauss[i / 2] * (left + right);
  }
  double spread = kKronrod[0] * std::fabs(centre - kronrod / 2);
  for (std::size_t i = 1; i <= kHalf; ++i)
    spread += kKronrod[i] * (std::fabs(f[kHalf - i] - kronrod / 2) + std::fabs(f[kHalf + i] - kronrod / 2));
  RegionValue result;
  const double weight = std::fabs(stretch.weight);
  double error = std::fabs(kronrod - gauss);
  if (spread > 0 && error > 0) {
    const double ratio = 200 * error / spread;
    error = spread * std::fmin(1, ratio * std::sqrt(ratio));
  }
  result.noise = 50 * kEpsilon * size * weight;
  result.value = kronrod * stretch.weight;
  result.error = std::fmax(error * weight, result.noise);
  return result;
}

class GaussKronrod final : public Method {
 public:
  std::string unsuitable(const Problem& problem) const override {
    return problem.dimension() == 1 ? "" : "Gauss-Kronrod panels have one dimension";
  }

  std::unique_ptr<Estimation> start(const Context& context) const override {
    AdaptiveRule rule;
    rule.stride = 3;
    rule.points = kPoints;
    rule.regions_per_item = 64;
    const std::vector<Stretch>& all = stretches(context.problem);
    for (std::size_t i = 0; i < all.size(); ++i) {
      const double end = std::isinf(all[i].length) ? 1 : all[i].length;
      rule.first.insert(rule.first.end(), {static_cast<double>(i), 0, end});
    }
    rule.halves = halves;
    rule.divisible = divisible;
    return std::make_unique<AdaptiveEstimation>(context, std::move(rule));
  }

  bool run(const Context& context, const ItemInput& input, tasks::Bytes& result) const override {
    return run_adaptive(input, 3, result, [&](const std::vector<double>& panel, NonFinite& bad) {
      return evaluate_panel(context.problem, {panel[0], panel[1], panel[2]}, bad);
    });
  }
};

}  // namespace

const Method& method_gauss_kronrod() {
  static const GaussKronrod method;
  return method;
}

}  // namespace shoal::workloads::integrate

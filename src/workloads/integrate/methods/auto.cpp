// SPDX-License-Identifier: Apache-2.0
// Chooses a method by the dimension and a probe of the integrand, in a first round of one item, and says why.
//
// One dimension: the probe looks at f near the ends of each stretch. Values that keep growing towards an end mean a singularity.
// More: fourth differences along random lines through the box, at two steps. Halving the step shrinks them 16-fold where f is
// smooth, 2-fold at a kink, not at all at a jump.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "shoal/random/distributions.hpp"
#include "workloads/integrate/method.hpp"
#include "workloads/integrate/samples.hpp"

namespace shoal::workloads::integrate {
namespace {

constexpr std::int64_t kProbing = -1;  // in place of a method's number
constexpr std::int64_t kMostLines = 16, kLeastLines = 3;
constexpr std::size_t kLinePoints = 129;
constexpr std::int64_t kProbeShare = 20;  // at most one evaluation of so many goes into the probe
constexpr double kSmooth = 6;          // contraction of fourth differences
constexpr double kPeak = 100;          // largest value against the mean, from which on importance sampling pays
constexpr int kAlwaysCubature = 4;     // dimensions in which splitting regions wins on kinks and jumps too
constexpr int kMostCubature = 10;      // beyond, 2^d points a region are too many

// The largest growth of |f| between two distances from an end, 2^-10 and 2^-30 of the stretch.
double growth_at_ends(const Problem& problem) {
  double growth = 1;
  for (const Stretch& stretch : problem.stretches()) {
    if (std::isinf(stretch.length)) continue;
    const double t[] = {0x1p-10 * stretch.length, 0x1p-30 * stretch.length, 0x1p-31 * stretch.length};
    const double ones[] = {1, 1, 1};
    double f[3];
    problem.evaluate(stretch, t, ones, f);
    if (!std::isfinite(f[1]) || !std::isfinite(f[2])) return HUGE_VAL;
    // The slope counts, too: sqrt(x) has no derivative at 0.
    const double slope = std::fabs((f[1] - f[2]) / (f[0] - f[1]) * ((t[0] - t[1]) / (t[1] - t[2])));
    growth = std::fmax(growth, std::fabs(f[1]) / (std::fabs(f[0]) + 1e-300));
    if (std::isfinite(slope) && std::fabs(f[1] - f[2]) > 1e-12 * std::fabs(f[0])) growth = std::fmax(growth, slope);
  }
  return growth;
}

double largest_fourth_difference(std::span<const double> f, std::size_t step) {
  double largest = 0;
  for (std::size_t i = 0; i + 4 * step < f.size(); ++i)
    largest = std::fmax(largest, std::fabs(f[i] - 4 * f[i + step] + 6 * f[i + 2 * step] - 4 * f[i + 3 * step] + f[i + 4 * step]));
  return largest;
}

// 0: the budget is too small for a probe.
std::int64_t n_lines(const Context& context) {
  const std::int64_t affordable = context.budget.most() / kProbeShare / static_cast<std::int64_t>(kLinePoints);
  return affordable < kLeastLines ? 0 : std::min(affordable, kMostLines);
}

// What lines through the box show.
struct Probe {
  double contraction = 16;  // median over lines of how much fourth differences shrink when the step is halved; one dimension: growth
  double peak = 1;          // the largest |f| against its mean
};

Probe probe_lines(const Context& context) {
  const int d = context.problem.dimension();
  PointBlock block(d);
  std::vector<double> contractions;
  NonFinite bad;
  double largest = 0, sum = 0;
  for (std::uint64_t line = 0; line < static_cast<std::uint64_t>(n_lines(context)); ++line) {
    for (int axis = 0; axis < d; ++axis) {
      const auto k = static_cast<std::size_t>(axis);
      const double begin = random::uniform(context.stream, line, k, 0), end = random::uniform(context.stream, line, k, 1);
      const std::span<double> column = block.column(k, kLinePoints);
      for (std::size_t i = 0; i < kLinePoints; ++i)
        column[i] = begin + (end - begin) * (static_cast<double>(i) / (kLinePoints - 1));
    }
    const std::span<double> f = block.values(kLinePoints);
    context.problem.evaluate(block.columns(), f, bad);
    const double wide = largest_fourth_difference(f, 2), narrow = largest_fourth_difference(f, 1);
    double size = 0;
    for (const double value : f) {
      size = std::fmax(size, std::fabs(value));
      sum += std::fabs(value);
    }
    largest = std::fmax(largest, size);
    if (wide > 1e-12 * size) contractions.push_back(wide / std::fmax(narrow, 1e-300));
  }
  Probe probe;
  if (sum > 0) probe.peak = largest * static_cast<double>(n_lines(context) * static_cast<std::int64_t>(kLinePoints)) / sum;
  if (contractions.empty()) return probe;  // constant or linear
  std::sort(contractions.begin(), contractions.end());
  probe.contraction = contractions[contractions.size() / 2];
  return probe;
}

struct Choice {
  std::string method, why;
};

Choice choose(const Context& context, const Probe& probe) {
  const double probed = probe.contraction;
  const Problem& problem = context.problem;
  const Region& region = problem.region();
  const int d = problem.dimension();
  if (d == 1) {
    if (region.cauchy) return {"gauss_kronrod", "a principal value"};
    if (region.half_period > 0) return {"gauss_kronrod", "an oscillation to infinity"};
    if (!problem.finite()) return {"tanh_sinh", "an infinite range"};
    if (probed > 4) return {"tanh_sinh", "the integrand or its slope grows towards an end of the range"};
    return {"gauss_kronrod", "one dimension, no singularity at the ends"};
  }
  if (n_lines(context) == 0)
    return {d <= kMostCubature ? "genz_malik" : "quasi_monte_carlo", fmt::format("{} dimensions, too few evaluations for a probe", d)};
  const std::string seen = fmt::format("{} dimensions, fourth differences shrink {:.3g}-fold when the step is halved ({})", d, probed,
                                       probed >= kSmooth ? "smooth" : probed > 1.5 ? "kinks" : "jumps");
  if (d <= kAlwaysCubature) return {"genz_malik", seen};
  if (probed >= kSmooth) return {d <= kMostCubature ? "genz_malik" : "quasi_monte_carlo", seen};
  // Scrambled points lose least on kinks and jumps that lie askew; a map along the axes gains where little of the box counts.
  return {probe.peak > kPeak ? "vegas" : "quasi_monte_carlo", fmt::format("{}, the largest value is {:.3g} means", seen, probe.peak)};
}

class AutoEstimation final : public Estimation {
 public:
  explicit AutoEstimation(const Context& context) : context_(context) {}

  Work next() override {
    if (!inner_) {
      Work work;
      put(work.common, kProbing);
      work.n_items = 1;
      return work;
    }
    Work work = inner_->next();
    tasks::Bytes common;
    put(common, number_);
    put(common, std::span<const std::byte>(work.common));
    work.common = std::move(common);
    return work;
  }

  void fold(tasks::ByteView result) override {
    if (inner_) {
      inner_->fold(result);
      return;
    }
    Choice choice = choose(context_, Reader(result).number<Probe>());
    number_ = find_method(choice.method);
    note_ = fmt::format("chose {}: {}", choice.method, choice.why);
    inner_ = all_methods()[static_cast<std::size_t>(number_)].method().start(context_);
  }

  Estimate estimate() const override {
    if (!inner_) return {};
    Estimate result = inner_->estimate();
    result.evaluations += context_.problem.dimension() == 1 ? 3 * static_cast<std::int64_t>(context_.problem.stretches().size())
                                                            : n_lines(context_) * static_cast<std::int64_t>(kLinePoints);
    result.note = note_;
    return result;
  }

 private:
  Context context_;
  std::int64_t number_ = kProbing;
  std::string note_;
  std::unique_ptr<Estimation> inner_;
};

class Auto final : public Method {
 public:
  bool stochastic() const override { return true; }
  std::string unsuitable(const Problem& problem) const override {
    return problem.region().cauchy && problem.dimension() != 1 ? "a principal value needs one dimension" : "";
  }
  std::unique_ptr<Estimation> start(const Context& context) const override { return std::make_unique<AutoEstimation>(context); }

  bool run(const Context& context, const ItemInput& input, tasks::Bytes& result) const override {
    Reader reader(input.common);
    const auto number = reader.number<std::int64_t>();
    if (number != kProbing) {
      const Method& method = all_methods()[static_cast<std::size_t>(number)].method();
      return method.run(context, {input.item, reader.rest(), input.payload, input.stop}, result);
    }
    const bool line = context.problem.dimension() == 1;
    put(result, line ? Probe{growth_at_ends(context.problem), 1} : probe_lines(context));
    return true;
  }
};

}  // namespace

const Method& method_auto() {
  static const Auto method;
  return method;
}

}  // namespace shoal::workloads::integrate

// SPDX-License-Identifier: Apache-2.0
// Double exponential rules (H. Takahasi, M. Mori, Publ. RIMS 9, 721-741, 1974): the trapezoidal rule in t after a substitution that
// makes the integrand decay double exponentially. With g = pi/2 sinh t, measured from the near end of a stretch:
//   finite interval of length L  x - end = L / (1 + e^(2 g))   t >= 0, one half of the interval (tanh-sinh)
//   half line                    x - end = e^g                 all t (exp-sinh)
//   whole line                   x = +- sinh g                 t >= 0 (sinh-sinh)
// A first round with step 1/8 finds where the integrand is negligible; then the step is halved until two results agree. Error: the
// last difference (the rule converges so fast that this is far above the true error), and the terms where the rule is cut.
#include <algorithm>
#include <cmath>

#include "shoal/math/functions.hpp"
#include "workloads/integrate/method.hpp"
#include "workloads/integrate/samples.hpp"

namespace shoal::workloads::integrate {
namespace {

constexpr double kHalfPi = 0x1.921fb54442d18p+0;
constexpr std::int64_t kScanSteps = 8;     // per unit of t
constexpr double kNegligible = 0x1p-72;    // of the largest term
constexpr int kMostLevels = 17;

// Nodes are t = i / steps. For the largest, x is between 1e-270 and 1e250.
std::int64_t last_node(const Stretch& stretch, std::int64_t steps) {
  return std::isinf(stretch.length) ? steps * 33 / 5 : steps * 6;
}

bool two_sided(const Stretch& stretch) {
  return std::isinf(stretch.length) && !stretch.both_ways;
}

// Distance from the anchor and its derivative at t.
void substitute(const Stretch& stretch, double t, double& distance, double& derivative) {
  const double e = math::exp(t);
  const double g = kHalfPi / 2 * (e - 1 / e), dg = kHalfPi / 2 * (e + 1 / e);
  if (!std::isinf(stretch.length)) {
    const double q = math::exp(-2 * g), length = 2 * stretch.length;
    distance = length * q / (1 + q);
    derivative = length * 2 * dg * q / ((1 + q) * (1 + q));
  } else if (stretch.both_ways) {
    distance = math::sinh(g);
    derivative = dg * math::cosh(g);
  } else {
    distance = math::exp(g);
    derivative = dg * distance;
  }
  if (t == 0 && !two_sided(stretch)) derivative /= 2;  // the other stretch has this node too
}

// Nodes [begin, end] of a stretch that matter, in scan steps.
struct Extent {
  std::int64_t begin, end;
};

// The common payload after the scan: the level, then an Extent for each stretch. Level l has kScanSteps 2^l steps a unit and
// evaluates its odd nodes.
struct Level {
  std::int64_t level;
  std::vector<Extent> extents;
};

// Node numbers of a level in one stretch: first, first + 2, ..., n of them.
struct Nodes {
  std::int64_t first, n;
};

Nodes nodes_of(const Extent& extent, std::int64_t level) {
  const std::int64_t refine = std::int64_t{1} << level;
  const std::int64_t n = (extent.end - extent.begin) * refine / 2;
  return {extent.begin * refine + 1, std::max<std::int64_t>(n, 0)};
}

class DoubleExponential final : public Estimation {
 public:
  explicit DoubleExponential(const Context& context) : context_(context) {}

  Work next() override {
    const std::size_t n_stretches = context_.problem.stretches().size();
    Work work;
    if (level_.level == kScan) {
      level_.level = 0;
      put(work.common, kScan);
      work.n_items = static_cast<std::int64_t>(n_stretches);
      return work;
    }
    finish_round();
    if (ended()) return {};
    ++level_.level;
    put(work.common, level_.level);
    put(work.common, level_.extents);
    std::int64_t nodes = 0;
    for (const Extent& extent : level_.extents) nodes += nodes_of(extent, level_.level).n;
    work.n_items = std::max<std::int64_t>(1, (nodes + kBlock - 1) / kBlock);
    new_sum_ = CompensatedSum();
    return work;
  }

  void fold(tasks::ByteView result) override {
    Reader reader(result);
    if (level_.level == 0) {
      scans_.push_back(reader.array<double>(reader.bytes_left() / sizeof(double)));
      evaluations_ += static_cast<std::int64_t>(scans_.back().size());
      return;
    }
    evaluations_ += reader.number<std::int64_t>();
    new_sum_.add(reader.number<double>());
    new_size_ += reader.number<double>();
    bad_.add(NonFinite::read(reader, 1));
  }

  Estimate estimate() const override {
    Estimate result;
    result.evaluations = evaluations_;
    result.bad = bad_;
    result.ending = ending_;
    if (values_.empty()) return result;
    result.value = values_.back();
    result.error = error();
    return result;
  }

 private:
  static constexpr std::int64_t kScan = -1;

  double error() const {
    const double rounding = 8 * 0x1p-52 * size_;
    if (values_.size() < 2) return std::fabs(values_.back()) + rounding + cut_;
    return std::fabs(values_.back() - values_[values_.size() - 2]) + rounding + cut_;
  }

  void finish_round() {
    if (values_.empty()) {
      judge_scans();
      values_.push_back(sum_.value() / kScanSteps);
    } else {
      sum_.add(new_sum_.value());
      values_.push_back(sum_.value() / static_cast<double>(kScanSteps << level_.level));
    }
    size_ = new_size_ / static_cast<double>(kScanSteps << level_.level);
  }

  bool ended() {
    if (bad_.count > 0 && !context_.problem.skips_non_finite()) ending_ = Ending::non_finite;
    else if (values_.size() > 2 && error() <= context_.budget.tolerance(values_.back())) ending_ = Ending::converged;
    else if (2 * evaluations_ > context_.budget.most())
      ending_ = context_.budget.fixed() ? Ending::samples : Ending::evaluations;
    else if (level_.level == kMostLevels || (values_.size() > 2 && error() <= 16 * 0x1p-52 * size_ + cut_)) ending_ = Ending::rounding;
    else return false;
    return true;
  }

  // Where terms are negligible or have no value towards the ends, the rule is cut; other bad values are counted.
  void judge_scans() {
    double largest = 0;
    for (const auto& scan : scans_)
      for (const double term : scan)
        if (std::isfinite(term)) largest = std::fmax(largest, std::fabs(term));
    for (std::size_t s = 0; s < scans_.size(); ++s) {
      const Stretch& stretch = context_.problem.stretches()[s];
      const std::vector<double>& scan = scans_[s];
      const auto n = static_cast<std::int64_t>(scan.size());
      const std::int64_t begin = two_sided(stretch) ? -last_node(stretch, kScanSteps) : 0;
      const auto matters = [&](std::int64_t i) {
        const double term = scan[static_cast<std::size_t>(i)];
        return std::isfinite(term) && std::fabs(term) > kNegligible * largest;
      };
      std::int64_t low = 0, high = n - 1;
      while (high > 0 && !matters(high)) --high;
      if (two_sided(stretch))
        while (low < high && !matters(low)) ++low;
      cut_ += std::fabs(stretch.weight) * edge(scan, high, 1);
      if (two_sided(stretch)) cut_ += std::fabs(stretch.weight) * edge(scan, low, -1);
      if (high + 1 < n && std::isfinite(scan[static_cast<std::size_t>(high + 1)])) ++high;
      if (two_sided(stretch) && low > 0 && std::isfinite(scan[static_cast<std::size_t>(low - 1)])) --low;
      level_.extents.push_back({begin + low, begin + high});
      for (std::int64_t i = low; i <= high; ++i) add_scanned(stretch, scan[static_cast<std::size_t>(i)], begin + i);
    }
    scans_.clear();
  }

  // The term beyond which the rule is cut, if that is not negligible: the rest is about as large.
  static double edge(const std::vector<double>& scan, std::int64_t i, std::int64_t outwards) {
    const std::int64_t beyond = i + outwards;
    const double term = std::fabs(scan[static_cast<std::size_t>(i)]);
    if (!std::isfinite(term)) return 0;
    if (beyond < 0 || beyond >= static_cast<std::int64_t>(scan.size())) return term;
    return std::isfinite(scan[static_cast<std::size_t>(beyond)]) ? 0 : 4 * term;
  }

  void add_scanned(const Stretch& stretch, double term, std::int64_t node) {
    if (std::isfinite(term)) {
      sum_.add(term * stretch.weight);
      new_size_ += std::fabs(term * stretch.weight);
      return;
    }
    double distance, derivative;
    substitute(stretch, static_cast<double>(node) / kScanSteps, distance, derivative);
    bad_.add({1, {stretch.anchor + stretch.sign * distance}});
  }

  Context context_;
  Level level_{kScan, {}};
  std::vector<std::vector<double>> scans_;
  CompensatedSum sum_, new_sum_;
  double new_size_ = 0, size_ = 0, cut_ = 0;
  std::vector<double> values_;
  std::int64_t evaluations_ = 0;
  NonFinite bad_;
  Ending ending_ = Ending::unfinished;
};

// Terms of nodes first, first + stride, ...
void evaluate_nodes(const Problem& problem, const Stretch& stretch, std::int64_t first, std::int64_t stride, std::int64_t steps,
                    std::vector<double>& t, std::vector<double>& terms) {
  std::vector<double> derivative(t.size());
  for (std::size_t i = 0; i < t.size(); ++i) {
    const std::int64_t node = first + static_cast<std::int64_t>(i) * stride;
    substitute(stretch, static_cast<double>(node) / static_cast<double>(steps), t[i], derivative[i]);
  }
  problem.evaluate(stretch, t, derivative, terms);
}

class TanhSinh final : public Method {
 public:
  std::string unsuitable(const Problem& problem) const override {
    if (problem.dimension() != 1) return "double exponential rules have one dimension";
    return problem.region().cauchy ? "a principal value needs gauss_kronrod" : "";
  }
  std::unique_ptr<Estimation> start(const Context& context) const override {
    return std::make_unique<DoubleExponential>(context);
  }

  bool run(const Context& context, const ItemInput& input, tasks::Bytes& result) const override {
    Reader reader(input.common);
    const auto level = reader.number<std::int64_t>();
    const std::vector<Stretch>& stretches = context.problem.stretches();
    if (level < 0) {
      const Stretch& stretch = stretches[static_cast<std::size_t>(input.item)];
      const std::int64_t last = last_node(stretch, kScanSteps), first = two_sided(stretch) ? -last : 0;
      std::vector<double> t(static_cast<std::size_t>(last - first + 1)), terms(t.size());
      evaluate_nodes(context.problem, stretch, first, 1, kScanSteps, t, terms);
      put(result, terms);
      return true;
    }
    const auto extents = reader.array<Extent>(stretches.size());
    std::int64_t skip = input.item * kBlock, left = kBlock, evaluated = 0;
    CompensatedSum sum;
    double size = 0;
    NonFinite bad;
    for (std::size_t s = 0; s < stretches.size() && left > 0; ++s) {
      if (input.stop.requested()) return false;
      Nodes nodes = nodes_of(extents[s], level);
      const std::int64_t passed = std::min(skip, nodes.n), n = std::min(nodes.n - passed, left);
      skip -= passed;
      if (n <= 0) continue;
      left -= n;
      evaluated += n;
      add_terms(context.problem, stretches[s], {nodes.first + 2 * passed, n}, kScanSteps << level, sum, size, bad);
    }
    put(result, evaluated);
    put(result, sum.value());
    put(result, size);
    bad.write(result);
    return true;
  }

 private:
  // Where x has been rounded to a singular end there is no value, and none is missed: the scan has counted the loss.
  static void add_terms(const Problem& problem, const Stretch& stretch, Nodes nodes, std::int64_t steps, CompensatedSum& sum,
                        double& size, NonFinite& bad) {
    std::vector<double> t(static_cast<std::size_t>(nodes.n)), terms(t.size());
    evaluate_nodes(problem, stretch, nodes.first, 2, steps, t, terms);
    for (std::size_t i = 0; i < terms.size(); ++i) {
      const double x = stretch.anchor + stretch.sign * t[i];
      if (!std::isfinite(terms[i])) {
        if (x != stretch.anchor) bad.add({1, {x}});
        terms[i] = 0;
      }
      size += std::fabs(terms[i] * stretch.weight);
    }
    sum.add(block_sum(terms) * stretch.weight);
  }
};

}  // namespace

const Method& method_tanh_sinh() {
  static const TanhSinh method;
  return method;
}

}  // namespace shoal::workloads::integrate

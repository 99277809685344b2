// SPDX-License-Identifier: Apache-2.0
// The sum of a first course: n uniform random nodes, sorted, and the area sum over i of (x[i+1] - x[i]) f(x[i+1]). The two gaps at
// the ends are left out, so the sum is too small by about (f(a) + f(b)) / n: a biased method, kept as it is taught.
//
// Nodes come sorted without a sort: with E_0 ... E_n independent exponentials, (E_0 + ... + E_i) / (E_0 + ... + E_n), i < n, have
// the joint distribution of n sorted uniforms (Devroye, Non-Uniform Random Variate Generation, 1986, theorem V.2.2). O(n) time.
// In each piece of 65536 gaps eight lanes take a stretch each, so that no sum waits for the one before.
//
// Error: the two end gaps with the values beside them, and the variation sum |f(x[i+1]) - f(x[i])| (x[i+1] - x[i]): a bound in
// the mean where f is monotone between nodes.
#include <algorithm>
#include <cmath>

#include "shoal/math/functions.hpp"
#include "shoal/random/distributions.hpp"
#include "workloads/integrate/method.hpp"
#include "workloads/integrate/samples.hpp"

namespace shoal::workloads::integrate {
namespace {

constexpr std::int64_t kEnds = 1;  // the task number of the two outer gaps; inner gaps have 0

// Before the pieces can be summed, their starts must be known: more than one piece takes two rounds.
struct Common {
  std::int64_t nodes;
  double total;  // of all gaps; 0: round of totals, or the only round
};

struct Piece {
  double start;  // sum of the gaps before it
};

struct Sums {
  double area = 0, variation = 0;
  double first = 0, last = 0;  // |f| at the first and last node of the piece
};

double end_gap(const random::Stream& stream, unsigned which) {
  return -math::log(random::uniform_positive(stream, kEnds, 0, which));
}

// Exponential gaps of a piece and their positions: gap p of lane l at p * 8 + l, lane l after lane l - 1.
class Gaps {
 public:
  Gaps(const random::Stream& stream, std::int64_t first, std::int64_t n)
      : n_(static_cast<std::size_t>(n)), rows_((n_ + kLanes - 1) / kLanes), gaps_(rows_ * kLanes) {
    const std::span<double> drawn(gaps_.data(), n_);
    random::fill_uniform_positive(stream, 0, static_cast<std::uint64_t>(first) / 2, drawn);
    math::log(drawn, drawn);
    // Local arrays, which the compiler knows not to overlap the gaps, become vector registers.
    double totals[kLanes] = {};
    double* gaps = gaps_.data();
    for (std::size_t i = 0; i < gaps_.size(); i += kLanes) {
      for (std::size_t lane = 0; lane < kLanes; ++lane) {
        gaps[i + lane] = -gaps[i + lane];
        totals[lane] += gaps[i + lane];
      }
    }
    std::copy_n(totals, kLanes, totals_);
  }

  double total() const {
    double sum = 0;
    for (const double lane : totals_) sum += lane;
    return sum;
  }

  // x of each gap's right end.
  std::vector<double> nodes(double start, double origin, double scale) const {
    double at[kLanes];
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      at[lane] = start;
      start += totals_[lane];
    }
    std::vector<double> x(gaps_.size());
    const double* gaps = gaps_.data();
    double* out = x.data();
    for (std::size_t i = 0; i < x.size(); i += kLanes) {
      double row[kLanes];
      for (std::size_t lane = 0; lane < kLanes; ++lane) {
        at[lane] += gaps[i + lane];
        row[lane] = origin + at[lane] * scale;
      }
      std::copy_n(row, kLanes, out + i);
    }
    return x;
  }

  Sums sums(std::span<const double> f, double scale) const {
    double area[kLanes] = {}, variation[kLanes] = {};
    const double* gaps = gaps_.data();
    const double* values = f.data();
    for (std::size_t lane = 0; lane < kLanes; ++lane) area[lane] = gaps[lane] * values[lane];
    for (std::size_t i = kLanes; i < gaps_.size(); i += kLanes) {
      for (std::size_t lane = 0; lane < kLanes; ++lane) {
        area[lane] += gaps[i + lane] * values[i + lane];
        variation[lane] += gaps[i + lane] * std::fabs(values[i + lane] - values[i + lane - kLanes]);
      }
    }
    const std::size_t last = gaps_.size() - kLanes;
    for (std::size_t lane = 1; lane < kLanes; ++lane) variation[lane] += gaps_[lane] * std::fabs(f[lane] - f[last + lane - 1]);
    return {lane_total(area) * scale, lane_total(variation) * scale, std::fabs(f[0]), std::fabs(f[gaps_.size() - 1])};
  }

 private:
  std::size_t n_, rows_;
  std::vector<double> gaps_;
  double totals_[kLanes] = {};
};

class RiemannEstimation final : public Estimation {
 public:
  explicit RiemannEstimation(const Context& context) : context_(context) {}

  Work next() override {
    const Budget& budget = context_.budget;
    if (!results_.empty() && pieces_folded_ == n_pieces()) {
      if (bad_.count > 0 && !context_.problem.skips_non_finite()) return end(Ending::non_finite);
      if (budget.fixed()) return end(Ending::samples);
      if (estimate().error <= budget.tolerance(estimate().value)) return end(Ending::converged);
      if (nodes_ == budget.max_evaluations) return end(Ending::evaluations);
    }
    const bool totals_known = !totals_.empty() && pieces_folded_ < n_pieces();
    if (!totals_known) {
      nodes_ = budget.fixed() ? budget.samples
                                  : std::min(budget.max_evaluations, nodes_ == 0 ? std::int64_t{256} : 2 * nodes_);
      if (nodes_ < 2) return end(Ending::samples);
      totals_.clear();
      pieces_folded_ = 0;
      results_.clear();
    }
    Work work;
    work.n_items = n_pieces();
    if (n_pieces() == 1 || !totals_known) {
      put(work.common, Common{nodes_, 0});
      return work;
    }
    double start = end_gap(context_.stream, 0);
    for (const double total : totals_) {
      tasks::Bytes payload;
      put(payload, Piece{start});
      work.items.push_back(std::move(payload));
      start += total;
    }
    put(work.common, Common{nodes_, start + end_gap(context_.stream, 1)});
    return work;
  }

  void fold(tasks::ByteView result) override {
    Reader reader(result);
    if (n_pieces() > 1 && static_cast<std::int64_t>(totals_.size()) < n_pieces()) {
      totals_.push_back(reader.number<double>());
      return;
    }
    results_.push_back(reader.number<Sums>());
    total_ = reader.number<double>();
    ++pieces_folded_;
    bad_.add(NonFinite::read(reader, 1));
  }

  Estimate estimate() const override {
    Estimate result;
    result.ending = ending_;
    result.bad = bad_;
    if (nodes_ < 2 && ending_ == Ending::samples) {
      result.value = 0;
      result.evaluations = 0;
      result.error = HUGE_VAL;
      return result;
    }
    if (results_.empty() || pieces_folded_ < n_pieces()) return result;
    CompensatedSum area, variation;
    for (const Sums& sums : results_) {
      area.add(sums.area);
      variation.add(sums.variation);
    }
    const Region& region = context_.problem.region();
    const double scale = (region.upper[0] - region.lower[0]) / total_;
    result.value = area.value();
    result.error = std::fabs(variation.value()) + std::fabs(scale) * (end_gap(context_.stream, 0) * results_.front().first +
                                                                      end_gap(context_.stream, 1) * results_.back().last);
    result.evaluations = nodes_ - 1;
    return result;
  }

 private:
  Work end(Ending ending) {
    ending_ = ending;
    return {};
  }
  std::int64_t n_pieces() const { return items_of(nodes_ - 1); }

  Context context_;
  std::int64_t nodes_ = 0;
  std::vector<double> totals_;
  std::vector<Sums> results_;
  std::int64_t pieces_folded_ = 0;
  double total_ = 1;
  NonFinite bad_;
  Ending ending_ = Ending::unfinished;
};

class RiemannRandom final : public Method {
 public:
  bool stochastic() const override { return true; }
  std::string unsuitable(const Problem& problem) const override {
    if (problem.dimension() != 1) return "sorted nodes have one dimension";
    if (problem.region().cauchy) return "a principal value needs gauss_kronrod";
    return problem.finite() ? "" : "random nodes need a finite range";
  }
  std::unique_ptr<Estimation> start(const Context& context) const override { return std::make_unique<RiemannEstimation>(context); }

  bool run(const Context& context, const ItemInput& input, tasks::Bytes& result) const override {
    const auto common = Reader(input.common).number<Common>();
    const std::int64_t first = input.item * kItemSamples, n = std::min(kItemSamples, common.nodes - 1 - first);
    const Gaps gaps(context.stream, first, n);
    const bool only = common.nodes - 1 <= kItemSamples;
    if (!only && common.total == 0) {
      put(result, gaps.total());
      return true;
    }
    double start, total = common.total;
    if (only) {
      start = end_gap(context.stream, 0);
      total = start + gaps.total() + end_gap(context.stream, 1);
    } else {
      start = Reader(input.payload).number<Piece>().start;
    }
    const Region& region = context.problem.region();
    const double scale = (region.upper[0] - region.lower[0]) / total;
    const std::vector<double> x = gaps.nodes(start, region.lower[0], scale);
    std::vector<double> f(x.size());
    const double* column = x.data();
    context.problem.integrand().evaluate({&column, 1}, f);
    NonFinite bad;
    double none[kLanes] = {};  // stay 0 if all are finite
    for (std::size_t i = 0; i < f.size(); i += kLanes)
      for (std::size_t lane = 0; lane < kLanes; ++lane) none[lane] += f[i + lane] * 0;
    for (std::size_t i = 0; lane_total(none) != 0 && i < f.size(); ++i) {
      if (std::isfinite(f[i])) continue;
      bad.add({1, {x[i]}});
      f[i] = 0;
    }
    put(result, gaps.sums(f, scale));
    put(result, total);
    bad.write(result);
    return true;
  }
};

}  // namespace

const Method& method_riemann_random() {
  static const RiemannRandom method;
  return method;
}

}  // namespace shoal::workloads::integrate

// SPDX-License-Identifier: Apache-2.0
// The sum of a first course: n uniform random nodes, sorted, and the area sum over i of (x[i+1] - x[i]) f(x[i+1]). The two gaps at
// the ends are left out, so the sum is too small by about (f(a) + f(b)) / n: a biased method, kept as it is taught.
//
// Nodes come sorted without a sort: with E_0 ... E_n independent exponentials, (E_0 + ... + E_i) / (E_0 + ... + E_n), i < n, have
// the joint distribution of n sorted uniforms (Devroye, Non-Uniform Random Variate Generation, 1986, theorem V.2.2). O(n) time.
// A gap takes one word of 32 bits: it is at least 1.1e-10 of the mean gap and at most 22.9 (a longer one: once in 10^10). In each
// piece of 65536 gaps 32 columns take a stretch each, so that no sum waits for the one before.
//
// Error: the two end gaps with the values beside them, and the variation sum |f(x[i+1]) - f(x[i])| (x[i+1] - x[i]): a bound in
// the mean where f is monotone between nodes.
#include <algorithm>
#include <array>
#include <cmath>
#include <memory>

#include "shoal/random/distributions.hpp"
#include "workloads/integrate/method.hpp"
#include "workloads/integrate/random_rows.hpp"
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
  return random::exponential(stream, kEnds, 0, which);
}

// Memory of a thread, kept from piece to piece: there are many small ones.
struct Scratch {
  std::unique_ptr<double[]> gaps = std::make_unique_for_overwrite<double[]>(kItemSamples);
  alignas(64) double x[kPiece], f[kPiece];
};
static_assert(kItemSamples % kRow == 0 && kPiece % kRow == 0);

Scratch& scratch() {
  thread_local const auto memory = std::make_unique<Scratch>();
  return *memory;
}

// Exponential gaps of a piece: gap p of stretch l at p * 32 + l, stretch l after stretch l - 1. Gaps that fill the last row are 0.
class Gaps {
 public:
  Gaps(const random::Stream& stream, std::int64_t first, std::int64_t n)
      : memory_(scratch()), size_((static_cast<std::size_t>(n) + kRow - 1) / kRow * kRow) {
    fill_gaps(stream, static_cast<std::uint64_t>(first) / kRow, static_cast<std::size_t>(n), {memory_.gaps.get(), size_}, totals_);
  }

  double total() const {
    double sum = 0;
    for (const double stretch : totals_) sum += stretch;
    return sum;
  }

  // Sums over x = origin + (position) * scale, the first stretch beginning at `start`.
  Sums sums(const Integrand& integrand, double start, double origin, double scale, NonFinite& bad) {
    Stretches state;
    for (std::size_t stretch = 0; stretch < kRow; ++stretch) {
      state.at[stretch] = start;
      start += totals_[stretch];
    }
    std::array<double, kRow> first_row, at = state.at;
    NonFinite counted_below;
    evaluate(integrand, {memory_.gaps.get(), kRow}, origin, scale, at, counted_below);
    std::copy_n(memory_.f, kRow, first_row.begin());
    state.above = first_row;
    for (std::size_t begin = 0; begin < size_; begin += kPiece) {
      const std::span<const double> gaps(memory_.gaps.get() + begin, std::min<std::size_t>(kPiece, size_ - begin));
      if (integrand.add_random_areas(gaps, origin, scale, state)) continue;
      evaluate(integrand, gaps, origin, scale, state.at, bad);
      add_areas(gaps, {memory_.f, gaps.size()}, state);
    }
    // The first node of a stretch comes after the last of the stretch before.
    for (std::size_t l = 1; l < kRow; ++l) state.variation[l] += memory_.gaps[l] * std::fabs(first_row[l] - state.above[l - 1]);
    return {row_total(state.area.data()) * scale, row_total(state.variation.data()) * scale, std::fabs(first_row.front()),
            std::fabs(state.above.back())};
  }

 private:
  // Values at the next rows of nodes into memory_.f.
  void evaluate(const Integrand& integrand, std::span<const double> gaps, double origin, double scale, std::array<double, kRow>& at,
                NonFinite& bad) {
    place_nodes(gaps, origin, scale, at, {memory_.x, gaps.size()});
    const double* column = memory_.x;
    integrand.evaluate({&column, 1}, {memory_.f, gaps.size()});
    drop_non_finite(gaps.size(), bad);
  }

  void drop_non_finite(std::size_t n, NonFinite& bad) {
    if (all_finite({memory_.f, n})) return;
    for (std::size_t i = 0; i < n; ++i) {
      if (std::isfinite(memory_.f[i])) continue;
      bad.add({1, {memory_.x[i]}});
      memory_.f[i] = 0;
    }
  }

  Scratch& memory_;
  std::size_t size_;
  std::array<double, kRow> totals_ = {};
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
    Gaps gaps(context.stream, first, n);
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
    NonFinite bad;
    put(result, gaps.sums(context.problem.integrand(), start, region.lower[0], scale, bad));
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

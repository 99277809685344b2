// SPDX-License-Identifier: Apache-2.0
// A round evaluates the rule of k steps, and of k / q and k / q^2 steps for the error, q being chosen so that these cost at most
// 1/16 more. With D1, D2 the two differences and r = D1 / D2 the observed contraction, the error is
// max(D1, D2 / q) max(2 r / (1 - r), 2 / q): Richardson's estimate at the observed order with a factor 2 to spare, never better
// than first order would give, and not fooled where D1 is small by accident.
#include "workloads/integrate/grid_rule.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>

#include "workloads/integrate/samples.hpp"

namespace shoal::workloads::integrate {
namespace {

constexpr std::int64_t kFirstNodes = 256;  // of the first round, where a tolerance decides
constexpr double kWorstContraction = 0.9;

// The largest m with m^d <= n.
std::int64_t integer_root(std::int64_t n, int d) {
  std::int64_t low = 1, high = n;
  const auto fits = [n, d](std::int64_t m) {
    std::int64_t power = 1;
    for (int i = 0; i < d; ++i) {
      if (power > n / m) return false;
      power *= m;
    }
    return true;
  };
  while (low < high) {
    const std::int64_t middle = low + (high - low + 1) / 2;
    if (fits(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}

std::int64_t power(std::int64_t m, int d) {
  std::int64_t result = 1;
  for (int i = 0; i < d; ++i) result *= m;
  return result;
}

std::int64_t ratio(int dimension) {
  return dimension == 1 ? 16 : dimension == 2 ? 4 : dimension == 3 ? 3 : 2;
}

// The grids of a round, finest first: their steps, without repetition.
std::vector<std::int64_t> grids(const GridRule& rule, std::int64_t k, int dimension) {
  std::vector<std::int64_t> steps = {k};
  for (int level = 0; level < 2; ++level) {
    const std::int64_t coarser = rule.steps(std::max<std::int64_t>(1, steps.back() / ratio(dimension)));
    if (coarser < steps.back()) steps.push_back(coarser);
  }
  return steps;
}

std::int64_t n_points(const GridRule& rule, std::int64_t k, int dimension) {
  return power(rule.n_nodes(k), dimension);
}

class GridEstimation final : public Estimation {
 public:
  GridEstimation(const GridRule& rule, const Context& context) : rule_(rule), context_(context) {}

  Work next() override {
    if (bad_.count > 0 && !context_.problem.skips_non_finite()) return end(Ending::non_finite);
    const Budget& budget = context_.budget;
    const int d = context_.problem.dimension();
    // The coarser grids cost up to 1/8 more, with all roundings.
    const std::int64_t left = std::max<std::int64_t>(1, budget.max_evaluations - evaluations_);
    const std::int64_t most = rule_.steps(integer_root(budget.fixed() ? std::max<std::int64_t>(1, budget.samples) : left - left / 8, d));
    if (k_ > 0) {
      const Estimate now = estimate();
      if (budget.fixed()) return end(Ending::samples);
      if (now.error <= budget.tolerance(now.value)) return end(Ending::converged);
      if (2 * k_ > most) return end(Ending::evaluations);
    }
    const std::int64_t first = rule_.steps(integer_root(std::max<std::int64_t>(kFirstNodes, power(2, std::min(d, 20))), d));
    k_ = budget.fixed() ? most : std::min(most, k_ == 0 ? first : 2 * k_);
    steps_ = grids(rule_, k_, d);
    sums_.assign(steps_.size(), CompensatedSum());
    Work work;
    put(work.common, k_);
    for (const std::int64_t k : steps_) {
      work.n_items += items_of(n_points(rule_, k, d));
      evaluations_ += n_points(rule_, k, d);
    }
    return work;
  }

  void fold(tasks::ByteView result) override {
    Reader reader(result);
    const auto grid = reader.number<std::int64_t>();
    sums_[static_cast<std::size_t>(grid)].add(reader.number<double>());
    bad_.add(NonFinite::read(reader, context_.problem.dimension()));
  }

  Estimate estimate() const override {
    Estimate result;
    result.bad = bad_;
    result.ending = ending_;
    result.evaluations = evaluations_;
    if (steps_.empty()) return result;
    std::array<double, 3> values{};
    for (std::size_t i = 0; i < sums_.size(); ++i) values[i] = value(i);
    result.value = values[0];
    result.error = error(values);
    return result;
  }

 private:
  Work end(Ending ending) {
    ending_ = ending;
    return {};
  }

  double value(std::size_t grid) const {
    double divisor = 1;
    for (int i = 0; i < context_.problem.dimension(); ++i) divisor *= static_cast<double>(steps_[grid]) * rule_.scale();
    return sums_[grid].value() / divisor;
  }

  double error(const std::array<double, 3>& values) const {
    constexpr double kRounding = 8 * std::numeric_limits<double>::epsilon();
    const double floor = kRounding * std::fabs(values[0]);
    if (sums_.size() == 1) return std::fabs(values[0]) + floor;
    const double finer = std::fabs(values[0] - values[1]);
    if (sums_.size() == 2) return finer + floor;
    const double coarser = std::fabs(values[1] - values[2]);
    const double contraction = coarser > 0 ? std::fmin(finer / coarser, kWorstContraction) : kWorstContraction;
    const auto q = static_cast<double>(ratio(context_.problem.dimension()));
    return std::fmax(finer, coarser / q) * std::fmax(2 * contraction / (1 - contraction), 2 / q) + floor;
  }

  const GridRule& rule_;
  Context context_;
  std::int64_t k_ = 0;
  std::vector<std::int64_t> steps_;
  std::vector<CompensatedSum> sums_;  // one a grid
  std::int64_t evaluations_ = 0;
  NonFinite bad_;
  Ending ending_ = Ending::unfinished;
};

// Coordinates and weights of points first .. first + n - 1 of a grid, the last axis fastest.
void fill_points(const GridRule& rule, std::int64_t k, std::int64_t first, std::int64_t n, int dimension, PointBlock& block,
                 std::vector<double>& weights) {
  const std::int64_t nodes = rule.n_nodes(k);
  const double step = 1.0 / static_cast<double>(k), start = static_cast<double>(first) + rule.offset();
  std::int64_t stride = 1;
  for (int axis = dimension - 1; axis >= 0; --axis) {
    const std::span<double> column = block.column(static_cast<std::size_t>(axis), n);
    if (dimension == 1 && rule.equal_weights()) {
      place_grid(start, step, column);
      return;
    }
    std::int64_t node = first / stride % nodes, left = stride - first % stride;
    for (std::size_t i = 0; i < column.size(); ++i) {
      column[i] = (static_cast<double>(node) + rule.offset()) * step;
      if (!rule.equal_weights()) weights[i] *= rule.weight(node, k);
      if (--left == 0) {
        left = stride;
        if (++node == nodes) node = 0;
      }
    }
    stride *= nodes;
  }
}

// The sum of the values of a block, where the integrand offers it and all are finite, as a finite sum tells. The same as of pieces.
std::optional<double> columns_sum(const Problem& problem, std::int64_t k, double start, std::int64_t n) {
  if (n % static_cast<std::int64_t>(kSumColumns) != 0) return std::nullopt;
  math::Grid grid;
  grid.start = start;
  grid.step = 1.0 / static_cast<double>(k);
  grid.origin = problem.region().lower[0];
  grid.width = grid.scale = problem.volume();
  Columns columns = {};
  if (!problem.integrand().add_to_columns(grid, n, columns)) return std::nullopt;
  const double sum = row_total(columns.data());
  return std::isfinite(sum) ? std::optional(sum) : std::nullopt;
}

}  // namespace

std::string GridRule::unsuitable(const Problem& problem) const {
  if (problem.region().cauchy) return "a principal value needs gauss_kronrod";
  return problem.dimension() > 20 ? "tensor grids have at most 20 dimensions" : "";
}

std::unique_ptr<Estimation> GridRule::start(const Context& context) const {
  return std::make_unique<GridEstimation>(*this, context);
}

bool GridRule::run(const Context& context, const ItemInput& input, tasks::Bytes& result) const {
  const Problem& problem = context.problem;
  const int d = problem.dimension();
  std::int64_t grid = 0, item = input.item, k = 0, points = 0;
  for (const std::int64_t steps : grids(*this, Reader(input.common).number<std::int64_t>(), d)) {
    k = steps;
    points = n_points(*this, k, d);
    if (item < items_of(points)) break;
    item -= items_of(points);
    ++grid;
  }
  const std::int64_t begin = item * kItemSamples, end = std::min(points, begin + kItemSamples);
  CompensatedSum sum;
  NonFinite bad;
  PointBlock block(d);
  std::vector<double> weights(kPiece);
  const double step = d == 1 && problem.finite() ? problem.volume() / static_cast<double>(k) : 0;
  const bool done = for_blocks(begin, end, input.stop, [&](std::int64_t first, std::int64_t n) {
    if (d == 1 && equal_weights() && problem.finite()) {
      const double start = static_cast<double>(first) + offset();
      if (const auto fused = problem.integrand().grid_sum(problem.region().lower[0], step, start, n)) {
        sum.add(*fused * problem.volume());
        return;
      }
      if (const auto fused = columns_sum(problem, k, start, n)) {
        sum.add(*fused);
        return;
      }
    }
    Columns columns = {};
    for_pieces(n, [&](std::int64_t piece, std::int64_t count) {
      if (!equal_weights()) std::fill(weights.begin(), weights.end(), 1.0);
      fill_points(*this, k, first + piece, count, d, block, weights);
      const std::span<double> values = block.values(count);
      problem.evaluate(block.columns(), values, bad);
      if (!equal_weights())
        for (std::size_t i = 0; i < values.size(); ++i) values[i] *= weights[i];
      add_to_columns(values, columns);
    });
    sum.add(row_total(columns.data()));
  });
  put(result, grid);
  put(result, sum.value());
  bad.write(result);
  return done;
}

}  // namespace shoal::workloads::integrate

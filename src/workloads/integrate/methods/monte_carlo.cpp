// SPDX-License-Identifier: Apache-2.0
// Plain Monte Carlo: the mean of f over independent uniform points, with its standard error. Each block of 4096 gives a mean and a
// sum of squared deviations, merged in order (Chan, Golub, LeVeque 1983). O(samples) time, O(1) memory.
//
// Coordinate k of sample i is (w + 1/2) 2^-32, w word i of the stream (estimate, axis k): the same on any layout. A sum over all
// 2^32 places is the midpoint rule, whose error is far below that of any number of samples, unless f is hardly integrable: of
// x^-0.9 over [0, 1] a tenth lies below 2^-33. Infinite sides take 52 bits, since there the places reach out to 2^33 only.
#include <cmath>
#include <optional>

#include "shoal/random/distributions.hpp"
#include "workloads/integrate/method.hpp"
#include "workloads/integrate/random_rows.hpp"
#include "workloads/integrate/samples.hpp"

namespace shoal::workloads::integrate {
namespace {

// Where a tolerance decides: the samples of the first round. Later ones are as many as the variance asks for, 16 times at most.
constexpr std::int64_t kFirst = std::int64_t{1} << 16;

class Sampling final : public Estimation {
 public:
  explicit Sampling(const Context& context) : context_(context) {}

  Work next() override {
    if (estimate_.bad.count > 0 && !context_.problem.skips_non_finite()) return end(Ending::non_finite);
    const Budget& budget = context_.budget;
    const std::int64_t done = moments_.n;
    if (budget.fixed() && started_ && done == budget.samples) return end(Ending::samples);
    if (!budget.fixed() && done > 0 && moments_.standard_error() <= budget.tolerance(moments_.mean)) return end(Ending::converged);
    const std::int64_t total = budget.fixed() ? budget.samples : wanted(done);
    if (done > 0 && total <= done) return end(Ending::evaluations);
    const SampleRound round = SampleRound::next(done, total, !started_);
    started_ = true;
    Work work;
    put(work.common, round);
    work.n_items = round.n_items();
    return work;
  }

  void fold(tasks::ByteView result) override {
    Reader reader(result);
    moments_.add(reader.number<Moments>());
    estimate_.bad.add(NonFinite::read(reader, context_.problem.dimension()));
  }

  Estimate estimate() const override {
    Estimate result = estimate_;
    if (moments_.n == 0) return result;
    result.value = moments_.mean;
    if (moments_.n > 1) result.error = moments_.standard_error();
    result.evaluations = moments_.n;
    return result;
  }

 private:
  Work end(Ending ending) {
    estimate_.ending = ending;
    return {};
  }

  std::int64_t wanted(std::int64_t done) const {
    const Budget& budget = context_.budget;
    if (done == 0) return std::min(kFirst, budget.max_evaluations);
    const double ratio = moments_.standard_error() / budget.tolerance(moments_.mean);
    const double factor = std::fmin(16, std::fmax(1.1 * ratio * ratio, 1.25));
    const double total = std::ceil(static_cast<double>(done) * factor / kItemSamples) * kItemSamples;
    return std::min(static_cast<std::int64_t>(std::fmin(total, 4e18)), budget.max_evaluations);
  }

  Context context_;
  bool started_ = false;
  Moments moments_;
  Estimate estimate_;
};

// Coordinates u of samples from number `first` on.
void fill_axis(const Context& context, const random::Stream& stream, std::size_t axis, std::int64_t first, std::span<double> u) {
  const Region& region = context.problem.region();
  const auto number = static_cast<std::uint64_t>(first);
  if (std::isinf(region.lower[axis]) || std::isinf(region.upper[axis])) random::fill_uniform(stream, 0, number / 2, u);
  else fill_centred(stream, number / kRow, u);
}

// A whole block without a way through memory, where the integrand offers that. Deviations are taken from the first value.
std::optional<Moments> fused_block(const Context& context, std::int64_t first, std::int64_t n) {
  const Problem& problem = context.problem;
  if (n != kBlock || problem.dimension() != 1 || !problem.finite()) return std::nullopt;
  const double step = problem.volume() * 0x1p-32;
  const random::Stream stream = context.stream.derived(0);
  const auto row = static_cast<std::uint64_t>(first) / kRow;
  double x = problem.region().lower[0] + (stream.words(0, 8 * row)[0] + 0.5) * step, pivot = 0;
  const double* column = &x;
  problem.integrand().evaluate({&column, 1}, {&pivot, 1});
  const auto sums = problem.integrand().random_sums(stream, row, kBlock / kRow, problem.region().lower[0], step, pivot);
  if (!sums) return std::nullopt;
  const double mean = sums->sum / kBlock, volume = problem.volume();
  return Moments{kBlock, (pivot + mean) * volume, std::fmax(0, sums->squares - sums->sum * mean) * volume * volume};
}

class MonteCarlo final : public Method {
 public:
  bool stochastic() const override { return true; }
  std::string unsuitable(const Problem& problem) const override {
    return problem.region().cauchy ? "a principal value needs gauss_kronrod" : "";
  }
  std::unique_ptr<Estimation> start(const Context& context) const override { return std::make_unique<Sampling>(context); }

  bool run(const Context& context, const ItemInput& input, tasks::Bytes& result) const override {
    const auto round = Reader(input.common).number<SampleRound>();
    const std::int64_t item = input.item - round.n_empty;
    const std::int64_t begin = round.begin + item * kItemSamples;
    const std::int64_t end = item < 0 ? begin : std::min(round.end, begin + kItemSamples);
    const int dimension = context.problem.dimension();
    std::vector<random::Stream> streams;  // one an axis
    for (int axis = 0; axis < dimension; ++axis) streams.push_back(context.stream.derived(static_cast<std::uint64_t>(axis)));
    PointBlock block(dimension);
    Moments moments;
    NonFinite bad;
    const bool done = for_blocks(begin, end, input.stop, [&](std::int64_t first, std::int64_t n) {
      if (const auto fused = fused_block(context, first, n)) {
        moments.add(*fused);
        return;
      }
      for_pieces(n, [&](std::int64_t piece, std::int64_t count) {
        for (int axis = 0; axis < dimension; ++axis) {
          const auto k = static_cast<std::size_t>(axis);
          fill_axis(context, streams[k], k, first + piece, block.column(k, count));
        }
        const std::span<double> values = block.values(n).subspan(static_cast<std::size_t>(piece), static_cast<std::size_t>(count));
        context.problem.evaluate(block.columns(), values, bad);
      });
      moments.add(block_moments(block.values(n)));
    });
    put(result, moments);
    bad.write(result);
    return done;
  }
};

}  // namespace

const Method& method_monte_carlo() {
  static const MonteCarlo method;
  return method;
}

}  // namespace shoal::workloads::integrate

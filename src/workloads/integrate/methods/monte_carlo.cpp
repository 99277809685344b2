// SPDX-License-Identifier: Apache-2.0
// Plain Monte Carlo: the mean of f over independent uniform points, with its standard error. Coordinate k of sample i is the
// uniform number at address (estimate, axis k, i): the same on any layout. Each block of 4096 gives a mean and a sum of squared
// deviations, merged in order (Chan, Golub, LeVeque 1983). O(samples) time, O(1) memory.
#include "shoal/random/distributions.hpp"
#include "workloads/integrate/method.hpp"
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
    PointBlock block(dimension);
    Moments moments;
    NonFinite bad;
    const bool done = for_blocks(begin, end, input.stop, [&](std::int64_t first, std::int64_t n) {
      for_pieces(n, [&](std::int64_t piece, std::int64_t count) {
        const auto draw = static_cast<std::uint64_t>(first + piece) / 2;
        for (int axis = 0; axis < dimension; ++axis) {
          const auto k = static_cast<std::size_t>(axis);
          random::fill_uniform(context.stream.derived(k), 0, draw, block.column(k, count));
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

// SPDX-License-Identifier: Apache-2.0
// Randomised quasi-Monte Carlo: R independent randomisations of the same N = 2^m low-discrepancy points. The value is the mean of
// the R means, the error their standard error (R - 1 degrees of freedom). Points:
//   sobol    Sobol' points under Owen's scrambling: any N, error down to N^-1.5 for smooth integrands (Owen, Ann. Statist. 25, 1997)
//   lattice  an embedded rank-1 lattice, shifted at random, then the baker's transformation u -> 1 - |2 u - 1|: error about N^-2
//            for smooth integrands (Hickernell, in MCQMC 2000, 2002), best up to N = 2^19
// Both come in an order whose first 2^m points are good for every m, so samples double without being drawn again. What is left of the
// evaluations when not all randomisations can double goes into the first ones: means are weighted by their numbers of points, which
// is best where the variance falls as 1 / N, and never worse than leaving it where it falls faster (for then the variance of the mean is
// at most sum of w_r^2 / N_r).
#include <bit>
#include <cmath>

#include "shoal/random/sobol.hpp"
#include "workloads/integrate/method.hpp"
#include "workloads/integrate/samples.hpp"

namespace shoal::workloads::integrate {
namespace {

constexpr std::uint32_t kLattice[] = {
#include "workloads/integrate/lattice_vector.def"
};
static_assert(std::size(kLattice) == kLatticeDimensions);

constexpr std::int64_t kFirst = 1024;  // points of each randomisation in the first round, where a tolerance decides

// Bits in reverse order: the fixed-point form of the radical inverse in base 2.
std::uint64_t reversed(std::uint64_t x) {
  x = __builtin_bswap64(x);
  x = ((x >> 4) & 0x0f0f0f0f0f0f0f0fu) | ((x & 0x0f0f0f0f0f0f0f0fu) << 4);
  x = ((x >> 2) & 0x3333333333333333u) | ((x & 0x3333333333333333u) << 2);
  return ((x >> 1) & 0x5555555555555555u) | ((x & 0x5555555555555555u) << 1);
}

// Point k has coordinate frac(phi(k) z + shift), phi the radical inverse; all in units of 2^-64.
void fill_lattice(std::uint64_t first, std::size_t axis, std::uint64_t shift, std::span<double> out) {
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::uint64_t x = reversed(first + i) * kLattice[axis] + shift;
    const double u = (static_cast<double>(x >> 12) + 0.5) * 0x1p-52;
    out[i] = 1 - std::fabs(2 * u - 1);
  }
}

// Samples of the first `randomisations`.
struct Round {
  SampleRound samples;
  std::int64_t randomisations = 0;

  // Item i of the samples, of randomisation r, is i R + r: more samples append items.
  std::int64_t n_items() const { return samples.n_empty + items_of(samples.end - samples.begin) * randomisations; }
};

class Randomised final : public Estimation {
 public:
  explicit Randomised(const Context& context)
      : context_(context), sums_(static_cast<std::size_t>(context.options.randomisations)) {}

  Work next() override {
    if (done_ > 0 && bad_.count > 0 && !context_.problem.skips_non_finite()) return end(Ending::non_finite);
    const Budget& budget = context_.budget;
    const std::int64_t all = context_.options.randomisations;
    const auto most = static_cast<std::int64_t>(std::bit_floor(static_cast<std::uint64_t>(std::max<std::int64_t>(budget.most() / all, 1))));
    const Ending spent = budget.fixed() ? Ending::samples : Ending::evaluations;
    if (done_ > 0 && !budget.fixed() && converged()) return end(Ending::converged);
    round_.randomisations = all;
    if (done_ > 0 && done_ == most) {
      round_.randomisations = budget.most() / most - all;
      if (doubled_ > 0 || round_.randomisations < 1) return end(spent);
      doubled_ = round_.randomisations;
      round_.samples = {most, 2 * most, 0};
    } else {
      round_.samples = SampleRound::next(done_, budget.fixed() ? most : std::min(most, std::max(kFirst, 2 * done_)), !started_);
      done_ = round_.samples.end;
    }
    started_ = true;
    folded_ = 0;
    Work work;
    put(work.common, round_);
    work.n_items = round_.n_items();
    return work;
  }

  void fold(tasks::ByteView result) override {
    Reader reader(result);
    const std::int64_t item = folded_++ - round_.samples.n_empty;
    const auto sum = reader.number<double>();
    if (item >= 0) sums_[static_cast<std::size_t>(item % round_.randomisations)].add(sum);
    bad_.add(NonFinite::read(reader, context_.problem.dimension()));
  }

  Estimate estimate() const override {
    Estimate result;
    result.bad = bad_;
    result.ending = ending_;
    if (done_ == 0 || folded_ < round_.n_items()) return result;
    result.evaluations = done_ * (context_.options.randomisations + doubled_);
    Moments means;
    for (std::size_t r = 0; r < sums_.size(); ++r) means.add({1, mean(r), 0});
    result.value = means.mean;
    result.error = means.standard_error();
    if (doubled_ > 0) weigh(result);
    return result;
  }

 private:
  Work end(Ending ending) {
    ending_ = ending;
    return {};
  }

  // 0 with error 0 has no relative error: nothing was met yet.
  bool converged() const {
    const Estimate now = estimate();
    const double tolerance = context_.budget.tolerance(now.value);
    return now.error <= tolerance && (tolerance > 0 || now.value != 0);
  }

  double mean(std::size_t randomisation) const {
    const bool doubled = static_cast<std::int64_t>(randomisation) < doubled_;
    return sums_[randomisation].value() / static_cast<double>(doubled ? 2 * done_ : done_);
  }

  // Weights w by the numbers of points. (mean - value)^2 has the expectation (1 - w) sigma^2 / w where variances go as 1 / N.
  void weigh(Estimate& result) const {
    const auto total = static_cast<double>(context_.options.randomisations + doubled_);
    const auto weight = [&](std::size_t r) { return (static_cast<std::int64_t>(r) < doubled_ ? 2 : 1) / total; };
    CompensatedSum value, variance;
    for (std::size_t r = 0; r < sums_.size(); ++r) value.add(weight(r) * mean(r));
    result.value = value.value();
    for (std::size_t r = 0; r < sums_.size(); ++r) {
      const double difference = weight(r) * (mean(r) - result.value);
      variance.add(difference * difference / (1 - weight(r)));
    }
    result.error = std::sqrt(variance.value());
  }

  Context context_;
  std::vector<CompensatedSum> sums_;  // one a randomisation
  std::int64_t done_ = 0;             // points of each randomisation
  std::int64_t doubled_ = 0;          // the first ones, which have twice as many
  Round round_;
  bool started_ = false;
  std::int64_t folded_ = 0;
  NonFinite bad_;
  Ending ending_ = Ending::unfinished;
};

class QuasiMonteCarlo final : public Method {
 public:
  bool stochastic() const override { return true; }
  std::string unsuitable(const Problem& problem) const override {
    if (problem.region().cauchy) return "a principal value needs gauss_kronrod";
    return problem.dimension() > random::kSobolDimensions ? "Sobol points have at most 1024 dimensions" : "";
  }
  std::unique_ptr<Estimation> start(const Context& context) const override { return std::make_unique<Randomised>(context); }

  bool run(const Context& context, const ItemInput& input, tasks::Bytes& result) const override {
    const auto round = Reader(input.common).number<Round>();
    const std::int64_t item = input.item - round.samples.n_empty, n = round.randomisations;
    const auto randomisation = static_cast<std::uint64_t>(std::max<std::int64_t>(item, 0) % n);
    const std::int64_t begin = round.samples.begin + item / n * kItemSamples;
    const std::int64_t end = item < 0 ? begin : std::min(round.samples.end, begin + kItemSamples);
    const random::Stream stream = context.stream.derived(randomisation);
    const int dimension = context.problem.dimension();
    const bool lattice = context.options.sequence == "lattice";
    PointBlock block(dimension);
    CompensatedSum sum;
    NonFinite bad;
    const bool done = for_blocks(begin, end, input.stop, [&](std::int64_t first, std::int64_t count) {
      for_pieces(count, [&](std::int64_t piece, std::int64_t n_points) {
        const auto index = static_cast<std::uint64_t>(first + piece);
        for (int axis = 0; axis < dimension; ++axis) {
          const auto k = static_cast<std::size_t>(axis);
          if (lattice) {
            fill_lattice(index, k, stream.bits(0, k), block.column(k, n_points));
          } else {
            random::fill_scrambled_sobol(index, axis, stream.key(), block.column(k, n_points));
          }
        }
        const std::span<double> values = block.values(count).subspan(static_cast<std::size_t>(piece), static_cast<std::size_t>(n_points));
        context.problem.evaluate(block.columns(), values, bad);
      });
      sum.add(block_sum(block.values(count)));
    });
    put(result, sum.value());
    bad.write(result);
    return done;
  }
};

}  // namespace

const Method& method_quasi_monte_carlo() {
  static const QuasiMonteCarlo method;
  return method;
}

}  // namespace shoal::workloads::integrate

// SPDX-License-Identifier: Apache-2.0
// VEGAS+ (G. P. Lepage, Adaptive multidimensional integration: VEGAS enhanced, J. Comput. Phys. 439, 110386, 2021): importance
// sampling on a map that adapts axis by axis (damping alpha), and in y space stratified sampling on hypercubes whose numbers
// of samples follow the standard deviation in each, to the power beta.
//
// An iteration is a round; its items are ranges of hypercubes. The first iterations, of half as many samples, only adapt; the value
// is the average of the others weighted by their numbers of samples: weights 1/sigma^2 would go with the values themselves and bias
// the average (by five standard deviations on a jump, measured). Random numbers have the address (estimate, iteration, axis, number
// of the sample).
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "shoal/math/functions.hpp"
#include "shoal/random/distributions.hpp"
#include "workloads/integrate/effective_samples.hpp"
#include "workloads/integrate/method.hpp"
#include "workloads/integrate/samples.hpp"
#include "workloads/integrate/strata.hpp"
#include "workloads/integrate/vegas_map.hpp"

namespace shoal::workloads::integrate {
namespace {

constexpr std::int64_t kMostItems = 256;       // each returns a histogram of all axes
constexpr std::int64_t kFirstSamples = 10000;  // of an iteration, where a tolerance decides
constexpr std::int64_t kLeastSamples = 2;      // of a hypercube: for a variance
constexpr double kFewSamples = 300;            // of equal weight: with fewer, errors of jumps may be too small
constexpr double kWarmUpShare = 0.5;           // samples of an iteration that only adapts, to those of another

// Increments of the map: a training by few samples an increment is noise, which the next iteration samples by. At least 20 samples
// each; on eight-dimensional peaks with 500 samples an iteration half the error of 10 samples each. Jumps want many increments.
std::int64_t increments_for(std::int64_t samples) {
  const double n = static_cast<double>(samples);
  return static_cast<std::int64_t>(std::clamp(100 * math::cbrt(n / 65536), std::fmin(100, std::fmax(10, n / 20)), 1000.0));
}

// The common payload of an iteration, before the edges of the map.
struct Iteration {
  std::int64_t number;
  Strata strata;
  std::int64_t increments;
};

// The payload of an item, before the numbers of samples of its hypercubes.
struct CubeRange {
  std::int64_t first_cube, first_sample;
};

// What an item returns, before the deviations of its hypercubes and its part of the training of the map.
struct CubeSums {
  double value, variance;
  EffectiveSamples effective;  // in the training of the map
};

class VegasEstimation final : public Estimation {
 public:
  explicit VegasEstimation(const Context& context)
      : context_(context), map_(context.problem.dimension(), n_increments(context)) {}

  Work next() override {
    if (number_ >= 0) finish_iteration();
    if (ended()) return {};
    ++number_;
    samples_ = samples_of_iteration();
    // The same strata in all iterations of a fixed number of samples: what is known of them stays known.
    const Strata strata = Strata::for_samples(
        context_.budget.fixed() ? samples_of_iteration(context_, context_.options.warm_up) : samples_, context_.problem.dimension());
    if (strata != strata_) deviations_.clear();
    strata_ = strata;
    distribute();
    folded_items_ = 0;
    value_ = variance_ = CompensatedSum();
    trained_by_ = {};
    training_.assign(2 * (map_.edges().size() - static_cast<std::size_t>(context_.problem.dimension())), 0.0);
    deviations_.clear();
    return work();
  }

  void fold(tasks::ByteView result) override {
    Reader reader(result);
    const auto sums = reader.number<CubeSums>();
    value_.add(sums.value);
    variance_.add(sums.variance);
    trained_by_.add(sums.effective);
    const std::vector<double> deviations = reader.array<double>(item_cubes_[static_cast<std::size_t>(folded_items_++)]);
    deviations_.insert(deviations_.end(), deviations.begin(), deviations.end());
    const std::vector<double> training = reader.array<double>(training_.size());
    for (std::size_t i = 0; i < training.size(); ++i) training_[i] += training[i];
    bad_.add(NonFinite::read(reader, context_.problem.dimension()));
  }

  Estimate estimate() const override {
    Estimate result;
    result.bad = bad_;
    result.ending = ending_;
    result.evaluations = evaluations_;
    if (weights_ > 0) {
      result.value = weighted_ / weights_;
      result.error = std::sqrt(weighted_variance_) / weights_;
      if (effective_ < kFewSamples)
        result.note = fmt::format("as much as {:.0f} samples of equal weight: too few to trust the error", effective_);
    }
    return result;
  }

 private:
  static std::int64_t n_increments(const Context& context) {
    if (context.options.increments > 0) return context.options.increments;
    return increments_for(context.budget.fixed() ? samples_of_iteration(context, context.options.warm_up) : kFirstSamples);
  }

  bool ended() {
    const Budget& budget = context_.budget;
    const Options& options = context_.options;
    if (bad_.count > 0 && !context_.problem.skips_non_finite()) ending_ = Ending::non_finite;
    else if (budget.fixed() && number_ + 1 >= options.iterations) ending_ = Ending::samples;
    else if (!budget.fixed() && weights_ > 0 && estimate().error <= budget.tolerance(estimate().value) &&
             number_ >= options.warm_up + 1)
      ending_ = Ending::converged;
    else if (!budget.fixed() && number_ >= options.warm_up && budget.max_evaluations - evaluations_ < kFirstSamples / 2)
      ending_ = Ending::evaluations;
    else return false;
    return true;
  }

  // Of a fixed number of samples. The average is better off with them than the map.
  static std::int64_t samples_of_iteration(const Context& context, std::int64_t number) {
    const std::int64_t n = context.options.iterations, only_adapting = std::min(context.options.warm_up, n);
    const double units = static_cast<double>(n - only_adapting) + kWarmUpShare * static_cast<double>(only_adapting);
    const double share = number < only_adapting ? kWarmUpShare : 1;
    return std::max(2 * kLeastSamples, static_cast<std::int64_t>(share * static_cast<double>(context.budget.samples) / units));
  }

  // With a tolerance: as many as the variance asks for, at most as many as all before.
  std::int64_t samples_of_iteration() const {
    const Budget& budget = context_.budget;
    if (budget.fixed()) return samples_of_iteration(context_, number_);
    if (number_ <= context_.options.warm_up || weights_ <= 0)
      return std::min(kFirstSamples, std::max<std::int64_t>(4, budget.max_evaluations / (context_.options.warm_up + 2)));
    const Estimate now = estimate();
    const double ratio = now.error / budget.tolerance(now.value);
    const double wanted = 1.1 * static_cast<double>(counted_) * (ratio * ratio - 1);
    const auto most = static_cast<double>(std::min(evaluations_, budget.max_evaluations - evaluations_));
    return static_cast<std::int64_t>(std::fmin(std::fmax(wanted, kFirstSamples), most));
  }

  // Samples of each hypercube: evenly at first, then as deviation^beta.
  void distribute() {
    const std::int64_t cubes = strata_.cubes(context_.problem.dimension());
    counts_.assign(static_cast<std::size_t>(cubes), static_cast<std::uint32_t>(std::max(kLeastSamples, samples_ / cubes)));
    if (static_cast<std::int64_t>(deviations_.size()) != cubes) return;
    std::vector<double> powers(deviations_.size(), context_.options.beta);
    math::pow(deviations_, powers, powers);
    CompensatedSum total;
    for (std::size_t i = 0; i < powers.size(); ++i) {
      deviations_[i] = deviations_[i] > 0 ? powers[i] : 0;
      total.add(deviations_[i]);
    }
    if (!(total.value() > 0)) return;
    const double scale = scale_to_samples(deviations_, total.value(), kLeastSamples, samples_);
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      const double wanted = std::fmin(std::floor(deviations_[i] * scale), 4e9);
      counts_[i] = static_cast<std::uint32_t>(std::fmax(kLeastSamples, wanted));
    }
  }

  Work work() {
    Work work;
    put(work.common, Iteration{number_, strata_, map_.increments()});
    put(work.common, map_.edges());
    std::int64_t total = 0;
    for (const std::uint32_t count : counts_) total += count;
    const std::int64_t per_item = std::max(kItemSamples, total / kMostItems + 1);
    item_cubes_.clear();
    std::int64_t first_sample = 0;
    for (std::size_t cube = 0; cube < counts_.size();) {
      const std::size_t first_cube = cube;
      std::int64_t samples = 0;
      while (cube < counts_.size() && samples < per_item) samples += counts_[cube++];
      tasks::Bytes payload;
      put(payload, CubeRange{static_cast<std::int64_t>(first_cube), first_sample});
      put(payload, std::span<const std::uint32_t>(counts_).subspan(first_cube, cube - first_cube));
      work.items.push_back(std::move(payload));
      item_cubes_.push_back(cube - first_cube);
      first_sample += samples + samples % 2;  // a draw holds two numbers
    }
    iteration_evaluations_ = total;
    work.n_items = static_cast<std::int64_t>(work.items.size());
    return work;
  }

  void finish_iteration() {
    evaluations_ += iteration_evaluations_;
    map_.adapt(training_means(training_, static_cast<std::size_t>(context_.problem.dimension())), context_.options.alpha, trained_by_.value());
    if (number_ < context_.options.warm_up) return;
    const auto weight = static_cast<double>(iteration_evaluations_);
    weighted_ += weight * value_.value();
    weighted_variance_ += weight * weight * variance_.value();
    effective_ += trained_by_.value();
    weights_ += weight;
    counted_ += iteration_evaluations_;
  }

  Context context_;
  VegasMap map_;
  std::int64_t number_ = -1;  // of the iteration
  Strata strata_ = {0, 0};
  std::int64_t samples_ = 0;
  std::vector<double> deviations_;
  std::vector<std::uint32_t> counts_;
  std::vector<std::size_t> item_cubes_;
  std::int64_t folded_items_ = 0;
  CompensatedSum value_, variance_;
  EffectiveSamples trained_by_;
  std::vector<double> training_;
  std::int64_t iteration_evaluations_ = 0, evaluations_ = 0, counted_ = 0;
  double weighted_ = 0, weighted_variance_ = 0, weights_ = 0;
  double effective_ = 0;  // samples of the iterations averaged
  NonFinite bad_;
  Ending ending_ = Ending::unfinished;
};

// One item: its hypercubes one after the other, in blocks of samples that may begin and end inside a hypercube.
class CubeSampler {
 public:
  CubeSampler(const Context& context, const ItemInput& input)
      : problem_(context.problem), d_(static_cast<std::size_t>(problem_.dimension())), block_(problem_.dimension()),
        map_({}, 0), bins_(d_ * kBlock), jacobian_(kBlock), shares_(kBlock), cubes_(kBlock), placed_(d_) {
    Reader common(input.common), payload(input.payload);
    iteration_ = common.number<Iteration>();
    map_ = VegasMap(common.array<double>(common.bytes_left() / sizeof(double)), iteration_.increments);
    range_ = payload.number<CubeRange>();
    counts_ = payload.array<std::uint32_t>(payload.bytes_left() / sizeof(std::uint32_t));
    stream_ = context.stream.derived(static_cast<std::uint64_t>(iteration_.number));
    volume_ = 1 / static_cast<double>(iteration_.strata.cubes(problem_.dimension()));
    training_.assign(2 * d_ * static_cast<std::size_t>(map_.increments()), 0.0);
    std::int64_t cube = range_.first_cube;
    for (std::size_t axis = 0; axis < d_; ++axis) {
      const std::int64_t strata = iteration_.strata.of(axis);
      digits_.push_back(static_cast<double>(cube % strata));
      cube /= strata;
    }
    samples_left_ = counts_.front();
  }

  bool run(const tasks::StopToken& stop, tasks::Bytes& result) {
    std::int64_t total = 0;
    for (const std::uint32_t count : counts_) total += count;
    const bool done = for_blocks(0, total, stop, [this](std::int64_t first, std::int64_t n) {
      for_pieces(n, [&](std::int64_t piece, std::int64_t count) { sample(first + piece, count); });
    });
    if (!done) return false;
    put(result, CubeSums{value_.value(), variance_.value(), effective_});
    put(result, deviations_);
    put(result, training_);
    bad_.write(result);
    return true;
  }

 private:
  void sample(std::int64_t first, std::int64_t n) {
    const auto count = static_cast<std::size_t>(n);
    const auto draw = static_cast<std::uint64_t>(range_.first_sample + first) / 2;
    for (std::size_t axis = 0; axis < d_; ++axis) random::fill_uniform(stream_.derived(axis), 0, draw, block_.column(axis, n));
    place_in_cubes(count);
    std::fill_n(jacobian_.begin(), count, 1.0);
    for (std::size_t axis = 0; axis < d_; ++axis)
      map_.apply(axis, block_.column(axis, n), {bins_.data() + axis * kBlock, count}, {jacobian_.data(), count});
    const std::span<double> values = block_.values(n);
    problem_.evaluate(block_.columns(), values, bad_);
    for (std::size_t i = 0; i < count; ++i) values[i] *= jacobian_[i];
    collect(values);
    effective_.add(std::span<const double>(jacobian_).first(count));
    train(count);
  }

  // Columns hold u on entry, y = (digit of the hypercube + u) / strata on return; cubes_[i] is the hypercube of sample i.
  void place_in_cubes(std::size_t count) {
    for (std::size_t begin = 0; begin < count;) {
      if (samples_left_ == 0) {
        next_cube(begin);
        continue;
      }
      const std::size_t n = std::min<std::size_t>(count - begin, samples_left_);
      std::fill_n(cubes_.begin() + static_cast<std::ptrdiff_t>(begin), n, static_cast<std::uint32_t>(cube_));
      samples_left_ -= static_cast<std::uint32_t>(n);
      begin += n;
    }
    for (std::size_t axis = 0; axis < d_; ++axis) place(axis, count);
    std::fill(placed_.begin(), placed_.end(), 0);
  }

  // The samples before `end` on an axis, as far as they have its present digit: few digits change from one hypercube to the next.
  void place(std::size_t axis, std::size_t end) {
    double* const column = block_.columns()[axis];
    const double digit = digits_[axis], width = 1 / static_cast<double>(iteration_.strata.of(axis));
    for (std::size_t i = placed_[axis]; i < end; ++i) column[i] = (digit + column[i]) * width;
    placed_[axis] = end;
  }

  void next_cube(std::size_t begin) {
    samples_left_ = counts_[++cube_];
    for (std::size_t axis = 0; axis < d_; ++axis) {
      place(axis, begin);
      digits_[axis] += 1;
      if (digits_[axis] < static_cast<double>(iteration_.strata.of(axis))) return;
      digits_[axis] = 0;
    }
  }

  // Moments of each hypercube, and what the map is trained by: a sample stands for volume / count of y space.
  void collect(std::span<const double> values) {
    for (std::size_t begin = 0; begin < values.size();) {
      const std::uint32_t cube = cubes_[begin];
      std::size_t end = begin + 1;
      while (end < values.size() && cubes_[end] == cube) ++end;
      double mean = 0, squares = 0;
      for (std::size_t i = begin; i < end; ++i) mean += values[i];
      mean /= static_cast<double>(end - begin);
      for (std::size_t i = begin; i < end; ++i) squares += (values[i] - mean) * (values[i] - mean);
      moments_.add({static_cast<std::int64_t>(end - begin), mean, squares});
      const double share = volume_ / counts_[cube];
      for (std::size_t i = begin; i < end; ++i) {
        jacobian_[i] = values[i] * values[i] * share;
        shares_[i] = share;
      }
      if (moments_.n == counts_[cube]) {
        value_.add(moments_.mean * volume_);
        variance_.add(moments_.variance() * volume_ * share);
        deviations_.push_back(std::sqrt(moments_.variance()));
        moments_ = {};
      }
      begin = end;
    }
  }

  // Axis by axis over the whole block: runs of a hypercube are short.
  void train(std::size_t n) {
    for (std::size_t axis = 0; axis < d_; ++axis) {
      double* training = training_.data() + 2 * axis * static_cast<std::size_t>(map_.increments());
      const std::int32_t* bins = bins_.data() + axis * kBlock;
      for (std::size_t i = 0; i < n; ++i) {
        training[2 * bins[i]] += jacobian_[i];
        training[2 * bins[i] + 1] += shares_[i];
      }
    }
  }

  const Problem& problem_;
  std::size_t d_;
  PointBlock block_;
  VegasMap map_;
  std::vector<std::int32_t> bins_;  // (axis, sample)
  std::vector<double> jacobian_, shares_;  // jacobian_ holds weighted squares for the training in the end
  std::vector<std::uint32_t> cubes_;
  Iteration iteration_{};
  CubeRange range_{};
  std::vector<std::uint32_t> counts_;
  random::Stream stream_{0, 0};
  double volume_ = 1;
  std::vector<double> digits_;  // of the present hypercube
  std::vector<std::size_t> placed_;  // samples of the block that have their place on an axis
  std::size_t cube_ = 0;        // within the item
  std::uint32_t samples_left_ = 0;
  Moments moments_;             // of the hypercube so far
  CompensatedSum value_, variance_;
  EffectiveSamples effective_;
  std::vector<double> deviations_, training_;
  NonFinite bad_;
};

class Vegas final : public Method {
 public:
  bool stochastic() const override { return true; }
  std::string unsuitable(const Problem& problem) const override {
    return problem.region().cauchy ? "a principal value needs gauss_kronrod" : "";
  }
  std::unique_ptr<Estimation> start(const Context& context) const override { return std::make_unique<VegasEstimation>(context); }
  bool run(const Context& context, const ItemInput& input, tasks::Bytes& result) const override {
    return CubeSampler(context, input).run(input.stop, result);
  }
};

}  // namespace

const Method& method_vegas() {
  static const Vegas method;
  return method;
}

}  // namespace shoal::workloads::integrate

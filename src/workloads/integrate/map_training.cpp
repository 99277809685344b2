// SPDX-License-Identifier: Apache-2.0
#include "workloads/integrate/map_training.hpp"

#include <algorithm>
#include <limits>

#include "shoal/random/sobol.hpp"
#include "workloads/integrate/samples.hpp"

namespace shoal::workloads::integrate {
namespace {

constexpr std::int64_t kRounds = 4;
constexpr std::int64_t kLeastSamples = 64;        // of a round
constexpr std::int64_t kPerIncrement = 20;        // samples of a round
constexpr std::int64_t kLeastIncrements = 5, kMostIncrements = 100;
constexpr double kDamping = 1;
constexpr std::uint64_t kTrainingStream = std::numeric_limits<std::uint64_t>::max() - 1;  // of the estimate's, none of which a method uses

// The common payload of a round, before the edges of the map.
struct TrainingRound {
  std::int64_t number, samples, increments;
};

}  // namespace

MapTraining::MapTraining(const Context& context, std::int64_t samples)
    : context_(context), samples_(std::max(kLeastSamples, samples / kRounds)),
      map_(context.problem.dimension(), std::clamp(samples_ / kPerIncrement, kLeastIncrements, kMostIncrements)) {}

Work MapTraining::next() {
  const auto d = static_cast<std::size_t>(context_.problem.dimension());
  if (round_ >= 0) {
    map_.adapt(training_means(training_, d), kDamping, effective_.value());
    evaluations_ += samples_;
  }
  Work work;
  if (++round_ == kRounds) return work;
  effective_ = {};
  training_.assign(2 * d * static_cast<std::size_t>(map_.increments()), 0.0);
  put(work.common, TrainingRound{round_, samples_, map_.increments()});
  put(work.common, map_.edges());
  work.n_items = (samples_ + kBlock - 1) / kBlock;
  return work;
}

void MapTraining::fold(tasks::ByteView result) {
  Reader reader(result);
  effective_.add(reader.number<EffectiveSamples>());
  const std::vector<double> part = reader.array<double>(training_.size());
  for (std::size_t i = 0; i < part.size(); ++i) training_[i] += part[i];
  bad_.add(NonFinite::read(reader, context_.problem.dimension()));
}

bool MapTraining::run(const Context& context, const ItemInput& input, tasks::Bytes& result) {
  if (input.stop.requested()) return false;
  Reader reader(input.common);
  const auto round = reader.number<TrainingRound>();
  const VegasMap map(reader.array<double>(reader.bytes_left() / sizeof(double)), round.increments);
  const int dimension = context.problem.dimension();
  const std::int64_t first = input.item * kBlock, n = std::min(kBlock, round.samples - first);
  const auto d = static_cast<std::size_t>(dimension), count = static_cast<std::size_t>(n);
  const random::Stream stream = context.stream.derived(kTrainingStream).derived(static_cast<std::uint64_t>(round.number));
  PointBlock block(dimension);
  std::vector<double> jacobian(count, 1.0), training(2 * d * static_cast<std::size_t>(round.increments), 0.0);
  std::vector<std::int32_t> bins(d * count);
  for (std::size_t k = 0; k < d; ++k) {
    random::fill_scrambled_sobol(static_cast<std::uint64_t>(first), static_cast<int>(k), stream.key(), block.column(k, n));
    map.apply(k, block.column(k, n), std::span(bins).subspan(k * count, count), jacobian);
  }
  NonFinite bad;
  context.problem.evaluate(block.columns(), block.values(n), bad);
  for (std::size_t i = 0; i < count; ++i) {
    jacobian[i] *= block.values(n)[i];
    jacobian[i] *= jacobian[i];
  }
  EffectiveSamples effective;
  effective.add(jacobian);
  for (std::size_t k = 0; k < d; ++k) {
    double* const axis = training.data() + 2 * k * static_cast<std::size_t>(round.increments);
    for (std::size_t i = 0; i < count; ++i) {
      axis[2 * bins[k * count + i]] += jacobian[i];
      axis[2 * bins[k * count + i] + 1] += 1;
    }
  }
  put(result, effective);
  put(result, training);
  bad.write(result);
  return true;
}

}  // namespace shoal::workloads::integrate

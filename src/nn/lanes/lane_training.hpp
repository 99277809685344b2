// SPDX-License-Identifier: Apache-2.0
// Up to 16 trainings of one shape, side by side in the lanes: batches, epochs and metrics as in Training, with its bits.
//
// A batch is worked off in steps of a few samples of each network, so that what a layer needs fits the first cache. A step
// holds whole logical lanes of the batch (samples l, l + 16, ...), whose sums of gradients go up a tree when they are
// complete: see kTreeOrder. A network whose numbers go bad keeps its lane, but what becomes of it is not taken over.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "nn/lanes/lane_step.hpp"
#include "nn/lanes/lane_update.hpp"
#include "nn/training.hpp"

namespace shoal::nn::lanes {

class LaneTraining {
 public:
  // 1 to 16 trainings that may be together (see train_together.hpp), at the same epoch. Takes their weights over.
  explicit LaneTraining(std::span<Training* const> group);

  // Trains them to an epoch and puts the new state of those that are well into the trainings; the others are left as they
  // were (see is_bad). False: stopped, and all are left as they were.
  bool train(std::int64_t to_epoch, std::span<const std::span<double>> histories, const Stop& stop);

  bool is_bad(std::size_t network) const { return bad_[network]; }

 private:
  struct PlannedStep {
    std::vector<Chunk> chunks;
    std::vector<int> lanes;           // logical, of each chunk
    std::vector<std::int64_t> samples;  // numbers within the batch
  };
  using Plan = std::vector<PlannedStep>;
  Plan make_plan(std::int64_t batch) const;
  const Plan& plan_of(std::int64_t batch);

  void allocate();
  void take_over();
  void put_back(std::int64_t epoch);
  bool train_epochs(std::int64_t end, std::span<const std::span<double>> histories, const Stop& stop);
  bool train_epoch(std::int64_t epoch, const Stop& stop);
  bool evaluate(const Part&, std::size_t first_column, const Stop& stop);
  void shuffle(std::int64_t epoch);
  void load(const Training::Records&, const PlannedStep&, const std::uint32_t* order);
  void load_same(const Training::Records&, const PlannedStep&, std::int64_t begin);
  void lose(const PlannedStep&, std::int64_t batch, bool with_delta);
  void end_batch(std::size_t first_column);
  void update(std::int64_t epoch, std::int64_t step);
  void note_bad(bool validated);
  bool go_on(double flop, const Stop& stop);
  std::size_t n_metrics() const { return first_.metrics_.size(); }

  std::span<Training* const> group_;
  Training& first_;                   // stands for what all share
  UpdateFunction update_;
  std::vector<Layer> layers_;
  std::int64_t n_weights_ = 0;
  std::int64_t step_samples_ = 0, unit_ = 0;  // most samples of a step; floats from unit to unit
  std::vector<AlignedFloats> memory_;
  AlignedFloats weights_, slots_[2], targets_, constants_, keep_, batch_sums_;
  Sums sums_;
  std::vector<std::pair<std::int64_t, Plan>> plans_;  // by size of the batch
  std::vector<std::uint32_t> orders_, order_;  // (network, sample), (sample, network)
  std::int64_t order_stride_ = 0;
  std::vector<double> values_;        // (column, network)
  std::array<bool, kNetworks> bad_ = {};
  std::array<std::array<double, kPowers>, kNetworks> powers_ = {};
  double flop_since_poll_ = 0;
};

// See train_together.hpp. Networks that are bad already, or become so, are trained alone from where they are.
std::vector<Progress> train_group(std::span<Training* const> group, std::int64_t to_epoch,
                                  std::span<const std::span<double>> histories, const Stop& stop);

}  // namespace shoal::nn::lanes

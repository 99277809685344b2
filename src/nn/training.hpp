// SPDX-License-Identifier: Apache-2.0
// The work behind Trainer: batches, epochs, metrics, and the state that goes from segment to segment.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "nn/dense_network.hpp"
#include "nn/loss.hpp"
#include "nn/metric.hpp"
#include "nn/optimizer.hpp"
#include "shoal/nn/trainer.hpp"

namespace shoal::nn {

using Stop = std::function<bool()>;

namespace lanes {
class LaneTraining;
}

class Training {
 public:
  Training(const NetworkParameters&, const Dataset&);
  Training(const Training&) = delete;
  Training& operator=(const Training&) = delete;

  void start(std::uint64_t seed, std::uint64_t run);
  std::vector<std::byte> save() const;
  void restore(std::span<const std::byte>);

  Progress train(std::int64_t to_epoch, std::span<double> history, const Stop& stop, const Team& team);
  Progress progress() const { return progress_; }
  std::vector<double> best_row() const { return progress_.best_epoch < 0 ? std::vector<double>{} : best_row_; }

  const std::vector<std::string>& columns() const { return columns_; }
  const std::vector<std::string>& metric_names() const { return metric_names_; }

  // Loss and metrics of a part; false if stopped.
  bool evaluate(const Part&, std::span<double> values);

  const DenseNetwork& network() const { return network_; }
  const NetworkParameters& parameters() const { return parameters_; }
  const Dataset& dataset() const { return *dataset_; }
  Model model() const;
  std::vector<float> pack(const float* padded) const;  // without the zeros between layers
  void set_weights(std::span<const float>);

  // Gradient and mean loss of the first n training samples in natural order.
  double first_gradient(std::int64_t n);
  void update();

 private:
  friend class lanes::LaneTraining;  // the same training beside others
  void train_epochs(std::int64_t end, std::span<double> history);
  enum class Outcome { done, stopped, bad };  // stopped: by the stop function
  Outcome train_epoch(std::span<double> metrics);
  // with_update: of the weights too, layer by layer; only where updates_layers().
  Outcome gradient_of(const std::uint32_t* order, std::int64_t n, double& loss_sum, bool with_update);
  // Nothing looks at the whole gradient before the update.
  bool updates_layers() const {
    return !(parameters_.l1 > 0 || parameters_.l2 > 0 || parameters_.clip_value > 0 || parameters_.clip_norm > 0);
  }
  void begin_update();
  // Constants of the optimiser's step in an epoch, which moves its powers on, and the share of weights that it takes away.
  StepConstants step_constants(std::int64_t epoch, std::int64_t step, double* powers, double& shrinkage) const;
  void update_weights(std::int64_t offset, std::int64_t n, const float* gradient, const float* lane_sums);
  void add_metrics(std::int64_t begin, std::int64_t n, std::span<double> sums);
  void finish_metrics(std::int64_t n, std::span<double> values);
  void reserve_outputs(std::int64_t n_samples);
  void go_bad();
  void watch(std::span<const double> row, bool validated);
  void restore_best();
  // Where the samples of a part lie: a record of inputs and one of targets each.
  struct Records {
    const float* inputs;
    const float* targets;
    std::int64_t input_record, target_record;
  };
  Records records_of(const Part&) const;
  void pack_training_part();
  void load_batch(const Records&, const std::uint32_t* order, std::int64_t n);
  LossBlock loss_block(std::int64_t block, std::int64_t n, bool with_delta);
  float loss_of_batch(std::int64_t n, bool with_delta);  // sum over samples
  void set_class_weights();
  std::size_t state_bytes() const;
  bool tick(double flop);
  bool batch_tick(double flop_per_weight, std::int64_t lanes);

  NetworkParameters parameters_;
  const Dataset* dataset_;
  const Loss* loss_;
  float loss_constant_;
  bool scheduled_;
  std::vector<const Metric*> metrics_;
  const Optimizer* optimizer_;
  std::vector<std::string> metric_names_, columns_;

  DenseNetwork network_;
  AlignedFloats targets_memory_;
  kernels::Blocked targets_;
  AlignedFloats sums_;  // (1 + metrics, 16): of the batch, loss and metrics by lane
  std::vector<AlignedFloats> slots_;
  AlignedFloats packed_;          // the training part again, inputs and targets of a sample side by side; may be empty
  std::int64_t packed_record_ = 0;
  std::vector<std::uint32_t> order_, natural_, lanes_;  // samples of an epoch, 0 1 2 ..., of a batch
  DenseNetwork::Tick layer_tick_;  // empty unless a layer may take long
  DenseNetwork::Done layer_done_;  // updates the weights of a layer

  // What metrics of all outputs need: outputs and targets of the part in the order in which they came.
  std::vector<float> all_outputs_, all_targets_;
  std::vector<std::uint32_t> rank_order_;
  std::vector<double> scores_;
  std::vector<float> class_weights_;

  // Of early stopping: the best epoch's weights, moving means and variances, and history row.
  AlignedFloats best_weights_, best_moving_;
  std::vector<double> best_row_;
  std::int64_t watched_ = -1;      // column
  double watch_sign_ = 1;          // -1: more is better
  std::int64_t n_not_better_ = 0;  // validations since the best one

  double powers_[kPowers] = {1, 1, 1, 1};
  StepConstants constants_;            // of the present update
  double shrinkage_ = 0;               // share of each weight that it takes away
  std::int64_t step_ = 0, steps_ = 1;  // of the present epoch
  std::int64_t n_lanes_ = 0;           // of the last forward
  std::uint64_t seed_ = 0, run_ = 0;
  Progress progress_;

  const Stop* stop_ = nullptr;
  const Team* team_ = nullptr;
  double flop_since_poll_ = 0;
};

}  // namespace shoal::nn

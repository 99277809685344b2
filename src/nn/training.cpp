// SPDX-License-Identifier: Apache-2.0
#include "nn/training.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "nn/initialisation.hpp"
#include "nn/penalties.hpp"
#include "nn/schedule.hpp"
#include "nn/team_work.hpp"
#include "shoal/kernels/transpose.hpp"
#include "shoal/random/shuffle.hpp"

namespace shoal::nn {
namespace {

using kernels::kBlockLanes;
using kernels::kLanes;

// Work between two looks at the stop function: about 10 ms at 10 GFLOP/s, far less on most machines.
constexpr double kFlopPerPoll = 1e8;

// 1 MiB: half of a usual second cache.
constexpr std::int64_t kMostPackedFloats = 1 << 18;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

std::int64_t batch_size(const NetworkParameters& network, const Dataset& dataset) {
  return std::min(network.batch, dataset.train.n_samples);
}

std::int64_t most_samples(const Dataset& dataset) {
  return std::max({dataset.train.n_samples, dataset.validation.n_samples, dataset.test.n_samples});
}

NetworkShape shape_of(const NetworkParameters& n, const Dataset& dataset) {
  const std::string output = resolved_output_activation(n);
  return {layer_widths(n, dataset), n.activation, output, n.activation_constants,
          activation_constant(activation(output), {}), n.dropout, n.batch_normalisation};
}

}  // namespace

Training::Training(const NetworkParameters& parameters, const Dataset& dataset)
    : parameters_(parameters),
      dataset_(&dataset),
      loss_(&loss(parameters.loss)),
      loss_constant_(loss_constant(*loss_, parameters.loss_constants)),
      scheduled_(parameters.schedule.name != "constant" || parameters.schedule.warmup > 0),
      optimizer_(&optimizer(parameters.optimizer.name)),
      metric_names_{"loss"},
      columns_(history_columns(parameters, dataset)),
      network_(shape_of(parameters, dataset), batch_size(parameters, dataset), true) {
  for (const std::string& name : resolved_metrics(parameters)) {
    metrics_.push_back(&metric(name));
    metric_names_.push_back(name);
  }
  sums_ = AlignedFloats(static_cast<std::int64_t>(1 + metrics_.size()) * kLanes);
  if (std::ranges::any_of(metrics_, [](const Metric* m) { return m->of_all != nullptr; })) reserve_outputs(most_samples(dataset));
  if (parameters.early_stopping.patience > 0) {
    watched_ = std::ranges::find(columns_, watched_column(parameters, dataset)) - columns_.begin();
    watch_sign_ = is_maximised(columns_[static_cast<std::size_t>(watched_)]) ? -1 : 1;
    best_row_.resize(columns_.size());
    if (parameters.early_stopping.restore_best) {
      best_weights_ = AlignedFloats(network_.padded_size());
      best_moving_ = AlignedFloats(network_.moving().size());
    }
  }
  set_class_weights();
  const std::int64_t batch = batch_size(parameters, dataset);
  steps_ = std::max<std::int64_t>(1, (dataset.train.n_samples + batch - 1) / batch);
  targets_ = {nullptr, dataset.n_targets(), network_.capacity()};
  targets_memory_ = AlignedFloats(DenseNetwork::n_blocks(network_.capacity()) * targets_.block_stride());
  targets_.values = targets_memory_.data();
  for (int slot = 0; slot < optimizer_->n_slots; ++slot) slots_.emplace_back(network_.padded_size());
  order_.resize(static_cast<std::size_t>(dataset.train.n_samples));
  natural_.resize(static_cast<std::size_t>(most_samples(dataset)));
  std::iota(natural_.begin(), natural_.end(), 0u);
  lanes_.resize(static_cast<std::size_t>(network_.capacity()));
  const double layer_flop = 4.0 * static_cast<double>(network_.padded_size() * network_.capacity());
  if (layer_flop > kFlopPerPoll) layer_tick_ = [this](double flop) { return tick(flop); };
  if (updates_layers()) {
    layer_done_ = [this](std::int64_t offset, std::int64_t size, const float* gradient, const float* sums) {
      update_weights(offset, size, gradient, sums);
    };
  }
  pack_training_part();
}

void Training::set_class_weights() {
  for (const double weight : parameters_.class_weights) class_weights_.push_back(static_cast<float>(weight));
  if (!parameters_.balanced_classes) return;
  const std::int64_t n_outputs = network_.layers().back().n_outputs, n_targets = dataset_->n_targets();
  std::vector<double> counts(static_cast<std::size_t>(n_outputs == 1 ? 2 : n_outputs));
  PartOutputs part{dataset_->train.n_samples, n_outputs, n_targets, nullptr, dataset_->train.targets.data(), {}, {}};
  for (std::int64_t s = 0; s < part.n_samples; ++s) ++counts[static_cast<std::size_t>(part.target_class(s))];
  for (const double count : counts) {
    const double all = static_cast<double>(counts.size()) * std::max(count, 1.0);  // of an absent class: no sample has it
    class_weights_.push_back(static_cast<float>(static_cast<double>(part.n_samples) / all));
  }
}

// Small data only: twice the memory would be too much for large ones, and nothing is gained beyond the second cache.
void Training::pack_training_part() {
  const Part& part = dataset_->train;
  const std::int64_t n_inputs = dataset_->n_inputs(), n_targets = dataset_->n_targets();
  const std::int64_t inputs_end = round_up(n_inputs, 4), record = inputs_end + round_up(n_targets, 4);
  if (part.n_samples * record > kMostPackedFloats) return;
  packed_record_ = record;
  packed_ = AlignedFloats(part.n_samples * record);
  for (std::int64_t s = 0; s < part.n_samples; ++s) {
    std::copy_n(part.inputs.data() + s * n_inputs, n_inputs, packed_.data() + s * record);
    std::copy_n(part.targets.data() + s * n_targets, n_targets, packed_.data() + s * record + inputs_end);
  }
}

Training::Records Training::records_of(const Part& part) const {
  const std::int64_t n_inputs = dataset_->n_inputs(), n_targets = dataset_->n_targets();
  if (&part == &dataset_->train && packed_record_ > 0) {
    return {packed_.data(), packed_.data() + round_up(n_inputs, 4), packed_record_, packed_record_};
  }
  return {part.inputs.data(), part.targets.data(), n_inputs, n_targets};
}

void Training::start(std::uint64_t seed, std::uint64_t run) {
  seed_ = seed, run_ = run;
  progress_ = {};
  std::ranges::fill(powers_, 1.0);
  n_not_better_ = 0;
  network_.reset_normalisation();
  for (AlignedFloats& slot : slots_) std::fill_n(slot.data(), slot.size(), 0.0f);
  const random::Stream stream(seed, run);
  std::uint64_t draw = 0;
  std::vector<float> row;
  for (const DenseShape& layer : network_.layers()) {
    row.resize(static_cast<std::size_t>(layer.n_inputs));
    for (std::int64_t o = 0; o < layer.n_outputs; ++o) {
      initialise(parameters_.initialisation, layer.n_inputs, layer.n_outputs, stream, draw, row);
      draw += row.size();
      float* weights = network_.weights() + layer.offset + o * layer.row();
      std::ranges::copy(row, weights);
      weights[layer.n_inputs] = 0;
    }
  }
}

Progress Training::train(std::int64_t to_epoch, std::span<double> history, const Stop& stop, const Team& team) {
  stop_ = stop ? &stop : nullptr;
  team_ = team.size > 1 ? &team : nullptr;
  network_.set_team(team_);
  flop_since_poll_ = 0;
  train_epochs(std::min(to_epoch, parameters_.epochs), history);
  network_.set_team(nullptr);
  team_ = nullptr;
  stop_ = nullptr;
  return progress_;
}

void Training::train_epochs(std::int64_t end, std::span<double> history) {
  const std::size_t width = columns_.size(), first_validation = metric_names_.size();
  std::ranges::fill(history, kNan);
  if (progress_.state == State::nan || progress_.stopped) return;
  for (std::size_t row = 0; progress_.epoch < end; ++row) {
    const std::span<double> metrics = history.subspan(row * width, width);
    const bool last = progress_.epoch + 1 == parameters_.epochs;
    const bool validation = width > first_validation && (last || (parameters_.validate_every > 0 &&
                                                   (progress_.epoch + 1) % parameters_.validate_every == 0));
    const Outcome outcome = train_epoch(metrics.first(first_validation));
    if (outcome == Outcome::bad) return go_bad();
    if (outcome == Outcome::stopped || (validation && !evaluate(dataset_->validation, metrics.subspan(first_validation)))) {
      progress_.state = State::interrupted;
      return;
    }
    if (network_.first_bad_layer(0) >= 0 || !std::isfinite(metrics[0]) ||
        (validation && !std::isfinite(metrics[first_validation]))) {
      return go_bad();
    }
    ++progress_.epoch;
    if (watched_ >= 0) watch(metrics, validation);
    if (progress_.stopped || last) restore_best();
    if (progress_.stopped) return;
  }
}

// The batch that shows it is still in the network: forward has just been there.
void Training::go_bad() {
  progress_.state = State::nan;
  progress_.first_bad_epoch = progress_.epoch;
  const std::int64_t layer = network_.first_bad_layer(n_lanes_);
  progress_.first_bad_layer = layer >= 0 ? layer : static_cast<std::int64_t>(network_.layers().size());
}

void Training::watch(std::span<const double> row, bool validated) {
  const auto column = static_cast<std::size_t>(watched_);
  if (column >= metric_names_.size() && !validated) return;
  const double value = watch_sign_ * row[column];
  if (progress_.best_epoch < 0 || value < watch_sign_ * best_row_[column] - parameters_.early_stopping.min_delta) {
    progress_.best_epoch = progress_.epoch - 1;
    n_not_better_ = 0;
    std::ranges::copy(row, best_row_.begin());
    if (best_weights_.size() == 0) return;
    std::copy_n(network_.weights(), network_.padded_size(), best_weights_.data());
    std::copy_n(network_.moving().data(), network_.moving().size(), best_moving_.data());
  } else if (++n_not_better_ >= parameters_.early_stopping.patience) {
    progress_.stopped = true;
  }
}

void Training::restore_best() {
  if (best_weights_.size() == 0 || progress_.best_epoch < 0) return;
  std::copy_n(best_weights_.data(), network_.padded_size(), network_.weights());
  std::copy_n(best_moving_.data(), network_.moving().size(), network_.moving().data());
}

Training::Outcome Training::train_epoch(std::span<double> metrics) {
  const std::int64_t n = dataset_->train.n_samples;
  const random::Stream stream(seed_, run_);
  random::fill_permutation(stream, static_cast<std::uint64_t>(progress_.epoch) + kInitialisationTask + 1, 0, order_);
  const std::int64_t batch = batch_size(parameters_, *dataset_);
  std::ranges::fill(metrics, 0.0);
  step_ = 0;
  for (std::int64_t begin = 0; begin < n; begin += batch, ++step_) {
    const std::int64_t size = std::min(batch, n - begin);
    const Outcome outcome = gradient_of(order_.data() + begin, size, metrics[0], updates_layers());
    if (outcome != Outcome::done) {
      metrics[0] /= static_cast<double>(n);
      std::ranges::fill(metrics.subspan(1), kNan);
      return outcome;
    }
    add_metrics(begin, size, metrics);
    if (!updates_layers()) update();
  }
  metrics[0] /= static_cast<double>(n);
  finish_metrics(n, metrics);
  return Outcome::done;
}

void Training::load_batch(const Records& from, const std::uint32_t* order, std::int64_t n) {
  const std::int64_t lanes = round_up(n, kLanes);
  // Long before vectors are read from there: short stores must have reached the cache by then.
  std::fill_n(sums_.data(), sums_.size(), 0.0f);
  std::copy_n(order, n, lanes_.begin());
  std::fill(lanes_.begin() + n, lanes_.begin() + lanes, order[n - 1]);
  const std::int64_t n_blocks = DenseNetwork::n_blocks(lanes);
  if (from.input_record == 8 && from.targets == from.inputs + 4) {
    for (std::int64_t block = 0; block < n_blocks; ++block) {
      const Block x = network_.input(block, lanes);
      const std::uint32_t* index = lanes_.data() + block * kBlockLanes;
      kernels::gather_lanes_of_8(from.inputs, index, x.lanes, x.rows, x.values, targets_.rows, targets_.row(block, 0), x.stride);
    }
    return;
  }
  const auto gather = [&](const float* records, std::int64_t record, std::int64_t rows, const auto& row_of) {
    const double flop = kFlopPerMove * static_cast<double>(rows * lanes);
    share_work(team_, rows, kLanes, flop, [&](std::int64_t begin, std::int64_t end, int) {
      for (std::int64_t block = 0; block < n_blocks; ++block) {
        const Block x = network_.input(block, lanes);
        kernels::gather_lanes(records + begin, record, lanes_.data() + block * kBlockLanes, x.lanes, end - begin,
                              row_of(block, begin), x.stride);
      }
    });
  };
  gather(from.inputs, from.input_record, dataset_->n_inputs(),
         [&](std::int64_t block, std::int64_t row) { return network_.input(block, lanes).row(row); });
  gather(from.targets, from.target_record, targets_.rows,
         [&](std::int64_t block, std::int64_t row) { return targets_.row(block, row); });
}

LossBlock Training::loss_block(std::int64_t block, std::int64_t n, bool with_delta) {
  const std::int64_t lanes = round_up(n, kLanes);
  LossBlock b;
  b.outputs = network_.output(block, lanes);
  b.targets = targets_.row(block, 0);
  b.n_targets = targets_.rows;
  b.constant = loss_constant_;
  if (!class_weights_.empty()) b.class_weights = class_weights_.data();
  if (with_delta) b.delta = network_.output_delta(block, lanes).values;
  b.n_valid = std::clamp<std::int64_t>(n - block * kBlockLanes, 0, kBlockLanes);
  b.scale = 1.0f / static_cast<float>(n);
  return b;
}

float Training::loss_of_batch(std::int64_t n, bool with_delta) {
  for (std::int64_t block = 0; block < DenseNetwork::n_blocks(round_up(n, kLanes)); ++block) {
    LossBlock b = loss_block(block, n, with_delta);
    b.sums = sums_.data();
    loss_->compute(b);
  }
  return kernels::lane_total(sums_.data());
}

Training::Outcome Training::gradient_of(const std::uint32_t* order, std::int64_t n, double& loss_sum, bool with_update) {
  const std::int64_t lanes = n_lanes_ = round_up(n, kLanes);
  const bool last_activation = !loss_->from_logits;
  load_batch(records_of(dataset_->train), order, n);
  if (parameters_.dropout > 0) {
    network_.set_dropout_place(random::Stream(seed_, run_), static_cast<std::uint64_t>(progress_.epoch) + kInitialisationTask + 1,
                               static_cast<std::uint64_t>(step_));
  }
  if (!network_.forward(lanes, n, last_activation, layer_tick_)) return Outcome::stopped;
  const float batch_loss = loss_of_batch(n, true);
  loss_sum += static_cast<double>(batch_loss);
  if (!std::isfinite(batch_loss)) return Outcome::bad;
  if (with_update) begin_update();
  static const DenseNetwork::Done kNoUpdate;
  if (!network_.backward(lanes, n, last_activation, layer_tick_, with_update ? layer_done_ : kNoUpdate)) return Outcome::stopped;
  if (parameters_.l1 > 0 || parameters_.l2 > 0) add_penalties(network_, parameters_.l1, parameters_.l2);
  if (parameters_.clip_value > 0) clip_values(network_.gradient(), network_.padded_size(), parameters_.clip_value);
  if (parameters_.clip_norm > 0) clip_norm(network_.gradient(), network_.padded_size(), parameters_.clip_norm);
  return batch_tick(6, lanes) ? Outcome::done : Outcome::stopped;
}

double Training::first_gradient(std::int64_t n) {
  double sum = 0;
  step_ = 0;
  gradient_of(natural_.data(), n, sum, false);
  return sum / static_cast<double>(n);
}

void Training::update() {
  begin_update();
  const std::int64_t n = network_.padded_size();
  share_work(team_, n, DenseShape::kAlignment, kFlopPerUpdate * static_cast<double>(n), [&](std::int64_t begin, std::int64_t end, int) {
    update_weights(begin, end - begin, network_.gradient() + begin, nullptr);
  });
}

void Training::begin_update() { constants_ = step_constants(progress_.epoch, step_, powers_, shrinkage_); }

StepConstants Training::step_constants(std::int64_t epoch, std::int64_t step, double* powers, double& shrinkage) const {
  const OptimizerParameters& always = parameters_.optimizer;
  if (!scheduled_) {
    shrinkage = always.learning_rate * always.weight_decay;
    return optimizer_->begin_step(always, powers);
  }
  OptimizerParameters now = always;
  now.learning_rate *= rate_factor(parameters_.schedule, epoch, step, steps_, parameters_.epochs);
  shrinkage = now.learning_rate * now.weight_decay;
  return optimizer_->begin_step(now, powers);
}

void Training::update_weights(std::int64_t offset, std::int64_t n, const float* gradient, const float* lane_sums) {
  Update u;
  u.n = n;
  u.gradient = gradient;
  u.lane_sums = lane_sums;
  u.weights = network_.weights() + offset;
  for (std::size_t slot = 0; slot < slots_.size(); ++slot) u.slots[slot] = slots_[slot].data() + offset;
  u.constants = constants_;
  if (shrinkage_ > 0) shrink_weights(u.weights, u.n, shrinkage_);
  optimizer_->update(u);
}

bool Training::evaluate(const Part& part, std::span<double> values) {
  std::ranges::fill(values, 0.0);
  const std::int64_t batch = network_.capacity();
  if (part.n_samples > static_cast<std::int64_t>(natural_.size())) {
    natural_.resize(static_cast<std::size_t>(part.n_samples));
    std::iota(natural_.begin(), natural_.end(), 0u);
    if (!scores_.empty()) reserve_outputs(part.n_samples);
  }
  network_.prepare_use();
  for (std::int64_t begin = 0; begin < part.n_samples; begin += batch) {
    const std::int64_t n = std::min(batch, part.n_samples - begin);
    const std::int64_t lanes = n_lanes_ = round_up(n, kLanes);
    load_batch(records_of(part), natural_.data() + begin, n);
    if (!network_.forward(lanes, 0, !loss_->from_logits, layer_tick_) || !batch_tick(2, lanes)) return false;
    values[0] += static_cast<double>(loss_of_batch(n, false));
    add_metrics(begin, n, values);
  }
  values[0] /= static_cast<double>(part.n_samples);
  finish_metrics(part.n_samples, values);
  return true;
}

// For networks whose batches are too short to be interrupted inside.
bool Training::batch_tick(double flop_per_weight, std::int64_t lanes) {
  return layer_tick_ != nullptr || tick(flop_per_weight * static_cast<double>(network_.padded_size() * lanes));
}

bool Training::tick(double flop) {
  flop_since_poll_ += flop;
  if (flop_since_poll_ < kFlopPerPoll || stop_ == nullptr) return true;
  flop_since_poll_ = 0;
  return !(*stop_)();
}

}  // namespace shoal::nn

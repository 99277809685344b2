// SPDX-License-Identifier: Apache-2.0
#include "nn/training.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>

#include "nn/initialisation.hpp"
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

}  // namespace

Training::Training(const NetworkParameters& parameters, const Dataset& dataset)
    : parameters_(parameters),
      dataset_(&dataset),
      loss_(&loss(parameters.loss)),
      optimizer_(&optimizer(parameters.optimizer.name)),
      metric_names_{"loss"},
      columns_{"loss"},
      network_(layer_widths(parameters, dataset), parameters.activation, resolved_output_activation(parameters),
               batch_size(parameters, dataset), true) {
  for (const std::string& name : resolved_metrics(parameters)) {
    metrics_.push_back(&metric(name));
    metric_names_.push_back(name);
  }
  if (dataset.validation.n_samples > 0) {
    for (const std::string& name : metric_names_) columns_.push_back("validation_" + name);
  }
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
  pack_training_part();
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
  powers_[0] = powers_[1] = 1;
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

Progress Training::train(std::int64_t to_epoch, std::span<double> history, const Stop& stop) {
  stop_ = stop ? &stop : nullptr;
  flop_since_poll_ = 0;
  train_epochs(std::min(to_epoch, parameters_.epochs), history);
  stop_ = nullptr;
  return progress_;
}

void Training::train_epochs(std::int64_t end, std::span<double> history) {
  const std::size_t width = columns_.size();
  std::ranges::fill(history, kNan);
  if (progress_.state == State::nan) return;
  for (std::size_t row = 0; progress_.epoch < end; ++row) {
    const std::span<double> metrics = history.subspan(row * width, width);
    const bool last = progress_.epoch + 1 == parameters_.epochs;
    const bool validation = width > 1 && (last || (parameters_.validate_every > 0 &&
                                                   (progress_.epoch + 1) % parameters_.validate_every == 0));
    if (!train_epoch(metrics[0]) || (validation && !evaluate(dataset_->validation, metrics.subspan(1)))) {
      progress_.state = State::interrupted;
      return;
    }
    const bool bad = !std::isfinite(metrics[0]) || (validation && !std::isfinite(metrics[1])) || !weights_are_finite();
    if (bad) {
      progress_.state = State::nan;
      progress_.first_bad_epoch = progress_.epoch;
      return;
    }
    ++progress_.epoch;
  }
}

bool Training::train_epoch(double& mean_loss) {
  const std::int64_t n = dataset_->train.n_samples;
  const random::Stream stream(seed_, run_);
  random::fill_permutation(stream, static_cast<std::uint64_t>(progress_.epoch) + kInitialisationTask + 1, 0, order_);
  const std::int64_t batch = batch_size(parameters_, *dataset_);
  double sum = 0;
  for (std::int64_t begin = 0; begin < n; begin += batch) {
    if (!gradient_of(order_.data() + begin, std::min(batch, n - begin), sum)) return false;
    update();
  }
  mean_loss = sum / static_cast<double>(n);
  return true;
}

void Training::load_batch(const Records& from, const std::uint32_t* order, std::int64_t n) {
  const std::int64_t lanes = round_up(n, kLanes);
  std::copy_n(order, n, lanes_.begin());
  std::fill(lanes_.begin() + n, lanes_.begin() + lanes, order[n - 1]);
  for (std::int64_t block = 0; block < DenseNetwork::n_blocks(lanes); ++block) {
    const Block x = network_.input(block, lanes);
    const std::uint32_t* index = lanes_.data() + block * kBlockLanes;
    kernels::gather_lanes(from.inputs, from.input_record, index, x.lanes, x.rows, x.values, x.stride);
    kernels::gather_lanes(from.targets, from.target_record, index, x.lanes, targets_.rows, targets_.row(block, 0),
                          x.stride);
  }
}

LossBlock Training::loss_block(std::int64_t block, std::int64_t n, bool with_delta) {
  const std::int64_t lanes = round_up(n, kLanes);
  LossBlock b;
  b.outputs = network_.output(block, lanes);
  b.targets = targets_.row(block, 0);
  if (with_delta) b.delta = network_.output_delta(block, lanes).values;
  b.n_valid = std::clamp<std::int64_t>(n - block * kBlockLanes, 0, kBlockLanes);
  b.scale = 1.0f / static_cast<float>(n);
  return b;
}

bool Training::gradient_of(const std::uint32_t* order, std::int64_t n, double& loss_sum) {
  const std::int64_t lanes = round_up(n, kLanes);
  const bool last_activation = !loss_->from_logits;
  load_batch(records_of(dataset_->train), order, n);
  if (!network_.forward(lanes, last_activation, layer_tick_)) return false;
  alignas(64) float sums[kLanes] = {};
  for (std::int64_t block = 0; block < DenseNetwork::n_blocks(lanes); ++block) {
    LossBlock b = loss_block(block, n, true);
    b.sums = sums;
    loss_->compute(b);
  }
  loss_sum += static_cast<double>(kernels::lane_total(sums));
  return network_.backward(lanes, n, last_activation, layer_tick_) && batch_tick(6, lanes);
}

double Training::first_gradient(std::int64_t n) {
  double sum = 0;
  gradient_of(natural_.data(), n, sum);
  return sum / static_cast<double>(n);
}

void Training::update() {
  Update u;
  u.n = network_.padded_size();
  u.gradient = network_.gradient();
  u.weights = network_.weights();
  for (std::size_t slot = 0; slot < slots_.size(); ++slot) u.slots[slot] = slots_[slot].data();
  u.constants = optimizer_->begin_step(parameters_.optimizer, powers_);
  optimizer_->update(u);
}

bool Training::evaluate(const Part& part, std::span<double> values) {
  std::ranges::fill(values, 0.0);
  const std::int64_t batch = network_.capacity();
  if (part.n_samples > static_cast<std::int64_t>(natural_.size())) {
    natural_.resize(static_cast<std::size_t>(part.n_samples));
    std::iota(natural_.begin(), natural_.end(), 0u);
  }
  for (std::int64_t begin = 0; begin < part.n_samples; begin += batch) {
    const std::int64_t n = std::min(batch, part.n_samples - begin);
    const std::int64_t lanes = round_up(n, kLanes);
    load_batch(records_of(part), natural_.data() + begin, n);
    if (!network_.forward(lanes, !loss_->from_logits, layer_tick_) || !batch_tick(2, lanes)) return false;
    for (std::size_t column = 0; column < values.size(); ++column) {
      alignas(64) float sums[kLanes] = {};
      for (std::int64_t block = 0; block < DenseNetwork::n_blocks(lanes); ++block) {
        LossBlock b = loss_block(block, n, false);
        b.sums = sums;
        column == 0 ? loss_->compute(b) : metrics_[column - 1]->add(b);
      }
      values[column] += static_cast<double>(kernels::lane_total(sums));
    }
  }
  const auto n = static_cast<double>(part.n_samples);
  for (std::size_t column = 0; column < values.size(); ++column) {
    const double mean = values[column] / n;
    values[column] = column == 0 ? mean : metrics_[column - 1]->finish(mean);
  }
  return true;
}

bool Training::weights_are_finite() const {
  constexpr std::uint32_t kExponent = 0x7f800000;
  std::uint32_t bad = 0;
  for (std::int64_t i = 0; i < network_.padded_size(); ++i) {
    bad |= (std::bit_cast<std::uint32_t>(network_.weights()[i]) & kExponent) == kExponent;
  }
  return bad == 0;
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

// SPDX-License-Identifier: Apache-2.0
#include "nn/lanes/lane_training.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "nn/initialisation.hpp"
#include "shoal/kernels/lane_sums.hpp"
#include "shoal/kernels/transpose.hpp"
#include "shoal/random/shuffle.hpp"

namespace shoal::nn::lanes {
namespace {

static_assert(kernels::kLanes == kLogicalLanes && kernels::kBlockLanes == kLogicalLanes * kChunkSamples);

// Work of all networks between two looks at the stop function, as in Training.
constexpr double kFlopPerPoll = 1e8;

// What one layer's inputs and outputs may take of the first cache.
constexpr std::int64_t kLayerBytes = 32 * 1024;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

}  // namespace

LaneTraining::LaneTraining(std::span<Training* const> group)
    : group_(group), first_(*group.front()), update_(update_function(first_.optimizer_->name)) {
  allocate();
  take_over();
}

void LaneTraining::allocate() {
  const auto room = [this](std::int64_t floats) {
    memory_.emplace_back(floats);
    return memory_.back().data();
  };
  const Dataset& data = *first_.dataset_;
  const auto& shapes = first_.network_.layers();
  static const Activation* const kRelu = &activation("relu");
  std::int64_t widest = 0;
  for (const DenseShape& shape : shapes) widest = std::max({widest, shape.n_inputs, shape.n_outputs});
  const std::int64_t fit = kLayerBytes / (2 * widest * kNetworks * static_cast<std::int64_t>(sizeof(float)));
  step_samples_ = std::clamp(fit, kChunkSamples, kMostSamples);
  unit_ = (step_samples_ | 1) * kNetworks;  // odd: units that are a page's fraction apart would hinder each other
  float* deltas[2] = {room(widest * unit_), room(widest * unit_)};  // a layer's and that of the one below
  float* input = room((data.n_inputs() + 1) * unit_);
  std::fill_n(input + data.n_inputs() * unit_, unit_, 1.0f);
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    const DenseShape& shape = shapes[i];
    const bool applied = i + 1 < shapes.size() || !first_.loss_->from_logits;
    Layer l;
    l.n_inputs = shape.n_inputs, l.n_outputs = shape.n_outputs;
    l.offset = n_weights_ * kNetworks;
    l.input = input;
    l.output = input = room((shape.n_outputs + 1) * unit_);
    std::fill_n(input + shape.n_outputs * unit_, unit_, 1.0f);
    l.delta = deltas[i % 2];
    l.activation = applied && shape.activation->forward != nullptr ? shape.activation : nullptr;
    l.relu = applied && shape.activation == kRelu;
    if (l.activation != nullptr && l.activation->needs_input) l.sums = room(shape.n_outputs * unit_);
    l.constant = shape.constant;
    n_weights_ += shape.n_weights();
    layers_.push_back(l);
  }
  const std::int64_t all = n_weights_ * kNetworks;
  weights_ = AlignedFloats(all);
  for (AlignedFloats& slot : slots_) slot = AlignedFloats(all);
  for (float*& level : sums_.levels) level = room(all);
  sums_.running = room(all);
  targets_ = AlignedFloats(data.n_targets() * unit_);
  constants_ = AlignedFloats(static_cast<std::int64_t>(std::size(StepConstants{}.value)) * kNetworks);
  keep_ = AlignedFloats(kNetworks);
  batch_sums_ = AlignedFloats(static_cast<std::int64_t>(1 + n_metrics()) * kLogicalLanes * kNetworks);
  order_stride_ = round_up(data.train.n_samples, 4);
  orders_.resize(static_cast<std::size_t>(order_stride_ * kNetworks));
  order_.resize(orders_.size());
  values_.resize(first_.columns_.size() * kNetworks);
}

// Lanes without a network of their own do what the first one does.
void LaneTraining::take_over() {
  for (std::size_t m = 0; m < static_cast<std::size_t>(kNetworks); ++m) {
    const Training& from = m < group_.size() ? *group_[m] : first_;
    std::copy_n(from.powers_, kPowers, powers_[m].begin());
    float* to = weights_.data() + m;
    std::int64_t at = 0;
    for (const DenseShape& shape : from.network_.layers()) {
      for (std::int64_t i = 0; i < shape.n_weights(); ++i, at += kNetworks) {
        to[at] = from.network_.weights()[shape.offset + i];
        for (std::size_t s = 0; s < from.slots_.size(); ++s) slots_[s].data()[at + static_cast<std::int64_t>(m)] = from.slots_[s].data()[shape.offset + i];
      }
    }
  }
}

void LaneTraining::put_back(std::int64_t epoch) {
  for (std::size_t m = 0; m < group_.size(); ++m) {
    if (bad_[m]) continue;
    Training& to = *group_[m];
    to.progress_.epoch = epoch;
    std::ranges::copy(powers_[m], to.powers_);
    std::int64_t at = static_cast<std::int64_t>(m);
    for (const DenseShape& shape : to.network_.layers()) {
      for (std::int64_t i = 0; i < shape.n_weights(); ++i, at += kNetworks) {
        to.network_.weights()[shape.offset + i] = weights_.data()[at];
        for (std::size_t s = 0; s < to.slots_.size(); ++s) to.slots_[s].data()[shape.offset + i] = slots_[s].data()[at];
      }
    }
  }
}

// Whole logical lanes in the order of the tree, as many as fit a step; one with more than 8 samples is cut where blocks end.
LaneTraining::Plan LaneTraining::make_plan(std::int64_t batch) const {
  Plan plan(1);
  std::vector<std::size_t> ends(kTreeOrder.size());  // the step in which a lane ends
  for (std::size_t q = 0; q < kTreeOrder.size(); ++q) {
    const int lane = kTreeOrder[q];
    const std::int64_t n = std::max<std::int64_t>(0, (batch - lane + kLogicalLanes - 1) / kLogicalLanes);
    for (std::int64_t begin = 0; begin == 0 || begin < n; begin += kChunkSamples) {
      const std::int64_t count = std::min(kChunkSamples, n - begin);
      if (static_cast<std::int64_t>(plan.back().samples.size()) + count > step_samples_) plan.emplace_back();
      PlannedStep& step = plan.back();
      Chunk chunk;
      chunk.first = static_cast<int>(step.samples.size());
      chunk.count = static_cast<int>(count);
      chunk.begins = begin == 0;
      chunk.ends = begin + count == n;
      chunk.level = std::countr_one(q);
      step.chunks.push_back(chunk);
      step.lanes.push_back(lane);
      for (std::int64_t k = begin; k < begin + count; ++k) step.samples.push_back(lane + k * kLogicalLanes);
    }
    ends[q] = plan.size() - 1;
  }
  // The other half of the node at level k that lane q completes was completed by lane q - 2^k.
  std::size_t q = 0;
  for (std::size_t s = 0; s < plan.size(); ++s) {
    for (Chunk& chunk : plan[s].chunks) {
      if (!chunk.ends) continue;
      while (chunk.near_levels < chunk.level && ends[q - (std::size_t{1} << chunk.near_levels)] == s) ++chunk.near_levels;
      const std::size_t user = q + (std::size_t{1} << chunk.level);
      chunk.stays = user < ends.size() && ends[user] == s;
      ++q;
    }
  }
  return plan;
}

const LaneTraining::Plan& LaneTraining::plan_of(std::int64_t batch) {
  for (const auto& [size, plan] : plans_) {
    if (size == batch) return plan;
  }
  return plans_.emplace_back(batch, make_plan(batch)).second;
}

bool LaneTraining::train(std::int64_t to_epoch, std::span<const std::span<double>> histories, const Stop& stop) {
  const std::int64_t end = std::max(first_.progress_.epoch, std::min(to_epoch, first_.parameters_.epochs));
  if (!train_epochs(end, histories, stop)) return false;
  put_back(end);
  return true;
}

bool LaneTraining::train_epochs(std::int64_t end, std::span<const std::span<double>> histories, const Stop& stop) {
  const std::size_t width = first_.columns_.size(), first_validation = 1 + n_metrics();
  for (const std::span<double> history : histories) std::ranges::fill(history, kNan);
  std::size_t row = 0;
  for (std::int64_t epoch = first_.progress_.epoch; epoch < end; ++epoch, ++row) {
    const std::int64_t every = first_.parameters_.validate_every;
    const bool due = epoch + 1 == first_.parameters_.epochs || (every > 0 && (epoch + 1) % every == 0);
    const bool validation = width > first_validation && due;
    std::ranges::fill(values_, kNan);
    if (!train_epoch(epoch, stop)) return false;
    if (validation && !evaluate(first_.dataset_->validation, first_validation, stop)) return false;
    note_bad(validation);
    for (std::size_t m = 0; m < group_.size(); ++m) {
      for (std::size_t c = 0; c < width; ++c) histories[m][row * width + c] = values_[c * kNetworks + m];
    }
    if (std::all_of(bad_.begin(), bad_.begin() + static_cast<std::ptrdiff_t>(group_.size()), [](bool bad) { return bad; })) break;
  }
  return true;
}

bool LaneTraining::train_epoch(std::int64_t epoch, const Stop& stop) {
  const std::int64_t n = first_.dataset_->train.n_samples;
  const std::int64_t batch = std::min(first_.parameters_.batch, n);
  const Training::Records records = first_.records_of(first_.dataset_->train);
  shuffle(epoch);
  std::fill_n(values_.begin(), (1 + n_metrics()) * kNetworks, 0.0);
  for (std::int64_t begin = 0, step = 0; begin < n; begin += batch, ++step) {
    const std::int64_t size = std::min(batch, n - begin);
    std::fill_n(batch_sums_.data(), batch_sums_.size(), 0.0f);
    for (const PlannedStep& planned : plan_of(size)) {
      load(records, planned, order_.data() + begin * kNetworks);
      const Step now{&layers_, weights_.data(), static_cast<std::int64_t>(planned.samples.size()), unit_};
      forward(now);
      lose(planned, size, true);
      backward(now, planned.chunks.data(), static_cast<int>(planned.chunks.size()), sums_);
    }
    end_batch(0);
    update(epoch, step);
    if (!go_on(6.0 * static_cast<double>(n_weights_ * kNetworks * size), stop)) return false;
  }
  for (std::size_t c = 0; c < 1 + n_metrics(); ++c) {
    for (std::size_t m = 0; m < group_.size(); ++m) {
      double& value = values_[c * kNetworks + m];
      value /= static_cast<double>(n);
      if (c > 0) value = first_.metrics_[c - 1]->finish(value);
    }
  }
  return true;
}

bool LaneTraining::evaluate(const Part& part, std::size_t first_column, const Stop& stop) {
  const Training::Records records = first_.records_of(part);
  const std::int64_t n = part.n_samples, batch = first_.network_.capacity();
  std::fill_n(values_.begin() + static_cast<std::ptrdiff_t>(first_column * kNetworks), (1 + n_metrics()) * kNetworks, 0.0);
  for (std::int64_t begin = 0; begin < n; begin += batch) {
    const std::int64_t size = std::min(batch, n - begin);
    std::fill_n(batch_sums_.data(), batch_sums_.size(), 0.0f);
    for (const PlannedStep& planned : plan_of(size)) {
      load_same(records, planned, begin);
      forward({&layers_, weights_.data(), static_cast<std::int64_t>(planned.samples.size()), unit_});
      lose(planned, size, false);
    }
    end_batch(first_column);
    if (!go_on(2.0 * static_cast<double>(n_weights_ * kNetworks * size), stop)) return false;
  }
  for (std::size_t c = 0; c < 1 + n_metrics(); ++c) {
    for (std::size_t m = 0; m < group_.size(); ++m) {
      double& value = values_[(first_column + c) * kNetworks + m];
      value /= static_cast<double>(n);
      if (c > 0) value = first_.metrics_[c - 1]->finish(value);
    }
  }
  return true;
}

void LaneTraining::shuffle(std::int64_t epoch) {
  const auto n = static_cast<std::size_t>(first_.dataset_->train.n_samples);
  const auto stride = static_cast<std::size_t>(order_stride_);
  for (std::size_t m = 0; m < static_cast<std::size_t>(kNetworks); ++m) {
    const std::span order = std::span(orders_).subspan(m * stride, n);
    if (m < group_.size()) {
      random::fill_permutation(random::Stream(group_[m]->seed_, group_[m]->run_),
                               static_cast<std::uint64_t>(epoch) + kInitialisationTask + 1, 0, order);
    } else {
      std::copy_n(orders_.begin(), n, order.begin());
    }
  }
  interleave(orders_.data(), order_stride_, order_.data());
}

void LaneTraining::load(const Training::Records& from, const PlannedStep& step, const std::uint32_t* order) {
  alignas(64) std::uint32_t index[kMostSamples * kNetworks];
  for (std::size_t s = 0; s < step.samples.size(); ++s) {
    std::memcpy(index + s * kNetworks, order + step.samples[s] * kNetworks, kNetworks * sizeof(std::uint32_t));
  }
  const auto lanes = static_cast<std::int64_t>(step.samples.size()) * kNetworks;
  const std::int64_t n_inputs = layers_.front().n_inputs, n_targets = first_.dataset_->n_targets();
  if (from.input_record == 8 && from.targets == from.inputs + 4) {
    kernels::gather_lanes_of_8(from.inputs, index, lanes, n_inputs, layers_.front().input, n_targets, targets_.data(), unit_);
    return;
  }
  kernels::gather_lanes(from.inputs, from.input_record, index, lanes, n_inputs, layers_.front().input, unit_);
  kernels::gather_lanes(from.targets, from.target_record, index, lanes, n_targets, targets_.data(), unit_);
}

// The same samples for all networks: those of a batch that begins at `begin`, in natural order.
void LaneTraining::load_same(const Training::Records& from, const PlannedStep& step, std::int64_t begin) {
  const std::int64_t n_inputs = layers_.front().n_inputs, n_targets = first_.dataset_->n_targets();
  std::int64_t at = 0;
  for (const std::int64_t number : step.samples) {
    const float* inputs = from.inputs + (begin + number) * from.input_record;
    const float* targets = from.targets + (begin + number) * from.target_record;
    for (std::int64_t i = 0; i < n_inputs; ++i) std::fill_n(layers_.front().input + i * unit_ + at, kNetworks, inputs[i]);
    for (std::int64_t t = 0; t < n_targets; ++t) std::fill_n(targets_.data() + t * unit_ + at, kNetworks, targets[t]);
    at += kNetworks;
  }
}

// Losses and metrics see samples of networks in their lanes 16 s + m, and so add up each network's, sample after sample.
void LaneTraining::lose(const PlannedStep& step, std::int64_t batch, bool with_delta) {
  const Layer& last = layers_.back();
  for (std::size_t c = 0; c < step.chunks.size(); ++c) {
    const Chunk& chunk = step.chunks[c];
    if (chunk.count == 0) continue;
    const std::int64_t at = chunk.first * kNetworks, lanes = chunk.count * kNetworks;
    LossBlock b;
    b.outputs = {last.output + at, last.n_outputs, unit_, lanes};
    b.targets = targets_.data() + at;
    b.n_targets = first_.dataset_->n_targets();
    b.constant = first_.loss_constant_;
    if (!first_.class_weights_.empty()) b.class_weights = first_.class_weights_.data();
    if (with_delta) b.delta = last.delta + at;
    b.n_valid = lanes;
    b.scale = 1.0f / static_cast<float>(batch);
    b.sums = batch_sums_.data() + step.lanes[c] * kNetworks;
    first_.loss_->compute(b);
    b.delta = nullptr;
    for (const Metric* metric : first_.metrics_) {
      b.sums += kLogicalLanes * kNetworks;
      metric->add(b);
    }
  }
}

// The sums of the logical lanes, halves added to halves (kernels::lane_total), go to the columns.
void LaneTraining::end_batch(std::size_t first_column) {
  for (std::size_t c = 0; c < 1 + n_metrics(); ++c) {
    float* sums = batch_sums_.data() + c * kLogicalLanes * kNetworks;
    for (std::int64_t half = kLogicalLanes / 2; half > 0; half /= 2) {
      for (std::int64_t i = 0; i < half * kNetworks; ++i) sums[i] += sums[i + half * kNetworks];
    }
    double* values = values_.data() + (first_column + c) * kNetworks;
    for (std::int64_t m = 0; m < kNetworks; ++m) values[m] += static_cast<double>(sums[m]);
    if (c > 0 || first_column > 0) continue;
    for (std::size_t m = 0; m < group_.size(); ++m) bad_[m] = bad_[m] || !std::isfinite(sums[m]);
  }
}

void LaneTraining::update(std::int64_t epoch, std::int64_t step) {
  bool shrinks = false;
  for (std::size_t m = 0; m < static_cast<std::size_t>(kNetworks); ++m) {
    const Training& of = m < group_.size() ? *group_[m] : first_;
    double shrinkage = 0;
    const StepConstants constants = of.step_constants(epoch, step, powers_[m].data(), shrinkage);
    for (std::size_t k = 0; k < std::size(constants.value); ++k) constants_.data()[k * kNetworks + m] = constants.value[k];
    keep_.data()[m] = static_cast<float>(1.0 - shrinkage);
    shrinks = shrinks || shrinkage > 0;
  }
  Update u;
  u.n_weights = n_weights_;
  u.gradient = sums_.levels.back();
  u.weights = weights_.data();
  for (std::size_t s = 0; s < std::size(slots_); ++s) u.slots[s] = slots_[s].data();
  u.constants = constants_.data();
  if (shrinks) u.keep = keep_.data();
  update_(u);
}

// After an epoch: numbers that are bad in Training's eyes.
void LaneTraining::note_bad(bool validated) {
  std::array<float, kNetworks> all{};  // 0, or NaN
  for (std::int64_t i = 0; i < n_weights_ * kNetworks; i += kNetworks) {
    for (std::int64_t m = 0; m < kNetworks; ++m) all[static_cast<std::size_t>(m)] += 0.0f * weights_.data()[i + m];
  }
  for (std::size_t m = 0; m < group_.size(); ++m) {
    const bool good = std::isfinite(all[m]) && std::isfinite(values_[m]) &&
                      (!validated || std::isfinite(values_[(1 + n_metrics()) * kNetworks + m]));
    bad_[m] = bad_[m] || !good;
  }
}

bool LaneTraining::go_on(double flop, const Stop& stop) {
  flop_since_poll_ += flop;
  if (flop_since_poll_ < kFlopPerPoll || !stop) return true;
  flop_since_poll_ = 0;
  return !stop();
}

}  // namespace shoal::nn::lanes

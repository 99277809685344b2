// SPDX-License-Identifier: Apache-2.0
// What a training is between segments: weights, optimiser, epoch. Numbers are little-endian, as in memory.
#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "nn/training.hpp"
#include "shoal/random/stream.hpp"

namespace shoal::nn {
namespace {

// Header of a saved state. Everything that must agree is compared before anything is taken over.
struct Header {
  char magic[8] = {'s', 'h', 'o', 'a', 'l', 'n', 'n', '2'};
  std::int64_t padded_size = 0;
  std::int64_t n_slots = 0;
  std::uint64_t shape = 0;  // a hash of the widths
  std::uint64_t seed = 0, run = 0;
  std::int64_t epoch = 0, first_bad_epoch = -1, first_bad_layer = -1;
  std::int64_t stopped = 0, best_epoch = -1, n_not_better = 0;
  double powers[kPowers] = {1, 1, 1, 1};
};
static_assert(sizeof(Header) == 128);

// Copies vectors one after the other into a blob, or out of it.
struct Packer {
  std::byte* to;
  void operator()(const void* from, std::size_t bytes) {
    if (bytes > 0) std::memcpy(to, from, bytes);
    to += bytes;
  }
};

struct Unpacker {
  const std::byte* from;
  void operator()(void* to, std::size_t bytes) {
    if (bytes > 0) std::memcpy(to, from, bytes);
    from += bytes;
  }
};

std::size_t bytes_of(const AlignedFloats& x) { return static_cast<std::size_t>(x.size()) * sizeof(float); }

std::uint64_t shape_hash(const DenseNetwork& network) {
  std::uint64_t hash = 0;
  for (const DenseShape& layer : network.layers()) {
    hash = random::mix(hash + static_cast<std::uint64_t>(layer.n_inputs));
    hash = random::mix(hash + static_cast<std::uint64_t>(layer.n_outputs));
  }
  return hash;
}

}  // namespace

std::size_t Training::state_bytes() const {
  return sizeof(Header) + bytes_of(best_weights_) + bytes_of(best_moving_) + bytes_of(network_.moving()) +
         best_row_.size() * sizeof(double) +
         static_cast<std::size_t>(network_.padded_size()) * sizeof(float) * (1 + slots_.size());
}

std::vector<std::byte> Training::save() const {
  Header header;
  header.padded_size = network_.padded_size();
  header.n_slots = static_cast<std::int64_t>(slots_.size());
  header.shape = shape_hash(network_);
  header.seed = seed_, header.run = run_;
  header.epoch = progress_.epoch;
  header.first_bad_epoch = progress_.first_bad_epoch, header.first_bad_layer = progress_.first_bad_layer;
  header.stopped = progress_.stopped, header.best_epoch = progress_.best_epoch, header.n_not_better = n_not_better_;
  std::copy_n(powers_, kPowers, header.powers);
  std::vector<std::byte> blob(state_bytes());
  Packer pack{blob.data()};
  pack(&header, sizeof(Header));
  pack(network_.weights(), static_cast<std::size_t>(network_.padded_size()) * sizeof(float));
  for (const AlignedFloats& slot : slots_) pack(slot.data(), bytes_of(slot));
  pack(network_.moving().data(), bytes_of(network_.moving()));
  pack(best_weights_.data(), bytes_of(best_weights_));
  pack(best_moving_.data(), bytes_of(best_moving_));
  pack(best_row_.data(), best_row_.size() * sizeof(double));
  return blob;
}

void Training::restore(std::span<const std::byte> blob) {
  if (blob.size() != state_bytes()) {
    throw std::invalid_argument("the saved training state has another size than this network's");
  }
  Header header;
  Unpacker unpack{blob.data()};
  unpack(&header, sizeof(Header));
  if (std::memcmp(header.magic, Header{}.magic, sizeof(header.magic)) != 0 || header.shape != shape_hash(network_) ||
      header.n_slots != static_cast<std::int64_t>(slots_.size())) {
    throw std::invalid_argument("the saved training state belongs to another network");
  }
  seed_ = header.seed, run_ = header.run;
  progress_ = {header.first_bad_epoch < 0 ? State::trained : State::nan, header.epoch, header.first_bad_epoch,
               header.first_bad_layer, header.stopped != 0, header.best_epoch};
  n_not_better_ = header.n_not_better;
  std::copy_n(header.powers, kPowers, powers_);
  unpack(network_.weights(), static_cast<std::size_t>(network_.padded_size()) * sizeof(float));
  for (AlignedFloats& slot : slots_) unpack(slot.data(), bytes_of(slot));
  unpack(network_.moving().data(), bytes_of(network_.moving()));
  unpack(best_weights_.data(), bytes_of(best_weights_));
  unpack(best_moving_.data(), bytes_of(best_moving_));
  unpack(best_row_.data(), best_row_.size() * sizeof(double));
}

std::vector<float> Training::pack(const float* padded) const {
  std::vector<float> packed;
  for (const DenseShape& layer : network_.layers()) {
    packed.insert(packed.end(), padded + layer.offset, padded + layer.offset + layer.n_weights());
  }
  for (const DenseShape& layer : network_.layers()) {
    const float* normal = padded + layer.normal_offset;
    if (layer.normal_offset >= 0) packed.insert(packed.end(), normal, normal + 2 * layer.n_outputs);
  }
  return packed;
}

void Training::set_weights(std::span<const float> weights) {
  std::int64_t n = 0;
  for (const DenseShape& layer : network_.layers()) n += layer.n_weights() + (layer.normal_offset < 0 ? 0 : 2 * layer.n_outputs);
  if (static_cast<std::int64_t>(weights.size()) != n) throw std::invalid_argument("wrong number of weights");
  const float* from = weights.data();
  for (const DenseShape& layer : network_.layers()) {
    std::copy_n(from, layer.n_weights(), network_.weights() + layer.offset);
    from += layer.n_weights();
  }
  for (const DenseShape& layer : network_.layers()) {
    if (layer.normal_offset < 0) continue;
    std::copy_n(from, 2 * layer.n_outputs, network_.weights() + layer.normal_offset);
    from += 2 * layer.n_outputs;
  }
}

Model Training::model() const {
  Model model;
  model.loss = parameters_.loss;
  model.input_names = dataset_->input_names;
  model.target_names = dataset_->target_names;
  model.class_names = dataset_->class_names;
  model.standardisation = dataset_->standardisation;
  std::vector<float> folded(static_cast<std::size_t>(network_.padded_size()));
  network_.fold_normalisation(folded.data());
  for (const DenseShape& shape : network_.layers()) {
    DenseLayer layer{shape.n_inputs, shape.n_outputs, {}, {}, shape.activation->name, shape.constant};
    for (std::int64_t o = 0; o < shape.n_outputs; ++o) {
      const float* row = folded.data() + shape.offset + o * shape.row();
      layer.weights.insert(layer.weights.end(), row, row + shape.n_inputs);
      layer.bias.push_back(row[shape.n_inputs]);
    }
    model.layers.push_back(std::move(layer));
  }
  return model;
}

}  // namespace shoal::nn

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
  char magic[8] = {'s', 'h', 'o', 'a', 'l', 'n', 'n', '1'};
  std::int64_t padded_size = 0;
  std::int64_t n_slots = 0;
  std::uint64_t shape = 0;  // a hash of the widths
  std::uint64_t seed = 0, run = 0;
  std::int64_t epoch = 0, first_bad_epoch = -1;
  double powers[2] = {1, 1};
};
static_assert(sizeof(Header) == 80);

std::uint64_t shape_hash(const DenseNetwork& network) {
  std::uint64_t hash = 0;
  for (const DenseShape& layer : network.layers()) {
    hash = random::mix(hash + static_cast<std::uint64_t>(layer.n_inputs));
    hash = random::mix(hash + static_cast<std::uint64_t>(layer.n_outputs));
  }
  return hash;
}

}  // namespace

std::vector<std::byte> Training::save() const {
  Header header;
  header.padded_size = network_.padded_size();
  header.n_slots = static_cast<std::int64_t>(slots_.size());
  header.shape = shape_hash(network_);
  header.seed = seed_, header.run = run_;
  header.epoch = progress_.epoch, header.first_bad_epoch = progress_.first_bad_epoch;
  std::copy_n(powers_, 2, header.powers);
  const std::size_t vector_bytes = static_cast<std::size_t>(network_.padded_size()) * sizeof(float);
  std::vector<std::byte> blob(sizeof(Header) + vector_bytes * (1 + slots_.size()));
  std::byte* to = blob.data();
  std::memcpy(to, &header, sizeof(Header));
  std::memcpy(to += sizeof(Header), network_.weights(), vector_bytes);
  for (const AlignedFloats& slot : slots_) std::memcpy(to += vector_bytes, slot.data(), vector_bytes);
  return blob;
}

void Training::restore(std::span<const std::byte> blob) {
  Header header;
  const std::size_t vector_bytes = static_cast<std::size_t>(network_.padded_size()) * sizeof(float);
  if (blob.size() != sizeof(Header) + vector_bytes * (1 + slots_.size())) {
    throw std::invalid_argument("the saved training state has another size than this network's");
  }
  std::memcpy(&header, blob.data(), sizeof(Header));
  if (std::memcmp(header.magic, Header{}.magic, sizeof(header.magic)) != 0 || header.shape != shape_hash(network_) ||
      header.n_slots != static_cast<std::int64_t>(slots_.size())) {
    throw std::invalid_argument("the saved training state belongs to another network");
  }
  seed_ = header.seed, run_ = header.run;
  progress_ = {header.first_bad_epoch < 0 ? State::trained : State::nan, header.epoch, header.first_bad_epoch};
  std::copy_n(header.powers, 2, powers_);
  const std::byte* from = blob.data() + sizeof(Header);
  std::memcpy(network_.weights(), from, vector_bytes);
  for (AlignedFloats& slot : slots_) std::memcpy(slot.data(), from += vector_bytes, vector_bytes);
}

std::vector<float> Training::pack(const float* padded) const {
  std::vector<float> packed;
  for (const DenseShape& layer : network_.layers()) {
    packed.insert(packed.end(), padded + layer.offset, padded + layer.offset + layer.n_weights());
  }
  return packed;
}

void Training::set_weights(std::span<const float> weights) {
  std::int64_t n = 0;
  for (const DenseShape& layer : network_.layers()) n += layer.n_weights();
  if (static_cast<std::int64_t>(weights.size()) != n) throw std::invalid_argument("wrong number of weights");
  const float* from = weights.data();
  for (const DenseShape& layer : network_.layers()) {
    std::copy_n(from, layer.n_weights(), network_.weights() + layer.offset);
    from += layer.n_weights();
  }
}

Model Training::model() const {
  Model model;
  model.loss = parameters_.loss;
  model.input_names = dataset_->input_names;
  model.target_names = dataset_->target_names;
  model.class_names = dataset_->class_names;
  model.standardisation = dataset_->standardisation;
  for (const DenseShape& shape : network_.layers()) {
    DenseLayer layer{shape.n_inputs, shape.n_outputs, {}, {}, shape.activation->name};
    for (std::int64_t o = 0; o < shape.n_outputs; ++o) {
      const float* row = network_.weights() + shape.offset + o * shape.row();
      layer.weights.insert(layer.weights.end(), row, row + shape.n_inputs);
      layer.bias.push_back(row[shape.n_inputs]);
    }
    model.layers.push_back(std::move(layer));
  }
  return model;
}

}  // namespace shoal::nn

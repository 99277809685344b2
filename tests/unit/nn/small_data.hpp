// SPDX-License-Identifier: Apache-2.0
// Small data sets for tests: smooth functions of random inputs.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "shoal/nn/network_parameters.hpp"
#include "shoal/random/distributions.hpp"

namespace shoal::nn {

inline Part small_part(std::int64_t n, std::int64_t n_inputs, std::int64_t n_targets, std::int64_t n_classes,
                       std::uint64_t sequence) {
  const random::Stream stream(11, sequence);
  Part part;
  part.n_samples = n;
  std::uint64_t draw = 0;
  for (std::int64_t s = 0; s < n; ++s) {
    float sum = 0;
    for (std::int64_t i = 0; i < n_inputs; ++i) {
      part.inputs.push_back(2 * random::uniform_f32(stream, 0, draw++) - 1);
      sum += part.inputs.back() * (i % 2 == 0 ? 1.0f : -0.5f);
    }
    for (std::int64_t t = 0; t < n_targets; ++t) {
      const float target = sum * static_cast<float>(t + 1) - 0.3f * sum * sum;
      part.targets.push_back(n_classes == 0 ? target : std::floor(std::fabs(sum) * 3.1f));
      if (n_classes > 0) part.targets.back() = std::fmod(part.targets.back(), static_cast<float>(n_classes));
    }
  }
  return part;
}

// n_classes = 0: numbers; else one target column of classes that all occur.
inline Dataset small_dataset(std::int64_t n, std::int64_t n_inputs, std::int64_t n_targets, std::int64_t n_classes = 0) {
  Dataset dataset;
  dataset.source = "test";
  for (std::int64_t i = 0; i < n_inputs; ++i) dataset.input_names.push_back("x" + std::to_string(i));
  for (std::int64_t t = 0; t < n_targets; ++t) dataset.target_names.push_back("y" + std::to_string(t));
  for (std::int64_t c = 0; c < n_classes; ++c) dataset.class_names.push_back("c" + std::to_string(c));
  dataset.train = small_part(n, n_inputs, n_targets, n_classes, 1);
  dataset.validation = small_part(n / 2, n_inputs, n_targets, n_classes, 2);
  return dataset;
}

struct LossCase {
  const char* loss;
  std::int64_t n_targets, n_classes;
};
inline constexpr LossCase kLossCases[] = {
    {"mse", 3, 0},
    {"mae", 3, 0},
    {"huber", 3, 0},
    {"binary_crossentropy", 1, 2},
    {"categorical_crossentropy", 3, 0},
    {"sparse_categorical_crossentropy", 1, 4}};

// Columns of numbers become columns of classes: 1 for the largest, 0 for the others.
inline void make_one_hot(Dataset& dataset) {
  const auto n = static_cast<std::size_t>(dataset.n_targets());
  for (Part* part : {&dataset.train, &dataset.validation, &dataset.test}) {
    for (std::size_t s = 0; s * n < part->targets.size(); ++s) {
      const auto row = part->targets.begin() + static_cast<std::ptrdiff_t>(s * n);
      const auto best = std::max_element(row, row + static_cast<std::ptrdiff_t>(n)) - row;
      for (std::size_t t = 0; t < n; ++t) row[static_cast<std::ptrdiff_t>(t)] = static_cast<std::ptrdiff_t>(t) == best ? 1.0f : 0.0f;
    }
  }
}

inline Dataset dataset_of(const LossCase& c, std::int64_t n, std::int64_t n_inputs) {
  Dataset dataset = small_dataset(n, n_inputs, c.n_targets, c.n_classes);
  if (std::string_view(c.loss) == "categorical_crossentropy") make_one_hot(dataset);
  return dataset;
}

// A hash of numbers, bit for bit.
template <class T>
std::uint64_t bits_hash(const std::vector<T>& values) {
  std::uint64_t hash = 0;
  for (const T value : values) {
    std::uint64_t word = 0;
    __builtin_memcpy(&word, &value, sizeof(T));
    hash = random::mix(hash ^ word);
  }
  return hash;
}

}  // namespace shoal::nn

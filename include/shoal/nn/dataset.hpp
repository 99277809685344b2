// SPDX-License-Identifier: Apache-2.0
// Samples to learn from, in memory, in single precision; the result of a data source (see data_parameters.hpp).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace shoal::nn {

// Samples of one purpose. Row-major: sample s has inputs[s * n_inputs ...] and targets[s * n_targets ...].
struct Part {
  std::int64_t n_samples = 0;
  std::vector<float> inputs;   // (sample, input), already standardised where the data set is
  std::vector<float> targets;  // (sample, target); of classes one target, the number of the class
};

// Raw inputs x enter a network as (x - mean) * factor. Empty: as they are.
struct Standardisation {
  std::vector<float> mean;    // (input)
  std::vector<float> factor;  // (input) 1 / standard deviation (of n, not n - 1); 1 for constant inputs
};

struct Dataset {
  std::string source;                      // "lorenz", "csv", ...
  std::vector<std::string> input_names;    // (input)
  std::vector<std::string> target_names;   // (target)
  std::vector<std::string> class_names;    // (class); empty: the targets are numbers
  Standardisation standardisation;         // applied to all parts, fitted to `train`
  std::vector<std::string> notes;          // what was done to the data, one sentence each: missing values and so on
  Part train;
  Part validation;                         // decides between configurations; may be empty
  Part test;                               // never used to decide; may be empty

  std::int64_t n_inputs() const { return static_cast<std::int64_t>(input_names.size()); }
  std::int64_t n_targets() const { return static_cast<std::int64_t>(target_names.size()); }
  std::int64_t n_classes() const { return static_cast<std::int64_t>(class_names.size()); }
};

}  // namespace shoal::nn

// SPDX-License-Identifier: Apache-2.0
// Two IDX files a part, inputs and the numbers of classes: the MNIST format.
#include "nn/idx.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "nn/file_keys.hpp"
#include "nn/source.hpp"
#include "shoal/error.hpp"

namespace shoal::nn {
namespace {

Part read_part(const std::string& inputs_file, const std::string& target_file, const char* key, Dataset& dataset) {
  if (target_file.empty()) throw InputError(fmt::format("data.{} is missing: the source idx needs a file of classes for {}", key, inputs_file));
  IdxArray inputs = read_idx(inputs_file), targets = read_idx(target_file);
  if (targets.row_size() != 1 || targets.n_rows() != inputs.n_rows()) {
    throw InputError(fmt::format("{} has {} rows of {} numbers; {} rows of one are needed for {}", target_file, targets.n_rows(),
                                 targets.row_size(), inputs.n_rows(), inputs_file));
  }
  if (dataset.input_names.empty()) {
    for (std::int64_t i = 0; i < inputs.row_size(); ++i) dataset.input_names.push_back(fmt::format("input_{}", i));
  }
  if (inputs.row_size() != dataset.n_inputs()) {
    throw InputError(fmt::format("{} has rows of {} numbers, the training part of {}", inputs_file, inputs.row_size(), dataset.n_inputs()));
  }
  return {inputs.n_rows(), std::move(inputs.values), std::move(targets.values)};
}

// Classes are called by their numbers, where the targets are such.
void name_classes(Dataset& dataset) {
  constexpr float kMostClasses = 1000;
  float largest = 0;
  for (const Part* part : {&dataset.train, &dataset.validation, &dataset.test}) {
    for (const float t : part->targets) {
      if (!(t >= 0 && t < kMostClasses) || t != static_cast<float>(static_cast<int>(t))) return;
      largest = std::max(largest, t);
    }
  }
  for (int c = 0; c <= static_cast<int>(largest); ++c) dataset.class_names.push_back(fmt::format("{}", c));
}

Dataset load_idx(const DataParameters& data, std::uint64_t seed) {
  const CsvParameters& p = data.csv;
  check_files(p, "idx");
  Dataset dataset;
  dataset.target_names = {"class"};
  dataset.train = read_part(p.file, p.target, "target", dataset);
  if (!p.validation_file.empty()) dataset.validation = read_part(p.validation_file, p.validation_target, "validation_target", dataset);
  if (!p.test_file.empty()) dataset.test = read_part(p.test_file, p.test_target, "test_target", dataset);
  split_parts(dataset, p, seed);
  name_classes(dataset);
  return dataset;
}

}  // namespace

extern const Source source_idx;
const Source source_idx = {"idx", "bytes", nullptr,
                           [](const DataParameters& data) {
                             const CsvParameters& p = data.csv;
                             std::vector<std::string> files = {p.file,      p.target,    p.validation_file, p.validation_target,
                                                               p.test_file, p.test_target};
                             std::erase(files, "");
                             return files;
                           },
                           load_idx};

}  // namespace shoal::nn

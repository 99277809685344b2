// SPDX-License-Identifier: Apache-2.0
// Datasets of an HDF5 file by their paths, one row a sample; numbers of any type. More dimensions of a row are one after the
// other.
#include <fmt/format.h>

#include "nn/file_keys.hpp"
#include "nn/read_bytes.hpp"
#include "nn/source.hpp"
#include "shoal/error.hpp"
#include "shoal/record/number_array.hpp"

namespace shoal::nn {
namespace {

struct Rows {
  std::int64_t n = 0, size = 0;
  std::vector<float> values;
};

Rows read_rows(const std::string& file, const std::string& path) {
  Rows rows;
  double n_numbers = 1;
  const std::vector<std::uint64_t> shape = record::number_array_shape(file, path);
  if (shape.empty()) throw InputError(fmt::format("{} in {} is a single number, not rows of them", path, file));
  for (const std::uint64_t n : shape) n_numbers *= static_cast<double>(n);
  constexpr double kCopies = 3 * sizeof(float);  // as read, as parts, as a trainer packs them
  check_memory(file, n_numbers * kCopies);
  rows.values = record::read_number_array(file, path);
  rows.n = static_cast<std::int64_t>(shape.front());
  rows.size = rows.n == 0 ? 0 : static_cast<std::int64_t>(rows.values.size()) / rows.n;
  for (const float x : rows.values) {
    if (!(x - x == 0)) throw InputError(fmt::format("{} in {} holds {}: infinite or not a number", path, file, x));
  }
  return rows;
}

Part read_part(const CsvParameters& p, const std::string& inputs_path, const std::string& target_path, const char* key, Dataset& dataset) {
  if (target_path.empty()) throw InputError(fmt::format("data.{} is missing: the source hdf5 needs the path of a dataset", key));
  Rows inputs = read_rows(p.file, inputs_path), targets = read_rows(p.file, target_path);
  if (inputs.n != targets.n) {
    throw InputError(fmt::format("{}: {} has {} rows, {} has {}", p.file, inputs_path, inputs.n, target_path, targets.n));
  }
  if (dataset.input_names.empty()) {
    for (std::int64_t i = 0; i < inputs.size; ++i) dataset.input_names.push_back(fmt::format("input_{}", i));
    for (std::int64_t t = 0; t < targets.size; ++t)
      dataset.target_names.push_back(targets.size == 1 ? std::string("target") : fmt::format("target_{}", t));
  }
  if (inputs.size != dataset.n_inputs() || targets.size != dataset.n_targets()) {
    throw InputError(fmt::format("{}: {} and {} have rows of {} and {} numbers, the training part of {} and {}", p.file, inputs_path,
                                 target_path, inputs.size, targets.size, dataset.n_inputs(), dataset.n_targets()));
  }
  return {inputs.n, std::move(inputs.values), std::move(targets.values)};
}

Dataset load_hdf5(const DataParameters& data, std::uint64_t seed) {
  const CsvParameters& p = data.csv;
  check_files(p, "hdf5");
  if (p.inputs.empty()) throw InputError("data.inputs is missing: the source hdf5 needs the path of a dataset");
  Dataset dataset;
  dataset.train = read_part(p, p.inputs, p.target, "target", dataset);
  if (!p.validation_inputs.empty()) dataset.validation = read_part(p, p.validation_inputs, p.validation_target, "validation_target", dataset);
  if (!p.test_inputs.empty()) dataset.test = read_part(p, p.test_inputs, p.test_target, "test_target", dataset);
  split_parts(dataset, p, seed);
  return dataset;
}

}  // namespace

extern const Source source_hdf5;
const Source source_hdf5 = {"hdf5", "inputs", nullptr,
                            [](const DataParameters& data) {
                              return data.csv.file.empty() ? std::vector<std::string>{} : std::vector{data.csv.file};
                            },
                            load_hdf5};

}  // namespace shoal::nn

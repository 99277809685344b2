// SPDX-License-Identifier: Apache-2.0
#include "nn/file_keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "nn/source.hpp"
#include "shoal/error.hpp"
#include "shoal/random/shuffle.hpp"

namespace shoal::nn {
namespace {

void parse_target(CsvParameters& files, const config::Value& value, config::Diagnostics& diagnostics) {
  std::vector<std::string> names;
  if (const auto* one = value.get_if<std::string>()) names.push_back(*one);
  if (const auto* list = value.get_if<config::Array>()) {
    for (const config::Value& each : *list) {
      const auto* name = each.get_if<std::string>();
      names.push_back(name == nullptr ? "" : *name);
    }
  }
  if (names.empty() || std::ranges::find(names, "") != names.end()) {
    diagnostics.error(config::Code::wrong_type, value.where(), "wrong value for `target`", "expected a name or an array of names");
    return;
  }
  files.target = names.front();
  files.more_targets.assign(names.begin() + 1, names.end());
}

config::Value resolved_target(const CsvParameters& files) {
  if (files.more_targets.empty()) return config::Value(files.target);
  config::Array names{config::Value(files.target)};
  for (const std::string& name : files.more_targets) names.emplace_back(name);
  return config::Value(names);
}

}  // namespace

void bind_files(config::Table& table, DataParameters& data) {
  CsvParameters& f = data.csv;
  table.text("file", f.file, {.help = "csv, series, hdf5, idx: file with the inputs, relative to the folder of the input"});
  table.custom(
      "target", {.help = "csv, series: name of the column to predict, or an array of names; hdf5: path of a dataset; idx: file"},
      [&f](const config::Value& value, config::Diagnostics& d) { parse_target(f, value, d); }, [&f] { return resolved_target(f); });
  table.text("inputs", f.inputs, {.help = "hdf5: path of the dataset with the inputs"});
  table.text("validation_file", f.validation_file, {.help = "csv, idx: inputs of the validation part; empty: a share of `file`"});
  table.text("test_file", f.test_file, {.help = "csv, idx: inputs of the test part"});
  table.text("validation_inputs", f.validation_inputs, {.help = "hdf5: path of the validation part's inputs"});
  table.text("test_inputs", f.test_inputs, {.help = "hdf5: path of the test part's inputs"});
  table.text("validation_target", f.validation_target, {.help = "hdf5: path, idx: file of the validation part's targets"});
  table.text("test_target", f.test_target, {.help = "hdf5: path, idx: file of the test part's targets"});
  table.text("missing", f.missing,
             {.help = "csv, series: missing values end in an error, drop their row, or become the training part's mean",
              .allowed = {"refuse", "drop", "mean"}});
  table.reals("split", f.split,
              {.help = "csv, hdf5, idx: shares of training, validation and test part, drawn by the seed (series: in order of "
                       "time); of no effect beside validation or test files",
               .minimum = 0, .maximum = 1});
}

void check_files(const CsvParameters& p, const char* source) {
  if (p.file.empty()) throw InputError(fmt::format("data.file is missing: the source {} needs a file", source));
  double sum = 0;
  for (const double share : p.split) sum += share;
  if (p.split.size() != 3 || std::fabs(sum - 1) > 1e-9 || p.split[0] <= 0) {
    throw InputError("data.split needs three shares (training, validation, test) that add up to 1, the first above 0");
  }
}

std::array<std::int64_t, 3> part_sizes(std::int64_t n, const std::vector<double>& split) {
  const auto rounded = [n](double share) { return static_cast<std::int64_t>(std::floor(share * static_cast<double>(n) + 0.5)); };
  const std::int64_t train = std::clamp<std::int64_t>(rounded(split[0]), 1, n);
  if (split[2] == 0) return {train, split[1] == 0 ? 0 : n - train, 0};
  const std::int64_t validation = std::min(rounded(split[1]), n - train);
  return {train, validation, n - train - validation};
}

void split_parts(Dataset& dataset, const CsvParameters& p, std::uint64_t seed) {
  if (p.has_own_parts()) return;
  const Part all = std::move(dataset.train);
  const auto order = random::permutation(random::Stream(seed, kSplitStream), 0, 0, static_cast<std::size_t>(all.n_samples));
  const auto sizes = part_sizes(all.n_samples, p.split);
  const auto width = static_cast<std::size_t>(dataset.n_inputs()), n_targets = static_cast<std::size_t>(dataset.n_targets());
  auto next = order.begin();
  Part* const parts[] = {&dataset.train, &dataset.validation, &dataset.test};
  for (std::size_t i = 0; i < 3; ++i) {
    Part& part = *parts[i] = Part{};
    part.n_samples = sizes[i];
    for (std::int64_t s = 0; s < sizes[i]; ++s, ++next) {
      const auto inputs = all.inputs.begin() + static_cast<std::ptrdiff_t>(*next * width);
      const auto targets = all.targets.begin() + static_cast<std::ptrdiff_t>(*next * n_targets);
      part.inputs.insert(part.inputs.end(), inputs, inputs + static_cast<std::ptrdiff_t>(width));
      part.targets.insert(part.targets.end(), targets, targets + static_cast<std::ptrdiff_t>(n_targets));
    }
  }
}

}  // namespace shoal::nn

// SPDX-License-Identifier: Apache-2.0
#include "nn/source.hpp"

#include <filesystem>
#include <stdexcept>

#include "nn/file_keys.hpp"
#include "nn/standardise.hpp"
#include "nn/windows.hpp"

namespace shoal::nn {

#define SHOAL_SOURCE(name) extern const Source source_##name;
#include "nn/sources.def"
#undef SHOAL_SOURCE

namespace {

const Source* const kSources[] = {
#define SHOAL_SOURCE(name) &source_##name,
#include "nn/sources.def"
#undef SHOAL_SOURCE
};

}  // namespace

const Source& source(std::string_view name) {
  for (const Source* candidate : kSources) {
    if (name == candidate->name) return *candidate;
  }
  throw std::invalid_argument("no data source is called " + std::string(name));
}

std::vector<std::string> source_names() {
  std::vector<std::string> names;
  for (const Source* candidate : kSources) names.emplace_back(candidate->name);
  return names;
}

void bind(config::Table& table, DataParameters& data) {
  table.text("source", data.source, {.help = "where samples come from", .allowed = source_names()});
  table.text("standardise", data.standardise,
             {.help = "inputs: to mean 0 and deviation 1 of the training part; bytes: 0 to 255 becomes 0 to 1; auto: inputs "
                      "for csv, series and hdf5, bytes for idx, none for the others",
              .allowed = {"auto", "inputs", "bytes", "none"}});
  bind_files(table, data);
  bind_windows(table, data);
  for (const Source* each : kSources) {
    if (each->bind != nullptr) each->bind(table, data);
  }
}

std::vector<std::string> data_files(const DataParameters& data, const std::string& folder) {
  std::vector<std::string> files = source(data.source).files(data);
  for (std::string& file : files) file = (std::filesystem::path(folder) / file).string();
  return files;
}

namespace {

DataParameters resolved(DataParameters data, const std::string& folder) {
  CsvParameters& f = data.csv;
  const auto resolve = [&folder](std::string& file) {
    if (!file.empty()) file = (std::filesystem::path(folder) / file).string();
  };
  for (std::string* file : {&f.file, &f.validation_file, &f.test_file}) resolve(*file);
  if (data.source == "idx") {
    for (std::string* file : {&f.target, &f.validation_target, &f.test_target}) resolve(*file);
  }
  return data;
}

}  // namespace

Dataset load_dataset(const DataParameters& data, const std::string& folder, std::uint64_t seed) {
  const Source& chosen = source(data.source);
  Dataset dataset = chosen.load(resolved(data, folder), seed);
  dataset.source = chosen.name;
  const std::string how = data.standardise == "auto" ? chosen.standardise : data.standardise;
  if (how == "none" || dataset.train.n_samples == 0) return dataset;
  const auto n_inputs = static_cast<std::size_t>(dataset.n_inputs());
  dataset.standardisation = how == "inputs" ? fit_standardisation(dataset.train.inputs, dataset.n_inputs())
                                            : Standardisation{std::vector<float>(n_inputs, 0.0f),
                                                              std::vector<float>(n_inputs, 1.0f / 255.0f)};
  for (Part* part : {&dataset.train, &dataset.validation, &dataset.test}) {
    standardise(part->inputs, dataset.n_inputs(), dataset.standardisation);
  }
  return dataset;
}

}  // namespace shoal::nn

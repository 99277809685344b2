// SPDX-License-Identifier: Apache-2.0
#include "nn/source.hpp"

#include <filesystem>
#include <stdexcept>

#include "nn/standardise.hpp"

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
             {.help = "inputs: to mean 0 and deviation 1 of the training part; auto: inputs for csv, none for lorenz",
              .allowed = {"auto", "inputs", "none"}});
  for (const Source* each : kSources) each->bind(table, data);
}

std::vector<std::string> data_files(const DataParameters& data, const std::string& folder) {
  std::vector<std::string> files = source(data.source).files(data);
  for (std::string& file : files) file = (std::filesystem::path(folder) / file).string();
  return files;
}

Dataset load_dataset(const DataParameters& data, const std::string& folder, std::uint64_t seed) {
  const Source& chosen = source(data.source);
  Dataset dataset = chosen.load(data, data_files(data, folder), seed);
  dataset.source = chosen.name;
  const bool inputs = data.standardise == "inputs" || (data.standardise == "auto" && chosen.standardise);
  if (inputs && dataset.train.n_samples > 0) {
    dataset.standardisation = fit_standardisation(dataset.train.inputs, dataset.n_inputs());
    for (Part* part : {&dataset.train, &dataset.validation, &dataset.test}) {
      standardise(part->inputs, dataset.n_inputs(), dataset.standardisation);
    }
  }
  return dataset;
}

}  // namespace shoal::nn

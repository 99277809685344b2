// SPDX-License-Identifier: Apache-2.0
// Rows of a CSV file: all columns are inputs but the targets. One target column with any text holds classes, numbered in
// the order in which they first appear; otherwise it holds numbers (which may be numbers of classes).
#include "nn/csv.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "nn/csv_table.hpp"
#include "nn/file_keys.hpp"
#include "nn/source.hpp"
#include "shoal/error.hpp"

namespace shoal::nn {
namespace {

bool has_text(const CsvTable& table, std::size_t column) {
  return std::ranges::any_of(table.rows, [&](const CsvRow& row) {
    return !is_missing(row.fields[column]) && !is_csv_number(row.fields[column]);
  });
}

float class_of(const CsvTable& table, const CsvRow& row, std::size_t column, std::vector<std::string>& names) {
  const std::string& field = row.fields[column];
  if (field.empty()) csv_number(table, row, column);  // throws, naming the place of the missing value
  auto found = std::ranges::find(names, field);
  if (found == names.end()) found = names.insert(names.end(), field);
  return static_cast<float>(found - names.begin());
}

// Rows of a table whose columns are those of the data set, by name.
Part part_of(const CsvTable& table, const CsvParameters& p, bool classes, Dataset& dataset) {
  std::vector<std::size_t> inputs;
  for (const std::string& name : dataset.input_names) inputs.push_back(table.column(name));
  const std::vector<std::size_t> targets = target_columns(table, p, "csv");
  Part part;
  part.n_samples = static_cast<std::int64_t>(table.rows.size());
  for (const CsvRow& row : table.rows) {
    for (const std::size_t c : inputs) part.inputs.push_back(csv_input(table, row, c, p));
    for (const std::size_t c : targets)
      part.targets.push_back(classes ? class_of(table, row, c, dataset.class_names) : static_cast<float>(csv_number(table, row, c)));
  }
  return part;
}

Dataset load_csv(const DataParameters& data, std::uint64_t seed) {
  const CsvParameters& p = data.csv;
  check_files(p, "csv");
  if (p.target.empty()) throw InputError("data.target is missing: the source csv needs the name of the target column");
  Dataset dataset;
  CsvTable table = read_csv(p.file);
  const std::vector<std::size_t> targets = target_columns(table, p, "csv");
  const bool classes = targets.size() == 1 && has_text(table, targets.front());
  for (std::size_t c = 0; c < table.names.size(); ++c) {
    if (std::ranges::find(targets, c) == targets.end()) dataset.input_names.push_back(table.names[c]);
  }
  for (const std::size_t c : targets) dataset.target_names.push_back(table.names[c]);
  if (dataset.input_names.empty()) throw InputError(fmt::format("{}: no columns besides the target", table.path));
  drop_missing_rows(table, p, dataset.notes);
  dataset.train = part_of(table, p, classes, dataset);
  for (const auto& [file, part] : {std::pair{&p.validation_file, &dataset.validation}, std::pair{&p.test_file, &dataset.test}}) {
    if (file->empty()) continue;
    table = read_csv(*file);
    drop_missing_rows(table, p, dataset.notes);
    *part = part_of(table, p, classes, dataset);
  }
  split_parts(dataset, p, seed);
  if (p.missing == "mean") fill_missing(dataset);
  return dataset;
}

}  // namespace

extern const Source source_csv;
const Source source_csv = {"csv", "inputs", nullptr,
                           [](const DataParameters& data) {
                             std::vector<std::string> files = {data.csv.file, data.csv.validation_file, data.csv.test_file};
                             std::erase(files, "");
                             return files;
                           },
                           load_csv};

std::vector<float> read_csv_inputs(const std::string& path, const std::vector<std::string>& input_names) {
  const CsvTable table = read_csv(path);
  std::vector<std::size_t> columns;
  for (const std::string& name : input_names) columns.push_back(table.column(name));
  std::vector<float> inputs;
  for (const CsvRow& row : table.rows) {
    for (const std::size_t column : columns) inputs.push_back(static_cast<float>(csv_number(table, row, column)));
  }
  return inputs;
}

}  // namespace shoal::nn

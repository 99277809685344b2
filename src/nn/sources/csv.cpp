// SPDX-License-Identifier: Apache-2.0
// Rows of a CSV file: all columns are inputs but the target. A target column with any text holds classes, numbered in
// the order in which they first appear; otherwise it holds numbers (which may be numbers of classes).
#include "nn/csv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "nn/source.hpp"
#include "shoal/error.hpp"
#include "shoal/random/shuffle.hpp"

namespace shoal::nn {
namespace {

void bind_csv(config::Table& table, DataParameters& data) {
  table.text("file", data.csv.file, {.help = "csv: file with a header line, relative to the folder of the input"});
  table.text("target", data.csv.target, {.help = "csv: name of the column to predict; all others are inputs"});
  table.reals("split", data.csv.split,
              {.help = "csv: shares of training, validation and test part; rows are drawn by the seed", .minimum = 0, .maximum = 1});
}

void check(const CsvParameters& p) {
  if (p.file.empty()) throw InputError("data.file is missing: the source csv needs a file");
  if (p.target.empty()) throw InputError("data.target is missing: the source csv needs the name of the target column");
  double sum = 0;
  for (const double share : p.split) sum += share;
  if (p.split.size() != 3 || std::fabs(sum - 1) > 1e-9 || p.split[0] <= 0) {
    throw InputError("data.split needs three shares (training, validation, test) that add up to 1, the first above 0");
  }
}

bool has_text(const CsvTable& table, std::size_t column) {
  return std::ranges::any_of(table.rows, [&](const CsvRow& row) {
    return !row.fields[column].empty() && !is_csv_number(row.fields[column]);
  });
}

float class_of(const CsvTable& table, const CsvRow& row, std::size_t column, std::vector<std::string>& names) {
  const std::string& field = row.fields[column];
  if (field.empty()) csv_number(table, row, column);  // throws, naming the place of the missing value
  auto found = std::ranges::find(names, field);
  if (found == names.end()) found = names.insert(names.end(), field);
  return static_cast<float>(found - names.begin());
}

// Sizes of the three parts: shares rounded to nearest, what is left over goes to the last part that has a share.
std::array<std::int64_t, 3> part_sizes(std::int64_t n, const std::vector<double>& split) {
  const auto rounded = [n](double share) { return static_cast<std::int64_t>(std::floor(share * static_cast<double>(n) + 0.5)); };
  const std::int64_t train = std::clamp<std::int64_t>(rounded(split[0]), 1, n);
  if (split[2] == 0) return {train, split[1] == 0 ? 0 : n - train, 0};
  const std::int64_t validation = std::min(rounded(split[1]), n - train);
  return {train, validation, n - train - validation};
}

Dataset load_csv(const DataParameters& data, const std::vector<std::string>& files, std::uint64_t seed) {
  check(data.csv);
  const CsvTable table = read_csv(files.front());
  const std::size_t target = table.column(data.csv.target);
  const bool classes = has_text(table, target);
  Dataset dataset;
  dataset.target_names = {data.csv.target};
  for (std::size_t c = 0; c < table.names.size(); ++c) {
    if (c != target) dataset.input_names.push_back(table.names[c]);
  }
  if (dataset.input_names.empty()) throw InputError(fmt::format("{}: no columns besides the target", table.path));
  std::vector<float> inputs, targets;
  for (const CsvRow& row : table.rows) {
    for (std::size_t c = 0; c < table.names.size(); ++c) {
      if (c != target) inputs.push_back(static_cast<float>(csv_number(table, row, c)));
    }
    targets.push_back(classes ? class_of(table, row, target, dataset.class_names)
                              : static_cast<float>(csv_number(table, row, target)));
  }
  const auto order = random::permutation(random::Stream(seed, kSplitStream), 0, 0, table.rows.size());
  const auto sizes = part_sizes(static_cast<std::int64_t>(order.size()), data.csv.split);
  const std::size_t width = dataset.input_names.size();
  auto next = order.begin();
  Part* const parts[] = {&dataset.train, &dataset.validation, &dataset.test};
  for (std::size_t p = 0; p < 3; ++p) {
    parts[p]->n_samples = sizes[p];
    for (std::int64_t i = 0; i < sizes[p]; ++i, ++next) {
      const auto row = inputs.begin() + static_cast<std::ptrdiff_t>(*next * width);
      parts[p]->inputs.insert(parts[p]->inputs.end(), row, row + static_cast<std::ptrdiff_t>(width));
      parts[p]->targets.push_back(targets[*next]);
    }
  }
  return dataset;
}

}  // namespace

extern const Source source_csv;
const Source source_csv = {"csv", true, bind_csv,
                           [](const DataParameters& data) {
                             return data.csv.file.empty() ? std::vector<std::string>{} : std::vector{data.csv.file};
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

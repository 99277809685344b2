// SPDX-License-Identifier: Apache-2.0
#include "nn/csv_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "shoal/error.hpp"

namespace shoal::nn {

std::vector<std::size_t> target_columns(const CsvTable& table, const CsvParameters& p, const char* source) {
  if (p.target.empty()) {
    throw InputError(fmt::format("data.target is missing: the source {} needs the name of the target column", source));
  }
  std::vector<std::size_t> columns = {table.column(p.target)};
  for (const std::string& name : p.more_targets) {
    columns.push_back(table.column(name));
    if (std::ranges::count(columns, columns.back()) > 1) throw InputError(fmt::format("data.target names `{}` twice", name));
  }
  return columns;
}

void drop_missing_rows(CsvTable& table, const CsvParameters& p, std::vector<std::string>& notes) {
  if (p.missing != "drop") return;
  const std::size_t before = table.rows.size();
  std::erase_if(table.rows, [](const CsvRow& row) { return std::ranges::any_of(row.fields, is_missing); });
  if (table.rows.size() < before)
    notes.push_back(fmt::format("{}: {} of {} rows have missing values and are left out", table.path,
                                before - table.rows.size(), before));
  if (table.rows.empty()) throw InputError(fmt::format("{}: every row has a missing value", table.path));
}

float csv_input(const CsvTable& table, const CsvRow& row, std::size_t column, const CsvParameters& p) {
  if (p.missing == "mean" && is_missing(row.fields[column])) return std::numeric_limits<float>::quiet_NaN();
  return static_cast<float>(csv_number(table, row, column));
}

void fill_missing(Dataset& dataset) {
  const auto width = static_cast<std::size_t>(dataset.n_inputs());
  std::int64_t filled = 0;
  for (std::size_t c = 0; c < width; ++c) {
    double sum = 0, n = 0;
    for (std::size_t i = c; i < dataset.train.inputs.size(); i += width) {
      if (std::isnan(dataset.train.inputs[i])) continue;
      sum += static_cast<double>(dataset.train.inputs[i]);
      ++n;
    }
    for (Part* part : {&dataset.train, &dataset.validation, &dataset.test}) {
      for (std::size_t i = c; i < part->inputs.size(); i += width) {
        if (!std::isnan(part->inputs[i])) continue;
        if (n == 0) throw InputError(fmt::format("data: column `{}` has no value in the training part", dataset.input_names[c]));
        part->inputs[i] = static_cast<float>(sum / n);
        ++filled;
      }
    }
  }
  if (filled > 0) dataset.notes.push_back(fmt::format("{} missing inputs became the mean of their column in the training part", filled));
}

}  // namespace shoal::nn

// SPDX-License-Identifier: Apache-2.0
// Windows of a time series in a CSV file, one row a time: all columns at earlier times are inputs, the target columns
// steps_ahead rows later are the targets. The parts follow each other in time; no sample reaches into the next part.
#include <fmt/format.h>

#include "nn/csv_table.hpp"
#include "nn/file_keys.hpp"
#include "nn/source.hpp"
#include "nn/windows.hpp"
#include "shoal/error.hpp"

namespace shoal::nn {
namespace {

Dataset load_series(const DataParameters& data, std::uint64_t) {
  const CsvParameters& p = data.csv;
  check_files(p, "series");
  if (p.missing == "mean") throw InputError("data.missing = \"mean\" is not for the source series: a mean is no value of its time");
  if (p.has_own_parts()) throw InputError("data: the source series has one file; its parts follow each other in time");
  Dataset dataset;
  CsvTable table = read_csv(p.file);
  TimeSeries series{table.names, {}, target_columns(table, p, "series")};
  drop_missing_rows(table, p, dataset.notes);
  for (const CsvRow& row : table.rows) {
    for (std::size_t c = 0; c < table.names.size(); ++c) series.values.push_back(csv_number(table, row, c));
  }
  name_windows(series, data, dataset);
  const std::int64_t ahead = points_ahead(data);
  std::int64_t begin = 0;
  Part* const parts[] = {&dataset.train, &dataset.validation, &dataset.test};
  const auto sizes = part_sizes(series.n_points(), p.split);
  for (std::size_t i = 0; i < 3; ++i) {
    if (sizes[i] > ahead) *parts[i] = window_part(series, data, begin, begin + sizes[i] - ahead);
    else if (sizes[i] > 0) {
      throw InputError(fmt::format("{}: {} rows of a part are too few for windows that reach {} rows ahead", p.file, sizes[i], ahead));
    }
    begin += sizes[i];
  }
  return dataset;
}

}  // namespace

extern const Source source_series;
const Source source_series = {"series", "inputs", nullptr,
                              [](const DataParameters& data) {
                                return data.csv.file.empty() ? std::vector<std::string>{} : std::vector{data.csv.file};
                              },
                              load_series};

}  // namespace shoal::nn

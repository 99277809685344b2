// SPDX-License-Identifier: Apache-2.0
// Where samples come from: the table [data] of an input. A source is one file in src/nn/sources and one line in its list.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "shoal/config/schema.hpp"
#include "shoal/nn/dataset.hpp"

namespace shoal::nn {

// The Lorenz system x' = sigma (y - x), y' = x (rho - z) - y, z' = x y - beta z as a forecasting task: inputs are point i,
// targets are point i + steps_ahead, of points at equal distances in [0, t_end].
struct LorenzParameters {
  double sigma = 10.0;
  double rho = 28.0;
  double beta = 8.0 / 3.0;
  std::vector<double> start = {1.0, 1.0, 1.0};
  double t_end = 20.0;
  std::int64_t points = 9999;
  double tolerance = 1e-10;                              // of one integration step
  std::int64_t steps_ahead = 99;
  std::vector<std::int64_t> train_points = {0, 900};      // half-open ranges of i
  std::vector<std::int64_t> validation_points = {5000, 5900};
};

// A text file of numbers with a header line.
struct CsvParameters {
  std::string file;                                      // relative to the folder of the input
  std::string target;                                    // name of the target column
  std::vector<double> split = {0.7, 0.15, 0.15};         // fractions of train, validation, test; sum 1
};

struct DataParameters {
  std::string source = "lorenz";
  std::string standardise = "auto";                      // auto | inputs | none; auto: inputs for csv, none for lorenz
  LorenzParameters lorenz;
  CsvParameters csv;
};

// Binds every key of every source to `data`, which must outlive the table.
void bind(config::Table& table, DataParameters& data);

// Files that the source reads, resolved against `folder`; empty for built-in sources.
std::vector<std::string> data_files(const DataParameters&, const std::string& folder);

// Makes the samples. The split depends on `seed` alone. Throws InputError: 66 if a file is missing, 77 if it may not be
// read, 65 with "file:line: ..." for its content and for keys that contradict each other.
Dataset load_dataset(const DataParameters&, const std::string& folder, std::uint64_t seed);

// Raw rows of a CSV file for prediction: the columns named `input_names`, in that order, whatever else the file has.
// (row, input), row-major, not standardised. Throws like load_dataset.
std::vector<float> read_csv_inputs(const std::string& path, const std::vector<std::string>& input_names);

}  // namespace shoal::nn

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

// The Roessler system x' = -y - z, y' = x + a y, z' = b + z (x - c) (O. E. Roessler, Physics Letters A 57, 1976) as the same
// task; start, tolerance, points and ranges are those of Lorenz's keys, points are time_step apart.
struct RoesslerParameters {
  double a = 0.2, b = 0.2, c = 5.7;
};

// The equation of Mackey and Glass (Science 197, 1977), x' = beta x(t - tau) / (1 + x(t - tau)^power) - gamma x, from x =
// history before t = 0, by the classical Runge-Kutta method with cubic interpolation of the past, 64 steps in tau (at most
// time_step long).
struct MackeyGlassParameters {
  double growth = 0.2;   // beta
  double decay = 0.1;    // gamma
  double delay = 17.0;   // tau
  double power = 10.0;
  double history = 1.2;
};

// Windows of a time series: the inputs of a sample are `window` points in a row, window_step points apart.
struct WindowParameters {
  std::int64_t window = 1;
  std::int64_t window_step = 1;
  double time_step = 0;  // roessler and mackey_glass: time between points; 0: 0.05 and 1
};

// Files. csv: `file` with a header line, `target` names its target columns; all others are inputs. series: the same in order
// of time, where all columns are inputs, at earlier times. hdf5: `inputs` and `target` are the paths of datasets (row, ...)
// in `file`. idx: `file` holds the inputs, the file `target` the classes, plain or compressed by gzip.
// Where the validation or test part is given by itself, all other rows are for training and `split` counts for nothing.
struct CsvParameters {
  std::string file;                                      // relative to the folder of the input
  std::string target;                                    // the first target; what errors name
  std::vector<std::string> more_targets;                 // csv, series: further target columns
  std::string inputs;                                    // hdf5
  std::string validation_file, test_file;                // csv, idx
  std::string validation_inputs, test_inputs;            // hdf5
  std::string validation_target, test_target;            // hdf5, idx
  std::string missing = "refuse";                        // csv, series: refuse | drop | mean; empty fields, NA, NaN, ?
  std::vector<double> split = {0.7, 0.15, 0.15};         // fractions of train, validation, test; sum 1

  bool has_own_parts() const { return !validation_file.empty() || !test_file.empty() || !validation_inputs.empty() || !test_inputs.empty(); }
};

struct DataParameters {
  std::string source = "lorenz";
  std::string standardise = "auto";  // auto | inputs | bytes | none; auto: inputs for csv, series and hdf5, bytes for idx
  LorenzParameters lorenz;
  RoesslerParameters roessler;
  MackeyGlassParameters mackey_glass;
  WindowParameters windows;
  CsvParameters csv;
};

// Binds every key of every source to `data`, which must outlive the table.
void bind(config::Table& table, DataParameters& data);

// Files that the source reads, resolved against `folder`; empty for built-in sources.
std::vector<std::string> data_files(const DataParameters&, const std::string& folder);

// Makes the samples. The split depends on `seed` alone. Throws InputError: 66 if a file is missing, 77 if it may not be
// read, 69 if it does not fit into memory, 65 with "file:line: ..." for its content and for keys that contradict each other.
Dataset load_dataset(const DataParameters&, const std::string& folder, std::uint64_t seed);

// Raw rows of a CSV file for prediction: the columns named `input_names`, in that order, whatever else the file has.
// (row, input), row-major, not standardised. Throws like load_dataset.
std::vector<float> read_csv_inputs(const std::string& path, const std::vector<std::string>& input_names);

// The same of a CSV, HDF5 or IDX file, which its first bytes tell apart (the latter compressed by gzip or not). Of HDF5 the
// dataset at the path `hdf5_inputs`, of both all numbers after the first dimension of a row: as many as there are names.
std::vector<float> read_inputs(const std::string& path, const std::vector<std::string>& input_names, const std::string& hdf5_inputs);

}  // namespace shoal::nn

// SPDX-License-Identifier: Apache-2.0
// The keys of the workload `mandelbrot`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "shoal/config/schema.hpp"
#include "workloads/mandelbrot/view.hpp"

namespace shoal::workloads::mandelbrot {

// [deep]: zooms beyond the digits of a double. Only with method = "perturbation" (or "auto" where the view is that small).
struct DeepParameters {
  double tolerance = 0x1p-53;   // of bilinear approximations: relative error allowed a step
  bool approximation = true;    // skip iterations by bilinear approximations
  std::int64_t precision = 0;   // bits of the reference orbit; 0: by the size of the view
};

// [picture]: a PNG beside the result.
struct PictureParameters {
  std::string colors = "viridis";       // name of a colour map
  std::string file;                     // empty: the result's name with .png
  std::string values = "iterations";    // iterations | smooth | distance: what is shown
  std::string scale = "log";            // linear | log | cyclic | histogram: values to colours
  double period = 64;                   // of cyclic colours, in iterations
};

struct MandelbrotParameters {
  std::int64_t width = 1024;   // pixels
  std::int64_t height = 1024;
  std::vector<std::string> center = {"-0.75", "0"};
  std::string view_width = "3";
  std::vector<std::string> lower;  // corners instead of centre and width; both or none
  std::vector<std::string> upper;
  std::int64_t max_iterations = 1000;
  std::string mode = "strict";
  std::string method = "auto";
  std::string sampling = "center";
  std::vector<std::string> outputs = {"iterations"};
  bool interior_tests = true;
  std::string periodicity = "auto";
  bool mirror = false;
  std::int64_t tile_rows = 0;
  std::string storage = "auto";
  DeepParameters deep;
  PictureParameters picture;

  bool wants(std::string_view output) const;
  bool detects_periods() const;
};

void bind(config::Table& root, MandelbrotParameters& parameters);

// The grid. Reports numbers that are none, zero widths and the like at their keys; the view is usable if there are no errors.
View view_of(const MandelbrotParameters& parameters, const config::Table& root, config::Diagnostics& diagnostics);

}  // namespace shoal::workloads::mandelbrot

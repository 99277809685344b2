// SPDX-License-Identifier: Apache-2.0
// The keys of the workload `mandelbrot`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "shoal/config/schema.hpp"
#include "workloads/mandelbrot/picture_parameters.hpp"
#include "workloads/mandelbrot/view.hpp"

namespace shoal::workloads::mandelbrot {

// [deep]: zooms beyond the digits of a double. Only with method = "perturbation" (or "auto" where the view is that small).
struct DeepParameters {
  double tolerance = 0x1p-53;   // of bilinear approximations: relative error allowed a step
  bool approximation = true;    // skip iterations by bilinear approximations
  std::int64_t precision = 0;   // bits of the reference orbit; 0: by the size of the view
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
  std::string subdivision = "none";
  std::int64_t tile_rows = 0;
  std::string storage = "auto";
  DeepParameters deep;
  PictureParameters picture;

  bool wants(std::string_view output) const;
  bool detects_periods() const;
  bool subdivides() const { return subdivision != "none"; }
  bool uses_doubles(const View& view) const;  // no perturbation
};

void bind(config::Table& root, MandelbrotParameters& parameters);

// The grid. Reports numbers that are none, zero widths and the like at their keys; the view is usable if there are no errors.
View view_of(const MandelbrotParameters& parameters, const config::Table& root, config::Diagnostics& diagnostics);

}  // namespace shoal::workloads::mandelbrot

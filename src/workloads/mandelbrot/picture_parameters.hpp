// SPDX-License-Identifier: Apache-2.0
// [picture]: from values to a PNG. None of its keys belongs to the science.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "shoal/config/schema.hpp"

namespace shoal::workloads::mandelbrot {

struct PictureParameters {
  std::string file;                // empty: the result's name with .png
  std::string values = "auto";     // auto | iterations | smooth | distance
  std::string color_map = "viridis";
  std::string scale = "log";       // linear | log | histogram | cyclic
  double period = 64;              // of cyclic colours, in iterations (distance: in pixel widths)
  std::string inside = "#000000";  // colour of points that do not escape
  std::int64_t width = 0;          // pixels of a row; 0: one a value, at most kWidest
  static constexpr std::int64_t kWidest = 8192;
};

void bind(config::Table& table, PictureParameters& picture);

// The words that `values` and `scale` may be.
const std::vector<std::string>& picture_values();
const std::vector<std::string>& picture_scales();

}  // namespace shoal::workloads::mandelbrot

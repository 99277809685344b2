// SPDX-License-Identifier: Apache-2.0
// Pictures of escape times: a PNG of any size from a field of any size, with a few rows in memory.
#pragma once

#include <cstdint>
#include <string>

#include "workloads/mandelbrot/color_scale.hpp"
#include "workloads/mandelbrot/picture_parameters.hpp"

namespace shoal::workloads::mandelbrot {

// Pixels of the picture. With fewer columns than the field, rows shrink alike, and each pixel is the mean, in linear light, of
// those it covers; there are never more.
struct PictureSize {
  std::uint32_t width = 0, height = 0;
};
PictureSize picture_size(const PictureField& field, const PictureParameters& parameters);

// Writes the PNG at `path`, replacing what is there; the largest y is at the top. Throws as PngWriter, and what field.read throws.
void write_picture(const std::string& path, const PictureField& field, const PictureParameters& parameters, const std::string& description);

// What the input of a stored result says in [picture] about values and colours (not about the file); where it says nothing that this
// program knows, the defaults. Throws as
// record::read_part().
PictureParameters stored_picture(const std::string& result);

// The same from the result file of this workload, complete or partial (then of the preview): `path`, which must not exist.
// Returns one line about it. Throws InputError (66) if the result or the wanted values are not in it, (73) if `path` exists,
// Error (76) if it is no result of this workload.
std::string picture_of_result(const std::string& result, const PictureParameters& parameters, const std::string& path);

}  // namespace shoal::workloads::mandelbrot

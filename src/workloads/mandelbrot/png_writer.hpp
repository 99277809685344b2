// SPDX-License-Identifier: Apache-2.0
// A PNG file, row by row from the top: 8 bits each of red, green and blue (sRGB). Memory: a few rows.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "workloads/mandelbrot/color_map.hpp"

namespace shoal::workloads::mandelbrot {

class PngWriter {
 public:
  static constexpr std::uint32_t kMostPixels = 1000000;  // of a row or a column: libpng's limit

  // Writes `path`.part; `description` goes into the file as a text. Throws as record::file_error() if it cannot be written.
  PngWriter(std::string path, std::uint32_t width, std::uint32_t height, const std::string& description);

  // Removes `path`.part unless the picture was finished.
  ~PngWriter();
  PngWriter(const PngWriter&) = delete;
  PngWriter& operator=(const PngWriter&) = delete;

  // The next row; `colors`: (width). Throws SystemError (74) if it cannot be written.
  void row(std::span<const Color> colors);

  // After the last row: makes the file durable and renames it to `path`, replacing what is there. Throws SystemError (74).
  void finish();

 private:
  struct Png;
  std::unique_ptr<Png> png_;
};

}  // namespace shoal::workloads::mandelbrot

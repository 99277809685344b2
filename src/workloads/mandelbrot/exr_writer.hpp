// SPDX-License-Identifier: Apache-2.0
// An OpenEXR file (https://openexr.com, "OpenEXR File Layout"), row by row from the top: version 2, one part, scan lines, any
// channels of 32 bits, ZIP compression (16 lines together). Memory: 16 lines.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace shoal::workloads::mandelbrot {

struct ExrChannel {
  enum class Type : std::int32_t { u4 = 0, f4 = 2 };
  std::string name;  // 1 to 31 bytes
  Type type = Type::f4;
};

using ExrAttributes = std::vector<std::pair<std::string, std::variant<std::int32_t, std::string>>>;

class ExrWriter {
 public:
  // Writes `path`.part. `channels`: in the order of their names. Throws as record::file_error() if it cannot be written,
  // std::logic_error if channels are not in order.
  ExrWriter(std::string path, std::uint32_t width, std::uint32_t height, const std::vector<ExrChannel>& channels, const ExrAttributes& attributes);

  // Removes `path`.part unless the picture was finished.
  ~ExrWriter();
  ExrWriter(const ExrWriter&) = delete;
  ExrWriter& operator=(const ExrWriter&) = delete;

  // The next row: (channel, column), floats by their bits. Throws SystemError (74) if it cannot be written.
  void row(std::span<const std::uint32_t> values);

  // After the last row: makes the file durable and renames it to `path`, replacing what is there. Throws SystemError (74).
  void finish();

 private:
  struct File;
  std::unique_ptr<File> file_;
};

}  // namespace shoal::workloads::mandelbrot

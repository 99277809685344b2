// SPDX-License-Identifier: Apache-2.0
#include "workloads/mandelbrot/exr_writer.hpp"

#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <stdexcept>

#include "shoal/record/write_file.hpp"

namespace shoal::workloads::mandelbrot {
namespace {

static_assert(std::endian::native == std::endian::little, "numbers go into the file as they are");

using Bytes = std::vector<unsigned char>;

constexpr std::int32_t kMagic = 20000630;
constexpr std::int32_t kVersion = 2;     // one part, scan lines, names of up to 31 bytes
constexpr unsigned char kZip = 3;
constexpr std::uint32_t kLines = 16;     // that ZIP compresses together
constexpr int kLevel = 4;                // as OpenEXR's own default: higher ones take long and gain little

template <class T>
void add(T value, Bytes& bytes) {
  unsigned char raw[sizeof value];
  std::memcpy(raw, &value, sizeof value);
  bytes.insert(bytes.end(), raw, raw + sizeof value);
}

void add_name(const std::string& name, Bytes& bytes) {
  bytes.insert(bytes.end(), name.begin(), name.end());
  bytes.push_back(0);
}

void add_attribute(const std::string& name, const std::string& type, const Bytes& value, Bytes& header) {
  add_name(name, header);
  add_name(type, header);
  add(static_cast<std::int32_t>(value.size()), header);
  header.insert(header.end(), value.begin(), value.end());
}

template <class... T>
Bytes bytes_of(T... values) {
  Bytes bytes;
  (add(values, bytes), ...);
  return bytes;
}

Bytes channel_list(const std::vector<ExrChannel>& channels) {
  Bytes bytes;
  for (const ExrChannel& channel : channels) {
    add_name(channel.name, bytes);
    add(static_cast<std::int32_t>(channel.type), bytes);
    add(std::int32_t{0}, bytes);  // no perceptual meaning, and three bytes reserved
    add(std::int32_t{1}, bytes);  // a value for each column
    add(std::int32_t{1}, bytes);  // and row
  }
  bytes.push_back(0);
  return bytes;
}

Bytes header_of(std::uint32_t width, std::uint32_t height, const std::vector<ExrChannel>& channels, const ExrAttributes& attributes) {
  Bytes header = bytes_of(kMagic, kVersion);
  const Bytes window = bytes_of(std::int32_t{0}, std::int32_t{0}, static_cast<std::int32_t>(width - 1), static_cast<std::int32_t>(height - 1));
  add_attribute("channels", "chlist", channel_list(channels), header);
  add_attribute("compression", "compression", {kZip}, header);
  add_attribute("dataWindow", "box2i", window, header);
  add_attribute("displayWindow", "box2i", window, header);
  add_attribute("lineOrder", "lineOrder", {0}, header);
  add_attribute("pixelAspectRatio", "float", bytes_of(1.0F), header);
  add_attribute("screenWindowCenter", "v2f", bytes_of(0.0F, 0.0F), header);
  add_attribute("screenWindowWidth", "float", bytes_of(1.0F), header);
  for (const auto& [name, value] : attributes) {
    if (const auto* number = std::get_if<std::int32_t>(&value)) add_attribute(name, "int", bytes_of(*number), header);
    else if (const auto* text = std::get_if<std::string>(&value)) add_attribute(name, "string", Bytes(text->begin(), text->end()), header);
  }
  header.push_back(0);
  return header;
}

// What is stored of some lines: deflated differences of their bytes, first the even ones, then the odd ones; the lines
// themselves if that is no shorter.
const Bytes& packed(const Bytes& lines, Bytes& differences, Bytes& deflated) {
  differences.resize(lines.size());
  const std::size_t half = (lines.size() + 1) / 2;
  for (std::size_t i = 0; i < lines.size(); ++i) differences[i / 2 + (i % 2) * half] = lines[i];
  for (std::size_t i = differences.size(); i-- > 1;)
    differences[i] = static_cast<unsigned char>(differences[i] - differences[i - 1] + 128);
  uLongf size = compressBound(static_cast<uLong>(lines.size()));
  deflated.resize(size);
  if (compress2(deflated.data(), &size, differences.data(), static_cast<uLong>(differences.size()), kLevel) != Z_OK)
    throw std::bad_alloc();
  deflated.resize(size);
  return deflated.size() < lines.size() ? deflated : lines;
}

}  // namespace

struct ExrWriter::File {
  std::string path, part;
  std::FILE* file = nullptr;
  std::uint32_t height = 0, row = 0;
  std::size_t line_values = 0;
  std::uint64_t table = 0, end = 0;    // places in the file
  std::vector<std::uint64_t> offsets;  // of the blocks of lines
  Bytes lines, differences, deflated;

  File() = default;
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (!file) return;
    std::fclose(file);
    std::remove(part.c_str());
  }

  void write(const void* bytes, std::size_t n) {
    errno = 0;
    if (std::fwrite(bytes, 1, n, file) != n) throw record::file_error("write", part, errno);
    end += n;
  }

  void flush_lines(std::uint32_t first) {
    const Bytes& stored = packed(lines, differences, deflated);
    offsets.push_back(end);
    const Bytes head = bytes_of(static_cast<std::int32_t>(first), static_cast<std::int32_t>(stored.size()));
    write(head.data(), head.size());
    write(stored.data(), stored.size());
    lines.clear();
  }
};

ExrWriter::ExrWriter(std::string path, std::uint32_t width, std::uint32_t height, const std::vector<ExrChannel>& channels,
                     const ExrAttributes& attributes)
    : file_(std::make_unique<File>()) {
  if (!std::is_sorted(channels.begin(), channels.end(), [](const ExrChannel& a, const ExrChannel& b) { return a.name < b.name; }))
    throw std::logic_error("channels of an EXR file are in the order of their names");
  file_->part = path + ".part";
  file_->path = std::move(path);
  file_->height = height;
  file_->line_values = channels.size() * width;
  file_->file = std::fopen(file_->part.c_str(), "wbe");
  if (!file_->file) throw record::file_error("write", file_->part, errno);
  const Bytes header = header_of(width, height, channels, attributes);
  file_->write(header.data(), header.size());
  file_->table = file_->end;
  const std::vector<std::uint64_t> nowhere((height + kLines - 1) / kLines);
  file_->write(nowhere.data(), nowhere.size() * sizeof(std::uint64_t));
}

ExrWriter::~ExrWriter() = default;

void ExrWriter::row(std::span<const std::uint32_t> values) {
  if (values.size() != file_->line_values || file_->row == file_->height) throw std::logic_error("not a row of this picture");
  const auto* bytes = reinterpret_cast<const unsigned char*>(values.data());
  file_->lines.insert(file_->lines.end(), bytes, bytes + values.size_bytes());
  const std::uint32_t row = file_->row++;
  if (row % kLines == kLines - 1 || row + 1 == file_->height) file_->flush_lines(row / kLines * kLines);
}

void ExrWriter::finish() {
  if (file_->row != file_->height) throw std::logic_error("rows are missing");
  std::FILE* file = file_->file;
  errno = 0;
  const bool written = std::fseek(file, static_cast<long>(file_->table), SEEK_SET) == 0 &&
                       std::fwrite(file_->offsets.data(), sizeof(std::uint64_t), file_->offsets.size(), file) == file_->offsets.size() &&
                       std::fflush(file) == 0 && ::fsync(::fileno(file)) == 0;
  if (!written) throw record::file_error("write", file_->part, errno);
  if (std::rename(file_->part.c_str(), file_->path.c_str()) != 0) throw record::file_error("rename " + file_->part + " to", file_->path, errno);
  std::fclose(file);
  file_->file = nullptr;
  record::sync_folder_of(file_->path);
}

}  // namespace shoal::workloads::mandelbrot

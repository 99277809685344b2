// SPDX-License-Identifier: Apache-2.0
#include "nn/read_bytes.hpp"

#include <fmt/format.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>

#include "shoal/error.hpp"

namespace shoal::nn {
namespace {

struct Close {
  void operator()(gzFile file) const { gzclose(file); }
};
using File = std::unique_ptr<gzFile_s, Close>;

File open_data(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) {
    throw InputError(fmt::format("data file {} does not exist", path), ExitCode::input_missing);
  }
  if (std::filesystem::is_directory(path, error)) throw InputError(fmt::format("data file {} is a folder", path));
  errno = 0;
  File file(gzopen(path.c_str(), "rb"));
  if (!file) throw InputError(fmt::format("data file {}: {}", path, std::strerror(errno)), ExitCode::permission);
  return file;
}

// Reads up to n bytes behind `bytes`; how many came.
std::size_t append(gzFile file, const std::string& path, std::string& bytes, std::size_t n) {
  const std::size_t before = bytes.size();
  bytes.resize(before + n);
  const int got = gzread(file, bytes.data() + before, static_cast<unsigned>(n));
  int code = Z_OK;
  const char* what = gzerror(file, &code);
  if (got < 0 && code == Z_ERRNO) throw SystemError(fmt::format("data file {}: {}", path, std::strerror(errno)));
  if (got < 0 || code == Z_BUF_ERROR) {
    throw InputError(fmt::format("data file {} is damaged: {}", path, code == Z_BUF_ERROR ? "its compressed data end early" : what));
  }
  bytes.resize(before + static_cast<std::size_t>(got));
  return static_cast<std::size_t>(got);
}

}  // namespace

double machine_memory() {
  return static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGESIZE));
}

void check_memory(const std::string& path, double needed, double available) {
  if (needed <= available) return;
  constexpr double kGibibyte = 1024.0 * 1024.0 * 1024.0;
  throw InputError(fmt::format("data file {} needs {:.2f} GiB of memory, this machine has {:.2f} GiB: train on a part of it",
                               path, needed / kGibibyte, available / kGibibyte),
                   ExitCode::unsuitable);
}

std::string read_bytes(const std::string& path, double memory_factor, double available) {
  const File file = open_data(path);
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  if (!error) check_memory(path, static_cast<double>(size) * memory_factor, available);
  std::string bytes;
  std::size_t piece = std::clamp<std::size_t>(error ? 0 : size, 1 << 16, 1 << 26);
  while (append(file.get(), path, bytes, piece) > 0) {
    check_memory(path, static_cast<double>(bytes.size()) * memory_factor, available);
    piece = std::clamp<std::size_t>(bytes.size(), 1 << 16, 1 << 26);
  }
  return bytes;
}

std::string first_bytes(const std::string& path, std::size_t n) {
  const File file = open_data(path);
  std::string bytes;
  append(file.get(), path, bytes, n);
  return bytes;
}

}  // namespace shoal::nn

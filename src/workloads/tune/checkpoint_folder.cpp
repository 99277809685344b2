// SPDX-License-Identifier: Apache-2.0
#include "workloads/tune/checkpoint_folder.hpp"

#include <fmt/format.h>
#include <stdlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <vector>

#include "shoal/error.hpp"
#include "workloads/tune/bytes.hpp"

namespace shoal::workloads::tune {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> files_in(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file() && !entry.is_symlink()) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

fs::path make_folder() {
  std::string name = (fs::temp_directory_path() / "shoal-trial-XXXXXX").string();
  if (!mkdtemp(name.data())) throw SystemError(fmt::format("{}: cannot make the folder: {}", name, std::strerror(errno)));
  return name;
}

}  // namespace

CheckpointFolder::CheckpointFolder(tasks::ByteView state) : folder_(make_folder()) {
  if (state.empty()) return;
  ByteReader reader(state);
  for (auto left = reader.number<std::uint64_t>(); left > 0; --left) {
    const fs::path path = folder_ / reader.text();
    const std::vector<char> content = reader.array<char>();
    fs::create_directories(path.parent_path());
    std::ofstream file(path, std::ios::binary);
    file.write(content.data(), static_cast<std::streamsize>(content.size()));
    file.close();
    if (!file) throw SystemError(fmt::format("{}: cannot write: {}", path.string(), std::strerror(errno)));
  }
}

CheckpointFolder::~CheckpointFolder() {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

std::int64_t CheckpointFolder::bytes() const {
  std::int64_t total = 0;
  for (const fs::path& path : files_in(folder_)) total += static_cast<std::int64_t>(fs::file_size(path));
  return total;
}

tasks::Bytes CheckpointFolder::pack() const {
  const std::vector<fs::path> files = files_in(folder_);
  tasks::Bytes bytes;
  ByteWriter writer(bytes);
  writer.number(static_cast<std::uint64_t>(files.size()));
  for (const fs::path& path : files) {
    std::ifstream file(path, std::ios::binary);
    const std::vector<char> content((std::istreambuf_iterator<char>(file)), {});
    if (!file) throw SystemError(fmt::format("{}: cannot read: {}", path.string(), std::strerror(errno)));
    writer.text(path.lexically_relative(folder_).string());
    writer.array(content);
  }
  return bytes;
}

}  // namespace shoal::workloads::tune

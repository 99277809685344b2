// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <tuple>

#include "shoal/record/side_file.hpp"

namespace shoal::record {
namespace {

namespace fs = std::filesystem;

// Segment and rank in a name's end ".<segment>.<rank>" and what may follow; nothing if it does not look so.
std::optional<std::tuple<std::int64_t, int, std::string>> parse_end(std::string_view end) {
  std::int64_t segment = 0;
  int rank = 0;
  const char* last = end.data() + end.size();
  const auto first = std::from_chars(end.data(), last, segment);
  if (first.ec != std::errc() || first.ptr == last || *first.ptr != '.') return std::nullopt;
  const auto second = std::from_chars(first.ptr + 1, last, rank);
  if (second.ec != std::errc()) return std::nullopt;
  const std::string rest(second.ptr, last);
  const bool is_letter = rest.size() == 2 && rest[0] == '.' && rest[1] >= 'a' && rest[1] <= 'z';
  if (!rest.empty() && !is_letter) return std::nullopt;
  return std::tuple(segment, rank, rest);
}

}  // namespace

std::string side_file_path(const std::string& result, std::string_view kind, std::int64_t segment, int rank) {
  return fmt::format("{}.{}.{}.{}", result, kind, segment, rank);
}

std::vector<std::string> find_side_files(const std::string& result, std::string_view kind) {
  const fs::path path(result);
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  const std::string start = fmt::format("{}.{}.", path.filename().string(), kind);
  std::vector<std::pair<std::tuple<std::int64_t, int, std::string>, std::string>> found;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), none; !error && entry != none; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (!name.starts_with(start)) continue;
    if (auto order = parse_end(std::string_view(name).substr(start.size())))
      found.emplace_back(std::move(*order), (path.has_parent_path() ? entry->path() : entry->path().filename()).string());
  }
  if (error) throw file_error("read", folder.string(), error.value());
  std::sort(found.begin(), found.end());
  std::vector<std::string> paths;
  for (auto& entry : found) paths.push_back(std::move(entry.second));
  return paths;
}

void remove_side_files(const std::string& result, std::string_view kind) {
  const auto paths = find_side_files(result, kind);
  for (const std::string& path : paths)
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) throw file_error("remove", path, errno);
  if (!paths.empty()) sync_folder_of(result);
}

SideStore::SideStore(std::string result, std::string kind, std::int64_t segment, int rank, Guard* guard)
    : result_(std::move(result)), kind_(std::move(kind)), segment_(segment), rank_(rank), guard_(guard) {}

SideStore::~SideStore() = default;

SideWriter& SideStore::writer() {
  const std::lock_guard lock(mutex_);
  if (!writer_) writer_ = std::make_unique<SideWriter>(side_file_path(result_, kind_, segment_, rank_), guard_);
  return *writer_;
}

void SideStore::put(SideId id, std::span<const std::byte> payload) { writer().append(id, payload); }

void SideStore::sync() {
  {
    const std::lock_guard lock(mutex_);
    if (!writer_) return;
  }
  writer_->sync();  // never replaced once it is there
}

std::optional<std::vector<std::byte>> SideStore::find(SideId id) const {
  for (const auto& reader : readers_)
    if (auto payload = reader.second->read(id)) return payload;
  return std::nullopt;
}

std::optional<std::vector<std::byte>> SideStore::get(SideId id) {
  const std::lock_guard lock(mutex_);
  if (auto known = find(id)) return known;
  for (const auto& reader : readers_) reader.second->refresh();
  for (const std::string& path : find_side_files(result_, kind_))
    if (!readers_.contains(path)) readers_.emplace(path, std::make_unique<SideReader>(path));
  return find(id);
}

}  // namespace shoal::record

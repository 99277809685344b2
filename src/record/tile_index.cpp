// SPDX-License-Identifier: Apache-2.0
#include "shoal/record/tile_index.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

#include "record/descriptor.hpp"
#include "record/side_scan.hpp"
#include "shoal/error.hpp"
#include "shoal/record/tile.hpp"

namespace shoal::record {
namespace {

constexpr std::size_t kMostOpen = 100;  // files at once, far below the usual limit of 1024

Descriptor open_to_read(const std::string& path) {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) throw file_error("read", path, errno);
  return file;
}

}  // namespace

TileIndex::TileIndex(const std::string& result, const std::vector<StreamedDataset>& datasets)
    : paths_(find_side_files(result, "tiles")), datasets_(datasets), places_(datasets.size()) {
  std::vector<std::int64_t> groups;
  for (std::size_t field = 0; field < datasets.size(); ++field) {
    places_[field].resize(n_blocks(datasets[field].form.type, datasets[field].form.shape));
    groups.push_back(datasets[field].group(field));
  }
  for (std::uint32_t file = 0; file < paths_.size(); ++file) {
    const Descriptor descriptor = open_to_read(paths_[file]);
    scan_side_file(descriptor.get(), paths_[file], 0, [&](SideId id, std::int64_t offset, std::uint32_t length) {
      const auto found = std::find(groups.begin(), groups.end(), id.group);
      const auto field = static_cast<std::size_t>(found - groups.begin());
      const auto tile = static_cast<std::size_t>(id.number);
      if (field >= places_.size() || tile >= places_[field].size()) return;
      // A tile that was computed twice is the same twice; the earlier one is the one that is surely durable.
      if (places_[field][tile].offset < 0) places_[field][tile] = {offset, length, file};
    });
  }
  for (std::size_t field = 0; field < places_.size(); ++field) {
    const auto missing = std::find_if(places_[field].begin(), places_[field].end(), [](const Place& p) { return p.offset < 0; });
    if (missing == places_[field].end()) continue;
    throw Error(ExitCode::other_input,
                fmt::format("tile {} of /{} is in none of the files {}.tiles.*, although its task is finished: put the files "
                            "back, or start afresh with --new.", missing - places_[field].begin(), datasets[field].path, result));
  }
}

TileIndex::~TileIndex() = default;

std::uint64_t TileIndex::chunk_bytes(std::size_t field) const {
  std::uint64_t bytes = 0;
  for (const Place& p : places_[field]) bytes += p.length - std::min<std::uint64_t>(p.length, kTileHashBytes);
  return bytes;
}

const Descriptor& TileIndex::open(std::uint32_t file) {
  const auto found = std::find_if(open_.begin(), open_.end(), [file](const auto& entry) { return entry.first == file; });
  if (found != open_.end()) {
    open_.splice(open_.begin(), open_, found);
  } else {
    if (open_.size() == kMostOpen) open_.pop_back();
    open_.emplace_front(file, std::make_unique<Descriptor>(open_to_read(paths_[file])));
  }
  return *open_.front().second;
}

Sha256Value TileIndex::hash(std::size_t field, std::uint64_t tile) {
  const Place& p = place(field, tile);
  std::vector<std::byte> head(std::min<std::size_t>(p.length, kTileHashBytes + sizeof(std::uint32_t)));
  read_at(open(p.file).get(), p.offset + static_cast<std::int64_t>(kSideHead), head, paths_[p.file]);
  return tile_hash(head);
}

std::vector<std::byte> TileIndex::read(std::size_t field, std::uint64_t tile) {
  const Place& p = place(field, tile);
  const SideId id{datasets_[field].group(field), static_cast<std::int64_t>(tile)};
  if (auto payload = read_side_record(open(p.file).get(), paths_[p.file], id, p.offset, p.length)) return std::move(*payload);
  throw Error(ExitCode::other_input, fmt::format("tile {} of /{} is damaged in {}: start afresh with --new.", tile,
                                                 datasets_[field].path, paths_[p.file]));
}

}  // namespace shoal::record

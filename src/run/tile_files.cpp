// SPDX-License-Identifier: Apache-2.0
#include "run/tile_files.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "shoal/record/digest.hpp"
#include "shoal/record/tile.hpp"

namespace shoal::run {

TileHashes::TileHashes(const std::vector<record::StreamedDataset>& datasets) {
  for (const record::StreamedDataset& dataset : datasets) {
    std::uint64_t chunk_elements = 1;
    for (const std::uint64_t extent : record::chunk_shape(dataset.form.type, dataset.form.shape)) chunk_elements *= extent;
    fields_.push_back({dataset.form.type, chunk_elements, dataset.tiles()});
  }
}

const TileHashes::Field& TileHashes::checked_field(tasks::TileId id, std::size_t n_bytes) const {
  if (id.field < 0 || id.field >= static_cast<std::int64_t>(fields_.size()))
    throw std::logic_error(fmt::format("there is no streamed dataset {}", id.field));
  const Field& field = fields_[static_cast<std::size_t>(id.field)];
  if (id.tile < 0 || id.tile >= static_cast<std::int64_t>(field.tiles.size()))
    throw std::logic_error(fmt::format("streamed dataset {} has no tile {}", id.field, id.tile));
  const std::uint64_t wanted = field.tiles[static_cast<std::size_t>(id.tile)].count * record::element_bytes(field.type);
  if (n_bytes != wanted)
    throw std::logic_error(fmt::format("tile {} of streamed dataset {} has {} bytes instead of {}", id.tile, id.field, n_bytes, wanted));
  return field;
}

tasks::TileHash TileHashes::put(tasks::TileId id, std::span<const std::byte> elements) {
  return record::block_hash(checked_field(id, elements.size()).type, elements);
}

tasks::TileHash TileFiles::put(tasks::TileId id, std::span<const std::byte> elements) {
  const Field& field = checked_field(id, elements.size());
  const auto payload = record::encode_tile(field.type, field.chunk_elements, elements);
  files_.put({id.field, id.tile}, payload);
  return record::tile_hash(payload);
}

void TileFiles::sync() {
  std::unique_lock lock(mutex_);
  const std::uint64_t ticket = ++wanted_;
  while (done_ < ticket) {
    if (syncing_) {
      synced_.wait(lock);
      continue;
    }
    const std::uint64_t covered = wanted_;  // their tiles were put before
    syncing_ = true;
    lock.unlock();
    std::exception_ptr failure;
    try {
      files_.sync();
    } catch (...) {
      failure = std::current_exception();
    }
    lock.lock();
    syncing_ = false;
    if (!failure) done_ = covered;
    synced_.notify_all();
    if (failure) std::rethrow_exception(failure);
  }
}

}  // namespace shoal::run

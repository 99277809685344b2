// SPDX-License-Identifier: Apache-2.0
#include "run/tile_files.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "shoal/record/digest.hpp"
#include "shoal/record/tile.hpp"

namespace shoal::run {

record::StreamedDataset TileHashes::checked_dataset(tasks::TileId id, std::size_t n_bytes, std::uint64_t extent) const {
  if (id.field < 0 || id.field >= static_cast<std::int64_t>(datasets_.size()))
    throw std::logic_error(fmt::format("there is no streamed dataset {}", id.field));
  record::StreamedDataset dataset = datasets_[static_cast<std::size_t>(id.field)];
  if (dataset.open != (extent != 0)) throw std::logic_error("exactly open streamed datasets are told their extent");
  record::Dataset& form = dataset.form;
  if (dataset.open) form.shape.at(0) = extent;
  const auto tile = static_cast<std::uint64_t>(id.tile);
  if (id.tile < 0 || tile >= record::n_blocks(form.type, form.shape))
    throw std::logic_error(fmt::format("streamed dataset {} has no tile {}", id.field, id.tile));
  const std::uint64_t wanted = record::block_at(form.type, form.shape, tile).count * record::element_bytes(form.type);
  if (n_bytes != wanted)
    throw std::logic_error(fmt::format("tile {} of streamed dataset {} has {} bytes instead of {}", id.tile, id.field, n_bytes, wanted));
  return dataset;
}

tasks::TileHash TileHashes::put(tasks::TileId id, std::span<const std::byte> elements, std::uint64_t extent) {
  return record::block_hash(checked_dataset(id, elements.size(), extent).form.type, elements);
}

tasks::TileHash TileFiles::put(tasks::TileId id, std::span<const std::byte> elements, std::uint64_t extent) {
  const record::StreamedDataset dataset = checked_dataset(id, elements.size(), extent);
  std::uint64_t chunk_elements = 1;
  for (const std::uint64_t n : record::chunk_shape(dataset.form.type, dataset.form.shape)) chunk_elements *= n;
  const auto payload = record::encode_tile(dataset.form.type, chunk_elements, elements);
  files_.put({dataset.group(static_cast<std::size_t>(id.field)), id.tile}, payload);
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

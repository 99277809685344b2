// SPDX-License-Identifier: Apache-2.0
#include "shoal/record/streamed.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <numeric>
#include <stdexcept>

#include "record/descriptor.hpp"
#include "record/hdf5_file.hpp"
#include "record/hdf5_reader.hpp"
#include "record/hdf5_type.hpp"
#include "record/hdf5_writer.hpp"
#include "record/image_seal.hpp"
#include "shoal/record/digest.hpp"
#include "shoal/record/tile.hpp"
#include "shoal/record/tile_index.hpp"

namespace shoal::record {
namespace {

constexpr std::uint64_t kIndexBytes = 64;                        // of HDF5's index, for each chunk: more than it takes
constexpr std::uint64_t kMetadataBytes = std::uint64_t{4} << 20; // of everything else that is not values
constexpr std::uint64_t kDecoded = 64;                           // tiles of each dataset that are read through all filters

std::uint64_t product(const std::vector<std::uint64_t>& extents) {
  return std::accumulate(extents.begin(), extents.end(), std::uint64_t{1}, std::multiplies<>());
}

bool is_attached(const StreamedDataset& dataset) { return is_chunked(dataset.form.type, dataset.form.shape); }

std::uint64_t value_bytes(const Group& group) {
  std::uint64_t bytes = 0;
  for (const auto& [name, dataset] : group.datasets) {
    bytes += dataset.bytes.size() + 4096;
    for (const std::string& text : dataset.strings) bytes += text.size() + 32;
  }
  for (const auto& [name, child] : group.groups) bytes += value_bytes(child) + 4096;
  return bytes;
}

Handle open_dataset(hid_t file, const StreamedDataset& dataset) {
  return {H5Dopen2(file, ("/" + dataset.path).c_str(), H5P_DEFAULT), H5Dclose, "open " + dataset.path};
}

// Space for everything, so that a full disk is found before HDF5 writes. No file is open in HDF5 meanwhile.
void reserve(const std::string& part, std::uint64_t bytes) {
  const Descriptor file(::open(part.c_str(), O_RDWR | O_CLOEXEC));
  if (file.get() < 0) throw file_error("write", part, errno);
  const int error = ::posix_fallocate(file.get(), 0, static_cast<off_t>(bytes));
  // File systems that cannot reserve say EOPNOTSUPP or EINVAL: there a full disk is found while writing.
  if (error != 0 && error != EOPNOTSUPP && error != EINVAL) throw file_error("write", part, error);
}

void make_empty(const std::string& part) {
  const Handle creation(H5Pcreate(H5P_FILE_CREATE), H5Pclose, "make a property list");
  checked(H5Pset_obj_track_times(creation, false), "switch off time stamps");
  const Descriptor probe(::open(part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));  // says why it cannot be made
  if (probe.get() < 0) throw file_error("write", part, errno);
  Handle file(H5Fcreate(part.c_str(), H5F_ACC_TRUNC, creation, file_access()), H5Fclose, "make " + part);
  file.close("make " + part);
}

void copy_tiles(hid_t file, const std::vector<StreamedDataset>& datasets, TileIndex& tiles, Guard& guard) {
  for (std::size_t field = 0; field < datasets.size(); ++field) {
    const StreamedDataset& dataset = datasets[field];
    if (!is_attached(dataset)) continue;
    const Handle id = open_dataset(file, dataset);
    std::uint64_t tile = 0;
    for (const Block& block : dataset.tiles()) {
      const auto payload = tiles.read(field, tile++);
      const auto chunk = tile_chunk(payload);
      const auto offset = position_of(block.first, dataset.form.shape);
      checked(H5Dwrite_chunk(id, H5P_DEFAULT, 0, offset.data(), chunk.size(), chunk.data()), "write a chunk of " + dataset.path);
      guard.keep_alive();
    }
  }
}

// The chunks in the file are those of the side files, byte for byte; some are read through all filters besides.
std::string compare_tiles(hid_t file, const std::vector<StreamedDataset>& datasets, TileIndex& tiles, Guard& guard) {
  for (std::size_t field = 0; field < datasets.size(); ++field) {
    const StreamedDataset& dataset = datasets[field];
    if (!is_attached(dataset)) continue;
    const Handle id = open_dataset(file, dataset);
    const auto all = dataset.tiles();
    const std::uint64_t chunk_elements = product(chunk_shape(dataset.form.type, dataset.form.shape));
    const std::uint64_t stride = all.size() / kDecoded + 1;
    for (std::uint64_t tile = 0; tile < all.size(); ++tile) {
      const auto payload = tiles.read(field, tile);
      const auto chunk = tile_chunk(payload);
      const auto offset = position_of(all[tile].first, dataset.form.shape);
      hsize_t stored = 0;
      checked(H5Dget_chunk_storage_size(id, offset.data(), &stored), "find a chunk of " + dataset.path);
      std::vector<std::byte> read(stored);
      std::uint32_t mask = 0;
      if (stored == chunk.size()) checked(H5Dread_chunk(id, H5P_DEFAULT, offset.data(), &mask, read.data()), "read " + dataset.path);
      if (mask != 0 || !std::equal(read.begin(), read.end(), chunk.begin(), chunk.end()))
        return fmt::format("/{}: tile {} differs", dataset.path, tile);
      if (tile % stride == 0 &&
          block_hash(dataset.form.type, decode_chunk(dataset.form.type, chunk, chunk_elements, all[tile].count)) != tile_hash(payload))
        return fmt::format("/{}: the values of tile {} differ", dataset.path, tile);
      guard.keep_alive();
    }
  }
  return {};
}

// What HDF5 writes to the disk by itself. Whatever fails here, the library is not entered again.
void fill(const std::string& part, const Group& root, const std::vector<StreamedDataset>& datasets, TileIndex& tiles, Guard& guard) {
  try {
    Handle file(H5Fopen(part.c_str(), H5F_ACC_RDWR, file_access()), H5Fclose, "open " + part);
    write_group(Handle(H5Gopen2(file, "/", H5P_DEFAULT), H5Gclose, "open /"), root, guard);
    copy_tiles(file, datasets, tiles, guard);
    checked(H5Fflush(file, H5F_SCOPE_LOCAL), "write " + part);
    file.close("finish " + part);
  } catch (const std::exception& failure) {
    give_up_hdf5();
    throw StreamFailure(fmt::format("cannot write {}: {}. Remove the cause and run the same command again: nothing finished is lost.",
                                    part, failure.what()));
  }
}

void read_back(const std::string& part, const Group& root, const std::vector<StreamedDataset>& datasets, TileIndex& tiles, Guard& guard) {
  const std::string what = reading(part, [&] {
    const Handle file = open_file(part);
    std::string difference = compare_group(file, root, "");
    return difference.empty() ? compare_tiles(file, datasets, tiles, guard) : difference;
  });
  if (!what.empty())
    throw SystemError(fmt::format("{} does not read back as it was written ({}): check the disk and run the same command again.", part, what));
}

void make_durable(const std::string& part, Guard& guard) {
  const Descriptor file(::open(part.c_str(), O_RDWR | O_CLOEXEC));
  if (file.get() < 0) throw file_error("write", part, errno);
  guard.check();
  if (::fsync(file.get()) != 0) throw file_error("write", part, errno);
}

// Where HDF5 finds the values of small arrays, which are not chunked.
std::vector<std::byte> small_values(const StreamedDataset& dataset, std::size_t field, TileIndex& tiles) {
  const std::uint64_t n = dataset.form.n_elements();
  if (n == 0) return {};
  const auto payload = tiles.read(field, 0);
  return decode_chunk(dataset.form.type, tile_chunk(payload), n, n);
}

}  // namespace

std::int64_t StreamedDataset::group(std::size_t field) const {
  constexpr std::int64_t kMostFields = 1024;
  return static_cast<std::int64_t>(field) + (open ? (1 + static_cast<std::int64_t>(form.shape.at(0))) * kMostFields : 0);
}

bool must_leave() { return hdf5_given_up(); }

void attach_streamed(Group& root, const std::vector<StreamedDataset>& datasets, TileIndex& tiles) {
  for (std::size_t field = 0; field < datasets.size(); ++field) {
    const StreamedDataset& dataset = datasets[field];
    const auto slash = dataset.path.rfind('/');
    Group& parent = slash == std::string::npos ? root : root.group(dataset.path.substr(0, slash));
    const std::string name = slash == std::string::npos ? dataset.path : dataset.path.substr(slash + 1);
    Dataset& placed = parent.datasets[name] = dataset.form;
    if (!is_attached(dataset)) {
      placed.bytes = small_values(dataset, field, tiles);
      continue;
    }
    placed.tile_hashes.resize(tiles.n_tiles(field));
    for (std::uint64_t tile = 0; tile < placed.tile_hashes.size(); ++tile) placed.tile_hashes[tile] = tiles.hash(field, tile);
  }
}

void write_streamed(const std::string& path, const Group& root, const std::vector<StreamedDataset>& datasets, TileIndex& tiles,
                    Guard* guard) {
  Guard none;
  Guard& asked = guard ? *guard : none;
  check_tree(root);
  const std::string target = followed(path);
  const std::string part = target + ".part";
  std::uint64_t bytes = kMetadataBytes + value_bytes(root);
  for (std::size_t field = 0; field < datasets.size(); ++field) bytes += tiles.chunk_bytes(field) + kIndexBytes * tiles.n_tiles(field);
  {
    const Hdf5Turn turn;
    asked.check();
    try {
      make_empty(part);
      reserve(part, bytes);
      fill(part, root, datasets, tiles, asked);
      seal_file(part, asked);
      read_back(part, root, datasets, tiles, asked);
      make_durable(part, asked);
    } catch (const StreamFailure&) {
      throw;
    } catch (...) {
      ::unlink(part.c_str());
      throw;
    }
  }
  asked.check();
  if (std::rename(part.c_str(), target.c_str()) != 0) throw file_error("rename " + part + " to", target, errno);
  sync_folder_of(target);
}

}  // namespace shoal::record

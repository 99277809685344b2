// SPDX-License-Identifier: Apache-2.0
// Streamed datasets: arrays of a result that are never in memory as a whole.
//
// Such an array is cut exactly as layout.hpp cuts it, so that its digest and its form in the file are those of an ordinary
// dataset: tile t is block t, a run of consecutive elements (a slab of consecutive rows, or a part of one row), at most
// 512 KiB. Workers compress tiles and keep them in side files; at the end they are copied into the result chunk by chunk.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "shoal/error.hpp"
#include "shoal/record/layout.hpp"
#include "shoal/record/tree.hpp"
#include "shoal/record/write_file.hpp"

namespace shoal::record {

struct StreamedDataset {
  std::string path;  // where it will be, below the root, such as "results/iterations"
  Dataset form;      // everything but the values: `bytes` is empty. Not text.

  // The first extent follows from results of tasks: it is 0 until the job is complete. Tasks that put tiles know it from their
  // payloads and say it (TileSink::put).
  bool open = false;

  // Under which group its tiles are in side files (SideId). That of an open one names its first extent too: an extended job
  // finds no tiles of the shorter array.
  std::int64_t group(std::size_t field) const;

  // All tiles, in the order of their numbers, as ranges of elements of the row-major array.
  std::vector<Block> tiles() const { return blocks(form.type, form.shape); }
};

class TileIndex;

// Writing through HDF5 failed: the library must not be entered again, and the process has to leave by _exit, because
// HDF5 would flush what it still holds.
class StreamFailure : public SystemError {
 public:
  using SystemError::SystemError;
};

// There has been a StreamFailure in this process.
bool must_leave();

// Puts the datasets into the tree of a complete result, with the hashes of their tiles in place of values (small ones,
// which are not chunked, with their values): from here on the digest of the tree is that of the whole.
void attach_streamed(Group& root, const std::vector<StreamedDataset>& datasets, TileIndex& tiles);

// Writes a sealed tree with attached datasets: path.part is reserved on the disk, filled chunk by chunk, read back, made
// durable and renamed. Memory: the tree without those datasets, and a few tiles. Calls guard->keep_alive() at each tile.
// Throws StreamFailure (74) if HDF5 fails (path.part stays, for the next attempt to overwrite), Error as write_result else.
void write_streamed(const std::string& path, const Group& root, const std::vector<StreamedDataset>& datasets, TileIndex& tiles,
                    Guard* guard = nullptr);

}  // namespace shoal::record

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

#include "shoal/record/layout.hpp"
#include "shoal/record/tree.hpp"

namespace shoal::record {

struct StreamedDataset {
  std::string path;  // where it will be, below the root, such as "results/iterations"
  Dataset form;      // everything but the values: `bytes` is empty. Not text.

  // All tiles, in the order of their numbers, as ranges of elements of the row-major array.
  std::vector<Block> tiles() const { return blocks(form.type, form.shape); }
};

}  // namespace shoal::record

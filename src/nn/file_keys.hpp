// SPDX-License-Identifier: Apache-2.0
// What sources that read files share: their keys, and the parts of a data set.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "shoal/nn/data_parameters.hpp"

namespace shoal::nn {

void bind_files(config::Table&, DataParameters&);

// Throws InputError unless `file`, `target` and, where rows are to be split, `split` are usable.
void check_files(const CsvParameters&, const char* source);

// Sizes of the three parts: shares rounded to nearest, what is left over goes to the last part that has a share.
std::array<std::int64_t, 3> part_sizes(std::int64_t n, const std::vector<double>& split);

// Moves all rows of the training part into the three parts by `split`, drawn by the seed.
void split_parts(Dataset&, const CsvParameters&, std::uint64_t seed);

}  // namespace shoal::nn

// SPDX-License-Identifier: Apache-2.0
// Data sources: one file in src/nn/sources and one line in sources.def each.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "shoal/nn/data_parameters.hpp"

namespace shoal::nn {

struct Source {
  const char* name;
  const char* standardise;  // what "auto" means: inputs | bytes | none
  void (*bind)(config::Table&, DataParameters&);  // its own keys; null: only those that files share
  // Files it reads, as the input names them.
  std::vector<std::string> (*files)(const DataParameters&);
  // All parts, not standardised. Names of files in the parameters are already resolved.
  Dataset (*load)(const DataParameters&, std::uint64_t seed);
};

const Source& source(std::string_view name);  // std::invalid_argument if there is none
std::vector<std::string> source_names();

// Key of the random stream that splits data ("split" in ASCII), apart from the trainings of the same seed.
inline constexpr std::uint64_t kSplitStream = 0x73706c6974;

}  // namespace shoal::nn

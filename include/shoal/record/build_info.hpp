// SPDX-License-Identifier: Apache-2.0
// What this program was built from and with.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace shoal::record {

struct BuildInfo {
  std::string version;     // 0.1.0
  std::string git_commit;  // 40 hexadecimal digits, or "unknown" outside a repository
  bool git_dirty = false;  // the sources differed from the commit
  std::string compiler;    // such as "GCC 12.2.0"
  std::string flags;       // compiler flags and build type
};

const BuildInfo& build_info();

// Names and versions of the libraries that `record` uses: HDF5, zlib, OpenSSL, fmt.
std::vector<std::pair<std::string, std::string>> record_libraries();

}  // namespace shoal::record

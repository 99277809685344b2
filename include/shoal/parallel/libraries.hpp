// SPDX-License-Identifier: Apache-2.0
// Names and versions of the libraries that `parallel` uses: MPI (or "none") and OpenMP. May be called before MPI is started.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace shoal::parallel {

std::vector<std::pair<std::string, std::string>> parallel_libraries();

}  // namespace shoal::parallel

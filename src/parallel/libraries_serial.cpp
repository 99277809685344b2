// SPDX-License-Identifier: Apache-2.0
#include "parallel/openmp_version.hpp"
#include "shoal/parallel/libraries.hpp"

namespace shoal::parallel {

std::vector<std::pair<std::string, std::string>> parallel_libraries() {
  return {{"MPI", "none"}, {"OpenMP", openmp_version()}};
}

}  // namespace shoal::parallel

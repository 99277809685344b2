// SPDX-License-Identifier: Apache-2.0
#include <mpi.h>

#include "parallel/openmp_version.hpp"
#include "shoal/parallel/libraries.hpp"

namespace shoal::parallel {

std::vector<std::pair<std::string, std::string>> parallel_libraries() {
  char text[MPI_MAX_LIBRARY_VERSION_STRING] = "";
  int length = 0;
  if (MPI_Get_library_version(text, &length) != MPI_SUCCESS) length = 0;  // one of the few calls allowed before MPI_Init
  std::string version(text, static_cast<std::size_t>(length));
  version = version.substr(0, version.find_first_of(",\n"));  // "Open MPI v4.1.4, package: ...": the rest names the builder
  return {{"MPI", version}, {"OpenMP", openmp_version()}};
}

}  // namespace shoal::parallel

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace shoal::parallel {

// The specification's date, as the compiler gives it: 201511 is OpenMP 4.5.
inline std::string openmp_version() {
#ifdef _OPENMP
  return std::to_string(_OPENMP);
#else
  return "none";
#endif
}

}  // namespace shoal::parallel

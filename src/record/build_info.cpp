// SPDX-License-Identifier: Apache-2.0
#include "shoal/record/build_info.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <zlib.h>

#include "build_flags.hpp"
#include "git_version.hpp"
#include "shoal/record/image.hpp"

namespace shoal::record {
namespace {

std::string compiler() {
#if defined(__clang__)
  return fmt::format("clang {}.{}.{}", __clang_major__, __clang_minor__, __clang_patchlevel__);
#elif defined(__GNUC__)
  return fmt::format("GCC {}.{}.{}", __GNUC__, __GNUC_MINOR__, __GNUC_PATCHLEVEL__);
#else
  return "unknown";
#endif
}

}  // namespace

const BuildInfo& build_info() {
  static const BuildInfo info = {SHOAL_VERSION, SHOAL_GIT_COMMIT, SHOAL_GIT_DIRTY, compiler(),
                                 fmt::format("{} ({})", SHOAL_FLAGS, SHOAL_BUILD_TYPE)};
  return info;
}

std::vector<std::pair<std::string, std::string>> record_libraries() {
  return {{"HDF5", hdf5_version()},
          {"zlib", zlibVersion()},
          {"OpenSSL", OpenSSL_version(OPENSSL_VERSION_STRING)},
          {"fmt", fmt::format("{}.{}.{}", FMT_VERSION / 10000, FMT_VERSION / 100 % 100, FMT_VERSION % 100)}};
}

}  // namespace shoal::record

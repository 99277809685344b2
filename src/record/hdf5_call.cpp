// SPDX-License-Identifier: Apache-2.0
#include "record/hdf5_call.hpp"

#include <fmt/format.h>

#include <atomic>

#include "shoal/error.hpp"
#include "shoal/record/image.hpp"

namespace shoal::record {
namespace {

std::mutex& library() {
  static std::mutex mutex;
  return mutex;
}

herr_t add_error(unsigned depth, const H5E_error2_t* error, void* text) {
  constexpr unsigned kMaxErrors = 8;
  auto& all = *static_cast<std::string*>(text);
  if (depth < kMaxErrors && error->desc) all += fmt::format("{}{}: {}", all.empty() ? "" : "; ", error->func_name, error->desc);
  return 0;
}

std::atomic<bool> given_up{false};

}  // namespace

void give_up_hdf5() { given_up = true; }
bool hdf5_given_up() { return given_up; }

Hdf5Turn::Hdf5Turn() : turn_(library()) {
  if (hdf5_given_up()) throw SystemError("HDF5 has failed and is not entered again: run the same command again");
  checked(H5open(), "start HDF5");
  checked(H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr), "silence HDF5");
}

std::string hdf5_errors() {
  std::string text;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, add_error, &text);
  H5Eclear2(H5E_DEFAULT);
  return text.empty() ? "no details" : text;
}

void throw_hdf5(const std::string& what) { throw Hdf5Failure(fmt::format("HDF5 could not {} ({})", what, hdf5_errors())); }

std::string hdf5_version() {
  unsigned major = 0, minor = 0, release = 0;
  const Hdf5Turn turn;
  checked(H5get_libversion(&major, &minor, &release), "tell its version");
  return fmt::format("{}.{}.{}", major, minor, release);
}

}  // namespace shoal::record

// SPDX-License-Identifier: Apache-2.0
#include "run/room.hpp"

#include <fmt/format.h>
#include <sys/statvfs.h>

#include <filesystem>
#include <fstream>
#include <limits>

#include "run/terminal.hpp"
#include "shoal/error.hpp"

namespace shoal::run {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::infinity();

double free_disk_bytes(const std::string& result) {
  const std::filesystem::path folder = std::filesystem::path(result).parent_path();
  struct statvfs disk {};
  if (::statvfs(folder.empty() ? "." : folder.c_str(), &disk) != 0) return kUnknown;
  return static_cast<double>(disk.f_bavail) * static_cast<double>(disk.f_frsize);
}

// What the kernel calls available, or what the control group leaves of it.
double free_memory_bytes() {
  double available = kUnknown;
  std::ifstream info("/proc/meminfo");
  for (std::string name, unit; info >> name;) {
    double kilobytes = 0;
    if (!(info >> kilobytes)) break;
    std::getline(info, unit);
    if (name == "MemAvailable:") available = 1024 * kilobytes;
  }
  double limit = 0, used = 0;
  std::ifstream most("/sys/fs/cgroup/memory.max"), now("/sys/fs/cgroup/memory.current");
  if (most >> limit && now >> used && limit - used < available) available = limit - used;
  return available;
}

}  // namespace

void require_room(const workloads::Estimate& estimate, const std::string& result) {
  const auto disk = static_cast<double>(estimate.needed_disk_bytes), memory = static_cast<double>(estimate.needed_root_bytes);
  if (const double there = disk > 0 ? free_disk_bytes(result) : kUnknown; disk > there)
    throw SystemError(fmt::format("{} needs about {} of disk ({:.0f} bytes), and only {} are free there: free some, or choose another "
                                  "disk with -o. Nothing was run.",
                                  result, format_bytes(disk), disk, format_bytes(there)));
  if (const double there = memory > 0 ? free_memory_bytes() : kUnknown; memory > there)
    throw InputError(fmt::format("{} needs about {} of memory on the first host ({:.0f} bytes), and only {} are available: ask for "
                                 "less at a time. Nothing was run.",
                                 result, format_bytes(memory), memory, format_bytes(there)),
                     ExitCode::unsuitable);
}

}  // namespace shoal::run

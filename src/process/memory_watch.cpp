// SPDX-License-Identifier: Apache-2.0
#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "process/child.hpp"

namespace shoal::process {

namespace {

// The start of a small file; empty if it cannot be read (the process has ended).
std::string start_of(const std::string& path) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::array<char, 4096> text;
  const ssize_t n = file.is_open() ? ::read(file.get(), text.data(), text.size()) : 0;
  return {text.data(), static_cast<std::size_t>(std::max<ssize_t>(n, 0))};
}

std::int64_t number_in(std::string_view text) {
  const std::size_t digit = std::min(text.find_first_of("0123456789"), text.size());
  std::int64_t value = 0;
  std::from_chars(text.data() + digit, text.data() + text.size(), value);
  return value;
}

// "VmHWM:     1234 kB", in bytes.
std::int64_t status_bytes(std::string_view status, std::string_view name) {
  const std::size_t at = status.find(name);
  return at == std::string_view::npos ? 0 : 1024 * number_in(status.substr(at + name.size()));
}

// Resident bytes of the processes below `pid`. Deep trees are followed for eight levels.
std::int64_t bytes_below(pid_t pid, int depth) {
  if (depth == 0) return 0;
  const std::string tasks = fmt::format("/proc/{}/task", pid);
  DIR* folder = opendir(tasks.c_str());
  if (folder == nullptr) return 0;
  std::int64_t bytes = 0;
  while (const dirent* entry = readdir(folder)) {
    if (entry->d_name[0] == '.') continue;
    const std::string list = start_of(fmt::format("{}/{}/children", tasks, entry->d_name));
    for (std::string_view children = list; !children.empty();) {
      const auto child = static_cast<pid_t>(number_in(children));
      if (child == 0) break;
      const std::string statm = start_of(fmt::format("/proc/{}/statm", child));
      const std::size_t space = std::min(statm.find(' '), statm.size());
      bytes += number_in(std::string_view(statm).substr(space)) * sysconf(_SC_PAGESIZE) + bytes_below(child, depth - 1);
      const std::size_t next = children.find(' ');
      children.remove_prefix(next == std::string_view::npos ? children.size() : next + 1);
    }
  }
  closedir(folder);
  return bytes;
}

}  // namespace

void MemoryWatch::begin(pid_t pid, std::int64_t limit_bytes, Clock::time_point now) {
  pid_ = pid;
  limit_bytes_ = limit_bytes;
  interval_ = std::chrono::milliseconds(1);
  next_ = now + interval_;
}

bool MemoryWatch::look(Clock::time_point now) {
  if (now < next_) return false;
  const std::string status = start_of(fmt::format("/proc/{}/status", pid_));
  const std::int64_t together = status_bytes(status, "VmRSS:") + bytes_below(pid_, 8);
  const std::int64_t bytes = std::max(status_bytes(status, "VmHWM:"), together);
  peak_bytes_ = std::max(peak_bytes_, bytes);
  // Without a limit only the peak is wanted: 0.2 s cost nothing that could be measured.
  interval_ = std::min(2 * interval_, std::chrono::milliseconds(limit_bytes_ > 0 ? 20 : 200));
  next_ = now + interval_;
  return limit_bytes_ > 0 && bytes > limit_bytes_;
}

}  // namespace shoal::process

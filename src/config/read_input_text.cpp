// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "shoal/config/read_toml.hpp"
#include "shoal/error.hpp"

namespace shoal::config {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() { ::close(fd_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

[[noreturn]] void throw_open_error(const std::string& path, int error) {
  if (error == ENOENT || error == ENOTDIR) throw InputError(fmt::format("no such input file: {}", path), ExitCode::input_missing);
  if (error == EACCES || error == EPERM) throw InputError(fmt::format("not allowed to read {}", path), ExitCode::permission);
  throw InputError(fmt::format("cannot read {}: {}", path, std::strerror(error)), ExitCode::input_missing);
}

}  // namespace

std::string read_input_text(const std::string& path) {
  // O_NONBLOCK: a FIFO without a writer must not block; it is refused below like every file that is no plain one.
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) throw_open_error(path, errno);
  const Descriptor file(fd);
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) throw_open_error(path, errno);
  if (S_ISDIR(status.st_mode)) throw InputError(fmt::format("{} is a folder, not an input file", path));
  if (!S_ISREG(status.st_mode)) throw InputError(fmt::format("{} is not an ordinary file", path));
  if (static_cast<std::size_t>(status.st_size) > kMaximumInputBytes)
    throw InputError(fmt::format("{} has {} bytes; inputs may have at most {} MiB", path,
                                 static_cast<long long>(status.st_size), kMaximumInputBytes >> 20));
  std::string text;
  char block[1 << 16];
  while (text.size() <= kMaximumInputBytes) {
    const ssize_t n = ::read(file.get(), block, sizeof block);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw SystemError(fmt::format("cannot read {}: {}", path, std::strerror(errno)));
    if (n == 0) break;
    text.append(block, static_cast<std::size_t>(n));
  }
  return text;
}

}  // namespace shoal::config

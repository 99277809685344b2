// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "process/spawn.hpp"
#include "shoal/error.hpp"

namespace shoal::process {

namespace {

[[noreturn]] void fail(const char* what) {
  const int error = errno;
  throw SystemError(fmt::format("cannot start programs: {}: {}{}", what, std::strerror(error),
                                error == EMFILE ? " (try a larger `ulimit -n`)" : ""));
}

Descriptor checked(int fd, const char* what) {
  if (fd < 0) fail(what);
  Descriptor descriptor(fd);
  if (fd > 2) return descriptor;
  return checked(fcntl(fd, F_DUPFD_CLOEXEC, 3), what);
}

}  // namespace

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (this != &other) {
    reset();
    fd_ = other.release();
  }
  return *this;
}

void Descriptor::reset() noexcept {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

int Descriptor::release() noexcept { return std::exchange(fd_, -1); }

Pipe make_pipe() {
  std::array<int, 2> ends{-1, -1};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) fail("pipe");
  Descriptor read(ends[0]);
  Descriptor write(ends[1]);
  if (ends[0] <= 2) read = checked(fcntl(ends[0], F_DUPFD_CLOEXEC, 3), "pipe");
  if (ends[1] <= 2) write = checked(fcntl(ends[1], F_DUPFD_CLOEXEC, 3), "pipe");
  return {std::move(read), std::move(write)};
}

Descriptor open_null() { return checked(open("/dev/null", O_RDWR | O_CLOEXEC), "/dev/null"); }

Descriptor memory_file(const std::string& text) {
  Descriptor file = checked(memfd_create("input", MFD_CLOEXEC), "memfd_create");
  for (std::size_t written = 0; written < text.size();) {
    const ssize_t n = write(file.get(), text.data() + written, text.size() - written);
    if (n < 0 && errno != EINTR) fail("memory for its input");
    if (n > 0) written += static_cast<std::size_t>(n);
  }
  lseek(file.get(), 0, SEEK_SET);
  return file;
}

void set_nonblocking(const Descriptor& descriptor) {
  if (fcntl(descriptor.get(), F_SETFL, fcntl(descriptor.get(), F_GETFL) | O_NONBLOCK) != 0) fail("fcntl");
}

}  // namespace shoal::process

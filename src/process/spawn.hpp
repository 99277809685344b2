// SPDX-License-Identifier: Apache-2.0
// Starts a program. As posix_spawn does it: a child that borrows this process's memory, on a stack of its own and with the
// calling thread asleep, until it executes the program. Unlike posix_spawn it can also choose CPUs, ask to be killed with
// its parent, and close what it does not know of.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace shoal::process {

// An owned file descriptor.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor() { reset(); }

  int get() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }
  void reset() noexcept;

 private:
  int release() noexcept;

  int fd_ = -1;
};

// Closed when a program is executed, and above 2 so that no standard stream is in the way. Throw SystemError.
struct Pipe {
  Descriptor read;
  Descriptor write;
};
Pipe make_pipe();
Descriptor open_null();                            // /dev/null, both ways
Descriptor memory_file(const std::string& text);   // to be read from its start
void set_nonblocking(const Descriptor& descriptor);

struct Start {
  std::string program;                   // a path
  std::vector<std::string> arguments;    // argv[0] first
  std::vector<std::string> environment;
  std::string folder;                    // empty: where this process is
  std::vector<int> cpus;                 // empty: those of the calling thread
  int in = -1, out = -1, err = -1;
  bool dies_with_thread = true;
};

struct Started {
  pid_t pid = -1;
  Descriptor pidfd;                      // readable when it has ended; closed on kernels older than 5.2
  int error = 0;                         // errno of `step`, if that failed: there is no child then
  const char* step = "";
};

Started spawn(const Start& start);

}  // namespace shoal::process

// SPDX-License-Identifier: Apache-2.0
// A running program with its streams, its memory and its end; run() and Worker are made of it.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "process/spawn.hpp"
#include "shoal/process/command.hpp"

namespace shoal::process {

using Clock = std::chrono::steady_clock;

// Looks at the memory of a child now and then.
class MemoryWatch {
 public:
  void begin(pid_t pid, std::int64_t limit_bytes, Clock::time_point now);
  // Takes a sample if it is time. True if the limit is broken.
  bool look(Clock::time_point now);
  Clock::time_point next() const { return next_; }
  std::int64_t peak_bytes() const { return peak_bytes_; }

 private:
  pid_t pid_ = -1;
  std::int64_t limit_bytes_ = 0;
  std::int64_t peak_bytes_ = 0;
  std::chrono::milliseconds interval_{1};
  Clock::time_point next_{};
};

// What wait4 said.
struct Ending {
  int status = 0;
  double cpu_seconds = 0;
  std::int64_t peak_bytes = 0;  // 0 if the kernel's figure may be that of this process
};

class Child {
 public:
  // Starts it with standard input from `in`; if the program is missing there is no child and problem() says why.
  Child(const Command& command, const Descriptor& in);
  // Kills the group and waits, unless that was done.
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  const std::string& problem() const { return problem_; }
  bool has_ended() const;              // but not yet reaped
  void signal_group(int signal) noexcept;
  Ending reap();                       // kills what is left of the group, and waits for the program

  // Sleeps until there is output or the end, at most until `until`.
  void wait(Clock::time_point until);
  // Reads what there is, at most 64 KiB from each stream; false if there was nothing.
  bool read_out(std::string& text) { return read(out_, text); }
  bool read_out(CapturedText& text) { return read(out_, text); }
  bool read_err(CapturedText& text) { return read(err_, text); }
  bool out_is_open() const { return out_.is_open(); }

  pid_t pid() const { return pid_; }
  MemoryWatch& memory() { return memory_; }

 private:
  template <class Text>
  bool read(Descriptor& stream, Text& text);
  void refuse(const Started& started, const std::string& program, const std::string& folder);

  pid_t pid_ = -1;
  std::int64_t own_peak_bytes_ = 0;
  Descriptor pidfd_;
  Descriptor out_;
  Descriptor err_;
  MemoryWatch memory_;
  std::string problem_;
};

}  // namespace shoal::process

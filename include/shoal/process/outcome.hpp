// SPDX-License-Identifier: Apache-2.0
// How a program, or one task of a persistent worker, ended.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace shoal::process {

enum class State {
  ok,               // exit code 0; of a worker: a final line
  exit_code,        // another exit code; of a worker: it ended before its final line
  signal,           // killed by a signal
  timeout,          // the wall limit
  out_of_memory,    // the memory limit
  missing_program,  // not found, or not a program
  stopped,          // the caller asked for the end
  garbage,          // worker: a line that is not a flat JSON object
  error,            // worker: its final line reports an error
};

std::string_view name_of(State state);  // as above

// The start and the end of a text of any length, in bounded memory. What comes out is UTF-8: other bytes and NUL become
// U+FFFD.
class CapturedText {
 public:
  explicit CapturedText(std::size_t kept_bytes = 128 * 1024) : half_(kept_bytes / 2) {}
  void append(std::string_view text);
  void clear();

  std::int64_t bytes() const { return bytes_; }
  std::int64_t dropped_bytes() const;
  // Start, a line "... N bytes left out ..." if there are such, end.
  std::string text() const;
  // The last `length` bytes at most.
  std::string end(std::size_t length) const;

 private:
  std::string_view tail() const;

  std::size_t half_;
  std::int64_t bytes_ = 0;
  std::string head_;
  std::string tail_;  // up to 2 * half_, cut to half_ now and then
};

struct Outcome {
  State state = State::ok;
  int exit_code = 0;
  int signal = 0;
  double wall_seconds = 0;
  double cpu_seconds = 0;        // user and system, with the descendants it waited for
  // Largest resident memory. From wait4 where that is above the peak of this very process (the kernel hands a parent's
  // peak down to its children); else from samples of the kernel's high-water mark, after 1, 2, 4, ... ms: 0 for
  // programs that ended before the first.
  std::int64_t peak_bytes = 0;
  CapturedText out;
  CapturedText err;
  std::string message;           // one line for people; empty if ok
};

}  // namespace shoal::process

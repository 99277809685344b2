// SPDX-License-Identifier: Apache-2.0
// The two kinds of failure that a user sees, and the exit codes that scripts rely on.
//
// InputError: the user can fix it (input file, command line, result in the way). SystemError: the machine failed.
// Our own bugs are assertions, and any other std::exception becomes exit code 70 in one place (cli).
// A message says where, what, what was allowed and what to try, in one or a few lines without trailing newline.
#pragma once

#include <stdexcept>
#include <string>

namespace shoal {

enum class ExitCode : int {
  complete = 0,
  usage = 64,            // wrong command line
  invalid_input = 65,    // the input file has errors
  input_missing = 66,    // input or data file does not exist
  unsuitable = 69,       // ranks, threads, memory or CPU do not fit
  internal = 70,         // a bug of ours
  locked = 73,           // the result is locked by a live run, or something is in the way
  io = 74,               // full disk, quota, read or write error
  resumable = 75,        // stopped early; the same command continues
  other_input = 76,      // the result belongs to another input, or is unreadable
  permission = 77,       // not allowed to read or write
  too_many_failed = 80,  // finished, but more tasks failed than allowed
  hang = 85,             // no sign of life from rank 0 (or from the tasks)
};

// The base of both kinds: a message for people and the exit code of the process.
class Error : public std::runtime_error {
 public:
  Error(ExitCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  ExitCode code() const noexcept { return code_; }

 private:
  ExitCode code_;
};

class InputError : public Error {
 public:
  explicit InputError(const std::string& message, ExitCode code = ExitCode::invalid_input) : Error(code, message) {}
};

class SystemError : public Error {
 public:
  explicit SystemError(const std::string& message, ExitCode code = ExitCode::io) : Error(code, message) {}
};

}  // namespace shoal

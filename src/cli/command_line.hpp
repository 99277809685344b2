// SPDX-License-Identifier: Apache-2.0
// From the words of the command line to an action, and from any failure to a message and an exit code.
#pragma once

#include <exception>
#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

#include "cli/command.hpp"

namespace shoal::cli {

class CommandLine {
 public:
  // Throws InputError (64) with the nearest command or option for what it does not know.
  explicit CommandLine(std::vector<std::string> words);

  // Does what was asked for; --help prints help. Also checks that everything written to `out` arrived (74).
  ExitCode perform(std::ostream& out, std::ostream& err) const;

 private:
  void parse();
  [[noreturn]] void usage_error(const std::string& what, const CLI::App* command) const;
  [[noreturn]] void unknown_word() const;
  const CLI::App* chosen() const;

  std::vector<std::string> words_;
  std::unique_ptr<CLI::App> app_;
  std::vector<std::pair<std::string, Action>> actions_;
  Action action_;
  std::string help_;
};

// Prints one message for an exception and returns its exit code. Of the processes of a launcher only the first prints,
// since all of them meet the same error.
ExitCode report(const std::exception_ptr& exception, std::ostream& err);

}  // namespace shoal::cli

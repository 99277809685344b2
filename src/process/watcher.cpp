// SPDX-License-Identifier: Apache-2.0
#include "process/watcher.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>

#include "process/spawn.hpp"

namespace shoal::process {

namespace {

// A process that forks while it is looked for may be missed in one round, but not in all.
constexpr const char* kScript = R"(
trap '' HUP INT TERM USR1 USR2
read -r line
for round in 1 2 3 4 5 6 7 8 9 10; do
  found=$(grep -lsaF -e "$1" /proc/[0-9]*/environ)
  [ -n "$found" ] || exit 0
  for file in $found; do
    process=${file#/proc/}
    kill -KILL "${process%/environ}" 2>/dev/null
  done
  sleep 0.05
done
)";

class Watcher {
 public:
  Watcher() {
    Pipe pipe = make_pipe();
    const Descriptor null = open_null();
    Start start;
    start.program = "/bin/sh";
    start.arguments = {"sh", "-c", kScript, "shoal-watcher", fmt::format("{}={}", kOwnerVariable, owner_token())};
    start.environment = {"PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C"};
    start.folder = "/";
    start.in = pipe.read.get();
    start.out = start.err = null.get();
    start.dies_with_thread = false;
    if (spawn(start).error == 0) life_line_ = std::move(pipe.write);
  }

 private:
  Descriptor life_line_;  // never written to; the kernel closes it with the process, if nobody does before
};

}  // namespace

const std::string& owner_token() {
  static const std::string token =
      fmt::format("{}-{}", getpid(), std::chrono::system_clock::now().time_since_epoch().count());
  return token;
}

void start_watcher() { static const Watcher watcher; }

}  // namespace shoal::process

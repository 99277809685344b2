// SPDX-License-Identifier: Apache-2.0
// A small program around drive() for tests that kill, signal and fail: prints what rank 0 sees, one `key value` a line.
//
//   driver_probe threads=3 seconds=0.01 size=60 throw=17 lost=2 die=1 max_time=1 deaf=1 report_after=1
#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>

#include "mixed_job.hpp"
#include "run/driver.hpp"
#include "shoal/parallel/session.hpp"
#include "shoal/parallel/threads.hpp"

namespace {

using namespace shoal;

constexpr std::int64_t kFreeTasks = 5;  // of each stream: they neither wait for the gate nor die

struct Arguments {
  std::map<std::string, double> values{{"threads", 1}, {"seconds", 0}, {"size", 60}};
  std::string gate;

  bool is(const std::string& key, double value) const {
    const auto it = values.find(key);
    return it != values.end() && it->second == value;
  }
};

Arguments read_arguments(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    const auto equals = argument.find('=');
    const std::string key = argument.substr(0, equals), value = argument.substr(equals + 1);
    if (key == "gate") arguments.gate = value;
    else arguments.values[key] = std::atof(value.c_str());
  }
  return arguments;
}

tasks::Policy short_times(const std::map<std::string, double>& values) {
  tasks::Policy policy;
  policy.heartbeat_seconds = 0.1;
  if (const auto lost = values.find("lost"); lost != values.end()) policy.lost_seconds = lost->second;
  if (const auto hang = values.find("hang"); hang != values.end()) policy.hang_seconds = hang->second;
  if (const auto grace = values.find("grace"); grace != values.end()) policy.stop_grace_seconds = grace->second;
  // Tasks obey in milliseconds, but a busy machine may keep them from it for longer than the second of the default.
  if (!values.contains("deaf")) policy.abandon_seconds = 60;
  return policy;
}

void say_running(int rank) {
  thread_local bool said = false;
  if (!said) fmt::print(stderr, "running {} {}\n", rank, getpid());
  said = true;
}

// False if the stop token came first.
bool pass_gate(const std::string& gate, const tasks::TaskInput& input) {
  static std::atomic<bool> open{false};
  while (!open) {
    if (std::filesystem::exists(gate)) open = true;
    else if (!test::nap(input, 0.01)) return false;
  }
  return true;
}

bool run_task(const Arguments& arguments, int rank, const tasks::TaskInput& input) {
  say_running(rank);
  const bool is_free = input.id.task < kFreeTasks;
  const double seconds = arguments.values.at("seconds");
  if (!is_free && arguments.is("die", rank)) {
    fmt::print(stderr, "dying {}\n", rank);
    std::raise(SIGKILL);
  }
  if (!is_free && !arguments.gate.empty() && !pass_gate(arguments.gate, input)) return false;
  if (input.id.stream == 0 && arguments.is("throw", static_cast<double>(input.id.task))) {
    throw SystemError("the disk of this rank is full", ExitCode::io);
  }
  if (arguments.is("deaf", 1)) {  // ignores its stop token
    std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
    return true;
  }
  return test::nap(input, seconds);
}

run::DriveHooks say_what_happens() {
  run::DriveHooks hooks;
  hooks.rank_changed = [](int rank, bool lost) { fmt::print(stderr, "{} {}\n", lost ? "lost" : "returned", rank); };
  hooks.progress = [said = false](const run::DriveStatus& status) mutable {
    if (status.stopping && !said) fmt::print(stderr, "stopping\n");
    said = status.stopping;
  };
  return hooks;
}

void print(const run::DriveResult& result, const test::MixedJob& job) {
  const char* outcomes[] = {"running", "complete", "stopped", "failed"};
  fmt::print("outcome {}\ncode {}\nmessage {}\nreason {}\n", outcomes[static_cast<int>(result.outcome)],
             static_cast<int>(result.code), result.message, result.stop_reason);
  fmt::print("done {}\nlost {}\nusage {}\nabandon {}\ndigest {:016x}\n", result.counts.done, result.counts.ranks_lost,
             result.usage.size(), result.abandon ? 1 : 0, job.digest());
  for (const run::RankUsage& u : result.usage) {
    fmt::print("rank {}: wall {:.3f} s, CPU {:.4f} s, main thread {:.4f} s, round trip {:.6f} s, {} messages, {} bytes\n", u.rank,
               u.wall_seconds, u.process_cpu_seconds, u.main_cpu_seconds, u.round_trip_seconds, u.messages, u.bytes);
  }
  std::fflush(stdout);
}

int run_probe(const Arguments& arguments) {
  parallel::Session session;
  const int rank = session.comm().rank();
  test::MixedJob job(static_cast<std::int64_t>(arguments.values.at("size")));
  job.during_run = [&arguments, rank](const tasks::TaskInput& input) { return run_task(arguments, rank, input); };
  run::DriveOptions options;
  options.threads = static_cast<int>(arguments.values.at("threads"));
  options.kill_follows = session.launch().by_launcher;
  options.progress_seconds = 0.05;
  const run::DriveResult result =
      run::drive(job, session.comm(), short_times(arguments.values), options, rank == 0 ? say_what_happens() : run::DriveHooks{});
  if (rank == 0) print(result, job);
  return session.finish(result.code, result.abandon);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run_probe(read_arguments(argc, argv));
  } catch (const shoal::Error& error) {
    fmt::print(stderr, "error: {}\n", error.what());
    return static_cast<int>(error.code());
  }
}

// SPDX-License-Identifier: Apache-2.0
// A small program around drive() for tests that kill, signal and fail: prints what rank 0 sees, one `key value` a line.
//
//   driver_probe threads=3 seconds=0.01 size=60 throw=17 lost=2 die=1 max_time=1 deaf=1 report_after=1
#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>

#include "mixed_job.hpp"
#include "run/driver.hpp"
#include "shoal/parallel/session.hpp"
#include "shoal/parallel/threads.hpp"

namespace {

using namespace shoal;

std::map<std::string, double> read_arguments(int argc, char** argv) {
  std::map<std::string, double> values{{"threads", 1}, {"seconds", 0}, {"size", 60}};
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    const auto equals = argument.find('=');
    values[argument.substr(0, equals)] = std::atof(argument.substr(equals + 1).c_str());
  }
  return values;
}

tasks::Policy short_times(const std::map<std::string, double>& values) {
  tasks::Policy policy;
  policy.heartbeat_seconds = 0.1;
  if (const auto lost = values.find("lost"); lost != values.end()) policy.lost_seconds = lost->second;
  if (const auto hang = values.find("hang"); hang != values.end()) policy.hang_seconds = hang->second;
  if (const auto grace = values.find("grace"); grace != values.end()) policy.stop_grace_seconds = grace->second;
  return policy;
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

int run_probe(const std::map<std::string, double>& values) {
  parallel::Session session;
  const int rank = session.comm().rank();
  test::MixedJob job(static_cast<std::int64_t>(values.at("size")));
  const double seconds = values.at("seconds");
  const auto is_set = [&values](const std::string& key, double value) {
    const auto it = values.find(key);
    return it != values.end() && it->second == value;
  };
  job.during_run = [&, rank](const tasks::TaskInput& input) {
    if (is_set("die", rank) && input.id.task >= 5) std::raise(SIGKILL);
    if (input.id.stream == 0 && is_set("throw", static_cast<double>(input.id.task))) {
      throw SystemError("the disk of this rank is full", ExitCode::io);
    }
    if (is_set("deaf", 1)) {  // ignores its stop token
      std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
      return true;
    }
    return test::nap(input, seconds);
  };
  run::DriveOptions options;
  options.threads = static_cast<int>(values.at("threads"));
  options.kill_follows = session.launch().by_launcher;
  if (const auto limit = values.find("max_time"); limit != values.end()) {
    options.stop_at = run::SteadyClock::now() +
                      std::chrono::duration_cast<run::SteadyClock::duration>(std::chrono::duration<double>(limit->second));
  }
  fmt::print(stderr, "ready {} {}\n", rank, getpid());
  const run::DriveResult result = run::drive(job, session.comm(), short_times(values), options);
  if (rank == 0) {
    const auto pause = values.find("report_after");  // all other ranks would be ready to leave by then
    if (pause != values.end()) std::this_thread::sleep_for(std::chrono::duration<double>(pause->second));
    print(result, job);
  }
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

// SPDX-License-Identifier: Apache-2.0
// Programs and workers beside what they are made of, in the same run.
//   benchmark_process [repetitions, default 15: of 60 starts and of 4,000 round trips each]
//
// Start-up: run() of `true` (both outputs caught, own group, clean environment) and bare posix_spawn + wait4 in turns, by
// quantiles, since on a busy machine the lower ones say most (goal: 1.05). Round trips: a worker in C (this program with
// the argument "echo"), one in Python, and the limit of the machine: one byte to a thread and back through two pipes,
// with both asleep in read() (goal: 20,000 a second).
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "shoal/process/worker.hpp"

using namespace shoal::process;

namespace {

template <class Body>
double seconds_of(const Body& body) {
  const auto begin = std::chrono::steady_clock::now();
  body();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

double quantile(std::vector<double> values, double level) {
  const auto at = static_cast<std::ptrdiff_t>(level * static_cast<double>(values.size()));
  std::nth_element(values.begin(), values.begin() + at, values.end());
  return values[static_cast<std::size_t>(at)];
}

double median(const std::vector<double>& values) { return quantile(values, 0.5); }

void bare_spawn() {
  char name[] = "/bin/true";
  char* arguments[] = {name, nullptr};
  pid_t pid = -1;
  int status = 0;
  if (posix_spawn(&pid, name, nullptr, nullptr, arguments, environ) != 0) std::abort();
  wait4(pid, &status, 0, nullptr);
}

void measure_start_up(int n_starts) {
  Command command;
  command.arguments = {"/bin/true"};
  std::vector<double> bare, ours;
  run(command);  // starts the watcher
  for (int i = 0; i < n_starts; ++i) {
    bare.push_back(seconds_of(bare_spawn));
    ours.push_back(seconds_of([&command] { run(command); }));
  }
  for (const double level : {0.1, 0.25, 0.5}) {
    const double plain = quantile(bare, level), with_us = quantile(ours, level);
    fmt::print("start-up of true, quantile {:.2f}: posix_spawn + wait4 {:.0f} us, run() {:.0f} us, ratio {:.3f} (goal: 1.05)\n",
               level, 1e6 * plain, 1e6 * with_us, with_us / plain);
  }
}

// A byte there and back through two pipes: what no worker can beat.
double pipe_rate(int n) {
  int there[2], back[2];
  if (pipe(there) != 0 || pipe(back) != 0) std::abort();
  std::thread echo([&] {
    char byte = 0;
    while (read(there[0], &byte, 1) == 1 && write(back[1], &byte, 1) == 1) {}
  });
  const double seconds = seconds_of([&] {
    char byte = 'x';
    for (int i = 0; i < n; ++i) {
      if (write(there[1], &byte, 1) != 1 || read(back[0], &byte, 1) != 1) std::abort();
    }
  });
  close(there[1]);
  echo.join();
  for (const int fd : {there[0], back[0], back[1]}) close(fd);
  return n / seconds;
}

double worker_rate(Worker& worker, int n) {
  const JsonLine task = JsonLine().add("x", 0.5).add("n", std::int64_t{3});
  const double seconds = seconds_of([&] {
    for (int i = 0; i < n; ++i) {
      if (worker.ask(task).state != State::ok) std::abort();
    }
  });
  return n / seconds;
}

void measure_round_trips(int n_repetitions, const char* self) {
  constexpr int kBatch = 4000;
  Command echo;
  echo.arguments = {self, "echo"};
  Command python;
  python.arguments = {"/usr/bin/python3", "-c",
                      "import sys; sys.path.insert(0, sys.argv[1]); import shoal_worker; shoal_worker.serve(lambda x, n: x * n)",
                      SHOAL_SOURCE_DIR "/analysis"};
  Worker in_c(echo), in_python(python);
  worker_rate(in_c, 100);
  worker_rate(in_python, 100);
  std::vector<double> pipes, c, p;
  for (int i = 0; i < n_repetitions; ++i) {
    pipes.push_back(pipe_rate(kBatch));
    c.push_back(worker_rate(in_c, kBatch));
    p.push_back(worker_rate(in_python, kBatch));
  }
  fmt::print("round trips a second (goal: 20,000): bare pipes {:.0f}, worker in C {:.0f} ({:.2f}), in Python {:.0f} ({:.2f}); "
             "most {:.0f}, {:.0f}, {:.0f}\n", median(pipes), median(c), median(c) / median(pipes), median(p), median(p) / median(pipes),
             *std::max_element(pipes.begin(), pipes.end()), *std::max_element(c.begin(), c.end()), *std::max_element(p.begin(), p.end()));
}

int echo() {
  char line[4096];
  while (std::fgets(line, sizeof line, stdin) != nullptr) {
    std::fputs("{\"done\": true, \"y\": 1.5}\n", stdout);
    std::fflush(stdout);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1 && std::strcmp(argv[1], "echo") == 0) return echo();
  const int n_repetitions = argc > 1 ? std::max(1, std::atoi(argv[1])) : 15;
  measure_start_up(60 * n_repetitions);
  measure_round_trips(n_repetitions, "/proc/self/exe");
}

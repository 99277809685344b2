// SPDX-License-Identifier: Apache-2.0
#include "shoal/parallel/threads.hpp"

#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>

#include "catch.hpp"

namespace shoal::parallel {
namespace {

TEST_CASE("a region runs the main body and every worker once, on threads of their own", "[unit]") {
  for (const int n_workers : {1, 2, 5}) {
    std::mutex mutex;
    std::set<std::thread::id> threads;
    std::vector<int> workers;
    std::thread::id main_thread;
    run_region(n_workers, {[&] { main_thread = std::this_thread::get_id(); },
                           [&](int worker) {
                             const std::lock_guard lock(mutex);
                             threads.insert(std::this_thread::get_id());
                             workers.push_back(worker);
                           },
                           [] {}});
    std::sort(workers.begin(), workers.end());
    std::vector<int> expected;
    for (int w = 0; w < n_workers; ++w) expected.push_back(w);
    CHECK(workers == expected);
    CHECK(threads.size() == static_cast<std::size_t>(n_workers));
    CHECK(main_thread == std::this_thread::get_id());
    CHECK(threads.count(main_thread) == 0);
  }
}

TEST_CASE("signals are blocked in workers and not in the main thread", "[unit]") {
  const auto is_blocked = [](int signal) {
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, nullptr, &mask);
    return sigismember(&mask, signal) == 1;
  };
  std::atomic<int> blocked{0};
  bool main_blocked = true;
  run_region(3, {[&] { main_blocked = is_blocked(SIGUSR1); },
                 [&](int) {
                   if (is_blocked(SIGUSR1) && is_blocked(SIGTERM) && is_blocked(SIGINT)) ++blocked;
                 },
                 [] {}});
  CHECK(blocked == 3);
  CHECK_FALSE(main_blocked);
}

TEST_CASE("the first exception of a worker ends the region and is rethrown", "[unit]") {
  std::atomic<bool> stop{false};
  std::atomic<int> told{0};
  const auto wait = [&] {
    while (!stop) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  };
  const RegionBodies bodies{wait,
                            [&](int worker) {
                              if (worker == 1) throw std::runtime_error("worker 1 failed");
                              wait();
                              throw std::logic_error("a later failure");
                            },
                            [&] {
                              ++told;
                              stop = true;
                            }};
  CHECK_THROWS_WITH(run_region(3, bodies), "worker 1 failed");
  CHECK(told == 1);
}

TEST_CASE("an exception of the main thread ends the region and is rethrown", "[unit]") {
  std::atomic<bool> stop{false};
  const RegionBodies bodies{[] { throw std::runtime_error("main failed"); },
                            [&](int) {
                              while (!stop) std::this_thread::sleep_for(std::chrono::milliseconds(1));
                            },
                            [&] { stop = true; }};
  CHECK_THROWS_WITH(run_region(2, bodies), "main failed");
}

TEST_CASE("the number of threads is the one asked for, else that of the CPUs in the mask", "[unit]") {
  CHECK(choose_threads(7) == 7);
  const auto cpus = cpus_in_mask();
  CHECK(choose_threads(0) == static_cast<int>(cpus.size()));
  CHECK(std::is_sorted(cpus.begin(), cpus.end()));
  CHECK_FALSE(cpus.empty());
}

std::vector<int> mask_of(pid_t process) {
  cpu_set_t set;
  sched_getaffinity(process, sizeof set, &set);
  std::vector<int> cpus;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &set)) cpus.push_back(cpu);
  }
  return cpus;
}

// Run with and without OMP_PLACES and OMP_PROC_BIND, which make OpenMP bind the main thread before main() begins: only the
// parent process still has the mask that was given to us.
TEST_CASE("the CPUs of the process are those it was given, and a thread can be freed to use them", "[unit]") {
  const std::vector<int> given = mask_of(getppid());
  run_region(2, {[] {}, [](int) {}, [] {}});
  CHECK(cpus_in_mask() == given);
  std::vector<int> freed;
  std::thread other([&freed] {
    unbind_thread();
    freed = mask_of(0);
  });
  other.join();
  CHECK(freed == given);
}

TEST_CASE("CPU time of the thread is part of that of the process and grows with work", "[unit]") {
  const double thread = thread_cpu_seconds();
  const double process = process_cpu_seconds();
  volatile double sink = 0;
  while (thread_cpu_seconds() - thread < 0.01) sink = sink + 1;
  CHECK(process_cpu_seconds() - process >= 0.009);
}

}  // namespace
}  // namespace shoal::parallel

// SPDX-License-Identifier: Apache-2.0
#include "shoal/parallel/threads.hpp"

#include <fmt/format.h>
#include <omp.h>
#include <sched.h>
#include <signal.h>
#include <time.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <exception>
#include <mutex>
#include <set>

#include "shoal/error.hpp"
#include "shoal/parallel/signals.hpp"

namespace shoal::parallel {

namespace {

// Keeps the first exception of any thread.
class FirstFailure {
 public:
  explicit FirstFailure(const std::function<void()>& on_failure) : on_failure_(on_failure) {}

  void run(const std::function<void()>& body) noexcept {
    try {
      body();
    } catch (...) {
      if (keep(std::current_exception()) && on_failure_) on_failure_();
    }
  }

  void rethrow() const {
    if (first_) std::rethrow_exception(first_);
  }

 private:
  bool keep(std::exception_ptr exception) {
    const std::lock_guard lock(mutex_);
    if (first_) return false;
    first_ = std::move(exception);
    return true;
  }

  const std::function<void()>& on_failure_;
  std::mutex mutex_;
  std::exception_ptr first_;
};

// Restores the signal mask at the end of a worker's body: OpenMP keeps its threads for later regions.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    pthread_sigmask(SIG_SETMASK, nullptr, &former_);
    block_all_signals();
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &former_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t former_;
};

std::vector<int> cpus_of_thread() {
  for (int n_cpus = CPU_SETSIZE; n_cpus <= (1 << 20); n_cpus *= 4) {  // large machines need more than the usual 1024
    cpu_set_t* set = CPU_ALLOC(static_cast<std::size_t>(n_cpus));
    const std::size_t bytes = CPU_ALLOC_SIZE(static_cast<std::size_t>(n_cpus));
    const int status = sched_getaffinity(0, bytes, set);
    std::vector<int> cpus;
    for (int cpu = 0; status == 0 && cpu < n_cpus; ++cpu) {
      if (CPU_ISSET_S(static_cast<std::size_t>(cpu), bytes, set)) cpus.push_back(cpu);
    }
    CPU_FREE(set);
    if (status == 0) return cpus;
    if (errno != EINVAL) break;
  }
  throw SystemError(fmt::format("sched_getaffinity failed: {}", std::strerror(errno)), ExitCode::unsuitable);
}

// All CPUs of OMP_PLACES (or of the places that OMP_PROC_BIND implies); none if threads are not bound.
std::vector<int> cpus_of_places() {
  std::set<int> cpus;
  for (int place = 0; place < omp_get_num_places(); ++place) {
    std::vector<int> ids(static_cast<std::size_t>(omp_get_place_num_procs(place)));
    omp_get_place_proc_ids(place, ids.data());
    cpus.insert(ids.begin(), ids.end());
  }
  return {cpus.begin(), cpus.end()};
}

double seconds_of(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

}  // namespace

std::vector<int> cpus_in_mask() {
  const std::vector<int> places = cpus_of_places();
  return places.empty() ? cpus_of_thread() : places;
}

void unbind_thread() {
  const std::vector<int> cpus = cpus_in_mask();
  const auto n_cpus = static_cast<std::size_t>(cpus.back()) + 1;
  cpu_set_t* set = CPU_ALLOC(n_cpus);
  const std::size_t bytes = CPU_ALLOC_SIZE(n_cpus);
  CPU_ZERO_S(bytes, set);
  for (const int cpu : cpus) CPU_SET_S(static_cast<std::size_t>(cpu), bytes, set);
  sched_setaffinity(0, bytes, set);  // if refused the thread stays where it is: slower, not wrong
  CPU_FREE(set);
}

int choose_threads(int asked) { return asked > 0 ? asked : static_cast<int>(cpus_in_mask().size()); }

void run_region(int n_workers, const RegionBodies& bodies) {
  const int wanted = n_workers + 1;
  if (const int limit = omp_get_thread_limit(); limit < wanted) {
    throw SystemError(
        fmt::format("{} worker threads and the main thread are needed, but OMP_THREAD_LIMIT allows {}: raise it to {} "
                    "or use --threads {}",
                    n_workers, limit, wanted, limit > 1 ? limit - 1 : 1),
        ExitCode::unsuitable);
  }
  FirstFailure failure(bodies.on_failure);
  std::atomic<int> got{0};
  omp_set_dynamic(0);
#pragma omp parallel num_threads(wanted) default(none) shared(bodies, failure, got, wanted)
  {
    const int thread = omp_get_thread_num();
    if (thread == 0) got.store(omp_get_num_threads());
    if (omp_get_num_threads() == wanted) {
      if (thread == 0) {
        failure.run(bodies.main);
      } else {
        const SignalsBlocked blocked;
        failure.run([&] { bodies.worker(thread - 1); });
      }
    }
  }
  if (got != wanted) {
    throw SystemError(fmt::format("{} worker threads were asked for, but the OpenMP runtime gives {}: look at "
                                  "OMP_THREAD_LIMIT and the limit on processes (ulimit -u), or use --threads {}",
                                  n_workers, got.load() - 1, std::max(1, got.load() - 1)),
                      ExitCode::unsuitable);
  }
  failure.rethrow();
}

double thread_cpu_seconds() { return seconds_of(CLOCK_THREAD_CPUTIME_ID); }
double process_cpu_seconds() { return seconds_of(CLOCK_PROCESS_CPUTIME_ID); }

}  // namespace shoal::parallel

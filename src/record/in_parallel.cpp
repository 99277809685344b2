// SPDX-License-Identifier: Apache-2.0
#include "record/in_parallel.hpp"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace shoal::record {
namespace {

constexpr std::size_t kMostThreads = 8;

std::size_t n_cpus() {
  cpu_set_t cpus;
  if (::sched_getaffinity(0, sizeof cpus, &cpus) != 0) return 1;
  return static_cast<std::size_t>(CPU_COUNT(&cpus));
}

}  // namespace

void in_parallel(std::size_t n, const std::function<void(std::size_t)>& work) {
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  std::exception_ptr failure;
  const auto loop = [&] {
    try {
      for (std::size_t i = next++; i < n; i = next++) work(i);
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (!failure) failure = std::current_exception();
    }
  };
  std::vector<std::jthread> others;
  try {
    for (std::size_t t = std::min({n, n_cpus(), kMostThreads}); t > 1; --t) others.emplace_back(loop);
  } catch (const std::system_error&) {
    // The system gives no more threads: those that are there do it.
  }
  loop();
  others.clear();  // each is joined
  if (failure) std::rethrow_exception(failure);
}

}  // namespace shoal::record

// SPDX-License-Identifier: Apache-2.0
#include "shoal/measure/clock.hpp"

#include <ctime>

namespace shoal::measure {
namespace {

double read(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

}  // namespace

double monotonic_seconds() {
  return read(CLOCK_MONOTONIC);
}
double thread_cpu_seconds() {
  return read(CLOCK_THREAD_CPUTIME_ID);
}
double process_cpu_seconds() {
  return read(CLOCK_PROCESS_CPUTIME_ID);
}

}  // namespace shoal::measure

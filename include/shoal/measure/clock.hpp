// SPDX-License-Identifier: Apache-2.0
// Clocks in seconds. What they say may enter /measurements and /performance, never /results.
#pragma once

namespace shoal::measure {

// Wall time since an arbitrary start, never going back; resolution about 30 ns.
double monotonic_seconds();

// CPU time of the calling thread, of the whole process (user and system).
double thread_cpu_seconds();
double process_cpu_seconds();

// Measures from its construction.
class Stopwatch {
 public:
  Stopwatch() : wall_start_(monotonic_seconds()), cpu_start_(thread_cpu_seconds()) {}
  double wall_seconds() const { return monotonic_seconds() - wall_start_; }
  double thread_seconds() const { return thread_cpu_seconds() - cpu_start_; }  // valid in the thread that made it

 private:
  double wall_start_;
  double cpu_start_;
};

}  // namespace shoal::measure

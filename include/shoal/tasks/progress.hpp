// SPDX-License-Identifier: Apache-2.0
// How far a run is: counts, rate and time to go. A pure function of the events it is told.
#pragma once

#include <cstdint>
#include <deque>
#include <utility>

namespace shoal::tasks {

struct Counts {
  std::int64_t done = 0;        // tasks with a result, those of earlier runs included
  std::int64_t reused = 0;      // of these: from the journal of earlier runs
  std::int64_t folded = 0;      // tasks folded
  std::int64_t total = 0;       // tasks of all rounds opened so far
  bool total_known = false;     // every open round knows its size (later rounds are not counted)
  std::int64_t running = 0;     // handed out to ranks, no result yet
  std::int64_t repeated = 0;    // results that came again (lost ranks that returned), blobs computed again
  std::int64_t failed = 0;      // tasks that threw
  std::int32_t ranks_alive = 0;
  std::int32_t ranks_lost = 0;
};

struct Progress {
  Counts counts;
  double elapsed_seconds = 0;
  double rate = 0;            // tasks per second, over the last `window_seconds`
  double eta_seconds = -1;    // -1: unknown (no rate yet, or rounds still to come)
};

// Rate over a sliding window, so that the estimate follows slow and fast phases.
class ProgressMeter {
 public:
  explicit ProgressMeter(double start, double window_seconds = 30) : start_(start), window_(window_seconds) {}

  // Told as often as wanted, with rising `now`.
  Progress update(double now, const Counts&);

 private:
  double start_;
  double window_;
  std::deque<std::pair<double, std::int64_t>> samples_;  // (time, done)
};

}  // namespace shoal::tasks

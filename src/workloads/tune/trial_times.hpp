// SPDX-License-Identifier: Apache-2.0
// When and where trials ran: measurements, told on rank 0 beside the results and never part of them.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <vector>

#include "shoal/record/tree.hpp"
#include "shoal/tasks/message.hpp"

namespace shoal::workloads::tune {

class TrialTimes {
 public:
  // A task was computed; times are Unix times.
  void ran(const tasks::ChunkLog& slice);

  // ... and turned out to be work on this trial; -1: on none.
  void folded(std::int64_t task, std::int64_t trial);

  // Of `n_trials`: `start`, `end`, `seconds`, `rank`, `thread`. Nothing if nothing is known.
  void write(std::size_t n_trials, record::Group& trials) const;

  // What an earlier run of the same search has written.
  void read(const record::Group& trials);

 private:
  struct Time {
    double start = std::numeric_limits<double>::quiet_NaN();  // of the first piece of work
    double end = std::numeric_limits<double>::quiet_NaN();    // of the latest
    double seconds = 0;                                       // of all pieces together
    std::int32_t rank = -1, thread = -1;                      // of the latest
  };

  std::map<std::int64_t, tasks::ChunkLog> waiting_;  // by task, not yet folded
  std::vector<Time> times_;                          // by trial, as far as one ran
};

}  // namespace shoal::workloads::tune

// SPDX-License-Identifier: Apache-2.0
// What was decided in a free round, and when: together with the results in the order of their arrival all that is needed to
// go through the same calls again.
#pragma once

#include <cstdint>
#include <vector>

#include "shoal/tasks/job.hpp"

namespace shoal::tasks {

struct Decision {
  std::int64_t stream = 0;
  std::int64_t round = 0;
  std::int64_t task = 0;       // number in the stream
  std::int64_t n_folded = 0;   // results of the round that had been folded
  bool end = false;            // prepare() returned nothing: the round ends before `task`
  Prepared prepared;
};

// Bytes of one journal record (versioned, checked on reading; no checksum: that is the journal's).
Bytes serialise(const Decision&);

// Throws SystemError (exit code 76: unreadable) if the bytes are not exactly one decision of a known version.
Decision parse_decision(ByteView);

// The order in which the results of a free round were folded, for computing tasks of it again at their places.
struct FoldOrder {
  std::int64_t stream = 0;
  std::int64_t round = 0;
  std::vector<std::int64_t> tasks;  // numbers in the stream
};

}  // namespace shoal::tasks

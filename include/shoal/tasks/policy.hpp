// SPDX-License-Identifier: Apache-2.0
// Everything about the execution that may change freely without changing any result. Equal on all ranks.
#pragma once

#include <cstddef>

#include "shoal/tasks/chunks.hpp"
#include "shoal/tasks/order.hpp"

namespace shoal::tasks {

struct Policy {
  ChunkRule chunks = ChunkRule::automatic;
  OrderKind order = OrderKind::natural;

  int threads_per_task = 1;           // size of the teams into which a rank's worker threads are divided, without rest

  double heartbeat_seconds = 1;       // every rank sends one; rank 0 answers
  double lost_seconds = 30;           // a rank silent for so long is lost: its tasks are handed out again
  double hang_seconds = 30;           // a worker that hears nothing for so long gives up (exit code 85)

  double stop_grace_seconds = 60;     // soft stop: running tasks may finish within this time ...
  double abandon_seconds = 1;         // ... then see their stop token for this time, then are left behind

  double hard_stop_seconds = 0.5;     // hard stop: rank 0 waits so long for the other ranks' last results
  double blob_seconds = 10;           // wait for a blob from another rank before it is computed again

  double snapshot_seconds = 60;       // between requests for a snapshot; 0: none

  std::size_t batch_bytes = 64 * 1024;        // results are sent when so many bytes are waiting ...
  double batch_seconds = 0.05;                // ... or the oldest waits so long, or the rank runs out of work
  std::size_t max_message_bytes = 1 << 20;    // about; a single larger result still travels in one message
  double slice_seconds = 200e-6;              // work a thread takes at a time
  double min_chunk_seconds = 2e-3;            // smallest chunk of the automatic rule
  double prefetch_ratio = 50;                 // ask ahead if mean task time < prefetch_ratio x round trip
};

}  // namespace shoal::tasks

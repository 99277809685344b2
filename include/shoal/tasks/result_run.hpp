// SPDX-License-Identifier: Apache-2.0
// The results of a range of tasks, packed: what threads hand in, what travels to rank 0, what the journal keeps.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <vector>

#include "shoal/tasks/decision.hpp"
#include "shoal/tasks/job.hpp"
#include "shoal/tasks/order.hpp"

namespace shoal::tasks {

// Tasks at positions [first, first + count) of a round. Packed: one result after the other, in order of position;
// where Job::result_bytes is 0 each is preceded by its length (4 bytes, little-endian).
struct ResultRun {
  std::int64_t stream = 0;
  std::int64_t round = 0;
  Order order;                        // how positions become tasks (natural: task = first task of the round + position)
  std::int64_t first = 0;
  std::int64_t count = 0;
  Bytes packed;
  std::vector<std::int64_t> blobs;    // tasks of this run (numbers in the stream) that left a blob, rising
};

// Bytes of one journal record (versioned, checked on reading; no checksum: that is the journal's).
Bytes serialise(const ResultRun&);

// Throws SystemError (exit code 76: unreadable) if the bytes are not exactly one record of a known version.
ResultRun parse_result_run(ByteView);

// Where finished tasks become durable. Rank 0; called in order of arrival, first results only, before anything that
// depends on them happens. An implementation copies or writes at once and may make durable later.
class Journal {
 public:
  virtual ~Journal() = default;
  virtual void append(const ResultRun&) = 0;

  // A decision in a free round, in its place among the results.
  virtual void decided(const Decision&) { throw std::logic_error("this journal does not keep decisions of free rounds"); }
};

// Keeps the records in memory: for tests and for runs that need no durability.
class MemoryJournal final : public Journal {
 public:
  void append(const ResultRun& run) override { runs.push_back(run); }
  void decided(const Decision& decision) override { decisions.push_back(decision); }
  std::vector<ResultRun> runs;
  std::vector<Decision> decisions;
};

class NoJournal final : public Journal {
 public:
  void append(const ResultRun&) override {}
  void decided(const Decision&) override {}
};

}  // namespace shoal::tasks

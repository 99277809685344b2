// SPDX-License-Identifier: Apache-2.0
// Chunk rules: how many tasks of an unprepared round a requesting slot gets, R being left and P slots sharing.
//
// A slot is one worker thread of any rank. Sources: guided: Polychronopoulos & Kuck 1987; trapezoid: Tzen & Ni 1993;
// factoring: Hummel, Schonberg & Flynn 1992 (FAC2, batches of half the rest).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace shoal::tasks {

enum class ChunkRule : std::uint8_t {
  automatic,      // factoring, but no chunk of less than min_chunk_seconds of work while enough is left for all
  static_block,   // N/P each, once: by a static rule a rank gets one chunk for each of its threads, unless one is lost
  static_cyclic,  // the same number, dealt like cards: slot i gets i, i + P, i + 2P, ...
  guided,         // ceil(R/P)
  factoring,      // batches of P chunks of ceil(R/2P)
  trapezoid,      // from N/2P linearly down to 1
  one,            // one at a time
};

// "auto", "static_block", "static_cyclic", "guided", "factoring", "trapezoid", "one".
std::optional<ChunkRule> chunk_rule_from_name(std::string_view name);
std::string_view chunk_rule_name(ChunkRule);

constexpr bool is_static(ChunkRule rule) { return rule == ChunkRule::static_block || rule == ChunkRule::static_cyclic; }

// The sizes of successive chunks of one round.
class ChunkSequence {
 public:
  ChunkSequence(ChunkRule, std::int64_t n_tasks, std::int64_t n_slots);

  // Size of the next chunk, in [1, remaining]. `remaining` >= 1: tasks not handed out; `n_slots` >= 1: slots alive
  // now; `mean_task_seconds`: 0 if unknown; `min_chunk_seconds`: for `automatic`.
  std::int64_t next(std::int64_t remaining, std::int64_t n_slots, double mean_task_seconds = 0,
                    double min_chunk_seconds = 0);

 private:
  std::int64_t factoring(std::int64_t remaining, std::int64_t n_slots);

  ChunkRule rule_;
  std::int64_t n_tasks_;
  std::int64_t n_slots_;
  std::int64_t step_ = 0;         // chunks given so far
  std::int64_t batch_left_ = 0;   // factoring: chunks left in the batch
  std::int64_t batch_chunk_ = 0;  // factoring: their size
};

}  // namespace shoal::tasks

// SPDX-License-Identifier: Apache-2.0
#include "shoal/tasks/chunks.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace shoal::tasks {
namespace {

constexpr std::array<std::string_view, 7> kNames{"auto",      "static_block", "static_cyclic", "guided",
                                                 "factoring", "trapezoid",    "one"};

std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return a / b + (a % b != 0); }

// Trapezoid self-scheduling: from first = N/2P down to 1 in equal integer steps.
std::int64_t trapezoid(std::int64_t n_tasks, std::int64_t n_slots, std::int64_t step) {
  const std::int64_t first = std::max<std::int64_t>(1, ceil_div(n_tasks, 2 * n_slots));
  const std::int64_t n_chunks = ceil_div(2 * n_tasks, first + 1);
  const std::int64_t decrement = n_chunks > 1 ? (first - 1) / (n_chunks - 1) : 0;
  return first - std::min(step, first) * decrement;
}

}  // namespace

std::optional<ChunkRule> chunk_rule_from_name(std::string_view name) {
  const auto* found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<ChunkRule>(found - kNames.begin());
}

std::string_view chunk_rule_name(ChunkRule rule) { return kNames[static_cast<std::size_t>(rule)]; }

ChunkSequence::ChunkSequence(ChunkRule rule, std::int64_t n_tasks, std::int64_t n_slots)
    : rule_(rule), n_tasks_(n_tasks), n_slots_(std::max<std::int64_t>(1, n_slots)) {}

std::int64_t ChunkSequence::factoring(std::int64_t remaining, std::int64_t n_slots) {
  if (batch_left_ == 0) {
    batch_left_ = n_slots;
    batch_chunk_ = ceil_div(remaining, 2 * n_slots);
  }
  --batch_left_;
  return batch_chunk_;
}

std::int64_t ChunkSequence::next(std::int64_t remaining, std::int64_t n_slots, double mean_task_seconds,
                                 double min_chunk_seconds) {
  const std::int64_t step = step_++;
  const std::int64_t share = ceil_div(remaining, n_slots);
  std::int64_t size = 1;
  switch (rule_) {
    case ChunkRule::automatic: {
      size = factoring(remaining, n_slots);
      // Not worth a message: bounded by the fair share, so that the end of the round stays even.
      const double least = mean_task_seconds > 0 ? min_chunk_seconds / mean_task_seconds : 0;
      if (least >= static_cast<double>(share)) size = std::max(size, share);
      else size = std::max(size, static_cast<std::int64_t>(std::ceil(least)));
      break;
    }
    case ChunkRule::static_block:
    case ChunkRule::static_cyclic:
      // Work that came back from a lost rank is shared out by the guided rule.
      size = step < n_slots_ ? n_tasks_ / n_slots_ + (step < n_tasks_ % n_slots_) : share;
      break;
    case ChunkRule::guided: size = share; break;
    case ChunkRule::factoring: size = factoring(remaining, n_slots); break;
    case ChunkRule::trapezoid: size = trapezoid(n_tasks_, n_slots_, step); break;
    case ChunkRule::one: break;
  }
  return std::clamp<std::int64_t>(size, 1, remaining);
}

}  // namespace shoal::tasks

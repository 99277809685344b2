// SPDX-License-Identifier: Apache-2.0
// One fake job for each shape, which write down every call, and an obvious reference that runs any job one task after
// the other. Each result depends on everything that its task may see, so a wrong order anywhere changes the digest.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "shoal/tasks/job.hpp"

namespace shoal::tasks::fake {

std::uint64_t mix(std::uint64_t a, std::uint64_t b);   // a hash of two numbers

// The calls of one stream. `calls`: prepare_round, prepare with h > 0, fold; `early`: prepare with h = 0.
struct History {
  std::vector<std::string> calls;
  std::vector<std::string> early;
  std::uint64_t digest = 1;
  friend bool operator==(const History&, const History&) = default;
};

struct StreamShape {
  std::vector<std::int64_t> round_sizes;      // or, if empty: `n_rounds` of a size that depends on the history
  std::int64_t n_rounds = 1;
  std::int64_t window = kUnlimited;
  bool prepared = false;
  bool open_ended = false;                    // n_tasks = kUnlimited, prepare() says when the round ends
  std::int64_t chains = 0;                    // > 0: task k follows task k - chains and needs its blob
  std::int64_t together = 1;                  // so many tasks may run together,
  std::int64_t groups = 1;                    // of so many kinds: task k is of kind k % groups
};

// One stream of n independent tasks.
inline std::vector<StreamShape> independent(std::int64_t n) {
  StreamShape shape;
  shape.round_sizes = {n};
  return {shape};
}

class FakeJob : public Job {
 public:
  explicit FakeJob(std::vector<StreamShape> shapes, bool fixed_size = true);

  std::int64_t n_streams() const override { return static_cast<std::int64_t>(shapes_.size()); }
  std::int64_t result_bytes(std::int64_t) const override { return fixed_size_ ? 8 : 0; }
  Round prepare_round(std::int64_t stream, std::int64_t round) override;
  std::optional<Prepared> prepare(TaskId, const Pending*) override;
  bool run(const TaskInput&, Workspace*, TaskOutput&) const override;
  bool run_together(std::span<const TaskInput>, Workspace*, std::span<TaskOutput>) const override;
  void fold(TaskId, ByteView result) override;
  double cost_hint(TaskId id) const override { return static_cast<double>(mix(7, static_cast<std::uint64_t>(id.task)) % 5); }

  const std::vector<History>& history() const { return history_; }
  std::function<void(const TaskInput&)> on_run;   // from any thread
  std::function<void(std::span<const TaskInput>)> on_run_together;
  mutable std::atomic<std::int64_t> n_together{0};  // calls of run_together

 private:
  struct Live {
    std::int64_t round_first = 0;
    std::int64_t round_end = 0;
    std::int64_t folded = 0;
    std::int64_t round = -1;
  };
  std::int64_t round_size(std::int64_t stream, std::int64_t round) const;

  std::vector<StreamShape> shapes_;
  bool fixed_size_;
  std::vector<History> history_;
  std::vector<Live> live_;
};

// The shapes by name: independent, window, rounds, two_streams, chain, and mixtures.
std::vector<std::string> shape_names();
std::unique_ptr<FakeJob> make_job(const std::string& name);

// Runs a job in the obvious way; its history is what every driver must reproduce.
void run_reference(Job&);

}  // namespace shoal::tasks::fake

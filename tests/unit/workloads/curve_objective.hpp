// SPDX-License-Identifier: Apache-2.0
// An objective whose trials are learning curves of known form, with a state that is a hash of all that was done to it: a
// trial that got a wrong state, point or segment ends with another loss.
#pragma once

#include <atomic>
#include <cmath>

#include "shoal/random/stream.hpp"
#include "workloads/tune/bytes.hpp"
#include "workloads/tune/objective.hpp"

namespace shoal::workloads::tune {

// Point (x, y, ...): the loss after epoch e is (x - 1)^2 + |y| / 100 + 3 / (1 + e) + a hash of the state / 1000. From
// `bad_from` up x fails: x < bad_from + 1 with NaN from epoch 2 on, else at once.
class CurveObjective final : public Objective {
 public:
  std::int64_t epochs = 27;
  std::int64_t segment_epochs = 4;
  double bad_from = 1e9;
  bool keeps_state = true;
  mutable std::atomic<int> attempts = 0;

  std::vector<std::string> problems(const search::Point&) const override { return {}; }
  std::int64_t resource(const search::Point&) const override { return epochs; }
  std::string resource_unit() const override { return "epochs"; }
  std::int64_t segment_resource(const search::Point&) const override { return segment_epochs; }
  bool continues() const override { return keeps_state; }
  std::vector<bool> tied_parameters() const override { return {false, true}; }
  double flop(const search::Point&) const override { return 1; }
  std::string metric() const override { return "value"; }
  bool maximise() const override { return false; }
  std::unique_ptr<tasks::Workspace> make_workspace() const override { return nullptr; }

  bool run(const Segment& segment, const search::Point& point, tasks::ByteView state, const Execution&,
           SegmentOutcome& outcome, tasks::Bytes& next) const override {
    ++attempts;
    const double x = point[0];
    if (x >= bad_from + 1) {
      outcome.state = search::State::failed;
      outcome.fail_reason = "x is too large";
      return true;
    }
    const bool anew = segment.begin == 0 || !keeps_state;
    auto hash = static_cast<std::uint64_t>(segment.trial);
    std::int64_t epoch = 0;
    if (!anew) {
      ByteReader reader(state);
      hash = reader.number<std::uint64_t>();
      epoch = reader.number<std::int64_t>();
      if (epoch != segment.begin) throw std::logic_error("a segment got the state of another one");
    }
    auto rung = segment.rungs.begin();
    while (epoch < segment.end && outcome.state == search::State::ok) {
      ++epoch;
      hash = random::mix(hash + static_cast<std::uint64_t>(epoch) + static_cast<std::uint64_t>(std::llround(x * 1e6)));
      outcome.loss = (x - 1) * (x - 1) + std::fabs(point[1]) / 100 + 3.0 / static_cast<double>(1 + epoch) +
                     static_cast<double>(hash >> 40) / (1000.0 * 16777216.0);
      if (x >= bad_from && epoch > 2) outcome.state = search::State::nan;
      if (rung == segment.rungs.end() || rung->resource != epoch) continue;
      outcome.rungs.push_back({epoch, outcome.loss});
      if (!(outcome.loss <= rung->threshold)) outcome.state = search::State::pruned;
      ++rung;
    }
    outcome.reached = epoch;
    if (outcome.state == search::State::nan || !keeps_state) return true;
    ByteWriter writer(next);
    writer.number(hash);
    writer.number(epoch);
    return true;
  }
  void keep(const search::Point&, tasks::ByteView state, tasks::Bytes& kept) const override {
    kept.insert(kept.end(), state.begin(), state.end());
  }
  void write_kept(tasks::ByteView kept, record::Group& best) const override {
    ByteReader reader(kept);
    best.scalar("hash", static_cast<std::int64_t>(reader.number<std::uint64_t>() >> 1), "1", "hash");
    best.scalar("epoch", reader.number<std::int64_t>(), "1", "epoch");
  }
  std::int64_t worker_bytes(const search::Point&) const override { return 0; }
  std::int64_t shared_bytes() const override { return 0; }
  std::int64_t kept_bytes(const search::Point&) const override { return 0; }
  std::vector<std::string> describe() const override { return {}; }
};

}  // namespace shoal::workloads::tune

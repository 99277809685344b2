// SPDX-License-Identifier: Apache-2.0
// An objective without networks: a trial counts up from its point, epoch by epoch.
#pragma once

#include <cmath>
#include <limits>

#include "workloads/tune/bytes.hpp"
#include "workloads/tune/objective.hpp"

namespace shoal::workloads::tune {

// The space is a list of numbers; the number x taken decides: after epoch e the metric "value" is
// x + 1 / (1 + e) + trial / 1000. A negative x gives NaN from epoch 2 on; x = 99 cannot be tried.
class FakeObjective final : public Objective {
 public:
  FakeObjective(std::vector<double> numbers, std::int64_t epochs, std::int64_t segment_epochs)
      : numbers_(std::move(numbers)), epochs_(epochs), segment_epochs_(segment_epochs) {}

  bool maximises = false;
  bool gives_up = false;

  std::vector<std::string> problems(const search::Point& point) const override {
    return x_of(point) == 99 ? std::vector<std::string>{"99 cannot be tried"} : std::vector<std::string>{};
  }
  std::int64_t resource(const search::Point&) const override { return epochs_; }
  std::string resource_unit() const override { return "epochs"; }
  std::int64_t segment_resource(const search::Point&) const override { return segment_epochs_; }
  bool continues() const override { return true; }
  double flop(const search::Point&) const override { return 1; }
  std::string metric() const override { return "value"; }
  bool maximise() const override { return maximises; }
  std::unique_ptr<tasks::Workspace> make_workspace() const override { return nullptr; }

  bool run(const Segment& segment, const search::Point& point, tasks::ByteView state, const Execution&,
           SegmentOutcome& outcome, tasks::Bytes& next) const override {
    if (gives_up) return false;
    if (!problems(point).empty()) {
      outcome.state = search::State::failed;
      outcome.fail_reason = problems(point).front();
      return true;
    }
    std::int64_t epoch = 0;
    if (segment.begin > 0) epoch = ByteReader(state).number<std::int64_t>();
    if (epoch != segment.begin) throw std::logic_error("a segment got the state of another one");
    outcome.columns = {"cost", "value"};
    auto rung = segment.rungs.begin();
    while (epoch < segment.end && outcome.state == search::State::ok) {
      const bool bad = x_of(point) < 0 && epoch >= 2;
      const double value = bad ? std::numeric_limits<double>::quiet_NaN()
                               : x_of(point) + 1.0 / static_cast<double>(1 + epoch) +
                                     static_cast<double>(segment.trial) / 1000;
      outcome.history.push_back(static_cast<double>(epoch));
      outcome.history.push_back(value);
      outcome.loss = loss_of(*this, value);
      ++epoch;
      if (bad) outcome.first_bad_epoch = 2;
      if (bad) outcome.state = search::State::nan;
      if (bad || rung == segment.rungs.end() || rung->resource != epoch) continue;
      outcome.rungs.push_back({epoch, outcome.loss});
      if (!(outcome.loss <= rung->threshold)) outcome.state = search::State::pruned;
      ++rung;
    }
    outcome.reached = epoch;
    if (outcome.state != search::State::nan) ByteWriter(next).number(epoch);
    return true;
  }
  void keep(const search::Point& point, tasks::ByteView state, tasks::Bytes& kept) const override {
    ByteWriter writer(kept);
    writer.number(ByteReader(state).number<std::int64_t>());
    writer.number(x_of(point));
  }
  void write_kept(tasks::ByteView kept, record::Group& best) const override {
    ByteReader reader(kept);
    best.scalar("kept_epochs", reader.number<std::int64_t>(), "1", "epochs");
    best.scalar("kept_x", reader.number<double>(), "1", "x");
  }
  std::int64_t worker_bytes(const search::Point&) const override { return 0; }
  std::int64_t shared_bytes() const override { return 0; }
  std::int64_t kept_bytes(const search::Point&) const override { return 0; }
  std::vector<std::string> describe() const override { return {}; }

 private:
  double x_of(const search::Point& point) const { return numbers_[static_cast<std::size_t>(point[0])]; }

  std::vector<double> numbers_;
  std::int64_t epochs_;
  std::int64_t segment_epochs_;
};

}  // namespace shoal::workloads::tune

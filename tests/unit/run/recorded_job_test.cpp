// SPDX-License-Identifier: Apache-2.0
// What a run puts around a workload's job hands everything on.
#include "catch.hpp"
#include "run/recorded_job.hpp"

using namespace shoal;

namespace {

struct Asked final : tasks::Job {
  mutable int alone = 0, together = 0;
  tasks::Round prepare_round(std::int64_t, std::int64_t) override { return {}; }
  bool run(const tasks::TaskInput&, tasks::Workspace*, tasks::TaskOutput&) const override { return ++alone > 0; }
  bool run_together(std::span<const tasks::TaskInput>, tasks::Workspace*, std::span<tasks::TaskOutput>) const override {
    return ++together > 0;
  }
  void fold(tasks::TaskId, tasks::ByteView) override {}
};

}  // namespace

TEST_CASE("A recorded job runs tasks together where its job does", "[unit]") {
  Asked asked;
  const run::RecordedJob recorded(asked);
  const tasks::StopToken never;
  const std::vector<tasks::TaskInput> inputs(3, tasks::TaskInput{{}, 0, {}, {}, {}, never});
  tasks::Bytes result;
  std::vector<tasks::TaskOutput> outputs;
  for (int i = 0; i < 3; ++i) outputs.push_back({result, std::nullopt, nullptr});
  CHECK(recorded.run_together(inputs, nullptr, outputs));
  CHECK(asked.together == 1);
  CHECK(asked.alone == 0);
}

// SPDX-License-Identifier: Apache-2.0
// Free rounds under the real driver: what one run recorded, on any ranks, leads another one through the same calls.
#include <mutex>

#include "catch.hpp"
#include "mixed_job.hpp"
#include "mpi_tests.hpp"
#include "run/driver.hpp"
#include "unit/tasks/free_job.hpp"

namespace shoal::run {
namespace {

using tasks::fake::FreeJob;
using tasks::fake::FreeShape;
using tasks::fake::OrderedJournal;

bool is_root() { return test::comm().rank() == 0; }

DriveHooks continuing(OrderedJournal& journal) {
  DriveHooks hooks;
  if (!is_root()) return hooks;
  hooks.replay = journal.runs();
  hooks.decisions = journal.decisions();
  hooks.journal = &journal;
  return hooks;
}

bool nap(const tasks::TaskInput& input) { return test::nap(input, 0.001 * static_cast<double>(test::mix(static_cast<std::uint64_t>(input.id.task)) % 7)); }

}  // namespace

TEST_CASE("a free round that is stopped and continued goes through what was recorded, and then on", "[mpi]") {
  for (const FreeShape& shape : {FreeShape{120, 5, 0, 2}, FreeShape{120, tasks::kUnlimited, 3, 0}, FreeShape{tasks::kUnlimited, 4, 0, 1}}) {
    OrderedJournal journal;
    std::vector<std::string> before;
    for (int attempt = 0; attempt < 3; ++attempt) {
      FreeJob job(shape);
      job.on_run = nap;
      DriveOptions options{.threads = 1 + attempt};
      if (attempt < 2) options.stop_at = SteadyClock::now() + std::chrono::milliseconds(30);
      const DriveResult result = drive(job, test::comm(), {}, options, continuing(journal));
      CHECK((result.code == ExitCode::complete || attempt < 2));
      if (!is_root()) continue;
      CHECK(result.message.empty());
      REQUIRE(job.calls.size() >= before.size());
      CHECK(std::equal(before.begin(), before.end(), job.calls.begin()));
      before = job.calls;
    }
    FreeJob job(shape);
    OrderedJournal copy;
    copy.records = journal.records;
    const DriveResult result = drive(job, test::comm(), {}, {.threads = 1}, continuing(copy));
    CHECK(result.code == ExitCode::complete);
    if (is_root()) {
      CHECK(job.calls == before);
      CHECK(copy.records.size() == journal.records.size());
    }
  }
}

}  // namespace shoal::run

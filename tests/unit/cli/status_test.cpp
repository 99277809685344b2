// SPDX-License-Identifier: Apache-2.0
#include "cli/result_status.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>

#include "catch.hpp"
#include "shoal/error.hpp"
#include "shoal/record/journal.hpp"
#include "shoal/record/lock.hpp"
#include "shoal/record/provenance.hpp"
#include "shoal/record/result_file.hpp"
#include "shoal/tasks/result_run.hpp"

using namespace shoal;
using namespace shoal::cli;

namespace {

// A folder with the files of a run of 100 tasks that began at Unix time 1000, 30 of them done, 10 of these before.
struct Run {
  Run() {
    std::filesystem::create_directories(folder);
    record::JournalHeader header;
    header.run_id = "run-1";
    header.science_digest = std::string(64, 'a');
    auto journal = record::Journal::create(result + ".journal", header);
    record::JournalInput input;
    input.workload = "tune";
    input.title = "A title";
    input.n_tasks = 100;
    journal.append(record::RecordKind::input, record::serialise(input));
    record::JournalSegment segment;
    segment.started = 1000;
    segment.tasks_reused = 10;
    journal.append(record::RecordKind::segment, record::serialise(segment));
    tasks::ResultRun run;
    run.count = 30;
    run.packed.resize(30);
    journal.append(record::RecordKind::results, tasks::serialise(run));
    journal.sync();
  }
  ~Run() { std::filesystem::remove_all(folder); }

  void write_result(const std::string& status, const std::string& run_id) const {
    record::Group root;
    root.group("results").scalar("value", 1.0, "1", "a value");
    root.group("diagnostics").scalar("tasks_done", std::int64_t{20}, "1", "tasks");
    root.group("diagnostics").scalar("tasks_total", std::int64_t{120}, "1", "tasks");
    root.group("diagnostics").text("headline", "best loss 0.5 (trial 3)", "so far");
    record::Provenance provenance;
    provenance.run_id = run_id;
    record::write_provenance(root.group("provenance"), provenance);
    record::RootInfo info;
    info.workload = "tune";
    info.title = "A title";
    info.status = status;
    info.created = record::utc_now();
    record::seal(root, info);
    record::write_result(result, root);
  }

  std::filesystem::path folder = std::filesystem::temp_directory_path() / ("shoal_status_" + std::to_string(::getpid()));
  std::string result = (folder / "r.h5").string();
};

}  // namespace

TEST_CASE("a run is running as long as its lock is alive, and its journal tells how far it is", "[unit]") {
  const Run run;
  {
    const record::Lock lock(run.result);
    const double now = unix_now();
    const ResultStatus status = status_of(run.result, now);
    CHECK(status.status == "running");
    CHECK((status.tasks_done == 30 && status.tasks_total == 100 && status.segments == 1));
    CHECK((status.workload == "tune" && status.title == "A title"));
    CHECK(status.rate == Approx(20 / (now - 1000)));
    CHECK(status.eta_seconds.value() == Approx(70 / status.rate));
    CHECK(status.started == "1970-01-01T00:16:40Z");
    CHECK_THAT(status.lock, Catch::Contains(std::to_string(::getpid())));
    CHECK(status_of(run.result, now + 3600).status == "partial");  // its lock has not been advanced for an hour
    CHECK_THAT(status_of(run.result, now + 3600).lock, Catch::StartsWith("stale: no sign of life for 1:0"));
  }
  const ResultStatus ended = status_of(run.result, unix_now());
  CHECK((ended.status == "partial" && ended.lock.empty() && !ended.eta_seconds));
  CHECK_THAT(to_text(ended), Catch::Contains("30 of 100 (30 %)") && Catch::Contains("The same `shoal run` command continues it."));
}

TEST_CASE("the lock of a dead process is stale, and the run partial", "[unit]") {
  const Run run;
  record::LockOwner owner = record::this_process();
  owner.start_time += 1;  // of another process that had this number
  std::ofstream(run.result + ".lock") << record::to_text(owner);
  const ResultStatus status = status_of(run.result, unix_now());
  CHECK((status.status == "partial" && status.lock == "stale: its process has ended"));
}

TEST_CASE("a snapshot adds the best so far and the tasks that were added", "[unit]") {
  const Run run;
  run.write_result("partial", "run-1");
  const ResultStatus status = status_of(run.result, unix_now());
  CHECK((status.status == "partial" && status.tasks_done == 30 && status.tasks_total == 120));
  CHECK(status.headline == "best loss 0.5 (trial 3)");
  CHECK(status.digest.empty());
}

TEST_CASE("a complete result counts, but not before the journal of an extension", "[unit]") {
  const Run run;
  run.write_result("complete", "run-1");  // killed while it cleaned up
  CHECK(status_of(run.result, unix_now()).status == "complete");
  run.write_result("complete", "run-0");
  CHECK(status_of(run.result, unix_now()).status == "partial");
  std::filesystem::remove(run.result + ".journal");
  const ResultStatus status = status_of(run.result, unix_now());
  CHECK((status.status == "complete" && status.tasks_done == 120 && status.tasks_total == 120));
  CHECK(status.digest.size() == 64);
  CHECK_THAT(to_json(status), Catch::Contains("\"status\": \"complete\"") && Catch::Contains("\"tasks_done\": 120"));
}

TEST_CASE("what is not there and what is no result have their exit codes", "[unit]") {
  const Run run;
  const auto code_of = [](const std::string& path) {
    try {
      status_of(path, unix_now());
    } catch (const Error& error) {
      return error.code();
    }
    return ExitCode::complete;
  };
  CHECK(code_of((run.folder / "none.h5").string()) == ExitCode::input_missing);
  const std::string notes = (run.folder / "notes.h5").string();
  std::ofstream(notes) << "my own notes\n";
  CHECK(code_of(notes) == ExitCode::other_input);
}

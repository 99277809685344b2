// SPDX-License-Identifier: Apache-2.0
// Searches with many short trials: prepared tasks of 200 bytes over a finite window, each result recorded on the disk.
//
//   [mpirun -n 2] benchmark_driver_window [trials to run] [trials to resume]
//
// Goals: 100,000 trials run well under 60 s; a million are resumed in under 10 s, the search's own part not counted.
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>

#include "run/driver.hpp"
#include "shoal/parallel/session.hpp"
#include "shoal/record/journal.hpp"

namespace {

using namespace shoal;

double clock_seconds() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

class WindowJob final : public tasks::Job {
 public:
  WindowJob(std::int64_t n, std::int64_t window, bool free) : n_(n), window_(window), free_(free) {}
  tasks::Round prepare_round(std::int64_t, std::int64_t round) override {
    tasks::Round next;
    next.n_tasks = round == 0 ? n_ : 0;
    next.window = window_;
    next.prepared = true;
    next.free = free_;
    return next;
  }
  std::optional<tasks::Prepared> prepare(tasks::TaskId id, const tasks::Pending*) override {
    tasks::Prepared what;
    what.payload.resize(200);
    std::memcpy(what.payload.data(), &id.task, 8);
    return what;
  }
  void restore(tasks::TaskId, const tasks::Prepared&, const tasks::Pending*) override {}
  bool run(const tasks::TaskInput& in, tasks::Workspace*, tasks::TaskOutput& out) const override {
    out.result.insert(out.result.end(), in.payload.begin(), in.payload.begin() + 64);
    return true;
  }
  void fold(tasks::TaskId, tasks::ByteView) override { ++n_folded; }
  std::int64_t n_folded = 0;

 private:
  std::int64_t n_;
  std::int64_t window_;
  bool free_;
};

// As a run keeps it.
class DiskJournal final : public tasks::Journal {
 public:
  explicit DiskJournal(const std::string& path) : journal_(record::Journal::create(path, {.run_id = "benchmark", .science_digest = std::string(64, '0')})) {}
  void append(const tasks::ResultRun& run) override { journal_.append(record::RecordKind::results, tasks::serialise(run)); }
  void decided(const tasks::Decision& decision) override { journal_.append(record::RecordKind::decision, tasks::serialise(decision)); }
  void sync() { journal_.sync(); }

 private:
  record::Journal journal_;
};

void search(parallel::Comm& comm, const std::string& folder, std::int64_t n, std::int64_t window, bool free) {
  for (const int threads : {1, 2}) {
    const std::string path = folder + "/journal";
    std::filesystem::remove(path);
    WindowJob job(n, window, free);
    std::unique_ptr<DiskJournal> journal;
    run::DriveHooks hooks;
    if (comm.rank() == 0) {
      journal = std::make_unique<DiskJournal>(path);
      hooks.journal = journal.get();
      hooks.sync = [&] { journal->sync(); };
    }
    const double start = clock_seconds();
    const auto end = run::drive(job, comm, {}, {.threads = threads}, std::move(hooks));
    if (comm.rank() == 0)
      fmt::print("  {} ranks x {} threads, window {:>3}{}: {:7.2f} s for {} trials, {:8.0f}/s{}\n", comm.size(), threads, window,
                 free ? " free" : "     ", clock_seconds() - start, n, static_cast<double>(n) / (clock_seconds() - start),
                 end.code == ExitCode::complete ? "" : "  FAILED");
  }
}

void resume(const std::string& folder, std::int64_t n, std::int64_t window, bool free) {
  const std::string path = folder + "/journal";
  std::filesystem::remove(path);
  {
    DiskJournal journal(path);
    for (std::int64_t k = 0; k < n; ++k) {
      tasks::Decision decision{0, 0, k, std::max<std::int64_t>(0, k - window + 1), false, {tasks::Bytes(200), tasks::kNoTask}};
      if (free) journal.decided(decision);
      tasks::ResultRun run{0, 0, {}, k, 1, tasks::Bytes(4 + 64), {}};
      run.packed[0] = std::byte{64};
      if (!free) journal.append(run);
      else if (k >= window - 1) {
        run.first = k - window + 1;
        journal.append(run);
      }
    }
    for (std::int64_t k = n - window + 1; free && k < n; ++k) {
      tasks::ResultRun run{0, 0, {}, k, 1, tasks::Bytes(4 + 64), {}};
      run.packed[0] = std::byte{64};
      journal.append(run);
    }
  }
  const double start = clock_seconds();
  run::DriveHooks hooks;
  record::scan_journal(path, [&](record::RecordKind kind, std::span<const std::byte> content) {
    if (kind == record::RecordKind::results) hooks.replay.push_back(tasks::parse_result_run(content));
    if (kind == record::RecordKind::decision) hooks.decisions.push_back(tasks::parse_decision(content));
  });
  const double read = clock_seconds();
  WindowJob job(n, window, free);
  parallel::Comm alone;
  run::drive(job, alone, {}, {.threads = 1}, std::move(hooks));
  fmt::print("  resume of {} trials, window {:>3}{}: {:5.2f} s, of these {:5.2f} s reading the journal{}\n", n, window,
             free ? " free" : "     ", clock_seconds() - start, read - start, job.n_folded == n ? "" : "  FAILED");
}

}  // namespace

int main(int argc, char** argv) {
  const std::int64_t to_run = argc > 1 ? std::atoll(argv[1]) : 100000;
  const std::int64_t to_resume = argc > 2 ? std::atoll(argv[2]) : 1000000;
  parallel::Session session;
  const std::string folder = (std::filesystem::temp_directory_path() / fmt::format("shoal-window-{}", ::getpid())).string();
  if (session.comm().rank() == 0) std::filesystem::create_directories(folder);
  for (const std::int64_t window : {16, 64}) search(session.comm(), folder, to_run, window, false);
  search(session.comm(), folder, to_run, 16, true);
  if (session.comm().rank() == 0) {
    resume(folder, to_resume, 16, false);
    resume(folder, to_resume, 64, false);
    resume(folder, to_resume, 16, true);
    std::filesystem::remove_all(folder);
  }
  return session.finish(ExitCode::complete);
}

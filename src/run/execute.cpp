// SPDX-License-Identifier: Apache-2.0
#include "run/execute.hpp"

#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>

#include "run/advice.hpp"
#include "run/blob_files.hpp"
#include "run/driver.hpp"
#include "run/input.hpp"
#include "run/performance.hpp"
#include "run/replay.hpp"
#include "run/result_tree.hpp"
#include "run/room.hpp"
#include "run/run_console.hpp"
#include "run/run_store.hpp"
#include "run/teams.hpp"
#include "run/time_limit.hpp"
#include "shoal/config/read_toml.hpp"
#include "shoal/parallel/placement.hpp"
#include "shoal/parallel/threads.hpp"
#include "shoal/record/build_info.hpp"
#include "shoal/record/result_file.hpp"

namespace shoal::run {
namespace {

// Sums of a few thousand doubles; larger errors of the efficiency models' identities are mistakes.
constexpr double kSoundIdentity = 1e-9;

// Rank 0 reads the file once and sends its text: one answer for all ranks, and one reader on a shared file system.
Input read_input(const RunOptions& options, parallel::Comm& comm) {
  std::string text;
  parallel::together(comm, [&] {
    if (comm.rank() == 0) text = config::read_input_text(options.input);
  });
  text = comm.broadcast(text);
  Input input;
  parallel::together(comm, [&] {
    input = load_input_text(text, options.input, folder_of(options.input), options.overrides,
                            options.known ? *options.known : workloads::all_workloads());
  });
  const std::string expected = comm.broadcast(input.science_digest);
  parallel::together(comm, [&] {
    if (input.science_digest == expected) return;
    throw InputError(fmt::format("a data file of {} has other content here than on rank 0: make sure that all hosts see the "
                                 "same files", options.input));
  });
  return input;
}

tasks::Policy policy_of(const Input& input) {
  const config::CommonParameters& common = input.common;
  tasks::Policy policy;
  policy.chunks = tasks::chunk_rule_from_name(common.schedule.chunk).value();
  policy.order = tasks::order_from_name(common.schedule.order).value();
  policy.threads_per_task = threads_per_task(input);
  policy.heartbeat_seconds = common.schedule.heartbeat_seconds;
  policy.lost_seconds = common.schedule.lost_seconds;
  policy.hang_seconds = common.schedule.lost_seconds;
  policy.stop_grace_seconds = common.schedule.stop_grace_seconds;
  policy.snapshot_seconds = common.output.snapshot_seconds;
  return policy;
}

std::string default_result(const std::string& input) {
  return std::filesystem::path(input).stem().string() + ".h5";
}

std::string hosts_of(const std::vector<parallel::RankPlacement>& placement) {
  std::string hosts;
  for (const auto& rank : placement) {
    if (hosts == rank.host || hosts.ends_with("," + rank.host) || hosts.starts_with(rank.host + ",") ||
        hosts.find("," + rank.host + ",") != std::string::npos) continue;
    hosts += (hosts.empty() ? "" : ",") + rank.host;
  }
  return hosts;
}

// The number of the host of each rank.
std::vector<int> nodes_of(const std::vector<parallel::RankPlacement>& placement) {
  std::map<std::string, int> numbers;
  std::vector<int> nodes;
  for (const auto& rank : placement) nodes.push_back(numbers.try_emplace(rank.host, static_cast<int>(numbers.size())).first->second);
  return nodes;
}

std::string command_text(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

double unix_now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::optional<double> time_limit_seconds(const RunOptions& options, const config::CommonParameters& common) {
  std::optional<double> left = options.max_time_seconds;
  if (options.max_time_from_slurm) {
    left = slurm_seconds_left(parallel::process_environment(), run_command(), unix_now());
    if (left) *left -= stop_margin_seconds(*left, common.schedule.stop_grace_seconds);
  }
  return left;
}

// Tells the workload, in Unix time, what the log is told in time since the start.
class SliceLog final : public tasks::Observer {
 public:
  SliceLog(PerformanceLog& log, workloads::Workload& workload) : log_(log), workload_(workload) {}

  void chunk(const tasks::ChunkLog& slice) override {
    log_.chunk(slice);
    if (!start_) start_ = unix_now() - slice.end;
    tasks::ChunkLog in_unix_time = slice;
    in_unix_time.start += *start_;
    in_unix_time.end += *start_;
    workload_.note_slice(in_unix_time);
  }
  void round_opened(std::int64_t stream, std::int64_t round, std::int64_t n_tasks) override { log_.round_opened(stream, round, n_tasks); }

 private:
  PerformanceLog& log_;
  workloads::Workload& workload_;
  std::optional<double> start_;  // of the clock of slices; so late as the first news of one travelled
};

// What rank 0 does around the drive.
class RootRun {
 public:
  RootRun(const RunOptions& options, const Input& input, const std::string& result, RunConsole& console)
      : options_(options), input_(input), console_(console), job_(input.workload->job()),
        store_(result, input, {options.fresh, options.extend, [&console](const std::string& text) { console.note(text); }}) {}

  RunStore& store() { return store_; }
  RecordedJob& job() { return job_; }

  void begin(const std::vector<parallel::RankPlacement>& placement, std::vector<std::string> warnings) {
    std::vector<int> threads;
    for (const auto& rank : placement) threads.push_back(rank.n_threads);
    performance_ = std::make_unique<PerformanceLog>(threads, nodes_of(placement));
    slices_ = std::make_unique<SliceLog>(*performance_, *input_.workload);
    if (store_.verdict() == Verdict::resume || store_.verdict() == Verdict::extend) restore_measurements();
    replay_ = store_.take_results();
    std::int64_t reused = 0;
    for (const auto& run : replay_) reused += run.count;
    record::JournalSegment segment;
    segment.ranks = static_cast<std::int32_t>(placement.size());
    segment.threads = placement.front().n_threads;
    segment.tasks_reused = reused;
    segment.hosts = hosts_of(placement);
    segment.reason = store_.verdict() == Verdict::resume ? "resume" : store_.verdict() == Verdict::extend ? "extend" : "start";
    segment.program = fmt::format("{} {}", record::build_info().version, record::build_info().git_commit);
    segment.command_line = command_text(options_.command_line);
    const auto slurm = parallel::process_environment();
    if (const auto id = slurm("SLURM_JOB_ID"))
      segment.slurm_job = fmt::format("{}.{}", *id, slurm("SLURM_RESTART_COUNT").value_or("0"));
    const auto before = store_.segments();
    store_.begin_segment(segment);
    console_.banner(options_, input_, store_, placement, warnings, before, reused);
    parts_.emplace(ResultParts{options_, input_, store_, job_, *performance_, placement, record::utc_now(), std::move(warnings)});
    start_ = SteadyClock::now();
  }

  DriveHooks hooks() {
    DriveHooks hooks;
    hooks.replay = std::move(replay_);
    hooks.decisions = store_.take_decisions();
    hooks.journal = &store_;
    hooks.observer = slices_.get();
    hooks.sync = [this] { store_.sync(); };
    hooks.snapshot = [this] { return snapshot(); };
    hooks.progress = [this](const DriveStatus& status) {
      counts_ = status.progress.counts;
      store_.keep_alive();
      console_.progress(status, input_.workload->headline());
    };
    hooks.rank_changed = [this](int rank, bool lost) {
      console_.warn(lost ? fmt::format("rank {} is lost; its tasks are handed out again", rank) : fmt::format("rank {} is back", rank));
    };
    hooks.finish = [this](const DriveResult& result) { return finish(result); };
    hooks.must_leave = record::must_leave;
    return hooks;
  }

  void report(const DriveResult& result) {
    console_.end_report({options_, input_, store_, result, figures_, advice_, digest_});
  }

 private:
  double elapsed() const { return std::chrono::duration<double>(SteadyClock::now() - start_).count(); }

  // Only times: a file without them, or none, is no harm.
  void restore_measurements() {
    if (!std::filesystem::exists(store_.result())) return;
    try {
      const record::Group root = record::read_part(store_.result(), "/measurements");
      if (const record::Group* found = root.find_group("measurements")) input_.workload->restore_measurements(*found);
    } catch (const Error&) {
    }
  }

  std::function<void()> snapshot() {
    auto root = std::make_shared<record::Group>(
        assemble_result(*parts_, {"partial", counts_.done, counts_.total, "", performance_->figures(elapsed()), {}}));
    return [this, root] {
      seal_result(*root, *parts_, "partial");
      store_.write_partial(*root);
    };
  }

  ExitCode finish(const DriveResult& result) {
    figures_ = performance_->figures(result.seconds, result.usage);
    if (figures_.identity_error > kSoundIdentity)
      console_.warn(fmt::format("the bookkeeping of the workers' time is inconsistent (error {:.2g}): please report this", figures_.identity_error));
    advice_ = advise(figures_, {input_.workload->estimate().max_parallel_tasks, search_window(input_)});
    const bool complete = result.outcome == tasks::Outcome::complete;
    const std::string status = complete ? "complete" : result.outcome == tasks::Outcome::failed ? "failed" : "partial";
    record::Group root = assemble_result(
        *parts_, {status, result.counts.done, result.counts.total, result.message, figures_, advice_});
    if (complete && (input_.workload->keeps_task_results() || store_.has_decisions()))
      write_replay(root.group("replay"), store_.journalled());
    if (complete) store_.attach_tiles(root, input_.workload->streamed_datasets());
    seal_result(root, *parts_, status);
    if (!complete) {
      store_.write_partial(root);
      return result.code;
    }
    store_.write_complete(root);
    write_beside();
    digest_ = record::stored_digest(root);  // not said of a file that could not be written
    return input_.workload->too_many_failed() ? ExitCode::too_many_failed : ExitCode::complete;
  }

  void write_beside() {
    try {
      for (const std::string& line : input_.workload->write_beside(store_.result())) console_.note(line);
    } catch (const std::exception& error) {
      console_.warn(error.what());
    }
  }

  const RunOptions& options_;
  const Input& input_;
  RunConsole& console_;
  RecordedJob job_;
  RunStore store_;
  std::unique_ptr<PerformanceLog> performance_;
  std::unique_ptr<SliceLog> slices_;
  std::vector<tasks::ResultRun> replay_;
  std::optional<ResultParts> parts_;
  SteadyClock::time_point start_{};
  tasks::Counts counts_;
  Performance figures_;
  std::vector<Advice> advice_;
  std::string digest_;
};

// Whether all ranks see the files beside the result decides nothing here: a blob that is not found is computed again.
DriveResult drive_all(const RunOptions& options, Input& input, RootRun* root, parallel::Session& session, int threads,
                      const std::string& result) {
  parallel::Comm& comm = session.comm();
  const std::int64_t segment = comm.broadcast(root ? root->store().segment_number() : std::int64_t{0});
  BlobFiles blobs(result, segment, comm.rank(), input.workload->streamed_datasets());
  DriveOptions drive_options;
  drive_options.threads = threads;
  drive_options.kill_follows = session.launch().by_launcher || session.launch().in_slurm_job;
  drive_options.sync_seconds = input.common.output.fsync_seconds;
  parallel::together(comm, [&] {
    if (comm.rank() != 0) return;
    if (const auto left = time_limit_seconds(options, input.common))
      drive_options.stop_at = SteadyClock::now() + std::chrono::duration_cast<SteadyClock::duration>(std::chrono::duration<double>(*left));
  });
  tasks::Job& job = root ? static_cast<tasks::Job&>(root->job()) : input.workload->job();
  return drive(job, comm, policy_of(input), drive_options, root ? root->hooks() : DriveHooks{}, &blobs);
}

}  // namespace

RunEnd execute(const RunOptions& options, parallel::Session& session) {
  parallel::Comm& comm = session.comm();
  const bool is_root = comm.rank() == 0;
  RunConsole console(options, is_root);
  Input input = read_input(options, comm);
  const std::string result = options.output.empty() ? default_result(options.input) : options.output;

  const int threads = choose_threads(options.threads, input);
  const auto placement = parallel::gather_placement(comm, threads);
  std::unique_ptr<RootRun> root;
  bool already_complete = false;
  parallel::together(comm, [&] {
    if (!is_root) return;
    const auto findings = parallel::check_placement(placement, input.common.schedule.allow_oversubscription);
    parallel::require_placement(findings);
    already_complete = RunStore::is_complete(result, input, {options.fresh, options.extend, nullptr});
    if (already_complete) return;
    require_room(input.workload->estimate(), result);
    root = std::make_unique<RootRun>(options, input, result, console);
    already_complete = root->store().verdict() == Verdict::already_complete;
    if (already_complete) return;
    std::vector<std::string> warnings;
    for (const auto& finding : findings) warnings.push_back(finding.problem + ": " + finding.remedy);
    root->begin(placement, std::move(warnings));
  });
  if (comm.broadcast(already_complete)) {
    console.already_complete(result, input);
    return {ExitCode::complete, false};
  }

  input.workload->set_cpus(cpus_of_teams(comm, placement, threads_per_task(input)));
  const DriveResult end = drive_all(options, input, root.get(), session, threads, result);
  if (root) root->report(end);
  return {end.code, end.abandon};
}

}  // namespace shoal::run

// SPDX-License-Identifier: Apache-2.0
#include "cli/verification.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <random>
#include <set>

#include "cli/otherwise_job.hpp"
#include "run/driver.hpp"
#include "run/found.hpp"
#include "run/hashing_store.hpp"
#include "run/parameters.hpp"
#include "run/recorded_job.hpp"
#include "run/replay.hpp"
#include "shoal/parallel/threads.hpp"
#include "shoal/record/diff.hpp"
#include "shoal/record/provenance.hpp"
#include "shoal/record/result_file.hpp"
#include "shoal/record/task_hashes.hpp"

namespace shoal::cli {
namespace {

using tasks::ResultRun;

constexpr std::size_t kMostDifferences = 20;  // named

const record::Group& part_of(const record::Group& root, const std::string& name, const std::string& result) {
  const auto found = root.groups.find(name);
  if (found == root.groups.end()) throw Error(ExitCode::other_input, fmt::format("{} has no group /{}", result, name));
  return found->second;
}

void require_verifiable(const record::Group& root, const std::string& result) {
  const record::RootInfo info = record::root_info(root);
  if (info.status != "complete")
    throw InputError(fmt::format("{} is {}: finish it with the same `shoal run` command first", result, info.status), ExitCode::unsuitable);
  const record::Group* replay = root.find_group("replay");
  const bool recorded = replay && replay->datasets.contains("decision_end");  // free rounds: what was decided is known
  if (!info.reproducible && !recorded)
    throw InputError(fmt::format("{} depends on time or the outside world (reproducible = 0): nothing can be verified", result), ExitCode::unsuitable);
}

// The input as stored, loaded by this program; it must still mean the same.
run::Input stored_input(const record::Provenance& provenance, const VerifyOptions& options) {
  const std::string& result = options.result;
  const std::string folder = options.folder.empty() ? run::folder_of(provenance.input_name) : options.folder;
  run::Input input = run::load_input_text(provenance.input_text, provenance.input_name, folder, provenance.overrides);
  const auto changes = run::changed_keys(provenance.science, input.science);
  if (changes.empty()) return input;
  std::string text = fmt::format("{} cannot be computed again as it was:", result);
  for (const auto& change : changes) text += "\n  " + run::describe(change);
  throw Error(ExitCode::other_input, text);
}

// Which tasks of each stream are computed again.
std::vector<std::vector<std::int64_t>> choose_tasks(const record::TaskHashes& hashes, const VerifyOptions& options, std::int64_t& n_tasks) {
  n_tasks = 0;
  for (std::int64_t s = 0; s < hashes.n_streams(); ++s) n_tasks += hashes.n_tasks(s);
  const auto wanted = static_cast<std::int64_t>(std::ceil(options.fraction * static_cast<double>(n_tasks)));
  std::vector<std::vector<std::int64_t>> chosen(static_cast<std::size_t>(hashes.n_streams()));
  std::int64_t first = 0;
  std::int64_t stream = 0;
  for (const std::int64_t number : random_sample(n_tasks, std::max<std::int64_t>(wanted, 1), options.seed)) {
    while (number >= first + hashes.n_tasks(stream)) first += hashes.n_tasks(stream++);
    chosen[static_cast<std::size_t>(stream)].push_back(number - first);
  }
  return chosen;
}

std::vector<ResultRun> replay_without(std::vector<ResultRun> runs, const std::vector<std::vector<std::int64_t>>& chosen, tasks::Job& job) {
  std::map<std::pair<std::int64_t, std::int64_t>, std::int64_t> tasks_of;  // by stream and round
  for (const ResultRun& run : runs) tasks_of[{run.stream, run.round}] += run.count;
  std::vector<ResultRun> kept;
  for (ResultRun& run : runs) {
    std::int64_t first_task = 0;
    for (std::int64_t round = 0; round < run.round; ++round) first_task += tasks_of[{run.stream, round}];
    const tasks::TaskOrder order(run.order, job, run.stream, first_task);
    const auto pieces = without_tasks(run, chosen.at(static_cast<std::size_t>(run.stream)), job.result_bytes(run.stream), order, first_task);
    kept.insert(kept.end(), pieces.begin(), pieces.end());
  }
  return kept;
}

// The order in which the results of free rounds were folded: that of the journal.
std::vector<tasks::FoldOrder> fold_orders(const run::Replay& replay) {
  std::map<std::int64_t, std::vector<std::int64_t>> by_stream;
  for (const tasks::Decision& decision : replay.decisions) by_stream[decision.stream];
  for (const ResultRun& run : replay.runs)
    if (const auto found = by_stream.find(run.stream); found != by_stream.end())
      for (std::int64_t i = 0; i < run.count; ++i) found->second.push_back(run.first + i);
  std::vector<tasks::FoldOrder> orders;
  for (auto& [stream, tasks] : by_stream) orders.push_back({stream, 0, std::move(tasks)});
  return orders;
}

void compare_hashes(const record::TaskHashes& stored, const record::TaskHashes& fresh, std::vector<std::string>& differences) {
  if (stored.n_streams() != fresh.n_streams()) {
    differences.push_back(fmt::format("{} streams of tasks, now {}", stored.n_streams(), fresh.n_streams()));
    return;
  }
  for (std::int64_t s = 0; s < stored.n_streams(); ++s) {
    if (stored.n_tasks(s) != fresh.n_tasks(s)) {
      differences.push_back(fmt::format("stream {}: {} tasks, now {}", s, stored.n_tasks(s), fresh.n_tasks(s)));
      continue;
    }
    std::int64_t task = 0;
    for (std::int64_t b = 0; b < record::n_task_blocks(stored.n_tasks(s)) && differences.size() < kMostDifferences; ++b) {
      const std::int64_t size = record::task_block(task).size;
      if (stored.hash(s, b) != fresh.hash(s, b)) differences.push_back(fmt::format("stream {}, task {}: another result", s, task));
      task += size;
    }
  }
}

// Datasets that tasks wrote tile by tile are compared by the hashes in the results of the tasks.
void compare_results(record::Group stored, const run::Input& input, std::vector<std::string>& differences) {
  record::Group fresh, measurements;
  input.workload->write_results(fresh, measurements);
  for (const record::StreamedDataset& dataset : input.workload->streamed_datasets()) {
    const std::string path = dataset.path.substr(dataset.path.find('/') + 1);  // below /results
    const auto slash = path.rfind('/');
    record::Group& parent = slash == std::string::npos ? stored : stored.group(path.substr(0, slash));
    parent.datasets.erase(slash == std::string::npos ? path : path.substr(slash + 1));
  }
  for (const record::Difference& d : record::diff(stored, fresh).first) differences.push_back(fmt::format("{}: {}", d.path, d.what));
}

// Length of the packed result that starts at `at`, its length field included.
std::size_t packed_length(const tasks::Bytes& packed, std::size_t at, std::int64_t result_bytes) {
  if (result_bytes > 0) return static_cast<std::size_t>(result_bytes);
  std::uint32_t length = 0;
  if (at + sizeof length > packed.size()) throw Error(ExitCode::other_input, "the group /replay is damaged");
  std::memcpy(&length, packed.data() + at, sizeof length);  // little-endian, as every platform we support
  return sizeof length + length;
}

}  // namespace

std::vector<std::int64_t> random_sample(std::int64_t n, std::int64_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::set<std::int64_t> chosen;
  if (count >= n) {
    for (std::int64_t i = 0; i < n; ++i) chosen.insert(chosen.end(), i);
  }
  // Floyd's algorithm: each subset of `count` numbers with equal probability (up to the bias of %), O(count log count).
  for (std::int64_t j = std::max<std::int64_t>(n - count, 0); count < n && j < n; ++j) {
    const auto candidate = static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(j + 1));
    chosen.insert(chosen.contains(candidate) ? j : candidate);
  }
  return {chosen.begin(), chosen.end()};
}

std::vector<ResultRun> without_tasks(const ResultRun& run, const std::vector<std::int64_t>& left_out, std::int64_t result_bytes,
                                     const tasks::TaskOrder& order, std::int64_t first_task) {
  std::vector<ResultRun> pieces;
  ResultRun piece = run;
  const auto start_piece = [&](std::int64_t position) {
    piece.first = position;
    piece.count = 0;
    piece.packed.clear();
    piece.blobs.clear();
  };
  start_piece(run.first);
  std::size_t at = 0;
  for (std::int64_t position = run.first; position < run.first + run.count; ++position) {
    const std::size_t length = packed_length(run.packed, at, result_bytes);
    if (at + length > run.packed.size()) throw Error(ExitCode::other_input, "the group /replay is damaged");
    const std::int64_t task = first_task + order.task_at(position);
    if (std::binary_search(left_out.begin(), left_out.end(), task)) {
      if (piece.count > 0) pieces.push_back(piece);
      start_piece(position + 1);
    } else {
      ++piece.count;
      piece.packed.insert(piece.packed.end(), run.packed.begin() + static_cast<std::ptrdiff_t>(at),
                          run.packed.begin() + static_cast<std::ptrdiff_t>(at + length));
      if (std::binary_search(run.blobs.begin(), run.blobs.end(), task)) piece.blobs.push_back(task);
    }
    at += length;
  }
  if (piece.count > 0) pieces.push_back(piece);
  for (ResultRun& p : pieces) std::sort(p.blobs.begin(), p.blobs.end());
  return pieces;
}

Verification verify(const VerifyOptions& options) {
  const record::Group root = record::open_result(options.result);
  require_verifiable(root, options.result);
  const record::Group& group = part_of(root, "provenance", options.result);
  run::Input input = stored_input(record::read_provenance(group), options);
  if (const std::string reason = input.workload->not_verifiable(); !reason.empty())
    throw InputError(fmt::format("{} cannot be verified: {}", options.result, reason), ExitCode::unsuitable);
  const auto stored = record::TaskHashes::read(part_of(group, "task_hashes", options.result));

  Verification verification;
  OtherwiseJob otherwise(input.workload->job());
  run::RecordedJob job(otherwise);
  const auto chosen = choose_tasks(stored, options, verification.n_tasks);
  run::DriveHooks hooks;
  run::Replay replay = run::read_replay(options.result, run::Rounds::all);
  hooks.follow = fold_orders(replay);
  hooks.decisions = std::move(replay.decisions);
  hooks.replay = replay_without(std::move(replay.runs), chosen, job);
  std::int64_t replayed = 0;
  for (const ResultRun& run : hooks.replay) replayed += run.count;

  tasks::Policy policy;
  policy.snapshot_seconds = 0;
  run::DriveOptions drive_options;
  drive_options.threads = parallel::choose_threads(options.threads);
  parallel::Comm comm;
  run::HashingStore store(input.workload->streamed_datasets());
  const run::DriveResult end = run::drive(job, comm, policy, drive_options, std::move(hooks), &store);
  if (end.outcome == tasks::Outcome::stopped) throw SystemError("stopped before the end", ExitCode::resumable);
  if (end.outcome != tasks::Outcome::complete) verification.differences.push_back(end.message);
  verification.n_computed = end.counts.done - replayed;

  compare_hashes(stored, job.hashes(), verification.differences);
  compare_results(part_of(root, "results", options.result), input, verification.differences);
  return verification;
}

}  // namespace shoal::cli

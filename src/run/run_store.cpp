// SPDX-License-Identifier: Apache-2.0
#include "run/run_store.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <random>
#include <utility>

#include "shoal/error.hpp"
#include "shoal/record/result_file.hpp"
#include "shoal/record/side_file.hpp"
#include "shoal/record/write_file.hpp"

namespace shoal::run {
namespace {

using record::RecordKind;

std::int64_t unix_seconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// A random UUID (RFC 4122, version 4). It names the run and influences nothing.
std::string new_run_id() {
  std::random_device device;
  const auto word = [&device] { return static_cast<std::uint32_t>(device()); };
  const std::uint32_t a = word(), b = word(), c = word(), d = word();
  return fmt::format("{:08x}-{:04x}-4{:03x}-{:04x}-{:04x}{:08x}", a, b >> 16, b & 0xfffU, 0x8000U | (c >> 18), c & 0xffffU, d);
}

// The lock may have been taken by one who finished in the meantime; side files of both kinds belong to the run.
constexpr const char* kSideKinds[] = {"blobs", "tiles"};

}  // namespace

bool RunStore::is_complete(const std::string& result, const Input& input, const StoreOptions& options) {
  if (options.fresh || !std::filesystem::exists(result) || std::filesystem::exists(journal_path(result))) return false;
  const Found found = find_result(result, false);
  return judge(found, result, input.science, input.workload->growable_keys(), options.extend) == Verdict::already_complete;
}

RunStore::RunStore(std::string result, const Input& input, const StoreOptions& options)
    : result_(std::move(result)) {
  record::LockOptions lock_options;
  lock_options.notice = options.notice;
  lock_ = std::make_unique<record::Lock>(result_, lock_options);
  if (options.fresh) keep_old();
  found_ = find_result(result_, options.extend);
  if (!found_.journal.note.empty() && options.notice) options.notice(found_.journal.note);
  verdict_ = judge(found_, result_, input.science, input.workload->growable_keys(), options.extend);
  if (verdict_ == Verdict::already_complete) {
    remove_leftovers();
    return;
  }
  if (std::filesystem::exists(result_)) replaces_complete_ = record::root_info(record::read_root(result_)).status == "complete";
  has_decisions_ = !found_.decisions.empty();
  open_journal(input);
}

void RunStore::keep_old() {
  const std::string journal = journal_path(result_);
  if (!std::filesystem::exists(result_) && !std::filesystem::exists(journal)) return;
  std::string aside;
  for (int number = 1; aside.empty(); ++number) {
    const std::string candidate = fmt::format("{}.{}", result_, number);
    if (!std::filesystem::exists(candidate) && !std::filesystem::exists(journal_path(candidate))) aside = candidate;
  }
  // Side files first and the result last: whatever a crash leaves, the journal is with the newest of them.
  for (const char* kind : kSideKinds)
    for (const std::string& path : record::find_side_files(result_, kind))
      std::filesystem::rename(path, aside + path.substr(result_.size()));
  if (std::filesystem::exists(journal)) std::filesystem::rename(journal, journal_path(aside));
  if (std::filesystem::exists(result_)) std::filesystem::rename(result_, aside);
  record::sync_folder_of(result_);
}

void RunStore::open_journal(const Input& input) {
  const std::string path = journal_path(result_);
  run_id_ = verdict_ == Verdict::start ? new_run_id() : found_.run_id;
  segments_ = found_.segments;
  if (verdict_ == Verdict::resume) {
    journal_.emplace(record::Journal::open(path, found_.journal, lock_.get()));
    return;
  }
  if (verdict_ == Verdict::start && std::filesystem::exists(path)) record::remove_file(path);  // nothing was recorded in it
  // A changed input needs a new journal; the old one is replaced only when the new one holds all its results.
  std::erase_if(found_.results, [](const auto& run) { return run.round != 0; });
  std::erase_if(found_.decisions, [](const auto& decision) { return decision.round != 0 || decision.end; });
  const std::string fresh = verdict_ == Verdict::extend ? path + ".new" : path;
  if (fresh != path) record::remove_file(fresh);
  start_journal(input, fresh);
  if (fresh == path) return;
  journal_.reset();
  lock_->check();
  std::filesystem::rename(fresh, path);
  record::sync_folder_of(path);
  journal_.emplace(record::Journal::open(path, record::scan_journal(path), lock_.get()));
}

void RunStore::start_journal(const Input& input, const std::string& path) {
  record::JournalHeader header;
  header.run_id = run_id_;
  header.science_digest = input.science_digest;
  header.created = unix_seconds();
  journal_.emplace(record::Journal::create(path, header, lock_.get()));
  record::JournalInput description;
  description.title = input.common.title;
  description.workload = input.common.workload;
  description.n_tasks = input.workload->estimate().n_tasks;
  description.science = input.science;
  journal_->append(RecordKind::input, record::serialise(description));
  for (const auto& segment : segments_) journal_->append(RecordKind::segment, record::serialise(segment));
  for (const auto& decision : found_.decisions) decided(decision);  // each must come before its result
  for (const auto& run : found_.results) append(run);
  journal_->sync();
}

void RunStore::begin_segment(record::JournalSegment segment) {
  segment.number = static_cast<std::int64_t>(segments_.size());
  segment.started = unix_seconds();
  journal_->append(RecordKind::segment, record::serialise(segment));
  journal_->sync();
  segments_.push_back(std::move(segment));
}

void RunStore::append(const tasks::ResultRun& run) { journal_->append(RecordKind::results, tasks::serialise(run)); }

void RunStore::decided(const tasks::Decision& decision) {
  has_decisions_ = true;
  journal_->append(RecordKind::decision, tasks::serialise(decision));
}

void RunStore::sync() {
  lock_->keep_alive();
  journal_->sync();
}

void RunStore::write_partial(const record::Group& root) {
  if (!replaces_complete_) record::write_result(result_, root, lock_.get());
}

Replay RunStore::journalled() const {
  Replay replay;
  record::scan_journal(journal_->path(), [&replay](RecordKind kind, std::span<const std::byte> content) {
    if (kind == RecordKind::results) replay.runs.push_back(tasks::parse_result_run(content));
    if (kind == RecordKind::decision) replay.decisions.push_back(tasks::parse_decision(content));
  });
  return replay;
}

void RunStore::attach_tiles(record::Group& root, std::vector<record::StreamedDataset> datasets) {
  if (datasets.empty()) return;
  streamed_ = std::move(datasets);
  tiles_ = std::make_unique<record::TileIndex>(result_, streamed_);
  record::attach_streamed(root, streamed_, *tiles_);
}

void RunStore::write_complete(const record::Group& root) {
  if (tiles_) record::write_streamed(result_, root, streamed_, *tiles_, lock_.get());
  else record::write_result(result_, root, lock_.get());
  journal_->remove();
  remove_leftovers();
}

void RunStore::remove_leftovers() {
  record::remove_file(journal_path(result_));
  for (const char* kind : kSideKinds) record::remove_side_files(result_, kind);
  lock_->release();
}

}  // namespace shoal::run

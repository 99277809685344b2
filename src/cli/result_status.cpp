// SPDX-License-Identifier: Apache-2.0
#include "cli/result_status.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <chrono>
#include <cstring>
#include <ctime>

#include "run/json_object.hpp"
#include "run/found.hpp"
#include "run/terminal.hpp"
#include "shoal/error.hpp"
#include "shoal/record/journal.hpp"
#include "shoal/record/lock.hpp"
#include "shoal/record/provenance.hpp"
#include "shoal/record/result_file.hpp"
#include "shoal/tasks/result_run.hpp"

namespace shoal::cli {

using run::JsonObject;

namespace {

using record::RecordKind;

// A living owner advances its lock every 10 s; clocks of file servers may be off by some.
constexpr double kLockDeadSeconds = 120;

std::optional<double> modified_at(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  return static_cast<double>(status.st_mtim.tv_sec) + 1e-9 * static_cast<double>(status.st_mtim.tv_nsec);
}

std::string utc(std::int64_t unix_seconds) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(static_cast<std::time_t>(unix_seconds)));
}

// What the journal says. False: there is none, or nothing was recorded in it.
struct JournalView {
  bool present = false;
  std::string run_id;
  std::optional<record::JournalInput> input;
  std::optional<record::JournalSegment> last_segment;
};

JournalView read_journal(const std::string& path, ResultStatus& status) {
  JournalView view;
  const record::JournalScan scan = record::scan_journal(path, [&](RecordKind kind, std::span<const std::byte> content) {
    if (kind == RecordKind::results) status.tasks_done += tasks::parse_result_run(content).count;
    if (kind == RecordKind::input) view.input = record::parse_input(content);
    if (kind == RecordKind::segment) {
      view.last_segment = record::parse_segment(content);
      ++status.segments;
    }
  });
  view.present = scan.header.has_value();
  if (!view.present) return view;
  view.run_id = scan.header->run_id;
  status.journal_bytes = scan.file_bytes;
  if (view.input) {
    status.workload = view.input->workload;
    status.title = view.input->title;
    status.tasks_total = view.input->n_tasks;
  }
  if (view.last_segment) status.started = utc(view.last_segment->started);
  return view;
}

// A value of /diagnostics, if it is there.
const record::Dataset* diagnostic(const record::Group& root, const std::string& name) {
  const auto group = root.groups.find("diagnostics");
  if (group == root.groups.end()) return nullptr;
  const auto found = group->second.datasets.find(name);
  return found == group->second.datasets.end() ? nullptr : &found->second;
}

std::int64_t integer_of(const record::Dataset* dataset, std::int64_t otherwise) {
  if (!dataset || dataset->type != record::Type::i8 || dataset->bytes.size() != sizeof(std::int64_t)) return otherwise;
  std::int64_t value = 0;
  std::memcpy(&value, dataset->bytes.data(), sizeof value);
  return value;
}

// What the file at the place of the result says; "" if there is none. A snapshot knows the rounds that were opened so far.
std::string read_snapshot(const std::string& result, const JournalView& journal, ResultStatus& status) {
  const record::Group root = record::read_part(result, "/diagnostics");
  const record::RootInfo info = record::root_info(root);
  status.workload = info.workload;
  status.title = info.title;
  if (const auto written = modified_at(result)) status.snapshot = utc(static_cast<std::int64_t>(*written));
  if (const auto* headline = diagnostic(root, "headline"); headline && !headline->strings.empty()) status.headline = headline->strings.front();
  status.tasks_total = std::max(status.tasks_total, integer_of(diagnostic(root, "tasks_total"), -1));
  if (!journal.present) status.tasks_done = integer_of(diagnostic(root, "tasks_done"), 0);
  if (info.status == "complete" && info.reproducible) status.digest = record::stored_digest(root);
  return info.status;
}

// A run that was killed between writing its result and removing its journal is complete; one under --extend is not.
bool same_run(const std::string& result, const JournalView& journal) {
  const record::Group root = record::read_part(result, "/provenance/run_id");
  const auto& provenance = root.groups.at("provenance");
  const auto found = provenance.datasets.find("run_id");
  return found != provenance.datasets.end() && !found->second.strings.empty() && found->second.strings.front() == journal.run_id;
}

// True: somebody works on it.
bool judge_lock(const std::string& result, double now, ResultStatus& status) {
  const auto advanced = modified_at(result + ".lock");
  if (!advanced) return false;
  status.lock = record::describe_lock(result);
  if (status.lock.empty()) {
    status.lock = "stale: its process has ended";
    return false;
  }
  if (now - *advanced > kLockDeadSeconds) {
    status.lock = fmt::format("stale: no sign of life for {} ({})", run::format_duration(now - *advanced), status.lock);
    return false;
  }
  return true;
}

void estimate_rest(const JournalView& journal, bool running, double now, double journal_time, ResultStatus& status) {
  if (!journal.last_segment) return;
  const double seconds = (running ? now : journal_time) - static_cast<double>(journal.last_segment->started);
  const auto computed = static_cast<double>(status.tasks_done - journal.last_segment->tasks_reused);
  if (seconds <= 0 || computed <= 0) return;
  status.rate = computed / seconds;
  if (running && status.tasks_total >= status.tasks_done)
    status.eta_seconds = static_cast<double>(status.tasks_total - status.tasks_done) / status.rate;
}

}  // namespace

ResultStatus status_of(const std::string& result, double now) {
  ResultStatus status;
  status.result = result;
  const std::string journal_path = run::journal_path(result);
  const auto journal_time = modified_at(journal_path);
  JournalView journal;
  if (journal_time) journal = read_journal(journal_path, status);
  const bool running = judge_lock(result, now, status);

  std::string in_file;
  if (modified_at(result)) in_file = read_snapshot(result, journal, status);
  if (in_file.empty() && !journal.present && !running)
    throw InputError(fmt::format("no such result: {}", result), ExitCode::input_missing);

  const bool finished = in_file == "complete" && (!journal.present || same_run(result, journal));
  status.status = finished ? "complete" : running ? "running" : in_file == "failed" ? "failed" : "partial";
  if (finished) {
    status.tasks_done = std::max(status.tasks_done, status.tasks_total);
    status.tasks_total = status.tasks_done;
  } else {
    estimate_rest(journal, running, now, journal_time.value_or(now), status);
  }
  return status;
}

std::string to_text(const ResultStatus& s) {
  std::string text = fmt::format("{}: {}", s.result, s.status);
  if (!s.workload.empty()) text += fmt::format(", {}{}{}", s.workload, s.title.empty() ? "" : ": ", s.title);
  text += "\n";
  if (s.tasks_total > 0)
    text += fmt::format("tasks     {} of {} ({:.0f} %)\n", run::format_count(s.tasks_done), run::format_count(s.tasks_total),
                        100.0 * static_cast<double>(s.tasks_done) / static_cast<double>(s.tasks_total));
  else text += fmt::format("tasks     {} done, total not known\n", run::format_count(s.tasks_done));
  if (!s.headline.empty()) text += fmt::format("so far    {}\n", s.headline);
  if (s.rate > 0) text += fmt::format("rate      {}/s\n", run::format_short(s.rate));
  if (s.eta_seconds) text += fmt::format("ETA       {}\n", run::format_duration(*s.eta_seconds));
  if (!s.started.empty()) text += fmt::format("started   {}{}\n", s.started, s.segments > 1 ? fmt::format(" (start number {})", s.segments) : "");
  if (!s.snapshot.empty()) text += fmt::format("{} {}\n", s.status == "complete" ? "created  " : "snapshot ", s.snapshot);
  if (!s.digest.empty()) text += fmt::format("digest    {}\n", s.digest);
  if (!s.lock.empty()) text += fmt::format("lock      {}\n", s.lock);
  if (s.status == "partial") text += "The same `shoal run` command continues it.\n";
  return text;
}

std::string to_json(const ResultStatus& s) {
  return JsonObject()
      .add("result", s.result)
      .add("status", s.status)
      .add("workload", s.workload)
      .add("title", s.title)
      .add("tasks_done", s.tasks_done)
      .add("tasks_total", s.tasks_total)
      .add("headline", s.headline)
      .add("rate", s.rate)
      .add("eta_seconds", s.eta_seconds)
      .add("segments", s.segments)
      .add("started", s.started)
      .add("snapshot", s.snapshot)
      .add("digest", s.digest)
      .add("lock", s.lock)
      .add("journal_bytes", s.journal_bytes)
      .text();
}

double unix_now() { return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(); }

}  // namespace shoal::cli

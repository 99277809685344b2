// SPDX-License-Identifier: Apache-2.0
#include "run/run_console.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <cstdio>
#include <ctime>

#include "run/report_json.hpp"
#include "shoal/record/build_info.hpp"

namespace shoal::run {
namespace {

constexpr int kStandardOutput = 1;
constexpr int kStandardError = 2;

std::string time_of_day() { return fmt::format("{:%H:%M:%S}", fmt::localtime(std::time(nullptr))); }

std::string plural(std::int64_t n, const std::string& noun) { return fmt::format("{} {}{}", format_count(n), noun, n == 1 ? "" : "s"); }

const char* outcome_word(const DriveResult& result) {
  switch (result.outcome) {
    case tasks::Outcome::complete: return "complete";
    case tasks::Outcome::stopped: return "stopped";
    default: return "failed";
  }
}

// What changed since the last segment, none of which matters for the results.
std::string changed_layout(const record::JournalSegment& last, const record::JournalSegment& now) {
  std::string text;
  const auto add = [&text](const std::string& change) { text += (text.empty() ? "" : ", ") + change; };
  if (last.ranks != now.ranks) add(fmt::format("ranks {} -> {}", last.ranks, now.ranks));
  if (last.threads != now.threads) add(fmt::format("threads {} -> {}", last.threads, now.threads));
  if (last.hosts != now.hosts) add(fmt::format("hosts {} -> {}", last.hosts, now.hosts));
  if (last.program != now.program) add(fmt::format("program {} -> {}", last.program, now.program));
  return text;
}

}  // namespace

RunConsole::RunConsole(const RunOptions& options, bool is_root) : is_root_(is_root), json_(options.json) {
  const Terminal terminal = describe_terminal(json_ ? kStandardError : kStandardOutput);
  mode_ = choose_progress(options.progress, terminal);
  color_ = choose_color(options.color, terminal);
  columns_ = terminal.columns;
}

void RunConsole::clear_live_line() {
  if (!live_line_shown_) return;
  std::FILE* const out = json_ ? stderr : stdout;
  std::fputs(erase_line().c_str(), out);
  live_line_shown_ = false;
}

void RunConsole::say(const std::string& text) {
  if (!is_root_) return;
  clear_live_line();
  std::FILE* const out = json_ ? stderr : stdout;
  fmt::print(out, "{}\n", text);
  std::fflush(out);
}

void RunConsole::note(const std::string& text) { say(toned("note: ", Tone::dim, color_) + text); }

void RunConsole::warn(const std::string& text) {
  if (!is_root_) return;
  clear_live_line();
  fmt::print(stderr, "{}{}\n", toned("warning: ", Tone::warning, color_), text);
}

void RunConsole::banner(const RunOptions& options, const Input& input, const RunStore& store,
                        const std::vector<parallel::RankPlacement>& placement, const std::vector<std::string>& warnings,
                        const std::vector<record::JournalSegment>& before, std::int64_t reused) {
  plain_interval_ = input.common.output.progress_seconds;
  say(fmt::format("{} {}  run {}", toned("Shoal", Tone::bold, color_), record::build_info().version, store.run_id()));
  const std::string title = input.common.title.empty() ? "" : ": " + input.common.title;
  say(fmt::format("{}{}", input.common.workload, title));
  say(fmt::format("input   {} ({})", options.input, input.science_digest.substr(0, 16)));
  const std::int64_t n_tasks = input.workload->estimate().n_tasks;
  const std::string what = n_tasks >= 0 ? plural(n_tasks, "task") : "tasks follow from the results";
  if (store.verdict() == Verdict::start) {
    say(fmt::format("result  {} (new; {})", store.result(), what));
  } else {
    say(fmt::format("result  {} ({}: {} done before are reused, {} remain{})", store.result(),
                    store.verdict() == Verdict::extend ? "extended" : "resumed", plural(reused, "task"),
                    n_tasks >= 0 ? format_count(n_tasks - reused) : "some", n_tasks >= 0 && n_tasks - reused == 1 ? "s" : ""));
    const std::string changes = before.empty() ? "" : changed_layout(before.back(), store.segments().back());
    if (!changes.empty()) say(fmt::format("changed {} (allowed: the results do not depend on it)", changes));
  }
  for (const std::string& line : parallel::describe_placement(placement)) say(line);
  for (const std::string& warning : warnings) warn(warning);
}

void RunConsole::progress(const DriveStatus& status, const std::string& headline) {
  if (!is_root_ || mode_ == ProgressMode::off) return;
  if (mode_ == ProgressMode::bar) {
    std::FILE* const out = json_ ? stderr : stdout;
    fmt::print(out, "{}{}", erase_line(), live_line(status, headline, columns_, color_));
    std::fflush(out);
    live_line_shown_ = true;
    return;
  }
  if (status.progress.elapsed_seconds - last_plain_ < plain_interval_) return;
  last_plain_ = status.progress.elapsed_seconds;
  say(plain_line(status, headline, time_of_day()));
}

void RunConsole::already_complete(const std::string& result, const Input& input) {
  if (json_) {
    if (is_root_) fmt::print("{}\n", already_complete_json(result, input));
    return;
  }
  say(fmt::format("{} is complete and belongs to this input: nothing to do. See it with `shoal show {}`, or start afresh with "
                  "--new.", result, result));
}

void RunConsole::end_report(const ReportParts& parts) {
  if (!is_root_) return;
  clear_live_line();
  const DriveResult& result = parts.result;
  if (json_) fmt::print("{}\n", report_json(parts));
  const bool failed = result.outcome == tasks::Outcome::failed || !result.message.empty();
  if (failed) fmt::print(stderr, "{}{}\n", toned("error: ", Tone::bad, color_), result.message);
  const tasks::Counts& counts = result.counts;
  const Tone tone = failed ? Tone::bad : result.outcome == tasks::Outcome::complete ? Tone::good : Tone::warning;
  say(fmt::format("\n{}: {} of {} done ({} reused, {} computed{}) in {}",
                  toned(failed ? "failed" : outcome_word(result), tone, color_), format_count(counts.done),
                  counts.total_known ? plural(counts.total, "task") : "the tasks known so far", format_count(counts.reused),
                  format_count(parts.figures.n_tasks), counts.repeated > 0 ? fmt::format(", {} repeated", counts.repeated) : "",
                  format_duration(result.seconds)));
  if (!result.stop_reason.empty())
    say(fmt::format("stopped by {}; the same command continues, nothing finished is lost", result.stop_reason));
  if (const auto too_many = parts.input.workload->too_many_failed()) warn(*too_many);
  for (const std::string& line : parts.input.workload->report()) say(line);
  const Performance& p = parts.figures;
  if (p.n_tasks > 0) {
    say(fmt::format("\nworkers {} ({} x {}), {}", p.n_workers(), plural(p.n_ranks(), "rank"),
                    plural(p.n_workers() / std::max(p.n_ranks(), 1), "thread"), where_the_time_went(p, parts.advice)));
    say(efficiency_text(p));
    say(section_table(p.sections(), p.wall_seconds));
  }
  const std::string advice = advice_list(parts.advice);
  if (!advice.empty()) say(advice);
  say(fmt::format("result  {}", parts.store.result()));
  if (result.outcome == tasks::Outcome::complete && parts.input.workload->reproducible() && !parts.digest.empty())
    say(fmt::format("digest  {}", parts.digest));
}

}  // namespace shoal::run

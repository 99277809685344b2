// SPDX-License-Identifier: Apache-2.0
// `shoal check INPUT.toml`: is the input right, and what will it need?
#include <fmt/format.h>
#include <sys/statvfs.h>

#include <memory>
#include <ostream>

#include "cli/command.hpp"
#include "run/json_object.hpp"
#include "cli/measurement.hpp"
#include "run/input.hpp"
#include "run/terminal.hpp"
#include "shoal/parallel/threads.hpp"

namespace shoal::cli {

using run::JsonObject;

namespace {

struct Options {
  std::string input;
  std::vector<std::string> overrides;
  int ranks = 0;     // 0: not said
  int threads = 0;
  double measure_seconds = 0;
  bool json = false;
};

struct Findings {
  std::vector<std::string> warnings;
  std::optional<Measurement> measured;
  std::optional<Recommendation> recommendation;
};

std::optional<double> free_bytes_here() {
  struct statvfs disk {};
  if (::statvfs(".", &disk) != 0) return std::nullopt;
  return static_cast<double>(disk.f_bavail) * static_cast<double>(disk.f_frsize);
}

std::vector<std::string> warnings_of(const Options& options, const workloads::Estimate& estimate) {
  std::vector<std::string> warnings;
  const std::int64_t ranks = std::max(options.ranks, 1);
  const std::int64_t workers = ranks * parallel::choose_threads(options.threads);
  if ((options.ranks > 0 || options.threads > 0) && estimate.max_parallel_tasks > 0 && workers > estimate.max_parallel_tasks)
    warnings.push_back(fmt::format("{} ranks x {} threads are {} workers, but at most {} tasks can run at the same time: the others would idle",
                                   ranks, workers / ranks, workers, estimate.max_parallel_tasks));
  const auto space = free_bytes_here();
  if (space && static_cast<double>(estimate.result_bytes) > *space)
    warnings.push_back(fmt::format("the result needs up to {}, but only {} are free in this folder",
                                   run::format_bytes(static_cast<double>(estimate.result_bytes)), run::format_bytes(*space)));
  return warnings;
}

std::string parameters_text(const run::Input& input) {
  std::size_t width = 0;
  for (const config::Resolved& p : input.resolved) width = std::max(width, p.name.size() + config::to_text(p.value).size() + 3);
  width = std::min<std::size_t>(width, 60);
  std::string text;
  for (const config::Resolved& p : input.resolved) {
    std::string remark = p.is_default ? "default" : "given";
    if (p.role == config::Role::execution) remark += ", execution";
    if (p.unit != "1") remark += ", in " + p.unit;
    text += fmt::format("  {:<{}}  # {}\n", p.name + " = " + config::to_text(p.value), width, remark);
  }
  return text;
}

std::string count_or_unknown(std::int64_t count) { return count < 0 ? "depends on the results" : run::format_count(count); }

std::string suggestion_text(const Recommendation& r, const run::Input& input) {
  std::string text = fmt::format("suggested {} rank{} x {} thread{}", r.ranks, r.ranks == 1 ? "" : "s", r.threads, r.threads == 1 ? "" : "s");
  if (r.seconds > 0) text += fmt::format(", about {}", run::format_duration(r.seconds));
  text += fmt::format(" ({})\n  {}\n", r.reason, sbatch_line(r, input));
  if (r.window > 0)
    text += fmt::format("  --set search.window={} would keep {} workers busy; it belongs to the science: proposals see fewer results\n", r.window, r.window);
  return text;
}

std::string as_text(const run::Input& input, const Findings& findings) {
  const workloads::Estimate estimate = input.workload->estimate();
  std::string text = fmt::format("{}: no errors\n\n{}\n", input.name, parameters_text(input));
  for (const std::string& line : input.workload->describe()) text += line + "\n";
  text += fmt::format("tasks     {}, at most {} at the same time\n", count_or_unknown(estimate.n_tasks), run::format_count(estimate.max_parallel_tasks));
  text += fmt::format("memory    {} for each worker thread\n", run::format_bytes(static_cast<double>(estimate.rank_bytes)));
  text += fmt::format("disk      up to {} for the result\n", run::format_bytes(static_cast<double>(estimate.result_bytes)));
  if (estimate.flop > 0) text += fmt::format("work      {}flop\n", run::format_short(estimate.flop) + " ");
  for (const run::HashedFile& file : input.data_files) text += fmt::format("data      {} ({}, SHA-256 {})\n", file.path, file.key, file.sha256);
  text += fmt::format("science   {}\n", input.science_digest);
  if (const auto& m = findings.measured)
    text += fmt::format("measured  {} tasks in {} on {} x {} workers: {} a task\n", run::format_count(m->n_tasks), run::format_duration(m->seconds),
                        m->ranks, m->threads, m->n_tasks > 0 ? run::format_duration(m->task_seconds) : "more than this");
  if (findings.measured && findings.measured->n_tasks > 0)
    text += fmt::format("workers   {:.1f} % of their time inside tasks, {:.1f} % waiting for the horizon\n{}",
                        100 * findings.measured->useful_share, 100 * findings.measured->horizon_share, run::advice_list(findings.measured->advice));
  if (const auto& r = findings.recommendation)
    text += suggestion_text(*r, input);
  for (const std::string& warning : findings.warnings) text += "warning: " + warning + "\n";
  return text;
}

std::string as_json(const run::Input& input, const Findings& findings) {
  const workloads::Estimate estimate = input.workload->estimate();
  JsonObject parameters;
  for (const config::Resolved& p : input.resolved) parameters.add(p.name, config::to_text(p.value));
  JsonObject object;
  object.add("input", input.name).add("valid", true).add("workload", input.common.workload).add("title", input.common.title);
  object.add("science_digest", input.science_digest).add("tasks", estimate.n_tasks).add("max_parallel_tasks", estimate.max_parallel_tasks);
  object.add("bytes_per_thread", estimate.rank_bytes).add("result_bytes", estimate.result_bytes).add("flop", estimate.flop);
  object.add_raw("parameters", parameters.text()).add("warnings", findings.warnings);
  if (const auto& m = findings.measured)
    object.add_raw("measured", JsonObject().add("tasks", m->n_tasks).add("seconds", m->seconds).add("ranks", std::int64_t{m->ranks})
                                   .add("threads", std::int64_t{m->threads}).add("task_seconds", m->task_seconds)
                                   .add("useful_share", m->useful_share).add("horizon_share", m->horizon_share).text());
  if (const auto& r = findings.recommendation)
    object.add_raw("suggested", JsonObject().add("ranks", std::int64_t{r->ranks}).add("threads", std::int64_t{r->threads}).add("seconds", r->seconds)
                                    .add("window", r->window).add("sbatch", sbatch_line(*r, input)).text());
  return object.text() + "\n";
}

ExitCode perform(const Options& options, const Invocation& invocation) {
  run::Input input = run::load_input(options.input, options.overrides);
  Findings findings;
  findings.warnings = warnings_of(options, input.workload->estimate());
  const auto tell = [&] { invocation.out << (options.json ? as_json(input, findings) : as_text(input, findings)); };
  if (options.measure_seconds <= 0) {
    tell();
    return ExitCode::complete;
  }
  parallel::Session session;
  findings.measured = measure(input, session, options.threads, options.measure_seconds);
  if (findings.measured->n_tasks > 0)
    findings.recommendation = recommend(*findings.measured, input.workload->estimate(), parallel::choose_threads(options.threads),
                                        run::search_window(input));
  else findings.warnings.push_back("no task ended in this time: try --measure with more seconds");
  if (session.comm().rank() == 0) tell();
  invocation.out.flush();
  return static_cast<ExitCode>(session.finish(ExitCode::complete));
}

}  // namespace

Action add_check(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App& command = add_command(app, "check", "validate an input; print what it will do and need",
                                  "shoal check tune.toml --ranks 4 --threads 8 --measure 10");
  command.add_option("INPUT.toml", options->input, "the job")->required();
  add_overrides(command, options->overrides);
  command.add_option("--ranks", options->ranks, "ranks you think of: warns if they would idle")->check(CLI::Range(1, 1 << 24));
  command.add_option("--threads", options->threads, "worker threads a rank")->check(CLI::Range(1, 65536));
  command.add_option("--measure", options->measure_seconds, "run tasks for so many seconds, and recommend a layout and a time limit")
      ->check(CLI::Range(0.01, 86400.0));
  command.add_flag("--json", options->json, "as one JSON object");
  return [options](const Invocation& invocation) { return perform(*options, invocation); };
}

}  // namespace shoal::cli

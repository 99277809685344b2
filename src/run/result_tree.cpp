// SPDX-License-Identifier: Apache-2.0
#include "run/result_tree.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <ctime>

#include "run/parameters.hpp"
#include "shoal/record/provenance.hpp"
#include "shoal/record/result_file.hpp"

namespace shoal::run {
namespace {

std::string utc(std::int64_t unix_seconds) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(static_cast<std::time_t>(unix_seconds)));
}

std::vector<record::Segment> segments_of(const RunStore& store) {
  std::vector<record::Segment> segments;
  for (const auto& journalled : store.segments()) {
    record::Segment segment;
    segment.started = utc(journalled.started);
    segment.reason = journalled.reason;
    segment.ranks = journalled.ranks;
    segment.threads = journalled.threads;
    segment.tasks_reused = journalled.tasks_reused;
    segment.hosts = journalled.hosts;
    segment.program = journalled.program;
    segment.slurm_job = journalled.slurm_job;
    segments.push_back(segment);
  }
  if (!segments.empty()) segments.back().ended = record::utc_now();
  return segments;
}

record::Provenance provenance_of(const ResultParts& parts) {
  record::Provenance provenance;
  provenance.run_id = parts.store.run_id();
  provenance.command_line = parts.options.command_line;
  provenance.overrides = parts.input.overrides;
  provenance.input_name = parts.input.name;
  provenance.input_text = parts.input.text;
  provenance.science_digest = parts.input.science_digest;
  provenance.science = parts.input.science;
  for (const auto& file : parts.input.data_files) provenance.data_files.emplace_back(file.path, file.sha256);
  for (const auto& rank : parts.placement)
    provenance.ranks.push_back({rank.host, rank.n_threads, parallel::format_cpus(rank.cpus)});
  provenance.segments = segments_of(parts.store);
  return provenance;
}

void write_diagnostics(record::Group& diagnostics, const ResultParts& parts, const ResultState& state) {
  diagnostics.scalar("tasks_done", state.tasks_done, "1", "finished tasks");
  diagnostics.scalar("tasks_total", state.tasks_total, "1", "tasks known so far; -1: not known");
  diagnostics.text("headline", parts.input.workload->headline(), "the result in a phrase");
  if (!state.failure.empty()) diagnostics.text("failure", state.failure, "why the run failed");
  if (!parts.warnings.empty()) diagnostics.texts("warnings", parts.warnings, "warning", "warnings of the last segment");
}

}  // namespace

record::Group assemble_result(const ResultParts& parts, const ResultState& state) {
  record::Group root;
  parts.input.workload->write_results(root.group("results"), root.group("measurements"));
  write_parameters(root.group("parameters"), parts.input.resolved);
  record::write_provenance(root.group("provenance"), provenance_of(parts));
  parts.job.hashes().write(root.group("provenance/task_hashes"));
  write_performance(root.group("performance"), state.figures, state.advice);
  parts.performance.write_log(root.group("performance/tasks"));
  write_diagnostics(root.group("diagnostics"), parts, state);
  return root;
}

void seal_result(record::Group& root, const ResultParts& parts, const std::string& status) {
  record::RootInfo info;
  info.shoal_version = record::build_info().version;
  info.title = parts.input.common.title;
  info.workload = parts.input.common.workload;
  info.status = status;
  info.created = parts.created;
  info.reproducible = parts.input.workload->reproducible();
  record::seal(root, info);
}

}  // namespace shoal::run

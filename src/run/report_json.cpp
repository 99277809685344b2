// SPDX-License-Identifier: Apache-2.0
#include "run/report_json.hpp"

#include "run/json_object.hpp"

namespace shoal::run {
namespace {

std::string status_of(const ReportParts& parts) {
  if (!parts.result.message.empty()) return "failed";
  if (parts.result.outcome == tasks::Outcome::complete) return "complete";
  return parts.result.outcome == tasks::Outcome::failed ? "failed" : "partial";
}

std::string sections_json(const std::vector<Section>& sections) {
  std::string text;
  for (const Section& section : sections) {
    JsonObject row;
    row.add("section", section.name).add("min", section.minimum).add("avg", section.average).add("max", section.maximum);
    text += (text.empty() ? "" : ", ") + row.text();
  }
  return "[" + text + "]";
}

std::string advice_json(const std::vector<Advice>& advice) {
  std::string text;
  for (const Advice& item : advice) {
    JsonObject row;
    row.add("text", item.text).add("gain", item.gain).add("setting", item.setting);
    text += (text.empty() ? "" : ", ") + row.text();
  }
  return "[" + text + "]";
}

std::string idle_json(const IdleCauses& idle) {
  JsonObject object;
  object.add("horizon", idle.horizon).add("tail", idle.tail).add("io", idle.io);
  return object.add("imbalance", idle.imbalance).add("handing_out", idle.handing_out).text();
}

std::string states_json(const Performance& figures) {
  JsonObject object;
  for (std::size_t s = 0; s < measure::kThreadStates; ++s) {
    const auto state = static_cast<measure::ThreadState>(s);
    object.add(measure::state_name(state), figures.in_state(state));
  }
  return object.text();
}

std::string pop_json(const Performance& figures) {
  JsonObject models;
  std::string open;
  JsonObject model;
  for (const measure::Factor& factor : measure::all_factors(figures.trace)) {
    if (factor.model != open) {
      if (!open.empty()) models.add_raw(open, model.text());
      model = {};
      open = factor.model;
    }
    model.add(factor.name, factor.value);
  }
  if (!open.empty()) models.add_raw(open, model.text());
  return models.text();
}

}  // namespace

std::string report_json(const ReportParts& parts) {
  const Performance& p = parts.figures;
  const tasks::Counts& counts = parts.result.counts;
  JsonObject report;
  report.add("status", status_of(parts)).add("exit_code", std::int64_t{static_cast<int>(parts.result.code)});
  report.add("result", parts.store.result()).add("workload", parts.input.common.workload);
  report.add("headline", parts.input.workload->headline());
  report.add("digest", parts.input.workload->reproducible() ? parts.digest : "");
  report.add("tasks_done", counts.done).add("tasks_reused", counts.reused).add("tasks_computed", p.n_tasks);
  report.add("tasks_total", counts.total_known ? counts.total : -1).add("tasks_repeated", counts.repeated);
  report.add("wall_seconds", parts.result.seconds).add("ranks", std::int64_t{p.n_ranks()}).add("workers", std::int64_t{p.n_workers()});
  report.add("useful_seconds", p.useful_seconds()).add("cpu_seconds", p.cpu_seconds());
  report.add("core_hours", p.available_seconds() / 3600).add("useful_core_hours", p.useful_seconds() / 3600);
  report.add_raw("idle_seconds", idle_json(p.idle())).add_raw("state_seconds", states_json(p));
  report.add("parallel_efficiency", p.parallel_efficiency()).add("load_balance", p.load_balance());
  report.add("cpu_over_wall", p.cpu_over_wall()).add_raw("pop", pop_json(p));
  report.add_raw("sections", sections_json(p.sections())).add_raw("advice", advice_json(parts.advice));
  report.add("summary", p.n_tasks > 0 ? where_the_time_went(p, parts.advice) : "");
  if (!parts.result.message.empty()) report.add("error", parts.result.message);
  if (!parts.result.stop_reason.empty()) report.add("stopped_by", parts.result.stop_reason);
  return report.text();
}

std::string already_complete_json(const std::string& result, const Input& input) {
  JsonObject report;
  report.add("status", "complete").add("exit_code", std::int64_t{0}).add("result", result).add("workload", input.common.workload);
  return report.text();
}

}  // namespace shoal::run

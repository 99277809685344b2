// SPDX-License-Identifier: Apache-2.0
#include "run/report_json.hpp"

#include <fmt/format.h>

#include <cmath>

namespace shoal::run {
namespace {

// One JSON object, member by member, in the order of the calls.
class JsonObject {
 public:
  JsonObject& text(const std::string& name, const std::string& value) { return raw(name, quoted(value)); }
  JsonObject& number(const std::string& name, double value) {
    return raw(name, std::isfinite(value) ? fmt::format("{}", value) : "null");
  }
  JsonObject& integer(const std::string& name, std::int64_t value) { return raw(name, fmt::format("{}", value)); }
  JsonObject& raw(const std::string& name, const std::string& json) {
    text_ += fmt::format("{}{}: {}", text_.empty() ? "" : ", ", quoted(name), json);
    return *this;
  }
  std::string str() const { return "{" + text_ + "}"; }

  static std::string quoted(const std::string& value) {
    std::string text = "\"";
    for (const char c : value) {
      if (c == '"' || c == '\\') text += '\\', text += c;
      else if (static_cast<unsigned char>(c) < 0x20) text += fmt::format("\\u{:04x}", static_cast<int>(c));
      else text += c;
    }
    return text + "\"";
  }

 private:
  std::string text_;
};

std::string status_of(const ReportParts& parts) {
  if (!parts.result.message.empty()) return "failed";
  if (parts.result.outcome == tasks::Outcome::complete) return "complete";
  return parts.result.outcome == tasks::Outcome::failed ? "failed" : "partial";
}

std::string sections_json(const std::vector<Section>& sections) {
  std::string text;
  for (const Section& section : sections) {
    JsonObject row;
    row.text("section", section.name).number("min", section.minimum).number("avg", section.average).number("max", section.maximum);
    text += (text.empty() ? "" : ", ") + row.str();
  }
  return "[" + text + "]";
}

std::string advice_json(const std::vector<Advice>& advice) {
  std::string text;
  for (const Advice& item : advice) {
    JsonObject row;
    row.text("text", item.text).number("gain", item.gain).text("setting", item.setting);
    text += (text.empty() ? "" : ", ") + row.str();
  }
  return "[" + text + "]";
}

std::string idle_json(const IdleCauses& idle) {
  JsonObject object;
  object.number("horizon", idle.horizon).number("tail", idle.tail).number("io", idle.io);
  return object.number("imbalance", idle.imbalance).number("handing_out", idle.handing_out).str();
}

std::string states_json(const Performance& figures) {
  JsonObject object;
  for (std::size_t s = 0; s < measure::kThreadStates; ++s) {
    const auto state = static_cast<measure::ThreadState>(s);
    object.number(std::string(measure::state_name(state)), figures.in_state(state));
  }
  return object.str();
}

std::string pop_json(const Performance& figures) {
  JsonObject models;
  std::string open;
  JsonObject model;
  for (const measure::Factor& factor : measure::all_factors(figures.trace)) {
    if (factor.model != open) {
      if (!open.empty()) models.raw(open, model.str());
      model = {};
      open = factor.model;
    }
    model.number(factor.name, factor.value);
  }
  if (!open.empty()) models.raw(open, model.str());
  return models.str();
}

}  // namespace

std::string report_json(const ReportParts& parts) {
  const Performance& p = parts.figures;
  const tasks::Counts& counts = parts.result.counts;
  JsonObject report;
  report.text("status", status_of(parts)).integer("exit_code", static_cast<int>(parts.result.code));
  report.text("result", parts.store.result()).text("workload", parts.input.common.workload);
  report.text("headline", parts.input.workload->headline());
  report.text("digest", parts.input.workload->reproducible() ? parts.digest : "");
  report.integer("tasks_done", counts.done).integer("tasks_reused", counts.reused).integer("tasks_computed", p.n_tasks);
  report.integer("tasks_total", counts.total_known ? counts.total : -1).integer("tasks_repeated", counts.repeated);
  report.number("wall_seconds", parts.result.seconds).integer("ranks", p.n_ranks()).integer("workers", p.n_workers());
  report.number("useful_seconds", p.useful_seconds()).number("cpu_seconds", p.cpu_seconds());
  report.number("core_hours", p.available_seconds() / 3600).number("useful_core_hours", p.useful_seconds() / 3600);
  report.raw("idle_seconds", idle_json(p.idle())).raw("state_seconds", states_json(p));
  report.number("parallel_efficiency", p.parallel_efficiency()).number("load_balance", p.load_balance());
  report.number("cpu_over_wall", p.cpu_over_wall()).raw("pop", pop_json(p));
  report.raw("sections", sections_json(p.sections())).raw("advice", advice_json(parts.advice));
  report.text("summary", p.n_tasks > 0 ? where_the_time_went(p, parts.advice) : "");
  if (!parts.result.message.empty()) report.text("error", parts.result.message);
  if (!parts.result.stop_reason.empty()) report.text("stopped_by", parts.result.stop_reason);
  return report.str();
}

std::string already_complete_json(const std::string& result, const Input& input) {
  JsonObject report;
  report.text("status", "complete").integer("exit_code", 0).text("result", result).text("workload", input.common.workload);
  return report.str();
}

}  // namespace shoal::run

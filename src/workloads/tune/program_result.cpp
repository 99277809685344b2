// SPDX-License-Identifier: Apache-2.0
#include "workloads/tune/program_result.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "shoal/error.hpp"

namespace shoal::workloads::tune {
namespace {

using process::JsonLine;
using process::JsonValue;
using search::State;

std::string_view last_line(std::string_view text) {
  const std::size_t end = text.find_last_not_of(" \t\r\n");
  if (end == std::string_view::npos) return {};
  text = text.substr(0, end + 1);
  const std::size_t before = text.rfind('\n');
  text.remove_prefix(before == std::string_view::npos ? 0 : before + 1);
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  return text;
}

std::optional<double> bare_number(std::string_view line) {
  double value = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), value);
  return error == std::errc() && end == line.data() + line.size() ? std::optional(value) : std::nullopt;
}

std::string shortened(std::string_view line) {
  std::string text(line.substr(0, 80));
  std::replace_if(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < ' '; }, '?');
  return line.size() > 80 ? text + "..." : text;
}

void set_loss(double value, const Objective& objective, SegmentOutcome& outcome) {
  outcome.loss = loss_of(objective, value);
  if (!std::isfinite(value)) set_failed(outcome, State::nan, fmt::format("`{}` is {}", objective.metric(), value));
}

void attach(const std::string& name, const JsonValue& value, SegmentOutcome& outcome) {
  std::string clean = name;
  std::replace_if(clean.begin(), clean.end(), [](char c) { return c == '/' || static_cast<unsigned char>(c) < ' '; }, '_');
  if (clean.empty() || clean == "." || clean == "..") return;
  if (const auto* whole = std::get_if<std::int64_t>(&value)) outcome.values.emplace_back(clean, static_cast<double>(*whole));
  else if (const auto* real = std::get_if<double>(&value)) outcome.values.emplace_back(clean, *real);
  else if (const auto* truth = std::get_if<bool>(&value)) outcome.values.emplace_back(clean, *truth ? 1.0 : 0.0);
}

}  // namespace

void set_failed(SegmentOutcome& outcome, State state, std::string reason) {
  outcome.state = state;
  outcome.fail_reason = std::move(reason);
}

State state_of(process::State state) {
  if (state == process::State::timeout) return State::timeout;
  if (state == process::State::out_of_memory) return State::out_of_memory;
  return State::failed;
}

void read_result(const JsonLine& line, const Objective& objective, SegmentOutcome& outcome) {
  for (const auto& [name, value] : line.members()) {
    if (name != objective.metric() && name != "status" && name != "message" && name != "done") attach(name, value, outcome);
  }
  const std::string status = line.string("status").value_or("ok");
  if (status != "ok") {
    set_failed(outcome, State::failed, fmt::format("the program says \"{}\"{}", shortened(status),
                                                   line.string("message") ? ": " + shortened(*line.string("message")) : ""));
    return;
  }
  // A worker of a function that returns a number calls it "value".
  auto value = line.number(objective.metric());
  if (!value && line.members().size() <= 2) value = line.number("value");
  if (value) {
    std::erase_if(outcome.values, [&](const NamedValue& v) { return v.first == "value" && !line.number(objective.metric()); });
    set_loss(*value, objective, outcome);
  } else if (std::isnan(outcome.loss)) {
    set_failed(outcome, State::failed, fmt::format("the result has no number `{}`: {}", objective.metric(), shortened(line.text())));
  }
}

void read_last_line(std::string_view text, std::string_view source, const Objective& objective, SegmentOutcome& outcome) {
  const std::string_view line = last_line(text);
  if (const auto number = bare_number(line)) return set_loss(*number, objective, outcome);
  try {
    read_result(JsonLine::parse(line), objective, outcome);
  } catch (const InputError&) {
    set_failed(outcome, State::failed,
               line.empty() ? fmt::format("there is no result: {} is empty", source)
                            : fmt::format("the last line of {} is no result: {}", source, shortened(line)));
  }
}

}  // namespace shoal::workloads::tune

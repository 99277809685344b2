// SPDX-License-Identifier: Apache-2.0
#include "run/time_limit.hpp"

#include <fmt/format.h>
#include <stdio.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "shoal/error.hpp"

namespace shoal::run {

namespace {

std::optional<std::int64_t> parse_count(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty() || value < 0) return std::nullopt;
  return value;
}

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

// The numbers between colons; empty if one is none.
std::vector<std::int64_t> parse_fields(std::string_view text) {
  std::vector<std::int64_t> fields;
  for (;;) {
    const auto colon = text.find(':');
    const auto field = parse_count(text.substr(0, colon));
    if (!field) return {};
    fields.push_back(*field);
    if (colon == std::string_view::npos) return fields;
    text.remove_prefix(colon + 1);
  }
}

}  // namespace

CommandOutput run_command() {
  return [](const std::string& command) -> std::optional<std::string> {
    FILE* pipe = popen(command.c_str(), "re");
    if (!pipe) return std::nullopt;
    std::string output;
    std::array<char, 256> buffer{};
    while (const auto n = fread(buffer.data(), 1, buffer.size(), pipe)) output.append(buffer.data(), n);
    return pclose(pipe) == 0 ? std::optional<std::string>(output) : std::nullopt;
  };
}

std::optional<double> parse_slurm_duration(const std::string& text) {
  std::string_view rest = text;
  std::int64_t days = 0;
  const auto dash = rest.find('-');
  if (dash != std::string_view::npos) {
    const auto parsed = parse_count(rest.substr(0, dash));
    if (!parsed) return std::nullopt;
    days = *parsed;
    rest.remove_prefix(dash + 1);
  }
  std::vector<std::int64_t> fields = parse_fields(rest);
  if (fields.empty() || fields.size() > 3) return std::nullopt;
  if (dash != std::string_view::npos) {  // days-hours[:minutes[:seconds]]
    fields.resize(3, 0);
  } else {                               // [hours:]minutes:seconds; a lone number would be ambiguous
    if (fields.size() == 1) return std::nullopt;
    if (fields.size() == 2) fields.insert(fields.begin(), 0);
  }
  return static_cast<double>(((days * 24 + fields[0]) * 60 + fields[1]) * 60 + fields[2]);
}

std::optional<double> slurm_seconds_left(const parallel::Environment& environment, const CommandOutput& command,
                                         double epoch_now) {
  const auto job = environment("SLURM_JOB_ID");
  if (!job) throw InputError("--max-time auto works inside a Slurm job only: give a time, such as --max-time 1:30:00",
                             ExitCode::usage);
  if (const auto end = environment("SLURM_JOB_END_TIME")) {  // set by Slurm 22.05 and later
    if (const auto seconds = parse_count(*end); seconds && *seconds > 0) {
      return std::max(0.0, static_cast<double>(*seconds) - epoch_now);
    }
  }
  if (!parse_count(*job)) {
    throw InputError(fmt::format("--max-time auto: SLURM_JOB_ID is `{}`, which is no job number", *job), ExitCode::usage);
  }
  const auto answer = command(fmt::format("squeue --noheader --jobs={} --format=%L 2>/dev/null", *job));
  const std::string left = answer ? trimmed(*answer) : "";
  if (left == "UNLIMITED" || left == "NOT_SET") return std::nullopt;
  if (const auto seconds = parse_slurm_duration(left)) return seconds;
  throw InputError(fmt::format("--max-time auto: squeue does not tell the time that job {} has left (it said `{}`): "
                               "give a time, such as --max-time 1:30:00",
                               *job, left),
                   ExitCode::usage);
}

double stop_margin_seconds(double seconds_left, double grace_seconds) {
  constexpr double kFilesSeconds = 30;  // journal, snapshot and the ends of MPI and Slurm
  return std::clamp(grace_seconds + kFilesSeconds, 0.0, std::max(0.0, 0.2 * seconds_left));
}

}  // namespace shoal::run

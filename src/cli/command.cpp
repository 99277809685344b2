// SPDX-License-Identifier: Apache-2.0
#include "cli/command.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>

namespace shoal::cli {
namespace {

std::optional<double> number_in(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !(number >= 0 && number < 1e12)) return std::nullopt;
  return number;
}

// Fields between colons, the last one seconds.
std::optional<double> clock_seconds(std::string_view text) {
  double seconds = 0;
  for (int fields = 0; fields < 3; ++fields) {
    const auto colon = text.find(':');
    const auto field = number_in(text.substr(0, colon));
    if (!field) return std::nullopt;
    seconds = 60 * seconds + *field;
    if (colon == std::string_view::npos) return seconds;
    text.remove_prefix(colon + 1);
  }
  return std::nullopt;
}

}  // namespace

CLI::App& add_command(CLI::App& app, const std::string& name, const std::string& summary, const std::string& example) {
  CLI::App* command = app.add_subcommand(name, summary);
  command->footer("Example:\n  " + example);
  return *command;
}

void add_overrides(CLI::App& command, std::vector<std::string>& overrides) {
  command.add_option("--set", overrides, "override one key: section.key=value (repeatable)")->allow_extra_args(false);
}

double parse_duration(const std::string& text) {
  std::string_view rest = text;
  double days = 0;
  if (const auto dash = rest.find('-'); dash != std::string_view::npos && dash > 0) {
    const auto number = number_in(rest.substr(0, dash));
    if (number) days = *number;
    rest = number ? rest.substr(dash + 1) : "";
  }
  if (!rest.empty() && rest.back() == 's' && rest.find(':') == std::string_view::npos) rest.remove_suffix(1);
  const auto seconds = clock_seconds(rest);
  if (!seconds)
    throw InputError(fmt::format("`{}` is no time: expected seconds, M:S, H:M:S or D-H:M:S", text), ExitCode::usage);
  return 86400 * days + *seconds;
}

}  // namespace shoal::cli

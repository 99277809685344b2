// SPDX-License-Identifier: Apache-2.0
#include "run/terminal.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "run/display_width.hpp"

namespace shoal::run {
namespace {

constexpr int kBarColumns = 20;
constexpr int kNarrowest = 40;  // columns assumed of a terminal that claims fewer

std::string done_of_total(const tasks::Counts& counts) {
  if (counts.total <= 0) return fmt::format("{} done", format_count(counts.done));
  const double share = 100.0 * static_cast<double>(counts.done) / static_cast<double>(counts.total);
  const char* more = counts.total_known ? "" : "+";
  return fmt::format("{}/{}{} ({:.0f} %)", format_count(counts.done), format_count(counts.total), more, std::floor(share));
}

std::string durable(const DriveStatus& status) {
  return status.durable_seconds_ago <= 0 ? "all durable" : fmt::format("durable {} ago", format_duration(status.durable_seconds_ago));
}

std::string bar(const tasks::Counts& counts) {
  const double share = counts.total > 0 ? static_cast<double>(counts.done) / static_cast<double>(counts.total) : 0;
  const auto filled = static_cast<std::size_t>(std::clamp(share, 0.0, 1.0) * kBarColumns);
  return fmt::format("[{:#<{}}{:.<{}}]", "", filled, "", kBarColumns - filled);
}

// Joins what fits: later parts are the less important ones.
std::string join_fitting(const std::vector<std::string>& parts, std::size_t columns) {
  std::string line;
  for (const std::string& part : parts) {
    if (part.empty()) continue;
    const std::size_t gap = line.empty() ? 0 : 2;
    if (display_width(line) + gap + display_width(part) > columns) continue;
    line.append(gap, ' ').append(part);
  }
  return line;
}

bool late(const DriveStatus& status) {
  return status.stop_in_seconds && status.progress.eta_seconds > *status.stop_in_seconds;
}

std::string against_limit(const DriveStatus& status) {
  const double eta = status.progress.eta_seconds;
  std::string text = fmt::format("ETA {}", format_duration(eta));
  if (!status.stop_in_seconds) return text;
  text += fmt::format(", limit in {}", format_duration(std::max(0.0, *status.stop_in_seconds)));
  if (eta >= 0) text += late(status) ? " LATE" : " ok";
  return text;
}

std::string lost_ranks(const tasks::Counts& counts) {
  if (counts.ranks_lost == 0) return "";
  return fmt::format("{} rank{} lost", counts.ranks_lost, counts.ranks_lost == 1 ? "" : "s");
}

bool numeric(const std::string& cell) {
  return !cell.empty() && cell.find_first_of("0123456789") != std::string::npos &&
         cell.find_first_not_of("0123456789.,+-e% ") == std::string::npos;
}

}  // namespace

namespace {

// mpirun gives its ranks a pseudo-terminal whatever its own output is: what counts is where the launcher writes to.
bool launcher_writes_to_terminal(int file_descriptor) {
  std::error_code ignored;
  const auto target = std::filesystem::read_symlink(fmt::format("/proc/{}/fd/{}", ::getppid(), file_descriptor), ignored);
  return target.string().starts_with("/dev/pts/") || target.string().starts_with("/dev/tty");
}

}  // namespace

Terminal describe_terminal(int file_descriptor, const parallel::Environment& environment) {
  Terminal terminal;
  terminal.is_terminal = ::isatty(file_descriptor) == 1;
  if (terminal.is_terminal && parallel::detect_launch(environment).by_launcher)
    terminal.is_terminal = launcher_writes_to_terminal(file_descriptor);
  winsize size{};
  if (terminal.is_terminal && ::ioctl(file_descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    terminal.columns = std::max<int>(size.ws_col, kNarrowest);
  terminal.no_color = !environment("NO_COLOR").value_or("").empty();
  const std::string kind = environment("TERM").value_or("");
  terminal.dumb = kind.empty() || kind == "dumb";
  return terminal;
}

ProgressMode choose_progress(ProgressMode wanted, const Terminal& terminal) {
  if (wanted != ProgressMode::automatic) return wanted;
  return terminal.is_terminal && !terminal.dumb ? ProgressMode::bar : ProgressMode::lines;
}

bool choose_color(ColorMode wanted, const Terminal& terminal) {
  if (wanted != ColorMode::automatic) return wanted == ColorMode::always;
  return terminal.is_terminal && !terminal.dumb && !terminal.no_color;
}

std::string toned(std::string_view text, Tone tone, bool enabled) {
  static constexpr const char* kCodes[] = {"", "1", "2", "32", "33", "31;1"};
  if (!enabled || tone == Tone::plain || text.empty()) return std::string(text);
  return fmt::format("\x1B[{}m{}\x1B[0m", kCodes[static_cast<int>(tone)], text);
}

std::string format_duration(double seconds) {
  if (!std::isfinite(seconds) || seconds < 0) return "-";
  if (seconds < 9.95) return fmt::format("{:.2g} s", seconds);
  if (seconds < 59.5) return fmt::format("{:.0f} s", seconds);
  if (seconds > 1e15) return fmt::format("{:.2g} s", seconds);
  const auto total = static_cast<std::int64_t>(std::llround(seconds));
  const std::int64_t days = total / 86400, hours = total / 3600 % 24, minutes = total / 60 % 60, rest = total % 60;
  if (days > 0) return fmt::format("{}d {:02}:{:02}:{:02}", days, hours, minutes, rest);
  if (hours > 0) return fmt::format("{}:{:02}:{:02}", hours, minutes, rest);
  return fmt::format("{}:{:02}", minutes, rest);
}

std::string format_short(double number) {
  if (!std::isfinite(number)) return "-";
  static constexpr const char* kUnits[] = {"", " k", " M", " G", " T", " P"};
  std::size_t unit = 0;
  while (std::abs(number) >= 9999.5 && unit + 1 < std::size(kUnits)) {
    number /= 1000;
    ++unit;
  }
  const double size = std::abs(number);
  if (unit == 0 && number == std::floor(number)) return fmt::format("{:.0f}", number);
  if (size < 0.1 && size > 0) return fmt::format("{:.2g}", number);
  return fmt::format("{:.{}f}{}", number, size < 9.995 ? 2 : size < 99.95 ? 1 : 0, kUnits[unit]);
}

std::string format_bytes(double bytes) {
  static constexpr const char* kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  std::size_t unit = 0;
  while (bytes >= 1023.5 && unit + 1 < std::size(kUnits)) {
    bytes /= 1024;
    ++unit;
  }
  if (unit == 0) return fmt::format("{:.0f} B", bytes);
  return fmt::format("{:.{}f} {}", bytes, bytes < 9.995 ? 2 : bytes < 99.95 ? 1 : 0, kUnits[unit]);
}

std::string format_count(std::int64_t count) {
  std::string digits = fmt::format("{}", count);
  const std::ptrdiff_t first = count < 0 ? 1 : 0;
  for (std::ptrdiff_t at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > first; at -= 3)
    digits.insert(static_cast<std::size_t>(at), 1, ',');
  return digits;
}

std::string live_line(const DriveStatus& status, const std::string& headline, int columns, bool color) {
  const tasks::Progress& progress = status.progress;
  // Order of importance: the last ones go first where the terminal is narrow.
  const std::vector<std::string> parts = {
      bar(progress.counts),
      done_of_total(progress.counts),
      status.stopping ? "stopping" : "",
      lost_ranks(progress.counts),
      late(status) ? "LATE" : "",
      progress.eta_seconds >= 0 ? format_duration(progress.eta_seconds) + " left" : "",
      progress.rate > 0 ? format_short(progress.rate) + "/s" : "",
      headline,
      format_duration(progress.elapsed_seconds) + " elapsed",
      durable(status),
  };
  const std::string line = join_fitting(parts, static_cast<std::size_t>(std::max(columns, kNarrowest)) - 1);
  const Tone tone = status.stopping || progress.counts.ranks_lost > 0 || late(status) ? Tone::warning : Tone::plain;
  return toned(line, tone, color);
}

std::string erase_line() { return "\r\x1B[2K"; }

std::string plain_line(const DriveStatus& status, const std::string& headline, std::string_view time_of_day) {
  const tasks::Progress& progress = status.progress;
  const std::vector<std::string> parts = {
      std::string(time_of_day),
      done_of_total(progress.counts),
      progress.rate > 0 ? format_short(progress.rate) + "/s" : "",
      headline,
      status.stopping ? "stopping" : against_limit(status),
      durable(status),
      lost_ranks(progress.counts),
  };
  return join_fitting(parts, std::string::npos);
}

std::string section_table(const std::vector<Section>& sections, double wall_seconds) {
  if (sections.empty()) return "";
  std::vector<std::vector<std::string>> rows = {{"section", "min/s", "avg/s", "max/s", "%var", "%total"}};
  for (const Section& s : sections) {
    const double spread = std::max(s.maximum - s.average, s.average - s.minimum);
    const double variation = s.average > 0 ? 100 * spread / s.average : 0;
    const double share = wall_seconds > 0 ? 100 * s.average / wall_seconds : 0;
    rows.push_back({s.name, fmt::format("{:.3f}", s.minimum), fmt::format("{:.3f}", s.average),
                    fmt::format("{:.3f}", s.maximum), fmt::format("{:.1f}", variation), fmt::format("{:.1f}", share)});
  }
  return text_table(rows);
}

std::string advice_list(const std::vector<Advice>& advice) {
  std::string text;
  for (std::size_t i = 0; i < advice.size(); ++i) {
    const std::string gain = advice[i].gain > 0 ? fmt::format(" (gain about {:.0f} %)", 100 * advice[i].gain) : "";
    text += fmt::format("ADVICE {}{}: {}\n", i + 1, gain, advice[i].text);
  }
  return text;
}

std::string text_table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], display_width(row[i]));
  }
  std::vector<bool> right(widths.size(), true);  // columns of numbers below the heading
  for (std::size_t r = 1; r < rows.size(); ++r)
    for (std::size_t i = 0; i < rows[r].size(); ++i) right[i] = right[i] && numeric(rows[r][i]);

  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string padding(widths[i] - display_width(row[i]), ' ');
      line += (i > 0 ? " | " : "") + (right[i] ? padding + row[i] : row[i] + padding);
    }
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
    if (&row == rows.data() && rows.size() > 1) {
      for (std::size_t i = 0; i < widths.size(); ++i) text += std::string(i > 0 ? "-+-" : "") + std::string(widths[i], '-');
      text += "\n";
    }
  }
  return text;
}

}  // namespace shoal::run

// SPDX-License-Identifier: Apache-2.0
// What a run says on the terminal or in a log file: pure functions that return text. Nothing here writes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "run/advice.hpp"
#include "run/driver.hpp"
#include "run/execute.hpp"
#include "run/performance.hpp"
#include "shoal/parallel/session.hpp"

namespace shoal::run {

// What the program writes to, and what its environment says.
struct Terminal {
  bool is_terminal = false;
  int columns = 80;
  bool no_color = false;  // NO_COLOR is set and not empty (no-color.org)
  bool dumb = false;      // TERM is "dumb" or not set
};
Terminal describe_terminal(int file_descriptor, const parallel::Environment& environment = parallel::process_environment());

// How progress is shown: automatic becomes bar on a terminal that can, lines elsewhere.
ProgressMode choose_progress(ProgressMode wanted, const Terminal& terminal);
bool choose_color(ColorMode wanted, const Terminal& terminal);

// Colours of ANSI terminals; plain text if `enabled` is false.
enum class Tone { plain, bold, dim, good, warning, bad };
std::string toned(std::string_view text, Tone tone, bool enabled);

// "0.34 s", "42 s", "3:07", "1:02:03", "2d 03:04:05"; "-" if unknown (negative or not finite).
std::string format_duration(double seconds);
// "1234", "12.3 k", "4.56 M": at least three digits.
std::string format_short(double number);
// "512 B", "1.50 MiB".
std::string format_bytes(double bytes);
// "1,234,567".
std::string format_count(std::int64_t count);

// One line of at most `columns` columns, to be written after a carriage return:
//   [#######.............]  35/100 (35 %)  12.3/s  best loss 0.0123 (trial 17)  0:42 elapsed  1:18 left  durable 0.4 s ago
std::string live_line(const DriveStatus& status, const std::string& headline, int columns, bool color);

// The sequence that removes the live line before other text is written.
std::string erase_line();

// One line of a log, with the time of day in front; `ok` or `LATE` tells whether the end comes before the time limit:
//   12:34:56  35/100 (35 %)  12.3/s  best loss 0.0123 (trial 17)  ETA 1:18, limit in 10:00 ok  durable 0.4 s ago
std::string plain_line(const DriveStatus& status, const std::string& headline, std::string_view time_of_day);

// The table section | min | avg | max | %var | %total over ranks. %var: the larger of max - avg and avg - min, in per cent of
// avg. %total: avg in per cent of `wall_seconds`. Ends with a newline; empty without sections.
std::string section_table(const std::vector<Section>& sections, double wall_seconds);

// "ADVICE 1 (gain about 12 %): ..." one item a line, the greatest gain as it comes; "" without advice.
std::string advice_list(const std::vector<Advice>& advice);

// A table of texts: columns as wide as their widest cell, numbers to the right. The first row is the heading.
std::string text_table(const std::vector<std::vector<std::string>>& rows);

}  // namespace shoal::run

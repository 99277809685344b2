// SPDX-License-Identifier: Apache-2.0
#include "run/terminal.hpp"

#include <limits>

#include "catch.hpp"
#include "run/display_width.hpp"

using namespace shoal::run;

namespace {

DriveStatus sample_status() {
  DriveStatus status;
  status.progress.counts.done = 35;
  status.progress.counts.total = 100;
  status.progress.counts.total_known = true;
  status.progress.elapsed_seconds = 42;
  status.progress.rate = 12.34;
  status.progress.eta_seconds = 78;
  status.durable_seconds_ago = 0.4;
  return status;
}

}  // namespace

TEST_CASE("the live line holds everything on a wide terminal and the essential on a narrow one", "[unit]") {
  const DriveStatus status = sample_status();
  CHECK(live_line(status, "best loss 0.0123 (trial 17)", 160, false) ==
        "[#######.............]  35/100 (35 %)  1:18 left  12.3/s  best loss 0.0123 (trial 17)  42 s elapsed  durable 0.4 s ago");
  CHECK(live_line(status, "best loss 0.0123 (trial 17)", 60, false) ==
        "[#######.............]  35/100 (35 %)  1:18 left  12.3/s");
  for (int columns = 1; columns < 200; ++columns)
    CHECK(display_width(live_line(status, "best löss", columns, false)) < static_cast<std::size_t>(std::max(columns, 40)));
}

TEST_CASE("the live line warns in colour of lost ranks and of a late end", "[unit]") {
  DriveStatus status = sample_status();
  CHECK_THAT(live_line(status, "", 160, true), !Catch::Contains("\x1B"));
  status.progress.counts.ranks_lost = 2;
  status.stop_in_seconds = 60;
  CHECK_THAT(live_line(status, "", 160, true), Catch::StartsWith("\x1B[33m[") && Catch::Contains("2 ranks lost  LATE"));
}

TEST_CASE("the plain line compares the expected end with the limit", "[unit]") {
  DriveStatus status = sample_status();
  CHECK(plain_line(status, "best loss 0.0123", "12:34:56") ==
        "12:34:56  35/100 (35 %)  12.3/s  best loss 0.0123  ETA 1:18  durable 0.4 s ago");
  status.stop_in_seconds = 600;
  CHECK_THAT(plain_line(status, "", "12:34:56"), Catch::Contains("ETA 1:18, limit in 10:00 ok"));
  status.stop_in_seconds = 60;
  CHECK_THAT(plain_line(status, "", "12:34:56"), Catch::Contains("ETA 1:18, limit in 1:00 LATE"));
  status.progress.eta_seconds = -1;
  status.progress.counts.total_known = false;
  CHECK(plain_line(status, "", "12:34:56") == "12:34:56  35/100+ (35 %)  12.3/s  ETA -, limit in 1:00  durable 0.4 s ago");
  status.stopping = true;
  CHECK_THAT(plain_line(status, "", "12:34:56"), Catch::Contains("stopping") && !Catch::Contains("ETA"));
}

TEST_CASE("a hundred per cent is shown only when all is done", "[unit]") {
  DriveStatus status = sample_status();
  status.progress.counts = {.done = 9999, .total = 10000, .total_known = true};
  CHECK_THAT(plain_line(status, "", ""), Catch::Contains("9,999/10,000 (99 %)"));
}

TEST_CASE("automatic progress and colour follow the terminal and its environment", "[unit]") {
  const Terminal file{.is_terminal = false};
  const Terminal screen{.is_terminal = true};
  const Terminal dumb{.is_terminal = true, .dumb = true};
  const Terminal plain{.is_terminal = true, .no_color = true};
  CHECK(choose_progress(ProgressMode::automatic, screen) == ProgressMode::bar);
  CHECK(choose_progress(ProgressMode::automatic, file) == ProgressMode::lines);
  CHECK(choose_progress(ProgressMode::automatic, dumb) == ProgressMode::lines);
  CHECK(choose_progress(ProgressMode::automatic, plain) == ProgressMode::bar);
  CHECK(choose_progress(ProgressMode::off, screen) == ProgressMode::off);
  CHECK(choose_color(ColorMode::automatic, screen));
  for (const Terminal& terminal : {file, dumb, plain}) CHECK_FALSE(choose_color(ColorMode::automatic, terminal));
  CHECK(choose_color(ColorMode::always, plain));
  CHECK_FALSE(choose_color(ColorMode::never, screen));

  const auto environment = [](const std::string& name) -> std::optional<std::string> {
    if (name == "NO_COLOR") return "1";
    if (name == "TERM") return "dumb";
    return std::nullopt;
  };
  const Terminal described = describe_terminal(-1, environment);
  CHECK((described.no_color && described.dumb && !described.is_terminal));
}

TEST_CASE("durations, numbers and bytes are short and unambiguous", "[unit]") {
  CHECK(format_duration(0) == "0 s");
  CHECK(format_duration(0.344) == "0.34 s");
  CHECK(format_duration(42.4) == "42 s");
  CHECK(format_duration(59.9) == "1:00");
  CHECK(format_duration(187) == "3:07");
  CHECK(format_duration(3723) == "1:02:03");
  CHECK(format_duration(183845) == "2d 03:04:05");
  CHECK(format_duration(-1) == "-");
  CHECK(format_duration(std::numeric_limits<double>::infinity()) == "-");
  CHECK(format_duration(1e300) == "1e+300 s");
  CHECK(format_short(1234) == "1234");
  CHECK(format_short(12345) == "12.3 k");
  CHECK(format_short(4.56e6) == "4560 k");
  CHECK(format_short(4.56e7) == "45.6 M");
  CHECK(format_short(0.0123) == "0.012");
  CHECK(format_bytes(512) == "512 B");
  CHECK(format_bytes(1.5 * 1024 * 1024) == "1.50 MiB");
  CHECK(format_count(-1234567) == "-1,234,567");
  CHECK(format_count(999) == "999");
}

TEST_CASE("the section table shows minimum, average and maximum over ranks with their spread", "[unit]") {
  CHECK(section_table({{"tasks", 8, 9, 10}, {"idle", 0, 1, 2}}, 10) ==
        "section | min/s | avg/s |  max/s |  %var | %total\n"
        "--------+-------+-------+--------+-------+-------\n"
        "tasks   | 8.000 | 9.000 | 10.000 |  11.1 |   90.0\n"
        "idle    | 0.000 | 1.000 |  2.000 | 100.0 |   10.0\n");
  CHECK(section_table({}, 10).empty());
}

TEST_CASE("advice is numbered", "[unit]") {
  CHECK(advice_list({{"use 2 ranks", 0.125}, {"pin threads", 0}}) ==
        "ADVICE 1 (gain about 12 %): use 2 ranks\nADVICE 2: pin threads\n");
  CHECK(advice_list({}).empty());
}

// SPDX-License-Identifier: Apache-2.0
#include "run/time_limit.hpp"

#include <map>

#include "catch.hpp"
#include "shoal/error.hpp"

namespace shoal::run {
namespace {

parallel::Environment job(std::map<std::string, std::string> values) {
  return [values](const std::string& name) -> std::optional<std::string> {
    const auto it = values.find(name);
    return it == values.end() ? std::nullopt : std::optional(it->second);
  };
}

CommandOutput says(std::optional<std::string> text, std::string* asked = nullptr) {
  return [text, asked](const std::string& command) {
    if (asked) *asked = command;
    return text;
  };
}

TEST_CASE("durations are read as squeue prints them", "[unit]") {
  CHECK(parse_slurm_duration("0:07") == 7.0);
  CHECK(parse_slurm_duration("12:34") == 754.0);
  CHECK(parse_slurm_duration("1:00:01") == 3601.0);
  CHECK(parse_slurm_duration("2-03:04:05") == 183845.0);
  CHECK(parse_slurm_duration("1-12") == 129600.0);
  for (const char* text : {"", "12", "a:b", "1:2:3:4", "-1:00", "1-", "UNLIMITED", "1:00 "}) {
    CHECK_FALSE(parse_slurm_duration(text));
  }
}

TEST_CASE("the remaining time comes from the environment where Slurm puts it there", "[unit]") {
  CHECK(slurm_seconds_left(job({{"SLURM_JOB_ID", "5"}, {"SLURM_JOB_END_TIME", "1000900"}}), says({}), 1000000) == 900.0);
  CHECK(slurm_seconds_left(job({{"SLURM_JOB_ID", "5"}, {"SLURM_JOB_END_TIME", "900"}}), says({}), 1000000) == 0.0);
}

TEST_CASE("else squeue is asked", "[unit]") {
  std::string command;
  CHECK(slurm_seconds_left(job({{"SLURM_JOB_ID", "5"}}), says("1:30:00\n", &command), 0) == 5400.0);
  CHECK(command == "squeue --noheader --jobs=5 --format=%L 2>/dev/null");
  CHECK_FALSE(slurm_seconds_left(job({{"SLURM_JOB_ID", "5"}}), says("UNLIMITED\n"), 0));
}

TEST_CASE("without Slurm, or without its answer, the user is asked for a time", "[unit]") {
  CHECK_THROWS_WITH(slurm_seconds_left(job({}), says({}), 0),
                    "--max-time auto works inside a Slurm job only: give a time, such as --max-time 1:30:00");
  CHECK_THROWS_WITH(slurm_seconds_left(job({{"SLURM_JOB_ID", "5"}}), says("INVALID\n"), 0),
                    "--max-time auto: squeue does not tell the time that job 5 has left (it said `INVALID`): give a "
                    "time, such as --max-time 1:30:00");
  CHECK_THROWS_AS(slurm_seconds_left(job({{"SLURM_JOB_ID", "5; rm -r x"}}), says("1:00"), 0), InputError);
}

TEST_CASE("a run begins to stop early enough for its tasks and files, but not too early", "[unit]") {
  CHECK(stop_margin_seconds(36000, 60) == 90.0);
  CHECK(stop_margin_seconds(100, 60) == 20.0);
  CHECK(stop_margin_seconds(0, 60) == 0.0);
}

TEST_CASE("a command that fails gives nothing", "[unit]") {
  CHECK(run_command()("echo 1:00") == "1:00\n");
  CHECK_FALSE(run_command()("false"));
}

}  // namespace
}  // namespace shoal::run

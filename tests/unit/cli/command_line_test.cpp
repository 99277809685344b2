// SPDX-License-Identifier: Apache-2.0
#include "cli/command_line.hpp"

#include <sstream>

#include "catch.hpp"

using namespace shoal;
using namespace shoal::cli;

namespace {

std::vector<std::string> line(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

// The message of a command line that is refused; "" if it is not.
std::string refusal(const std::string& text) {
  try {
    const CommandLine command(line(text));
  } catch (const InputError& error) {
    CHECK(error.code() == ExitCode::usage);
    return error.what();
  }
  return "";
}

std::string output_of(const std::string& text) {
  std::ostringstream out, err;
  CHECK(CommandLine(line(text)).perform(out, err) == ExitCode::complete);
  CHECK(err.str().empty());
  return out.str();
}

}  // namespace

TEST_CASE("wrong words on the command line name the nearest right ones", "[unit]") {
  CHECK(refusal("shoal") == "no command is given (see `shoal --help`)");
  CHECK(refusal("shoal rnu x.toml") == "unknown command `rnu`: did you mean `run`? (see `shoal --help`)");
  CHECK(refusal("shoal bake") == "unknown command `bake` (see `shoal --help`)");
  CHECK(refusal("shoal run x.toml --thread 3") == "unknown option `--thread`: did you mean `--threads`? (see `shoal run --help`)");
  CHECK(refusal("shoal run x.toml --max-tme=3") == "unknown option `--max-tme=3`: did you mean `--max-time`? (see `shoal run --help`)");
  CHECK(refusal("shoal run x.toml y.toml") == "unexpected argument `y.toml` (see `shoal run --help`)");
  CHECK(refusal("shoal run") == "INPUT.toml is required (see `shoal run --help`)");
  CHECK_THAT(refusal("shoal run x.toml --threads two"), Catch::Contains("--threads") && Catch::Contains("shoal run --help"));
  CHECK_THAT(refusal("shoal run x.toml --threads 0"), Catch::Contains("--threads"));
  CHECK_THAT(refusal("shoal run x.toml --color red"), Catch::Contains("--color"));
  CHECK_THAT(refusal("shoal run x.toml --set"), Catch::Contains("--set"));
  CHECK_THAT(refusal("shoal verify r.h5 --fraction 2"), Catch::Contains("--fraction"));
}

TEST_CASE("each --set takes one word, so that the input may follow", "[unit]") {
  CHECK(refusal("shoal run --set a.b=1 --set=c=2 x.toml").empty());
  CHECK(refusal("shoal run x.toml --set a=1 --set b=-2 -o r.h5 --new --extend --json").empty());
}

TEST_CASE("every command explains itself with an example", "[unit]") {
  const std::string help = output_of("shoal --help");
#define SHOAL_COMMAND(name)                                                     \
  CHECK_THAT(help, Catch::Contains("  " #name " "));                            \
  CHECK_THAT(output_of("shoal " #name " --help"), Catch::Contains("Usage: shoal " #name) && Catch::Contains("Example:\n  "));
#include "cli/commands.def"
#undef SHOAL_COMMAND
  CHECK_THAT(output_of("shoal --version"), Catch::StartsWith("shoal 0."));
}

TEST_CASE("output that does not arrive is an error", "[unit]") {
  std::ostringstream out, err;
  out.setstate(std::ios::badbit);
  CHECK_THROWS_AS(CommandLine(line("shoal --help")).perform(out, err), SystemError);
}

TEST_CASE("failures become one message and an exit code", "[unit]") {
  const auto said = [](const auto& error, ExitCode code) {
    std::ostringstream err;
    CHECK(report(std::make_exception_ptr(error), err) == code);
    return err.str();
  };
  CHECK(said(InputError("wrong", ExitCode::usage), ExitCode::usage) == "shoal: wrong\n");
  CHECK(said(InputError("error E012: x"), ExitCode::invalid_input) == "error E012: x\n");
  CHECK(said(SystemError("disk full"), ExitCode::io) == "shoal: disk full\n");
  CHECK(said(std::runtime_error("oops"), ExitCode::internal) == "shoal: internal error: oops\n");
}

TEST_CASE("durations are read strictly", "[unit]") {
  CHECK(parse_duration("90") == 90);
  CHECK(parse_duration("90s") == 90);
  CHECK(parse_duration("0.5") == 0.5);
  CHECK(parse_duration("1:30") == 90);
  CHECK(parse_duration("1:30:00") == 5400);
  CHECK(parse_duration("1-12:00:00") == 129600);
  for (const char* text : {"", "x", "1:", ":1", "1:2:3:4", "-5", "1-", "1e400", "5m", "nan", "1:30s", " 5"}) {
    INFO(text);
    CHECK_THROWS_AS(parse_duration(text), InputError);
  }
}

TEST_CASE("init prints what was shipped, and version says what it is", "[unit]") {
  CHECK_THAT(output_of("shoal init tune"), Catch::Contains("workload = \"tune\""));
  CHECK_THAT(output_of("shoal init --list"), Catch::Contains("tune ") && Catch::Contains("tune_breast_cancer "));
  std::ostringstream out, err;
  CHECK_THROWS_WITH(CommandLine(line("shoal init tun")).perform(out, err), Catch::Contains("did you mean `tune`?"));
  CHECK_THROWS_WITH(CommandLine(line("shoal init")).perform(out, err), Catch::Contains("shoal init --list"));
  CHECK_THAT(output_of("shoal version --json"), Catch::StartsWith("{\"version\": ") && Catch::Contains("\"simd_targets\": [\"AVX3\", \"AVX2\"]"));
}

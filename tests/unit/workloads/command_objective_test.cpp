// SPDX-License-Identifier: Apache-2.0
// Programs as objectives: limits, values on the way, what they are given and what they leave.
#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "catch.hpp"
#include "loaded_tune.hpp"
#include "tree_values.hpp"
#include "workloads/tune/checkpoint_folder.hpp"
#include "workloads/tune/cpu_seats.hpp"

using namespace shoal;
using namespace shoal::workloads::tune;
using record::values_at;
using State = search::State;

namespace {

namespace fs = std::filesystem;

std::string command(const std::string& line, const std::string& keys = "", const std::string& space = "x = { uniformint = [0, 9] }",
                    const std::string& search = "trials = 1") {
  return fmt::format("[objective]\nkind = \"command\"\ncommand = '{}'\n{}\n[space]\n{}\n[search]\n{}\n", line, keys, space, search);
}

std::vector<std::int8_t> states(const record::Group& results) { return values_at<std::int8_t>(results, "trials/state"); }

std::vector<std::int8_t> only(State state) { return {static_cast<std::int8_t>(state)}; }

}  // namespace

TEST_CASE("A program that runs too long or takes too much memory is a state of its trial", "[tune]") {
  Loaded late(command("sleep 3000", "timeout_seconds = 0.2"));
  CHECK(states(late.run()) == only(State::timeout));
  CHECK(late.tune.tune_job().trials()[0].fail_reason == "not finished within 0.2 s");
  Loaded large(command("/usr/bin/python3 -c \"x = b\\\"x\\\" * 300_000_000; import time; time.sleep(3000)\"", "memory_mb = 100"));
  CHECK(states(large.run()) == only(State::out_of_memory));
  CHECK(large.tune.tune_job().trials()[0].fail_reason == "more than 100 MB of memory");
}

TEST_CASE("A worker that runs too long or takes too much memory is a state of its trial", "[tune]") {
  const std::string worker = "persistent = true\n";
  Loaded late(command("read line; sleep 3000", worker + "timeout_seconds = 0.2"));
  CHECK(states(late.run()) == only(State::timeout));
  Loaded large(command("read line; /usr/bin/python3 -c \"x = b\\\"x\\\" * 300_000_000; import time; time.sleep(3000)\"",
                       worker + "memory_mb = 100"));
  CHECK(states(large.run()) == only(State::out_of_memory));
}

TEST_CASE("Lines with the metric are the steps of a program; its last line is the result", "[tune]") {
  Loaded loaded(command(R"(echo hello; echo "{\"loss\": 4}"; echo "{\"other\": 1}"; echo "{\"loss\": 3}"; echo "{\"loss\": 2, \"done\": true, \"more\": 7}")",
                        "steps = 2"));
  const record::Group results = loaded.run();
  CHECK(values_at<double>(results, "history/loss") == std::vector<double>{4, 3});
  CHECK(values_at<double>(results, "trials/loss") == std::vector<double>{2});
  CHECK(values_at<double>(results, "trials/values/more") == std::vector<double>{7});
  CHECK(values_at<std::int64_t>(results, "trials/reached") == std::vector<std::int64_t>{2});
}

TEST_CASE("A program that a rung gives up is ended, whatever it would do", "[tune]") {
  // The later trials are worse than all before them, and would sleep for an hour after their first step.
  Loaded loaded(command(R"(x={x}; if [ $x -lt 6 ]; then for i in 1 2 3; do echo "{\"loss\": $x}"; done; else echo "{\"loss\": $x}"; sleep 3600; fi)",
                        "steps = 3", "x = { grid = [0, 9], step = 1 }",
                        "algorithm = \"grid\"\nwindow = 1\nscheduler = \"asha\"\nasha.reduction = 3"));
  const record::Group results = loaded.run();
  const auto found = states(results);
  REQUIRE(found.size() == 10);
  CHECK(found[0] == static_cast<std::int8_t>(State::ok));
  for (std::size_t t = 6; t < 10; ++t) CHECK(found[t] == static_cast<std::int8_t>(State::pruned));
}

TEST_CASE("Placeholders of branches that are hardly ever taken have values too", "[tune]") {
  const std::string space = "kind = { pchoice = [[0.999999, { name = \"a\" }], [0.000001, { name = \"b\", deep = 7, more = { uniform = [0, 1] } }]] }";
  Loaded loaded(command("echo 1{kind.deep}{kind_more}", "", space));
  CHECK(values_at<double>(loaded.run(), "trials/loss") == std::vector<double>{1});
  CHECK(loaded.diagnostics.empty());
}

TEST_CASE("A placeholder without value is named with the one that was meant", "[tune]") {
  CHECK(error_of(command("echo {y}")).find("the placeholder {y} has no value") != std::string::npos);
  const std::string rates = "learning_rate = { uniform = [0, 1] }";
  const std::string said = error_of(command("echo {learning_rat} {{text}}", "", rates));
  CHECK(said.find("the placeholder {learning_rat} has no value") != std::string::npos);
  CHECK(said.find("did you mean `learning_rate`?") != std::string::npos);
  CHECK(said.find("the placeholder {text}") == std::string::npos);
  CHECK(error_of(command("echo {checkpoint}")).find("it needs checkpoint = true") != std::string::npos);
  CHECK(error_of(command("echo {x}", "persistent = true")).find("parameters come to it as JSON lines") != std::string::npos);
  CHECK(error_of(command("echo 1", "environment = [\"A={z}\"]")).find("the placeholder {z} has no value") != std::string::npos);
}

TEST_CASE("Names that the trial itself says are no parameters", "[tune]") {
  CHECK(error_of(command("echo 1", "", "begin = { uniform = [0, 1] }")).find("a parameter is called `begin`") != std::string::npos);
}

TEST_CASE("The files of a checkpoint come back as they were", "[tune]") {
  tasks::Bytes bytes;
  std::string first;
  {
    const CheckpointFolder folder({});
    first = folder.path();
    CHECK(fs::is_empty(first));
    fs::create_directories(fs::path(first) / "a/b");
    std::ofstream(fs::path(first) / "a/b/large", std::ios::binary) << std::string(100000, '\0') << "end";
    std::ofstream(fs::path(first) / "empty");
    fs::create_symlink("/etc/passwd", fs::path(first) / "link");
    CHECK(folder.bytes() == 100003);
    bytes = folder.pack();
  }
  CHECK_FALSE(fs::exists(first));
  const CheckpointFolder folder(bytes);
  CHECK(folder.path() != first);
  CHECK(fs::file_size(fs::path(folder.path()) / "a/b/large") == 100003);
  CHECK(fs::file_size(fs::path(folder.path()) / "empty") == 0);
  CHECK_FALSE(fs::exists(fs::path(folder.path()) / "link"));
  CHECK(folder.pack() == bytes);
  CHECK_FALSE(CheckpointFolder({}).pack().empty());  // an empty folder is a state, too
}

TEST_CASE("No two trials have the same CPUs at once", "[tune]") {
  CpuSeats seats;
  seats.set({{0, 1}, {2, 3}});
  {
    const CpuSeats::Seat one(seats), two(seats), three(seats);
    CHECK(one.cpus().size() == 2);
    CHECK(two.cpus().size() == 2);
    CHECK(one.cpus() != two.cpus());
    CHECK(three.cpus().empty());
  }
  const CpuSeats::Seat again(seats);
  CHECK(again.cpus().size() == 2);
}

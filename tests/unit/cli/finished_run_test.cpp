// SPDX-License-Identifier: Apache-2.0
// The commands that look at a result, on a real one.
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "catch.hpp"
#include "cli/command_line.hpp"
#include "cli/measurement.hpp"
#include "cli/verification.hpp"
#include "shoal/error.hpp"
#include "shoal/record/result_file.hpp"

using namespace shoal;
using namespace shoal::cli;

namespace {

constexpr const char* kInput =
    "workload = \"tune\"\ntitle = \"tiny\"\n[data]\nsource = \"lorenz\"\nt_end = 2.0\npoints = 200\nsteps_ahead = 5\ntrain_points = [0, 100]\n"
    "validation_points = [100, 150]\n[network]\nepochs = 3\nbatch = 50\n[space]\nhidden = { choice = [[2], [3], [4]] }\n"
    "[search]\nalgorithm = \"grid\"\nrepeats = 4\n";

struct Folder {
  Folder() {
    std::filesystem::create_directories(path);
    std::ofstream(path / "tiny.toml") << kInput;
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string operator/(const std::string& name) const { return (path / name).string(); }

  std::filesystem::path path = std::filesystem::temp_directory_path() / ("shoal_cli_" + std::to_string(::getpid()));
};

struct Ended {
  ExitCode code;
  std::string out;
};

// As the program does it, failures included.
Ended shoal_command(std::vector<std::string> words) {
  words.insert(words.begin(), "shoal");
  std::ostringstream out, err;
  try {
    const ExitCode code = CommandLine(words).perform(out, err);
    return {code, out.str()};
  } catch (...) {
    const ExitCode code = report(std::current_exception(), err);
    return {code, err.str()};
  }
}

void run_tiny(const Folder& folder, const std::string& result, const std::vector<std::string>& options = {}) {
  std::vector<std::string> words = {"run", folder / "tiny.toml", "-o", folder / result, "--progress", "off", "--threads", "2"};
  words.insert(words.end(), options.begin(), options.end());
  REQUIRE(shoal_command(words).code == ExitCode::complete);
}

}  // namespace

TEST_CASE("a result verifies, and a changed one does not", "[unit]") {
  const Folder folder;
  run_tiny(folder, "r.h5");
  const std::string result = folder / "r.h5";
  const Ended sound = shoal_command({"verify", result, "--fraction", "0.5", "--seed", "3"});
  CHECK(sound.code == ExitCode::complete);
  CHECK_THAT(sound.out, Catch::Contains("tasks computed again (seed 3), as stored"));

  record::Group root = record::read_result(result);
  const record::RootInfo info = record::root_info(root);
  root.group("results/best").datasets.at("loss").bytes.at(0) ^= std::byte{1};
  record::seal(root, info);  // the digest agrees again: only recomputing can tell
  record::write_result(result, root);
  const Ended changed = shoal_command({"verify", result, "--fraction", "0.1"});
  CHECK(static_cast<int>(changed.code) == 1);
  CHECK_THAT(changed.out, Catch::Contains("best/loss") && Catch::Contains("DIFFERENT"));

  root = record::read_result(folder / "r.h5");
  root.group("provenance/task_hashes").datasets.at("hash").bytes.at(8) ^= std::byte{1};
  record::seal(root, info);
  record::write_result(result, root);
  CHECK_THAT(shoal_command({"verify", result}).out, Catch::Contains("stream 0, task 1: another result"));
}

TEST_CASE("show, diff, status and predict answer, and say what they cannot", "[unit]") {
  const Folder folder;
  run_tiny(folder, "a.h5");
  run_tiny(folder, "b.h5", {"--set", "schedule.chunk=one"});
  run_tiny(folder, "c.h5", {"--set", "seed=2"});
  CHECK_THAT(shoal_command({"show", folder / "a.h5"}).out, Catch::Contains("status   complete") && Catch::Contains("/results/best"));
  CHECK_THAT(shoal_command({"show", folder / "a.h5", "results/best/loss", "--json"}).out, Catch::Contains("\"values\""));
  const Ended missing = shoal_command({"show", folder / "a.h5", "/results/bets"});
  CHECK((missing.code == ExitCode::input_missing && missing.out.find("/results/best") != std::string::npos));

  CHECK(shoal_command({"diff", folder / "a.h5", folder / "b.h5"}).code == ExitCode::complete);
  const Ended differs = shoal_command({"diff", folder / "a.h5", folder / "c.h5"});
  CHECK(static_cast<int>(differs.code) == 1);
  CHECK_THAT(differs.out, Catch::Contains("/results/"));
  CHECK(shoal_command({"diff", folder / "a.h5", folder / "c.h5", "--rtol", "1e300"}).code != ExitCode::internal);

  CHECK_THAT(shoal_command({"status", folder / "a.h5", "--json"}).out, Catch::Contains("\"status\": \"complete\""));
  CHECK_THAT(shoal_command({"watch", folder / "a.h5"}).out, Catch::Contains("complete"));
  std::ofstream(folder / "points.csv") << "x,y,z\n1,2,3\n";
  const Ended predicted = shoal_command({"predict", folder / "a.h5", "--data", folder / "points.csv"});
  CHECK(predicted.code == ExitCode::complete);
  CHECK(std::count(predicted.out.begin(), predicted.out.end(), '\n') == 2);
  CHECK(shoal_command({"predict", folder / "a.h5", "--data", folder / "none.csv"}).code == ExitCode::input_missing);
}

TEST_CASE("check describes an input and measures it", "[unit]") {
  const Folder folder;
  const std::string input = folder / "tiny.toml";
  const Ended plain = shoal_command({"check", input, "--ranks", "100", "--threads", "2"});
  CHECK(plain.code == ExitCode::complete);
  CHECK_THAT(plain.out, Catch::Contains("no errors") && Catch::Contains("search.repeats = 4") && Catch::Contains("# default, execution"));
  CHECK_THAT(plain.out, Catch::Contains("warning: 100 ranks x 2 threads are 200 workers"));
  CHECK_THAT(shoal_command({"check", input, "--measure", "0.1", "--threads", "1"}).out, Catch::Contains("measured  ") && Catch::Contains("  sbatch --ntasks="));
  CHECK_THAT(shoal_command({"check", input, "--json"}).out, Catch::StartsWith("{\"input\": ") && Catch::Contains("\"valid\": true"));
  CHECK(shoal_command({"check", input, "--set", "search.trial=3"}).code == ExitCode::invalid_input);
}

TEST_CASE("the batch script holds what was asked for", "[unit]") {
  const Folder folder;
  const Ended script = shoal_command({"slurm", folder / "tiny.toml", "--nodes", "3", "--ntasks-per-node", "2", "--cpus-per-task", "16", "--time",
                                      "2-00:00:00", "--set", "title=two words"});
  CHECK(script.code == ExitCode::complete);
  CHECK_THAT(script.out, Catch::StartsWith("#!/bin/bash") && Catch::Contains("\n#SBATCH --nodes=3\n") && Catch::Contains("\n#SBATCH --ntasks-per-node=2\n") &&
                             Catch::Contains("\n#SBATCH --cpus-per-task=16\n") && Catch::Contains("\n#SBATCH --time=2-00:00:00\n"));
  CHECK_THAT(script.out, Catch::Contains("tiny.toml --set 'title=two words' \"$@\"\n"));
}

// SPDX-License-Identifier: Apache-2.0
#include "process_tests.hpp"
#include "shoal/error.hpp"

using namespace shoal;
using namespace shoal::process;

namespace {
const Values kValues{{"rate", "0.1"}, {"name", "it's; $HOME"}, {"layer.0-a_b", "7"}};
}

TEST_CASE("names in braces become values, all other braces stay") {
  CHECK(fill("--rate={rate} {layer.0-a_b}", kValues) == "--rate=0.1 7");
  CHECK(fill("{{rate}} {{ {} { } {1} {a b} {\"x\": {rate}}", kValues) == "{rate} {{ {} { } {1} {a b} {\"x\": 0.1}");
  CHECK(fill("{", kValues) == "{");
  CHECK(fill("", kValues).empty());
  CHECK(fill("{rate", kValues) == "{rate");
  CHECK(fill("{name}", {{"name", "{rate}"}, {"rate", "1"}}) == "{rate}");  // values are not templates
}

TEST_CASE("the names of a command's placeholders are known before it is filled in") {
  Command command;
  command.arguments = {"run", "{rate} {{text}} {name}", "{rate}"};
  command.environment = {{"A", "{mode}"}};
  command.folder = "in/{trial}";
  command.files = {{"{file}", "{inside} { }"}};
  CHECK(placeholder_names(command) == std::vector<std::string>{"rate", "name", "mode", "trial", "file", "inside"});
}

TEST_CASE("a name without value is refused with its line and the names that there are") {
  CHECK_THROWS_WITH(fill("a\nb {rat}", {{"rate", "1"}, {"size", "2"}}),
                    "line 2: {rat} has no value; there are: rate, size (for the text itself write {{rat}})");
  CHECK_THROWS_AS(fill("{x}", {}), InputError);
}

TEST_CASE("no value is ever read as shell syntax") {
  Command command = shell("printf '%s|' {name} \"$1\"");
  command.arguments.push_back("{name} {rate}");
  const Outcome outcome = run(fill(command, kValues));
  CHECK(outcome.out.text() == "it's; $HOME|it's; $HOME 0.1|");
}

TEST_CASE("arguments, environment, folder, files and input are templates") {
  const Folder folder;
  Command command;
  command.arguments = {"/bin/sh", "-c", "cat input.txt - ; echo \"$1 $RATE\"; pwd", "sh", "{rate}"};
  command.environment = {{"RATE", "<{rate}>"}};
  command.folder = folder / "run-{layer.0-a_b}/deep";
  command.files = {{"input.txt", "rate = {rate}\n"}, {"empty", ""}};
  command.input = "typed {rate}\n";
  const Outcome outcome = run(fill(command, kValues));
  CHECK(outcome.state == State::ok);
  CHECK(outcome.out.text() == "rate = 0.1\ntyped 0.1\n0.1 <0.1>\n" + (folder / "run-7/deep") + "\n");
  CHECK(std::filesystem::exists(folder / "run-7/deep/empty"));
}

TEST_CASE("the start and the end of a text are kept, and what was left out is counted") {
  CapturedText text(8);
  text.append("abc");
  text.append("defgh");
  CHECK(text.text() == "abcdefgh");
  CHECK(text.dropped_bytes() == 0);
  text.append("i");
  CHECK(text.text() == "abcd\n... 1 bytes left out ...\nfghi");
  for (char c = 'j'; c <= 'z'; ++c) text.append({&c, 1});
  CHECK(text.text() == "abcd\n... 18 bytes left out ...\nwxyz");
  text.append("0123456789");
  CHECK(text.text() == "abcd\n... 28 bytes left out ...\n6789");
  CHECK(text.bytes() == 36);
  CHECK(text.end(2) == "89");
}

TEST_CASE("captured text is UTF-8 whatever bytes came, and whatever cut it") {
  CapturedText text(8);
  text.append(std::string_view("a\xff\0b", 4));
  CHECK(text.text() == "a\uFFFD\uFFFDb");
  CHECK(text.bytes() == 4);
  CapturedText cut(4);
  cut.append("ab\u00e9cd\u00e9");
  CHECK(cut.text() == "ab\n... 4 bytes left out ...\n\u00e9");
  CHECK(cut.end(1) == "\uFFFD");
}

TEST_CASE("variables of launchers go, those of users and of the job stay") {
  const std::vector<std::string> all{"OMPI_COMM_WORLD_RANK=1", "PMIX_RANK=1", "PMI_FD=3", "PRTE_X=1", "HYDRA_X=1", "SLURM_STEP_ID=0",
                                     "SLURM_PROCID=1", "SLURM_LOCALID=0", "SLURM_TASKS_PER_NODE=2", "SLURM_CPU_BIND=x", "OMP_PLACES=cores",
                                     "PATH=/bin", "SLURM_JOB_ID=7", "UCX_TLS=x", "HOME=/"};
  CHECK(clean_environment(all) == std::vector<std::string>{"PATH=/bin", "SLURM_JOB_ID=7", "UCX_TLS=x", "HOME=/"});
}

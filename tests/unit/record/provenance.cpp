// SPDX-License-Identifier: Apache-2.0
#include "shoal/record/provenance.hpp"

#include <algorithm>
#include <cstdlib>

#include "catch.hpp"
#include "folder.hpp"
#include "shoal/record/image.hpp"
#include "shoal/record/sha256.hpp"

using namespace shoal::record;

namespace {

Provenance sample() {
  Provenance content;
  content.run_id = "run-1";
  content.command_line = {"shoal", "run", "a.toml", "--set", "seed=2"};
  content.overrides = {"seed=2"};
  content.input_name = "a.toml";
  content.input_text = "workload = \"tune\"\r\n\n# verbatim \xC3\x9C";
  content.science_digest = std::string(64, 'b');
  content.science = {"seed = 2", "workload = \"tune\""};
  content.libraries.emplace_back("Open MPI", "4.1.4");
  content.data_files = {{"data.csv", std::string(64, 'c')}};
  content.ranks = {{"n1", 8, "0-7"}, {"n2", 8, "0-7"}};
  content.segments = {{"2026-01-31T12:00:00Z", "", "start", 2, 8, 0, "n1,n2", "0.1.0", "17.0"},
                      {"2026-01-31T13:00:00Z", "2026-01-31T14:00:00Z", "requeued by Slurm", 1, 4, 99, "n3", "0.1.0", "17.1"}};
  return content;
}

}  // namespace

TEST_CASE("provenance survives its way through a file") {
  const Provenance meant = sample();
  Group root;
  write_provenance(root.group("provenance"), meant);
  const Group read_root = read_image(make_image(root));
  const Provenance read = read_provenance(*read_root.find_group("provenance"));
  CHECK(read.run_id == meant.run_id);
  CHECK(read.command_line == meant.command_line);
  CHECK(read.overrides == meant.overrides);
  CHECK(read.input_text == meant.input_text);
  CHECK(read.science == meant.science);
  CHECK(read.libraries == meant.libraries);
  CHECK(read.data_files == meant.data_files);
  CHECK(read.build.git_commit == meant.build.git_commit);
  CHECK(read.build.git_dirty == meant.build.git_dirty);
  CHECK(read.build.flags == meant.build.flags);
  REQUIRE(read.ranks.size() == 2);
  CHECK(read.ranks[1].host == "n2");
  CHECK(read.ranks[1].mask == "0-7");
  REQUIRE(read.segments.size() == 2);
  CHECK(read.segments[0].ended.empty());
  CHECK(read.segments[1].reason == "requeued by Slurm");
  CHECK(read.segments[1].tasks_reused == 99);
  CHECK(read.segments[1].slurm_job == "17.1");
  CHECK(root.find_dataset("provenance/input_sha256")->strings[0] == to_hex(sha256(meant.input_text)));
}

TEST_CASE("provenance that misses a part is refused with its name") {
  Group group;
  write_provenance(group, sample());
  group.groups.at("segments").datasets.erase("reason");
  CHECK(message_of([&] { read_provenance(group); }) ==
        "the result has no /provenance/segments/reason: it is damaged or not of this program.");
}

TEST_CASE("the stored environment holds what steers a run, and no secret") {
  ::setenv("OMP_NUM_THREADS", "3", 1);
  ::setenv("SLURM_JWT", "secret", 1);
  ::setenv("OMPI_MCA_secret_key_KEY", "secret", 1);
  ::setenv("SLURM_JOB_ID", "17", 1);
  ::setenv("MY_DIARY", "private", 1);
  const auto variables = allowed_environment();
  ::unsetenv("SLURM_JOB_ID");
  const auto has = [&](const std::string& name) {
    return std::any_of(variables.begin(), variables.end(), [&](const auto& variable) { return variable.first == name; });
  };
  CHECK(has("OMP_NUM_THREADS"));
  CHECK(has("SLURM_JOB_ID"));
  CHECK_FALSE(has("SLURM_JWT"));
  CHECK_FALSE(has("OMPI_MCA_secret_key_KEY"));
  CHECK_FALSE(has("MY_DIARY"));
  CHECK(std::is_sorted(variables.begin(), variables.end()));
}

TEST_CASE("the build names its version, compiler, flags and libraries") {
  const BuildInfo& build = build_info();
  CHECK_FALSE(build.version.empty());
  CHECK((build.git_commit == "unknown" || build.git_commit.size() == 40));
  CHECK_THAT(build.flags, Catch::Contains("-march=x86-64-v3") && Catch::Contains("-ffp-contract=off"));
  CHECK_THAT(build.compiler, Catch::StartsWith("GCC") || Catch::StartsWith("clang"));
  CHECK(record_libraries()[0] == std::pair<std::string, std::string>("HDF5", hdf5_version()));
}

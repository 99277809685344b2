// SPDX-License-Identifier: Apache-2.0
#include "shoal/parallel/session.hpp"

#include <map>
#include <new>

#include "catch.hpp"

namespace shoal::parallel {
namespace {

Environment environment_of(std::map<std::string, std::string> values) {
  return [values](const std::string& name) -> std::optional<std::string> {
    const auto it = values.find(name);
    return it == values.end() ? std::nullopt : std::optional(it->second);
  };
}

TEST_CASE("without a launcher in the environment MPI is not started", "[unit]") {
  const Launch launch = detect_launch(environment_of({{"HOME", "/root"}}));
  CHECK_FALSE(launch.by_launcher);
  CHECK_FALSE(launch.in_slurm_job);
  CHECK_FALSE(launch.several_copies);
  Session session(environment_of({}));
  CHECK_FALSE(session.uses_mpi());
  CHECK(session.comm().size() == 1);
  CHECK(session.finish(ExitCode::resumable) == 75);
}

TEST_CASE("mpirun, srun with PMIx and PMI launchers are recognised", "[unit]") {
  CHECK(detect_launch(environment_of({{"OMPI_COMM_WORLD_SIZE", "4"}})).by_launcher);
  CHECK(detect_launch(environment_of({{"PMIX_RANK", "0"}})).by_launcher);
  CHECK(detect_launch(environment_of({{"PMI_RANK", "0"}, {"PMI_SIZE", "2"}})).by_launcher);
}

TEST_CASE("a batch script is no launcher, whatever the size of its job", "[unit]") {
  const Launch launch = detect_launch(
      environment_of({{"SLURM_JOB_ID", "7"}, {"SLURM_NTASKS", "8"}, {"SLURM_PROCID", "0"}, {"SLURM_NPROCS", "8"}}));
  CHECK_FALSE(launch.by_launcher);
  CHECK_FALSE(launch.several_copies);
  CHECK(launch.in_slurm_job);
}

TEST_CASE("a Slurm step of several tasks without PMIx is refused and names the remedy", "[unit]") {
  const auto step = environment_of({{"SLURM_JOB_ID", "7"}, {"SLURM_PROCID", "1"}, {"SLURM_STEP_NUM_TASKS", "4"}});
  CHECK(detect_launch(step).several_copies);
  try {
    Session session(step);
    FAIL("it was accepted");
  } catch (const SystemError& error) {
    CHECK(error.code() == ExitCode::unsuitable);
    CHECK(std::string(error.what()) ==
          "this Slurm step has 4 tasks, but they were started without PMIx and cannot find each other: use `srun "
          "--mpi=pmix`, or mpirun");
  }
}

TEST_CASE("a Slurm step with PMIx, or under mpirun, or of one task is accepted", "[unit]") {
  const std::map<std::string, std::string> step{{"SLURM_JOB_ID", "7"}, {"SLURM_PROCID", "1"}, {"SLURM_STEP_NUM_TASKS", "4"}};
  auto pmix = step;
  pmix["PMIX_RANK"] = "1";
  CHECK_FALSE(detect_launch(environment_of(pmix)).several_copies);
  CHECK(detect_launch(environment_of(pmix)).by_launcher);
  auto mpirun = step;
  mpirun["OMPI_COMM_WORLD_SIZE"] = "8";
  CHECK_FALSE(detect_launch(environment_of(mpirun)).several_copies);
  auto single = step;
  single["SLURM_STEP_NUM_TASKS"] = "1";
  CHECK_FALSE(detect_launch(environment_of(single)).several_copies);
}

TEST_CASE("every exception has one exit code and one message", "[unit]") {
  const auto of = [](auto thrown) { return describe(std::make_exception_ptr(thrown)); };
  CHECK(of(InputError("bad key")).code == ExitCode::invalid_input);
  CHECK(of(InputError("bad key")).message == "bad key");
  CHECK(of(SystemError("full", ExitCode::io)).code == ExitCode::io);
  CHECK(of(std::bad_alloc()).code == ExitCode::unsuitable);
  CHECK(of(std::bad_alloc()).message == "out of memory");
  CHECK(of(std::logic_error("x")).code == ExitCode::internal);
  CHECK(of(std::logic_error("x")).message == "internal error: x");
  CHECK(of(5).message == "internal error: an unknown exception");
}

TEST_CASE("a step done together passes on the exception of a single rank as it is", "[unit]") {
  Comm comm;
  CHECK_NOTHROW(together(comm, [] {}));
  CHECK_THROWS_AS(together(comm, [] { throw std::domain_error("d"); }), std::domain_error);
}

}  // namespace
}  // namespace shoal::parallel

// SPDX-License-Identifier: Apache-2.0
#include "shoal/parallel/placement.hpp"

#include <numeric>

#include "catch.hpp"
#include "shoal/error.hpp"
#include "shoal/parallel/threads.hpp"

namespace shoal::parallel {
namespace {

std::vector<int> cpus(int first, int last) {
  std::vector<int> list(static_cast<std::size_t>(last - first + 1));
  std::iota(list.begin(), list.end(), first);
  return list;
}

RankPlacement on(std::string host, int rank, int threads, std::vector<int> mask, int host_cpus = 16) {
  RankPlacement placement;
  placement.rank = rank;
  placement.host = std::move(host);
  placement.n_threads = threads;
  placement.cpus = std::move(mask);
  placement.host_cpus = host_cpus;
  return placement;
}

std::vector<RankPlacement> by_mpirun(std::vector<RankPlacement> ranks) {
  for (RankPlacement& rank : ranks) rank.by_mpirun = true;
  return ranks;
}

std::vector<RankPlacement> by_srun(std::vector<RankPlacement> ranks) {
  for (RankPlacement& rank : ranks) rank.in_slurm = true;
  return ranks;
}

TEST_CASE("CPU lists are written as ranges", "[unit]") {
  CHECK(format_cpus({}) == "none");
  CHECK(format_cpus({5}) == "5");
  CHECK(format_cpus({0, 1, 2, 3, 8}) == "0-3,8");
  CHECK(format_cpus({0, 2, 4, 5}) == "0,2,4-5");
}

TEST_CASE("the banner has one line of totals and one a host", "[unit]") {
  CHECK(describe_placement({on("desk", 0, 2, {0, 1})}) ==
        std::vector<std::string>{"1 host, 1 rank, 2 worker threads", "desk: rank 0, 2 threads each, CPUs 0-1"});
  CHECK(describe_placement({on("n1", 0, 2, {0, 1}), on("n1", 1, 2, {2, 3}), on("n2", 2, 1, {0}), on("n2", 3, 1, {0})}) ==
        std::vector<std::string>{"2 hosts, 4 ranks, 6 worker threads", "n1: rank 0, 2 threads, CPUs 0-1",
                                 "n1: rank 1, 2 threads, CPUs 2-3", "n2: ranks 2-3, 1 thread each, CPUs 0 shared"});
}

TEST_CASE("each rank gets CPUs of its own where there are enough", "[unit]") {
  using Sets = std::vector<std::vector<int>>;
  CHECK(exclusive_cpus({on("n1", 0, 2, {4, 5, 6}), on("n1", 1, 1, {4, 5, 6})}) == Sets{{4, 5}, {6}});
  CHECK(exclusive_cpus({on("n1", 0, 2, cpus(0, 3)), on("n2", 1, 2, cpus(0, 3)), on("n1", 2, 2, cpus(0, 3))}) ==
        Sets{{0, 1}, {0, 1}, {2, 3}});
  // Too few on one host: nobody there is bound, others are.
  CHECK(exclusive_cpus({on("n1", 0, 2, {0, 1}), on("n1", 1, 1, {0, 1}), on("n2", 2, 1, {7})}) == Sets{{}, {}, {7}});
}

TEST_CASE("a mask with a CPU for each thread gives no finding", "[unit]") {
  CHECK(check_placement({on("n1", 0, 8, cpus(0, 7)), on("n1", 1, 8, cpus(8, 15))}, false).empty());
  CHECK(check_placement({on("n1", 0, 8, cpus(0, 15)), on("n1", 1, 8, cpus(0, 15))}, false).empty());
  CHECK(check_placement({on("n1", 0, 16, cpus(0, 15)), on("n2", 1, 16, cpus(0, 15))}, false).empty());
}

TEST_CASE("8 threads on the one CPU that mpirun gives by default are named with the exact fix", "[unit]") {
  const auto findings = check_placement(by_mpirun({on("n1", 0, 8, {0}), on("n1", 1, 8, {1})}), false);
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].problem == "8 threads share 1 CPU on n1 (ranks 0-1, CPUs 0)");
  CHECK(findings[0].remedy == "use `mpirun --map-by slot:PE=8 --bind-to core`, or --threads 1");
  CHECK_FALSE(findings[0].fatal);
}

TEST_CASE("under Slurm it is an error unless allowed, and the fix is --cpus-per-task", "[unit]") {
  const auto ranks = by_srun({on("n1", 0, 4, {0})});
  const auto findings = check_placement(ranks, false);
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].remedy == "use --cpus-per-task=4 with sbatch and srun, or --threads 1");
  CHECK(findings[0].fatal);
  try {
    require_placement(findings);
    FAIL("it was accepted");
  } catch (const SystemError& error) {
    CHECK(error.code() == ExitCode::unsuitable);
    CHECK(std::string(error.what()) ==
          "4 threads share 1 CPU on n1 (rank 0, CPUs 0): use --cpus-per-task=4 with sbatch and srun, or --threads 1");
  }
  const auto allowed = check_placement(ranks, true);
  REQUIRE(allowed.size() == 1);
  CHECK_FALSE(allowed[0].fatal);
  CHECK_NOTHROW(require_placement(allowed));
}

TEST_CASE("ranks that share CPUs are found by the union of their masks", "[unit]") {
  const auto findings = check_placement(by_mpirun({on("n1", 0, 4, cpus(0, 3)), on("n1", 1, 4, cpus(0, 3))}), false);
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].problem == "8 threads of 2 ranks share 4 CPUs on n1 (ranks 0-1, CPUs 0-3)");
  CHECK(findings[0].remedy == "use `mpirun --map-by slot:PE=4 --bind-to core`");
}

TEST_CASE("where the host has too few CPUs for all threads the fix says fewer threads", "[unit]") {
  const auto findings =
      check_placement(by_mpirun({on("n1", 0, 4, cpus(0, 3), 4), on("n1", 1, 4, cpus(0, 3), 4)}), false);
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].remedy == "use `mpirun --map-by slot:PE=2 --bind-to core` and --threads 2");
}

TEST_CASE("more ranks than CPUs are told to be fewer", "[unit]") {
  const auto findings =
      check_placement(by_mpirun({on("n1", 0, 1, {0}, 2), on("n1", 1, 1, {0}, 2), on("n1", 2, 1, {0}, 2)}), false);
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].remedy == "use at most 1 rank on this host");
}

TEST_CASE("chains of overlapping masks form one group, masks apart do not", "[unit]") {
  const auto chain = check_placement({on("n1", 0, 2, {0, 1}), on("n1", 1, 2, {1, 2}), on("n1", 2, 2, {2, 3})}, false);
  REQUIRE(chain.size() == 1);
  CHECK(chain[0].problem == "6 threads of 3 ranks share 4 CPUs on n1 (ranks 0-2, CPUs 0-3)");
  CHECK(check_placement({on("n1", 0, 2, {0, 1}), on("n1", 1, 2, {2, 3})}, false).empty());
}

TEST_CASE("this process finds itself", "[unit]") {
  Comm comm;
  const auto ranks = gather_placement(comm, 3);
  REQUIRE(ranks.size() == 1);
  CHECK(ranks[0].n_threads == 3);
  CHECK(ranks[0].cpus == cpus_in_mask());
  CHECK_FALSE(ranks[0].host.empty());
  CHECK(ranks[0].host_cpus >= static_cast<int>(ranks[0].cpus.size()));
}

}  // namespace
}  // namespace shoal::parallel

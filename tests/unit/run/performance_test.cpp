// SPDX-License-Identifier: Apache-2.0
#include "run/performance.hpp"

#include "catch.hpp"

using namespace shoal;

namespace {

tasks::ChunkLog slice(int rank, int thread, double start, double end, std::int64_t count = 1) {
  tasks::ChunkLog log;
  log.rank = rank;
  log.thread = thread;
  log.start = start;
  log.end = end;
  log.count = count;
  log.cpu = end - start;
  return log;
}

}  // namespace

TEST_CASE("busy and idle times of all workers sum to workers x wall", "[unit]") {
  run::PerformanceLog log({2, 1});
  log.chunk(slice(0, 0, 1, 4));
  log.chunk(slice(0, 0, 5, 9));
  log.chunk(slice(0, 1, 0, 2));  // rank 1 never works
  const run::Efficiency e = log.efficiency(0, 10);
  CHECK(e.workers == 3);
  CHECK(e.busy_seconds == Approx(9));
  CHECK(e.start_idle == Approx(1 + 0 + 10));
  CHECK(e.gap_idle == Approx(1));
  CHECK(e.tail_idle == Approx(1 + 8));
  CHECK(e.busy_seconds + e.start_idle + e.gap_idle + e.tail_idle == Approx(3 * 10));
  CHECK(e.parallel_efficiency() == Approx(0.3));
  CHECK(e.load_balance == Approx(3.0 / 7.0));
}

TEST_CASE("sections are seconds a thread, with minimum, average and maximum over ranks", "[unit]") {
  run::PerformanceLog log({2, 1});
  log.chunk(slice(0, 0, 0, 4));
  log.chunk(slice(0, 1, 0, 2));
  log.chunk(slice(1, 0, 0, 5));
  const auto sections = log.sections(0, 10);
  REQUIRE(sections.size() == 3);
  CHECK(sections[0].name == "tasks");
  CHECK(sections[0].minimum == Approx(3));
  CHECK(sections[0].average == Approx(4));
  CHECK(sections[0].maximum == Approx(5));
  CHECK(sections[2].maximum == Approx(7));
}

TEST_CASE("the log of slices stays bounded and loses no task and no CPU time", "[unit]") {
  run::PerformanceLog log({1, 1});
  const std::int64_t n = 2'500'000;
  for (std::int64_t i = 0; i < n; ++i) log.chunk(slice(static_cast<int>(i % 2), 0, static_cast<double>(i), static_cast<double>(i) + 1));
  record::Group group;
  log.write(group, 0, static_cast<double>(n), {});
  const auto& counts = group.group("tasks").datasets.at("count");
  const std::uint64_t rows = counts.shape.at(0);
  CHECK(rows < 1'000'000);
  CHECK(rows > 200'000);
  const auto* values = reinterpret_cast<const std::int64_t*>(counts.bytes.data());
  std::int64_t sum = 0;
  for (std::uint64_t row = 0; row < rows; ++row) sum += values[row];
  CHECK(sum == n);
}

TEST_CASE("advice names too many workers, a long tail and shared CPUs", "[unit]") {
  run::Efficiency e;
  e.workers = 8;
  e.wall_seconds = 10;
  e.busy_seconds = 40;
  e.cpu_seconds = 20;
  e.tail_idle = 40;
  const auto few = run::advise(e, 4);
  REQUIRE(few.size() == 2);
  CHECK(few[0].gain == Approx(0.5));
  const auto tail = run::advise(e, 100);
  REQUIRE(tail.size() == 2);
  CHECK(tail[0].text.find("last tasks") != std::string::npos);
  CHECK(tail[1].text.find("more workers than free CPUs") != std::string::npos);
}

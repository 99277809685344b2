// SPDX-License-Identifier: Apache-2.0
// Teams: several threads in one task, with barriers, under the queue that the driver uses.
#include <atomic>
#include <chrono>
#include <cstring>
#include <numeric>
#include <set>
#include <stdexcept>
#include <thread>

#include "catch.hpp"
#include "shoal/measure/in_state.hpp"
#include "shoal/tasks/local_queue.hpp"
#include "tasks/thread_team.hpp"

using namespace shoal::tasks;

namespace {

double seconds_now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

// Each task sums a table by members, in rounds: every round reads what all members wrote in the one before.
class SumJob final : public Job {
 public:
  Round prepare_round(std::int64_t, std::int64_t) override { return {}; }
  std::int64_t result_bytes(std::int64_t) const override { return 8; }
  void fold(TaskId, ByteView) override {}

  bool run(const TaskInput& in, Workspace*, TaskOutput& out) const override {
    constexpr std::int64_t n = 64;
    std::vector<std::uint64_t> now(n), next(n);
    std::iota(now.begin(), now.end(), static_cast<std::uint64_t>(in.id.task));
    if (in.id.task == throws) in.team.run([](int member) { if (member > 0 || member == 0) throw std::runtime_error("member " + std::to_string(member)); });
    in.team.run([&](int member) {
      ++calls;
      std::vector<std::uint64_t>* from = &now;
      std::vector<std::uint64_t>* to = &next;
      for (int round = 0; round < 50; ++round) {
        for (std::int64_t i = member; i < n; i += in.team.size())
          (*to)[static_cast<std::size_t>(i)] = (*from)[static_cast<std::size_t>(i)] * 3 + (*from)[static_cast<std::size_t>((i + 1) % n)];
        in.team.barrier();
        std::swap(from, to);
      }
    });
    const std::uint64_t sum = std::accumulate(now.begin(), now.end(), std::uint64_t{0});
    out.result.resize(out.result.size() + 8);
    std::memcpy(out.result.data() + out.result.size() - 8, &sum, 8);
    return true;
  }

  std::int64_t throws = -1;
  mutable std::atomic<int> calls{0};
};

// Runs tasks [0, n_tasks) on `threads` threads in teams of `size`.
LocalReport run_in_teams(const Job& job, int threads, int size, std::int64_t n_tasks) {
  Policy policy;
  policy.threads_per_task = size;
  policy.slice_seconds = 1e-9;
  MemoryBlobStore blobs;
  LocalQueue queue(job, 0, threads, policy, blobs, {seconds_now, nullptr, nullptr, nullptr});
  WorkerActions actions;
  const RoundStart start{0, 0, 0, 8, {}, false, {}};
  auto order = std::make_shared<const TaskOrder>(Order{}, job, 0, 0);
  WorkItem item;
  item.round = std::make_shared<const RoundInfo>(RoundInfo{start, order});
  item.count = n_tasks;
  actions.start.push_back(std::move(item));
  std::vector<std::thread> all;
  for (int t = 0; t < threads; ++t) all.emplace_back([&queue, t] { queue.work(t); });
  queue.carry_out(actions);
  LocalReport total;
  for (std::int64_t done = 0; done < n_tasks;) {
    LocalReport report = queue.report();
    for (ResultRun& run : report.runs) {
      done += run.count;
      total.runs.push_back(std::move(run));
    }
    for (const ChunkLog& log : report.log) total.log.push_back(log);
    for (const TaskError& error : report.errors) total.errors.push_back(error);
    if (!total.errors.empty()) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  queue.close();
  for (std::thread& thread : all) thread.join();
  return total;
}

std::vector<std::uint64_t> sums(const LocalReport& report, std::int64_t n_tasks) {
  std::vector<std::uint64_t> values(static_cast<std::size_t>(n_tasks));
  for (const ResultRun& run : report.runs)
    std::memcpy(values.data() + run.first, run.packed.data(), run.packed.size());
  return values;
}

}  // namespace

TEST_CASE("Teams of any size compute the same, each member once a call", "[unit]") {
  SumJob job;
  const auto expected = sums(run_in_teams(job, 1, 1, 40), 40);
  for (const auto& [threads, size] : {std::pair{2, 2}, {4, 2}, {3, 3}, {6, 3}, {5, 5}, {4, 1}}) {
    CAPTURE(threads, size);
    job.calls = 0;
    const LocalReport report = run_in_teams(job, threads, size, 40);
    CHECK(sums(report, 40) == expected);
    CHECK(job.calls == 40 * size);
    std::set<int> leaders;
    for (const ChunkLog& log : report.log) leaders.insert(log.thread);
    for (const int thread : leaders) CHECK(thread % size == 0);
  }
}

TEST_CASE("What a member throws becomes the task's error, the lowest member's first", "[unit]") {
  SumJob job;
  job.throws = 7;
  const LocalReport report = run_in_teams(job, 3, 3, 20);
  REQUIRE(report.errors.size() == 1);
  CHECK(report.errors[0].text == "member 0");
  CHECK(report.errors[0].task == TaskId{0, 7});
}

TEST_CASE("The threads of a team are useful, serial or waiting for it, and wait for tasks between them", "[unit]") {
  using shoal::measure::ThreadState;
  shoal::measure::RankClock clock(2);
  // A clock that moves a little whenever it is read, and by the length of every nap: no machine's speed is in it.
  std::atomic<std::int64_t> microseconds{0};
  const std::function<double()> now = [&microseconds] { return 1e-6 * static_cast<double>(++microseconds); };
  const auto nap = [&microseconds](int ms) { microseconds += 1000 * ms; };
  clock.start(now());
  ThreadTeam team(2, now);
  std::thread member([&] {
    const shoal::measure::ThreadSeat seat(clock, 1, now);
    team.serve(1);
  });
  {
    const shoal::measure::ThreadSeat seat(clock, 0, now);
    team.begin_task();
    shoal::measure::enter_state(ThreadState::serial, now());
    nap(20);
    team.run([&](int who) { nap(who == 0 ? 10 : 40); });
    team.end_task();
    shoal::measure::enter_state(ThreadState::wait_task, now());
    team.close();
  }
  member.join();
  const auto times = clock.times(now());
  const auto seconds = [&](std::size_t thread, ThreadState state) { return shoal::measure::in_seconds(times.threads[thread].of(state)); };
  CHECK(seconds(0, ThreadState::serial) >= 0.02);
  CHECK(seconds(0, ThreadState::useful) >= 0.01);
  CHECK(seconds(0, ThreadState::wait_team) > 0);
  CHECK(seconds(1, ThreadState::useful) >= 0.04);
  CHECK(seconds(1, ThreadState::wait_team) > 0);
}

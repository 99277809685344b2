// SPDX-License-Identifier: Apache-2.0
#include "run/driver.hpp"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "run/driver_rank.hpp"
#include "shoal/parallel/session.hpp"
#include "shoal/parallel/threads.hpp"

namespace shoal::run {
namespace {

void check_teams(int threads, int threads_per_task) {
  if (threads_per_task >= 1 && threads % threads_per_task == 0) return;
  throw SystemError(fmt::format("{} worker threads a rank cannot be divided into teams of {}: change --threads or "
                                "schedule.threads_per_task, so that one is a multiple of the other", threads, threads_per_task),
                    ExitCode::unsuitable);
}

}  // namespace

DriveResult drive(tasks::Job& job, parallel::Comm& comm, const tasks::Policy& policy, const DriveOptions& options,
                  DriveHooks hooks, tasks::BlobStore* blobs) {
  // The threads are made once before anything else, so that too few of them are an error of all ranks alike.
  parallel::together(comm, [&options] { parallel::run_region(options.threads, {[] {}, [](int) {}, [] {}}); });
  parallel::together(comm, [&] { check_teams(options.threads, policy.threads_per_task); });
  const auto teams_of_rank = comm.gather(options.threads / policy.threads_per_task);
  tasks::MemoryBlobStore memory;
  std::optional<RankLoop> loop;
  parallel::together(comm, [&] {
    loop.emplace(job, comm, policy, options, std::move(hooks), blobs ? *blobs : memory, teams_of_rank);
  });
  return loop->run();
}

}  // namespace shoal::run

// SPDX-License-Identifier: Apache-2.0
#include "run/driver.hpp"

#include <optional>
#include <utility>

#include "run/driver_rank.hpp"
#include "shoal/parallel/session.hpp"
#include "shoal/parallel/threads.hpp"

namespace shoal::run {

DriveResult drive(tasks::Job& job, parallel::Comm& comm, const tasks::Policy& policy, const DriveOptions& options,
                  DriveHooks hooks, tasks::BlobStore* blobs) {
  // The threads are made once before anything else, so that too few of them are an error of all ranks alike.
  parallel::together(comm, [&options] { parallel::run_region(options.threads, {[] {}, [](int) {}, [] {}}); });
  const auto threads_of_rank = comm.gather(options.threads);
  tasks::MemoryBlobStore memory;
  std::optional<RankLoop> loop;
  parallel::together(comm, [&] {
    loop.emplace(job, comm, policy, options, std::move(hooks), blobs ? *blobs : memory, threads_of_rank);
  });
  return loop->run();
}

}  // namespace shoal::run

// SPDX-License-Identifier: Apache-2.0
// The worker threads of one rank: one OpenMP parallel region of T + 1 threads.
//
// Thread 0 is the main thread: it alone calls MPI and mostly sleeps. (GOMP with OMP_PLACES=cores puts thread 0 and the
// last of T + 1 threads on the same core, so the sleeping one must be thread 0.)
#pragma once

#include <functional>
#include <vector>

namespace shoal::parallel {

// The CPUs that this process may use, ascending: its affinity mask, or the OpenMP places where they are set. (GOMP binds the
// main thread to its own place when the program is loaded: its mask says nothing about the process then.)
std::vector<int> cpus_in_mask();

// Lets the calling thread run on all of cpus_in_mask(), whatever the thread that made it was bound to.
void unbind_thread();

// `asked` if positive, else the number of CPUs in the affinity mask.
int choose_threads(int asked);

struct RegionBodies {
  std::function<void()> main;          // thread 0
  std::function<void(int)> worker;     // worker w in [0, T)
  std::function<void()> on_failure;    // must not throw: called once, by the thread that failed first; makes all end soon
};

// Runs the bodies on T + 1 threads and returns when all have ended. All signals are blocked in the workers. No exception
// leaves the region: the first one is kept and rethrown here. Throws SystemError (69), before any body has run, if the
// system gives fewer threads than asked (OMP_THREAD_LIMIT, limits on processes).
void run_region(int n_workers, const RegionBodies& bodies);

// CPU time used so far, in seconds: of the calling thread, and of the process.
double thread_cpu_seconds();
double process_cpu_seconds();

}  // namespace shoal::parallel

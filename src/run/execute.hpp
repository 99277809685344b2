// SPDX-License-Identifier: Apache-2.0
// `shoal run`: starts or resumes one job and leaves one result file.
//
// The same command starts or resumes. A result that exists is judged first, before anything is touched:
//   complete and same input -> says so, exit 0          partial and same input -> resumes
//   other input             -> error 76 naming each changed key
// Then: lock, replay of the journal into the scheduler, run, snapshots on the way, complete result renamed into place and
// read back, journal removed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "shoal/error.hpp"
#include "shoal/parallel/session.hpp"
#include "workloads/workload.hpp"

namespace shoal::run {

enum class ProgressMode { automatic, bar, lines, off };
enum class ColorMode { automatic, always, never };

struct RunOptions {
  std::string input;                      // path of the TOML file
  std::vector<std::string> overrides;     // --set section.key=value, in order
  std::string output;                     // empty: the input's stem + ".h5" in the current folder
  int threads = 0;                        // worker threads a rank; 0: the CPUs in the affinity mask
  std::optional<double> max_time_seconds; // --max-time
  bool max_time_from_slurm = false;       // --max-time auto
  bool fresh = false;                     // --new: an existing result is kept as RESULT.h5.1, .2, ...
  bool extend = false;                    // --extend: growable science keys may have grown
  ProgressMode progress = ProgressMode::automatic;
  ColorMode color = ColorMode::automatic;
  bool json = false;                      // the end report as one JSON object on standard output
  std::vector<std::string> command_line;  // as typed, for the provenance
  const std::vector<workloads::WorkloadInfo>* known = nullptr;  // null: all of this program
};

struct RunEnd {
  ExitCode code = ExitCode::internal;
  bool abandon = false;  // leave without MPI_Finalize (Session::finish): a rank was lost or tasks were left behind
};

// Called by every rank of a launcher, or by the only process without one. Every rank returns the same. Errors of the input
// or the machine found before the run are thrown by every rank alike (the caller prints on rank 0 only); failures of the
// run itself are printed here, on rank 0.
RunEnd execute(const RunOptions& options, parallel::Session& session);

}  // namespace shoal::run

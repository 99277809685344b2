// SPDX-License-Identifier: Apache-2.0
// The life of one process of a run: decides from the environment whether a launcher started it, starts MPI only then, and
// ends it in the way that fits: MPI_Finalize, or without any collective after a rank was lost.
#pragma once

#include <exception>
#include <functional>
#include <optional>
#include <string>

#include "shoal/error.hpp"
#include "shoal/parallel/comm.hpp"

namespace shoal::parallel {

// Looks up one environment variable; no value: it is not set.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;
Environment process_environment();

// What the environment says about how this process was started. Pure.
struct Launch {
  bool by_launcher = false;       // mpirun, or srun with PMIx or PMI: MPI is to be started
  bool in_slurm_job = false;      // some scheduler will send KILL after TERM
  bool several_copies = false;    // a Slurm step of several tasks that cannot find each other
};
Launch detect_launch(const Environment& environment);

class Session {
 public:
  // Without a launcher MPI is not started at all. Throws SystemError (69) for a Slurm step of several tasks started
  // without PMIx, naming `--mpi=pmix`, and for a launcher of several ranks if this program was built without MPI.
  explicit Session(const Environment& environment = process_environment());
  // Finalises MPI unless a rank was lost; does not report.
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  Comm& comm() { return comm_; }
  const Launch& launch() const { return launch_; }
  bool uses_mpi() const { return uses_mpi_; }

  // The end of the process. Normally returns `code` after MPI_Finalize; after a loss, or if `abandon`, writes out the
  // standard streams and leaves with _exit(code), rank 0 first.
  int finish(ExitCode code, bool abandon = false);

 private:
  Launch launch_;
  bool uses_mpi_ = false;
  bool finished_ = false;
  Comm comm_;
};

// Collective, start-up only: runs `step` on every rank; if it throws anywhere, every rank throws the same error: that of
// the lowest rank, with the rank named in front if it is not rank 0.
void together(Comm& comm, const std::function<void()>& step);

// Writes out the standard streams and leaves without destructors, handlers or MPI_Finalize.
[[noreturn]] void leave(ExitCode code);

// leave() for all ranks of a run: rank 0 first, the others when it says so. mpirun ends all ranks when one leaves
// without MPI_Finalize, so another one leaving first would cut off what rank 0 still has to print.
[[noreturn]] void leave_after_root(Comm& comm, ExitCode code);

// The exit code and the one message for people of any exception (70 for one that is not ours).
struct Failure {
  ExitCode code = ExitCode::internal;
  std::string message;
};
Failure describe(const std::exception_ptr& exception);

}  // namespace shoal::parallel

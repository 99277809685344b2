// SPDX-License-Identifier: Apache-2.0
#include "shoal/parallel/session.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <thread>
#include <utility>

#include "parallel/transport.hpp"

namespace shoal::parallel {

namespace {

constexpr int kLeaveTag = 32767;  // rank 0 has said everything and leaves
constexpr double kLeaveFlushSeconds = 1;
constexpr std::chrono::seconds kRootSilence{30};  // a rank that waits for rank 0 longer than this leaves by itself

// Set by mpirun (Open MPI), by PMIx servers (srun --mpi=pmix, prte), by PMI of MPICH, Intel MPI and Cray, and by SimGrid.
constexpr std::array kLauncherVariables{"OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMIX_NAMESPACE", "PMI_RANK",
                                        "PMI_SIZE",             "PMI_FD",    "MPI_LOCALRANKID", "PALS_RANKID"};

int number(const std::optional<std::string>& text, int otherwise) {
  if (!text) return otherwise;
  int value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  return error == std::errc() && end == text->data() + text->size() ? value : otherwise;
}

bool has_any_launcher(const Environment& environment) {
  for (const char* name : kLauncherVariables) {
    if (environment(name)) return true;
  }
  return false;
}

int launched_ranks(const Environment& environment) {
  return std::max(number(environment("OMPI_COMM_WORLD_SIZE"), 1), number(environment("PMI_SIZE"), 1));
}

}  // namespace

Environment process_environment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    return value ? std::optional<std::string>(value) : std::nullopt;
  };
}

Launch detect_launch(const Environment& environment) {
  Launch launch;
  launch.in_slurm_job = environment("SLURM_JOB_ID").has_value();
  // srun without PMIx exports PMI_* for its own protocol only with --mpi=pmi2, which Open MPI does not speak here; PMIx
  // and Open MPI variables are what makes ranks find each other.
  launch.by_launcher = has_any_launcher(environment);
  // SLURM_PROCID alone is set in batch scripts too; a step says how many tasks it has.
  const int step_tasks = number(environment("SLURM_STEP_NUM_TASKS"), 1);
  const bool in_step = environment("SLURM_PROCID") && number(environment("SLURM_STEP_NUM_TASKS"), 0) > 0;
  const bool finds_others = environment("OMPI_COMM_WORLD_SIZE") || environment("PMIX_RANK") || environment("PMIX_NAMESPACE");
  launch.several_copies = in_step && step_tasks > 1 && !finds_others;
  return launch;
}

Session::Session(const Environment& environment) : launch_(detect_launch(environment)) {
  if (launch_.several_copies) {
    throw SystemError(
        fmt::format("this Slurm step has {} tasks, but they were started without PMIx and cannot find each other: "
                    "use `srun --mpi=pmix`, or mpirun",
                    environment("SLURM_STEP_NUM_TASKS").value_or("several")),
        ExitCode::unsuitable);
  }
  std::signal(SIGXFSZ, SIG_IGN);  // a file beyond its limit is a failed write with a message, not the end of the process
  if (!launch_.by_launcher) return;
  if (!Mpi::available()) {
    const int ranks = launched_ranks(environment);
    if (ranks > 1) {
      throw SystemError(fmt::format("{} ranks were started, but this shoal was built without MPI: run it without "
                                    "mpirun or srun, or build with -DSHOAL_MPI=ON",
                                    ranks),
                        ExitCode::unsuitable);
    }
    return;
  }
  Mpi::start();
  uses_mpi_ = true;
  comm_ = Comm(Mpi::world());
}

Session::~Session() {
  if (!uses_mpi_ || finished_ || comm_.any_was_lost()) return;
  try {
    Mpi::stop();
  } catch (const std::exception&) {  // the process ends anyhow
  }
}

int Session::finish(ExitCode code, bool abandon) {
  if (abandon || comm_.any_was_lost()) leave_after_root(comm_, code);
  finished_ = true;
  if (uses_mpi_) Mpi::stop();
  return static_cast<int>(code);
}

namespace {

struct Report {
  std::int32_t rank = -1;  // -1: nobody failed
  std::int32_t code = 0;
};

void throw_failure(int rank, ExitCode code, const std::string& message) {
  const std::string text = rank == 0 ? message : fmt::format("rank {}: {}", rank, message);
  if (code == ExitCode::invalid_input || code == ExitCode::usage || code == ExitCode::input_missing) {
    throw InputError(text, code);
  }
  throw SystemError(text, code);
}

}  // namespace

void together(Comm& comm, const std::function<void()>& step) {
  Failure own;
  bool failed = false;
  try {
    step();
  } catch (...) {
    if (comm.size() == 1) throw;
    own = describe(std::current_exception());
    failed = true;
  }
  const auto codes = comm.gather(static_cast<std::int32_t>(failed ? static_cast<int>(own.code) : 0));
  const auto messages = comm.gather(own.message);
  Report report;
  std::string message;
  for (std::size_t rank = 0; rank < codes.size() && report.rank < 0; ++rank) {
    if (codes[rank] == 0) continue;
    report = {static_cast<std::int32_t>(rank), codes[rank]};
    message = messages[rank];
  }
  report = comm.broadcast(report);
  message = comm.broadcast(message);
  if (report.rank >= 0) throw_failure(report.rank, static_cast<ExitCode>(report.code), message);
}

void leave_after_root(Comm& comm, ExitCode code) {
  using Clock = std::chrono::steady_clock;
  std::fflush(stdout);
  std::fflush(stderr);
  try {
    if (comm.rank() == 0) {
      for (int rank = 1; rank < comm.size(); ++rank) {
        comm.mark_alive(rank);  // one believed lost may be waiting too
        comm.send(rank, kLeaveTag, {});
      }
      comm.flush(kLeaveFlushSeconds);
    } else {
      const auto end = Clock::now() + kRootSilence;
      for (bool told = false; !told && Clock::now() < end;) {
        while (const auto message = comm.receive()) told = told || message->tag == kLeaveTag;
        if (!told) std::this_thread::sleep_for(std::chrono::milliseconds(2));
      }
    }
  } catch (const std::exception&) {  // the process ends anyhow
  }
  leave(code);
}

void leave(ExitCode code) {
  std::fflush(stdout);
  std::fflush(stderr);
  _exit(static_cast<int>(code));
}

Failure describe(const std::exception_ptr& exception) {
  try {
    std::rethrow_exception(exception);
  } catch (const Error& error) {
    return {error.code(), error.what()};
  } catch (const std::bad_alloc&) {
    return {ExitCode::unsuitable, "out of memory"};
  } catch (const std::exception& error) {
    return {ExitCode::internal, fmt::format("internal error: {}", error.what())};
  } catch (...) {
    return {ExitCode::internal, "internal error: an unknown exception"};
  }
}

}  // namespace shoal::parallel

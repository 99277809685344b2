// SPDX-License-Identifier: Apache-2.0
// What a workload is to the rest of the program. Each lives in a folder of its own and has one line in workloads.def.
//
// Life: construct -> bind (its keys) -> the input is read into its structs -> check_keys -> load (relations checked, data files
// read) -> job() is run, all ranks holding an equal object -> write_results on rank 0, at any time, of what was folded.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "shoal/config/schema.hpp"
#include "shoal/record/streamed.hpp"
#include "shoal/record/tree.hpp"
#include "shoal/tasks/job.hpp"
#include "shoal/tasks/message.hpp"

namespace shoal::workloads {

// A file named in the input whose content belongs to the science.
struct DataFile {
  std::string key;   // dotted input name, such as "data.file"
  std::string path;  // resolved against the folder of the input
  std::string digest = {};  // stands for the content instead of the file's SHA-256: of results, whose files differ in times
};

// What a run will need, as far as it can be told without running.
struct Estimate {
  std::int64_t n_tasks = 0;             // -1: depends on the results
  std::int64_t max_parallel_tasks = 0;  // more workers than this would idle
  std::int64_t rank_bytes = 0;          // memory of each worker thread and its rank, beyond the program itself
  std::int64_t result_bytes = 0;        // of the result file, before compression
  std::int64_t needed_disk_bytes = 0;   // a run is refused where the disk has less; 0: not known well enough
  std::int64_t needed_root_bytes = 0;   // a run is refused where rank 0 has less memory; 0: not known well enough
  double flop = 0;                      // useful floating-point operations; 0: unknown
};

class Workload {
 public:
  virtual ~Workload() = default;

  // Adds the workload's own keys and tables to the root table, bound to its structs.
  virtual void bind(config::Table& root) = 0;

  // Called once after reading, whatever errors that found: adds those that can be told from the keys alone, so that all
  // are reported in one pass. Keys with errors hold their defaults.
  virtual void check_keys(config::Diagnostics&) const {}

  // Called once after reading without errors. `folder`: of the input file, for relative paths.
  virtual void load(const std::string& folder, std::uint64_t seed, config::Diagnostics&) = 0;

  virtual std::vector<DataFile> data_files() const { return {}; }

  // Raised when the same input gives other results than before; results of another version are not continued.
  virtual int results_version() const { return 1; }

  // False: the science depends on time or the outside world (no digest is printed).
  virtual bool reproducible() const { return true; }

  // Science keys that may grow under --extend.
  virtual std::vector<std::string> growable_keys() const { return {}; }

  // Are the results of tasks kept in the complete result, so that it can be extended, and verified by computing some again?
  virtual bool keeps_task_results() const { return !growable_keys().empty(); }

  // Why computing some tasks again would say nothing about the result; empty if it does.
  virtual std::string not_verifiable() const { return {}; }

  virtual Estimate estimate() const = 0;

  // Lines for `shoal check`: what will be done, in words and numbers.
  virtual std::vector<std::string> describe() const { return {}; }

  // Worker threads of a rank that each task takes for itself; a larger schedule.threads_per_task counts instead.
  virtual int threads_per_task() const { return 1; }

  // Before the job runs, on every rank: the CPUs of each team of threads that works on a task, where they are the rank's
  // alone; else nothing.
  virtual void set_cpus(const std::vector<std::vector<int>>& /*of_teams*/) {}

  // Valid after load(). Pure tasks; see shoal/tasks/job.hpp.
  virtual tasks::Job& job() = 0;

  // Arrays of the complete result that tasks put tile by tile (TaskOutput::tiles, TileId::field: the number in this list):
  // for fields over 256 MiB, and any smaller ones. Valid after load(); shapes that follow from results of tasks (streamed.hpp)
  // when the job is complete. All their tiles must have been put by then. write_results() leaves them out; while tasks are
  // missing it may write a reduced preview in their place, under another name.
  virtual std::vector<record::StreamedDataset> streamed_datasets() const { return {}; }

  // Rank 0: a slice of work as it was done, before its results are folded; for measurements. Times are Unix times.
  virtual void note_slice(const tasks::ChunkLog&) {}

  // Rank 0, before the job runs: what an earlier run of the same job has left under /measurements.
  virtual void restore_measurements(const record::Group& /*measurements*/) {}

  // Fills /results (in the digest) and /measurements from what has been folded so far.
  virtual void write_results(record::Group& results, record::Group& measurements) const = 0;

  // Rank 0, once the complete result is in place: writes what stands beside it, such as a picture, and returns lines about it.
  // What it throws becomes a warning, since the result is complete.
  virtual std::vector<std::string> write_beside(const std::string& /*result*/) const { return {}; }

  // One short phrase for the progress line and `shoal status`, such as "best loss 0.0123 (trial 17)"; may be empty.
  virtual std::string headline() const { return {}; }

  // Lines of the end report, such as the table of the best configurations.
  virtual std::vector<std::string> report() const { return {}; }

  // More failures than the input allows: exit code 80, with the reason.
  virtual std::optional<std::string> too_many_failed() const { return std::nullopt; }
};

// One entry of workloads.def.
struct WorkloadInfo {
  std::string name;
  std::string summary;
  std::unique_ptr<Workload> (*make)();
};

const std::vector<WorkloadInfo>& all_workloads();

}  // namespace shoal::workloads

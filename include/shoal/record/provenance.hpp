// SPDX-License-Identifier: Apache-2.0
// Where a result comes from: the group /provenance.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "shoal/record/build_info.hpp"
#include "shoal/record/tree.hpp"

namespace shoal::record {

// One row a start or resume of the run.
struct Segment {
  std::string started;            // UTC
  std::string ended;              // UTC; empty: not known (killed) or not yet
  std::string reason;             // why it began: "start", "resumed after a time limit", ...
  std::int64_t ranks = 1;
  std::int64_t threads = 1;
  std::int64_t tasks_reused = 0;  // finished tasks it found
  std::string hosts;              // comma-separated
  std::string program;            // version and commit
  std::string slurm_job;          // id and restart count; empty outside Slurm
};

// One row a rank of the present segment.
struct RankPlace {
  std::string host;
  std::int64_t threads = 1;
  std::string mask;  // CPUs, such as "0-7,16-23"
};

struct Provenance {
  std::string run_id;
  BuildInfo build = build_info();
  std::vector<std::pair<std::string, std::string>> libraries = record_libraries();  // callers append theirs
  std::vector<std::string> command_line;
  std::vector<std::string> overrides;      // --set, in order
  std::string input_name;
  std::string input_text;                  // verbatim
  std::string science_digest;              // of everything that makes two inputs the same
  std::vector<std::string> science;        // that, as lines `key = value`
  std::vector<std::pair<std::string, std::string>> data_files;  // path, SHA-256
  std::vector<RankPlace> ranks;
  std::vector<Segment> segments;
};

// Fills a group: texts git_commit, compiler, flags, command_line, input_name, input_text, input_sha256, run_id,
// science_digest; i1 git_dirty; arrays science (line), overrides (override), libraries/{name,version} (library),
// data_files/{path,sha256} (file), ranks/{host,threads,mask} (rank), environment/{name,value} (variable),
// segments/{started,ended,reason,ranks,threads,tasks_reused,hosts,program,slurm_job} (segment), slurm/<name>.
void write_provenance(Group& provenance, const Provenance& content);

// The reverse, as far as it is stored (environment and Slurm ids are not). Throws Error (76) if something is missing.
Provenance read_provenance(const Group& provenance);

// The variables of the environment that may be stored: those that steer OpenMP, MPI, Slurm and the program; never one whose
// name looks like a secret. Sorted by name.
std::vector<std::pair<std::string, std::string>> allowed_environment();

}  // namespace shoal::record

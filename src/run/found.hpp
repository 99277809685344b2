// SPDX-License-Identifier: Apache-2.0
// What exists at the place of a result before a run, and what that means for it. Looking changes nothing.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "shoal/record/journal.hpp"
#include "shoal/tasks/result_run.hpp"

namespace shoal::run {

struct Found {
  enum class State {
    nothing,    // no result and no journal
    complete,   // a complete result (and perhaps leftovers of its run)
    resumable,  // a journal: the truth about an unfinished run
  };
  State state = State::nothing;
  std::string run_id;
  std::vector<std::string> science;              // of the input it belongs to, as lines `name = value`
  std::string science_digest;
  std::string digest;                            // of the results, if complete
  std::vector<tasks::ResultRun> results;         // finished tasks (of a complete result only if asked for)
  std::vector<tasks::Decision> decisions;        // likewise, of free rounds
  std::vector<record::JournalSegment> segments;  // starts and resumes so far (not of a complete result)
  record::JournalScan journal;
};

std::string journal_path(const std::string& result);

// Throws Error (76) if the file at `result` is not a result, or is a partial one without its journal.
// `with_results`: also reads the finished tasks of a complete result, for --extend.
Found find_result(const std::string& result, bool with_results);

enum class Verdict { start, resume, extend, already_complete };

// Throws Error (76) naming each changed key if what was found belongs to another input. `growable`: the keys that may grow
// under --extend.
Verdict judge(const Found& found, const std::string& result, const std::vector<std::string>& science,
              const std::vector<std::string>& growable, bool extend);

}  // namespace shoal::run

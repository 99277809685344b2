// SPDX-License-Identifier: Apache-2.0
// How far a run is, from what lies on disk: the journal, the lock, the latest snapshot. Nothing is changed, nothing waits.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace shoal::cli {

struct ResultStatus {
  std::string result;
  std::string status;                 // running, partial, complete or failed
  std::string workload;
  std::string title;
  std::string headline;               // "best loss 0.0123 (trial 17)": of the latest snapshot
  std::string snapshot;               // when the file at the place of the result was written, UTC
  std::string digest;                 // of a complete, reproducible result
  std::string lock;                   // who holds the lock, or that it is stale; empty: there is none
  std::int64_t tasks_done = 0;
  std::int64_t tasks_total = -1;      // -1: not known yet
  std::int64_t segments = 0;          // starts and resumes so far
  std::string started;                // UTC, of the present or last segment
  double rate = 0;                    // tasks a second in that segment; 0: unknown
  std::optional<double> eta_seconds;  // of a running run
  std::int64_t journal_bytes = 0;
};

// `unix_now`: seconds since 1970. Throws InputError (66) if there is neither a result nor a journal, Error (76) if what is there is
// not readable.
ResultStatus status_of(const std::string& result, double unix_now);

std::string to_text(const ResultStatus& status);
std::string to_json(const ResultStatus& status);

double unix_now();

}  // namespace shoal::cli

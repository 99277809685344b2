// SPDX-License-Identifier: Apache-2.0
// What `shoal run` says to people, on rank 0 only: banner, notes, progress, end report. With --json standard output carries
// nothing but the end report, and everything else goes to standard error.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "run/advice.hpp"
#include "run/driver.hpp"
#include "run/execute.hpp"
#include "run/input.hpp"
#include "run/performance.hpp"
#include "run/run_store.hpp"
#include "run/terminal.hpp"
#include "shoal/parallel/placement.hpp"

namespace shoal::run {

// What the end report is made of.
struct ReportParts {
  const RunOptions& options;
  const Input& input;
  const RunStore& store;
  const DriveResult& result;
  const Performance& figures;
  const std::vector<Advice>& advice;
  std::string digest;
};

class RunConsole {
 public:
  // Silent unless `is_root`.
  RunConsole(const RunOptions& options, bool is_root);

  void note(const std::string& text);  // something the user should know
  void warn(const std::string& text);
  void banner(const RunOptions& options, const Input& input, const RunStore& store,
              const std::vector<parallel::RankPlacement>& placement, const std::vector<std::string>& warnings,
              const std::vector<record::JournalSegment>& before, std::int64_t reused);
  void progress(const DriveStatus& status, const std::string& headline);
  void already_complete(const std::string& result, const Input& input);
  void end_report(const ReportParts& parts);

 private:
  void say(const std::string& text);  // a text without trailing newline: to standard output, or standard error with --json
  void clear_live_line();

  bool is_root_;
  bool json_;
  ProgressMode mode_;
  bool color_;
  int columns_;
  bool live_line_shown_ = false;
  double plain_interval_ = 60;  // seconds between plain progress lines
  double last_plain_ = 0;
};

}  // namespace shoal::run

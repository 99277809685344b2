// SPDX-License-Identifier: Apache-2.0
#include "shoal/tasks/progress.hpp"

namespace shoal::tasks {

Progress ProgressMeter::update(double now, const Counts& counts) {
  Progress progress{counts, now - start_, 0, -1};
  const std::int64_t done_here = counts.done - counts.reused;
  if (samples_.empty()) samples_.emplace_back(start_, 0);
  // A sample a hundredth of the window apart is fine enough.
  if (now - samples_.back().first >= window_ / 100) samples_.emplace_back(now, done_here);
  while (samples_.size() > 2 && now - samples_[1].first >= window_) samples_.pop_front();

  const auto [since, before] = samples_.front();
  if (now > since && done_here > before)
    progress.rate = static_cast<double>(done_here - before) / (now - since);
  if (counts.total_known && counts.done >= counts.total) progress.eta_seconds = 0;
  else if (counts.total_known && progress.rate > 0)
    progress.eta_seconds = static_cast<double>(counts.total - counts.done) / progress.rate;
  return progress;
}

}  // namespace shoal::tasks

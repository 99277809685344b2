// SPDX-License-Identifier: Apache-2.0
// task = "gaps": how often each gap between neighbouring primes comes, and the records. The result of a task is the GapTable of
// its window.
#include <fmt/format.h>

#include "workloads/primes/window_job.hpp"

namespace shoal::workloads::primes {
namespace {

constexpr std::size_t kReportedRecords = 8;

class GapJob final : public WindowJob {
 public:
  using WindowJob::WindowJob;

  void write_results(record::Group& results) const override {
    WindowJob::write_results(results);
    results.scalar("count", table_.count, "1", "number of primes");
    results.scalar("first", table_.first, "1", "smallest prime; 0: there is none");
    results.scalar("last", table_.last, "1", "largest prime; 0: there is none");
    if (table_.records.empty()) return;
    std::vector<std::uint64_t> sizes, times, starts, gaps;
    for (const auto& [gap, count] : table_.histogram) {
      sizes.push_back(gap);
      times.push_back(count);
    }
    for (const RecordGap& record : table_.records) {
      starts.push_back(record.start);
      gaps.push_back(record.gap);
    }
    record::Group& histogram = results.group("histogram");
    histogram.add("gap", sizes, {sizes.size()}, {"gap"}, "1", "difference of neighbouring primes");
    histogram.add("count", times, {times.size()}, {"gap"}, "1", "how often it comes");
    record::Group& records = results.group("records");
    records.add("gap", gaps, {gaps.size()}, {"record"}, "1", "gap larger than all before it");
    records.add("start", starts, {starts.size()}, {"record"}, "1", "the prime before it");
  }

  std::vector<std::string> report() const override {
    if (table_.records.empty()) return {};
    std::vector<std::string> lines = {fmt::format("{} primes, {} different gaps; the last of {} records:", table_.count, table_.histogram.size(),
                                                  table_.records.size())};
    const std::size_t n = table_.records.size();
    for (std::size_t i = n > kReportedRecords ? n - kReportedRecords : 0; i < n; ++i)
      lines.push_back(fmt::format("{:>6} after {}", table_.records[i].gap, table_.records[i].start));
    return lines;
  }

 protected:
  bool compute(const std::vector<std::uint64_t>& cuts, const tasks::StopToken& stop, tasks::Bytes& result) const override {
    GapTable all, piece;
    for (std::size_t i = 1; i < cuts.size(); ++i) {
      if (!tabulate_gaps({cuts[i - 1], cuts[i]}, stop, piece)) return false;
      extend(all, piece);
    }
    append(all, result);
    return true;
  }

  std::uint64_t take(tasks::ByteView result) override {
    const GapTable window = read_gap_table(result);
    extend(table_, window);
    return window.count;
  }

 private:
  GapTable table_;
};

}  // namespace

std::unique_ptr<PrimeJob> make_gap_job(const WindowPlan& plan, bool given) { return std::make_unique<GapJob>(plan, given); }

}  // namespace shoal::workloads::primes

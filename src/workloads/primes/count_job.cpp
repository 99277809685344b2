// SPDX-License-Identifier: Apache-2.0
// task = "count": the summary of the primes in an interval. The result of a task is the Summary of its window.
#include <fmt/format.h>

#include <algorithm>

#include "workloads/primes/prime_density.hpp"
#include "workloads/primes/window_job.hpp"
#include "workloads/primes/primes_parameters.hpp"

namespace shoal::workloads::primes {
namespace {

struct Quantity {
  std::string output;  // the word of `outputs` that asks for it
  std::string name;    // under /results
  std::uint64_t value;
  std::string long_name;
};

std::vector<Quantity> quantities(const Summary& s) {
  const auto& t = s.tuplets;
  return {{"count", "count", s.count, "number of primes"},
          {"twins", "twins", t[0], "pairs of primes p, p+2"},
          {"triplets", "triplets", t[1], "triplets of primes, p, p+2, p+6 and p, p+4, p+6"},
          {"quadruplets", "quadruplets", t[2], "quadruplets of primes p, p+2, p+6, p+8"},
          {"quintuplets", "quintuplets", t[3], "quintuplets of primes, p, p+2, p+6, p+8, p+12 and p, p+4, p+6, p+10, p+12"},
          {"sextuplets", "sextuplets", t[4], "sextuplets of primes p, p+4, p+6, p+10, p+12, p+16"},
          {"sum", "sum_mod_2_64", s.sum, "sum of all primes, modulo 2^64"},
          {"xor", "xor", s.bitwise_xor, "bitwise exclusive or of all primes"},
          {"residues", "residue_1_mod_4", s.one_mod_four, "primes of the form 4k + 1"},
          {"residues", "residue_3_mod_4", s.three_mod_four, "primes of the form 4k + 3"},
          {"first", "first", s.first, "smallest prime; 0: there is none"},
          {"last", "last", s.last, "largest prime; 0: there is none"},
          {"max_gap", "max_gap", s.max_gap, "largest difference of neighbouring primes, both in the interval; 0: fewer than two"},
          {"max_gap", "max_gap_start", s.max_gap_start, "the prime before the first gap of this size; 0: none"}};
}

class CountJob final : public WindowJob {
 public:
  CountJob(const WindowPlan& plan, bool given, const std::vector<std::string>& outputs)
      : WindowJob(plan, given), outputs_(outputs), wanted_(wanted_of(outputs)) {}

  std::int64_t result_bytes(std::int64_t) const override { return kSummaryBytes; }

  std::vector<std::string> describe() const override {
    std::vector<std::string> lines = WindowJob::describe();
    const auto passes = std::count(wanted_.tuplets.begin(), wanted_.tuplets.end(), true);
    lines.push_back(fmt::format("passes      {}{}", 1 + passes, wanted_.every_prime() ? ", one of them over every prime" : ""));
    return lines;
  }

  void write_results(record::Group& results) const override {
    WindowJob::write_results(results);
    for (const Quantity& q : quantities(total_))
      if (is_wanted(q)) results.scalar(q.name, q.value, "1", q.long_name);
  }

  std::vector<std::string> report() const override {
    std::vector<std::string> lines;
    for (const Quantity& q : quantities(total_))
      if (is_wanted(q)) lines.push_back(fmt::format("{:<16} {:>20}", q.name, q.value));
    return lines;
  }

 protected:
  bool compute(const std::vector<std::uint64_t>& cuts, const tasks::StopToken& stop, tasks::Bytes& result) const override {
    Summary all, piece;
    for (std::size_t i = 1; i < cuts.size(); ++i) {
      if (!summarise({cuts[i - 1], cuts[i]}, wanted_, stop, piece)) return false;
      all = merge(all, piece);
    }
    append(all, result);
    return true;
  }

  std::uint64_t take(tasks::ByteView result) override {
    const Summary window = read_summary(result);
    total_ = merge(total_, window);
    return window.count;
  }

 private:
  bool is_wanted(const Quantity& q) const {
    return q.output == "count" || std::find(outputs_.begin(), outputs_.end(), q.output) != outputs_.end();
  }

  std::vector<std::string> outputs_;
  Wanted wanted_;
  Summary total_;
};

}  // namespace

std::unique_ptr<PrimeJob> make_count_job(const WindowPlan& plan, bool given, const std::vector<std::string>& outputs) {
  return std::make_unique<CountJob>(plan, given, outputs);
}

}  // namespace shoal::workloads::primes

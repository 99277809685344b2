// SPDX-License-Identifier: Apache-2.0
// task = "nth": the n-th prime from `start` on.
//
//   rounds of windows: counted up to where the n-th prime is expected, then a few windows more at a time until it is reached
//   a last round of one task: looks for it in its window
// The result of a window is its count, of the last task the prime.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "shoal/error.hpp"
#include "shoal/math/functions.hpp"
#include "workloads/primes/prime_density.hpp"
#include "workloads/primes/window_job.hpp"
#include "workloads/primes/words.hpp"

namespace shoal::workloads::primes {
namespace {

constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();

class NthJob final : public PrimeJob {
 public:
  NthJob(std::uint64_t n, std::uint64_t start, std::uint64_t window) : n_(n), plan_(start, kMost, window), start_(start) {}

  std::int64_t result_bytes(std::int64_t) const override { return sizeof(std::uint64_t); }

  tasks::Round prepare_round(std::int64_t, std::int64_t) override {
    tasks::Round round;
    if (reached_) {
      round.n_tasks = prime_ == 0 ? 1 : 0;
      const Window window = plan_[reached_window_];
      const std::uint64_t words[] = {window.begin, window.end, n_ - before_};
      append_words(words, round.common_payload);
      return round;
    }
    const std::int64_t next = planned_;
    if (next == plan_.size())
      throw InputError(fmt::format("there are only {} primes from {} on below 2^64", count_, start_));
    planned_ = std::clamp(windows_up_to(expected_nth_prime(static_cast<double>(n_), start_)), next + 1, plan_.size());
    round.n_tasks = planned_ - next;
    return round;
  }

  bool run(const tasks::TaskInput& input, tasks::Workspace*, tasks::TaskOutput& output) const override {
    const std::vector<std::uint64_t> look_for = words_of(input.common_payload);
    std::uint64_t word = 0;
    if (!look_for.empty()) {
      if (!find_prime({look_for[0], look_for[1]}, look_for[2], input.stop, word)) return false;
    } else {
      Summary summary;
      if (!summarise(plan_[input.id.task], {}, input.stop, summary)) return false;
      word = summary.count;
    }
    append_words({&word, 1}, output.result);
    return true;
  }

  void fold(tasks::TaskId id, tasks::ByteView result) override {
    const std::uint64_t word = words_of(result).at(0);
    if (id.task == planned_) {  // the windows have smaller numbers
      prime_ = word;
      return;
    }
    counts_.push_back(word);
    if (!reached_ && n_ - count_ <= word) {
      reached_ = true;
      reached_window_ = id.task;
      before_ = count_;
    }
    count_ += word;
  }

  Estimate estimate() const override {
    Estimate estimate;
    const double end = expected_nth_prime(static_cast<double>(n_), start_);
    const std::int64_t windows = windows_up_to(end);
    estimate.n_tasks = -1;
    estimate.max_parallel_tasks = windows;
    estimate.rank_bytes = (std::int64_t{4} << 20) + static_cast<std::int64_t>(9 * logarithmic_integral(math::sqrt(end)));
    estimate.result_bytes = 24 * windows;
    return estimate;
  }

  std::vector<std::string> describe() const override {
    const double end = expected_nth_prime(static_cast<double>(n_), start_);
    return {fmt::format("prime       number {} from {} on, expected near {:.6g}", n_, start_, end),
            fmt::format("windows     about {} of {} numbers, then one search", windows_up_to(end), plan_[0].end - plan_[0].begin)};
  }

  void write_results(record::Group& results) const override {
    write_windows(plan_, counts_, results);
    results.scalar("n", n_, "1", "which prime from the start on, from 1");
    if (prime_ != 0) results.scalar("nth_prime", prime_, "1", "the n-th prime");
  }

  std::string headline() const override {
    if (prime_ != 0) return fmt::format("the prime is {}", prime_);
    return counts_.empty() ? "" : fmt::format("{} of {} primes counted", std::min(count_, n_), n_);
  }

  std::vector<std::string> report() const override {
    if (prime_ == 0) return {};
    return {fmt::format("prime number {} from {} on is {}", n_, start_, prime_)};
  }

 private:
  std::int64_t windows_up_to(double x) const {
    const double length = x - static_cast<double>(start_), window = static_cast<double>(plan_[0].end - plan_[0].begin);
    return static_cast<std::int64_t>(std::clamp(std::ceil(length / window), 1.0, static_cast<double>(plan_.size())));
  }

  std::uint64_t n_;
  WindowPlan plan_;
  std::uint64_t start_;
  std::int64_t planned_ = 0;          // windows of all rounds so far
  std::vector<std::uint64_t> counts_;
  std::uint64_t count_ = 0;
  bool reached_ = false;
  std::int64_t reached_window_ = 0;
  std::uint64_t before_ = 0;          // primes before that window
  std::uint64_t prime_ = 0;
};

}  // namespace

std::unique_ptr<PrimeJob> make_nth_job(std::uint64_t n, std::uint64_t start, std::uint64_t window) {
  return std::make_unique<NthJob>(n, start, window);
}

}  // namespace shoal::workloads::primes

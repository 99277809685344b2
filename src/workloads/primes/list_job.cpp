// SPDX-License-Identifier: Apache-2.0
// task = "list": all primes of an interval. The result of a task are the primes of its window as differences, 7 bits a byte and
// the last byte of each below 128 (the first is the difference to the window's begin): little more than a byte each.
#include <fmt/format.h>

#include <stdexcept>

#include "workloads/primes/prime_density.hpp"
#include "workloads/primes/window_job.hpp"

namespace shoal::workloads::primes {
namespace {

void append_difference(std::uint64_t difference, tasks::Bytes& bytes) {
  for (; difference >= 128; difference >>= 7) bytes.push_back(static_cast<std::byte>((difference & 127) | 128));
  bytes.push_back(static_cast<std::byte>(difference));
}

class ListJob final : public WindowJob {
 public:
  using WindowJob::WindowJob;

  Estimate estimate() const override {
    Estimate estimate = WindowJob::estimate();
    if (plan().size() == 0) return estimate;
    const double n = expected_primes(plan()[0].begin, plan()[plan().size() - 1].end);
    const double each = sizeof(std::uint64_t);
    estimate.result_bytes += static_cast<std::int64_t>(each * n);
    estimate.needed_disk_bytes = static_cast<std::int64_t>(kDiskBytes * n);
    estimate.needed_root_bytes = static_cast<std::int64_t>(kRootBytes * n);
    return estimate;
  }

  void write_results(record::Group& results) const override {
    WindowJob::write_results(results);
    results.scalar("count", count(), "1", "number of primes");
    if (!complete()) return;  // snapshots stay small
    results.add("primes", primes_, {primes_.size()}, {"prime"}, "1", "all primes of the interval, rising");
    if (counts().empty()) return;
    std::vector<std::uint64_t> offsets;
    std::uint64_t before = 0;
    for (const std::uint64_t n : counts()) {
      offsets.push_back(before);
      before += n;
    }
    results.group("windows").add("offset", offsets, {offsets.size()}, {"window"}, "1", "where the window's primes begin in `primes`");
  }

  std::vector<std::string> report() const override {
    if (primes_.empty()) return {"no primes"};
    return {fmt::format("{} primes from {} to {}", primes_.size(), primes_.front(), primes_.back())};
  }

 protected:
  bool compute(const std::vector<std::uint64_t>& cuts, const tasks::StopToken& stop, tasks::Bytes& result) const override {
    std::uint64_t before = cuts.front();
    for (std::size_t i = 1; i < cuts.size(); ++i) {
      const bool done = for_primes({cuts[i - 1], cuts[i]}, stop, [&](std::span<const std::uint64_t> run) {
        for (const std::uint64_t p : run) {
          append_difference(p - before, result);
          before = p;
        }
        return true;
      });
      if (!done) return false;
    }
    return true;
  }

  std::uint64_t take(tasks::ByteView result) override {
    const std::size_t before = primes_.size();
    std::uint64_t prime = plan()[static_cast<std::int64_t>(counts().size())].begin, difference = 0;
    int shift = 0;
    for (const std::byte b : result) {
      const auto bits = static_cast<std::uint64_t>(b);
      difference |= (bits & 127) << shift;
      shift += 7;
      if (bits >= 128) continue;
      prime += difference;
      primes_.push_back(prime);
      difference = 0;
      shift = 0;
    }
    if (shift != 0) throw std::invalid_argument("the result of a window of a list is cut");
    return primes_.size() - before;
  }

 private:
  // Measured at 10^9 to 10^18, with some room: the journal (1.1 bytes a prime) and the compressed array.
  static constexpr double kDiskBytes = 4.5;
  // The list, its copy for the file, and the file's image.
  static constexpr double kRootBytes = 20;

  std::vector<std::uint64_t> primes_;
};

}  // namespace

std::unique_ptr<PrimeJob> make_list_job(const WindowPlan& plan, bool given) { return std::make_unique<ListJob>(plan, given); }

}  // namespace shoal::workloads::primes

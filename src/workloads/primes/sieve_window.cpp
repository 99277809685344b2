// SPDX-License-Identifier: Apache-2.0
#include "workloads/primes/sieve_window.hpp"

#include <algorithm>
#include <primesieve.hpp>

#include "shoal/kernels/primality.hpp"

namespace shoal::workloads::primes {
namespace {

constexpr std::uint64_t kLargestPrime = 18446744073709551557u;  // below 2^64: the iterator throws beyond it

using Count = std::uint64_t (*)(std::uint64_t, std::uint64_t);
constexpr std::array<Count, 5> kTupletCounts = {primesieve::count_twins, primesieve::count_triplets, primesieve::count_quadruplets,
                                                primesieve::count_quintuplets, primesieve::count_sextuplets};

// The least prime >= begin, or the largest < end; 0: there is none. A gap has at most some 1500 numbers.
std::uint64_t first_prime(const Window& window) {
  for (std::uint64_t n = window.begin; n < window.end; ++n)
    if (kernels::is_prime(n)) return n;
  return 0;
}

std::uint64_t last_prime(const Window& window) {
  for (std::uint64_t n = window.end; n > window.begin; --n)
    if (kernels::is_prime(n - 1)) return n - 1;
  return 0;
}

// Adds the gap before the run and those in it.
void look_for_gap(std::span<const std::uint64_t> primes, Summary& summary) {
  std::uint32_t largest = 0;  // gaps below 2^64 have 11 bits; 32 are compared faster than 64
  for (std::size_t i = 1; i < primes.size(); ++i) largest = std::max(largest, static_cast<std::uint32_t>(primes[i] - primes[i - 1]));
  if (summary.last != 0 && primes.front() - summary.last > summary.max_gap) {
    summary.max_gap = primes.front() - summary.last;
    summary.max_gap_start = summary.last;
  }
  if (largest <= summary.max_gap) return;
  const auto place = std::adjacent_find(primes.begin(), primes.end(), [largest](std::uint64_t a, std::uint64_t b) { return b - a == largest; });
  summary.max_gap = largest;
  summary.max_gap_start = *place;
}

void add_primes(std::span<const std::uint64_t> primes, const Wanted& wanted, Summary& summary) {
  std::uint64_t sum = 0, bits = 0, odd_halves = 0;
  if (wanted.sum) for (const std::uint64_t p : primes) sum += p;
  if (wanted.bitwise_xor) for (const std::uint64_t p : primes) bits ^= p;
  if (wanted.residues) for (const std::uint64_t p : primes) odd_halves += p >> 1 & 1;
  if (wanted.max_gap) look_for_gap(primes, summary);
  summary.sum += sum;
  summary.bitwise_xor ^= bits;
  if (wanted.residues) {
    const std::uint64_t two = primes.front() == 2 ? 1 : 0;
    summary.three_mod_four += odd_halves - two;
    summary.one_mod_four += primes.size() - odd_halves;
  }
  summary.count += primes.size();
  if (summary.first == 0) summary.first = primes.front();
  summary.last = primes.back();
}

}  // namespace

void use_one_thread() { primesieve::set_num_threads(1); }

bool for_primes(const Window& window, const tasks::StopToken& stop, const std::function<bool(std::span<const std::uint64_t>)>& use) {
  if (window.begin >= window.end || window.begin > kLargestPrime) return true;
  const std::uint64_t last = std::min(window.end - 1, kLargestPrime);
  primesieve::iterator primes(window.begin, last);
  for (std::uint64_t reached = 0; reached < last;) {
    if (stop.requested()) return false;
    primes.generate_next_primes();
    const std::span<const std::uint64_t> run(primes.primes_, primes.size_);
    reached = run.back();
    const auto end = reached <= last ? run.end() : std::upper_bound(run.begin(), run.end(), last);
    if (end != run.begin() && !use(run.first(static_cast<std::size_t>(end - run.begin())))) return true;
  }
  return true;
}

bool summarise(const Window& window, const Wanted& wanted, const tasks::StopToken& stop, Summary& summary) {
  summary = Summary{};
  if (window.begin >= window.end) return true;
  for (std::size_t k = 0; k < kTupletCounts.size(); ++k) {
    if (stop.requested()) return false;
    if (wanted.tuplets[k]) summary.tuplets[k] = kTupletCounts[k](window.begin, window.end - 1);
  }
  if (wanted.every_prime()) {
    return for_primes(window, stop, [&](std::span<const std::uint64_t> run) {
      add_primes(run, wanted, summary);
      return true;
    });
  }
  summary.count = primesieve::count_primes(window.begin, window.end - 1);
  if (wanted.ends) {
    summary.first = first_prime(window);
    summary.last = last_prime(window);
  }
  return true;
}

bool tabulate_gaps(const Window& window, const tasks::StopToken& stop, GapTable& table) {
  table = GapTable{};
  std::array<std::uint64_t, 1024> halves = {};  // by half the gap; 0: from 2 to 3
  std::uint64_t record = 0;
  const bool done = for_primes(window, stop, [&](std::span<const std::uint64_t> run) {
    if (table.count == 0) table.first = table.last = run.front();
    std::uint64_t before = table.last;
    for (const std::uint64_t p : run.subspan(table.count == 0 ? 1 : 0)) {
      const std::uint64_t gap = p - before;
      ++halves[gap >> 1];
      if (gap > record) {
        record = gap;
        table.records.push_back({before, gap});
      }
      before = p;
    }
    table.last = run.back();
    table.count += run.size();
    return true;
  });
  for (std::size_t half = 0; half < halves.size(); ++half)
    if (halves[half] != 0) table.histogram[half == 0 ? 1 : 2 * half] = halves[half];
  return done;
}

bool find_prime(const Window& window, std::uint64_t k, const tasks::StopToken& stop, std::uint64_t& prime) {
  prime = 0;
  std::uint64_t before = 0;
  return for_primes(window, stop, [&](std::span<const std::uint64_t> run) {
    if (k - before <= run.size()) prime = run[k - before - 1];
    before += run.size();
    return prime == 0;
  });
}

}  // namespace shoal::workloads::primes

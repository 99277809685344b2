// SPDX-License-Identifier: Apache-2.0
// The number of primes up to 10^12 and in intervals far out, against libprimecount, which counts without looking at primes.
#include <fmt/format.h>

#include <primecount.hpp>

#include "unit/workloads/primes_loaded.hpp"

using namespace shoal;
using namespace shoal::workloads::primes;

TEST_CASE("counts agree with primecount at points between 10 and 10^12", "[oracle]") {
  primecount::set_num_threads(1);
  // Windows counted one after the other, so that every number below 2 10^10 is covered.
  std::uint64_t before = 0;
  std::int64_t primes = 0;
  for (std::uint64_t stop = 10; stop <= 20000000000; stop = stop * 2 + 7) {
    primes += static_cast<std::int64_t>(number_at(run_primes(fmt::format("start = {}\nstop = {}\n", before, stop)), "count"));
    CHECK(primes == primecount::pi(static_cast<std::int64_t>(stop) - 1));
    before = stop;
  }
  for (std::uint64_t start = 30000000011; start < 1000000000000; start = start * 2 + 12345) {
    const std::uint64_t stop = start + 300000000;
    const std::int64_t expected = primecount::pi(static_cast<std::int64_t>(stop) - 1) - primecount::pi(static_cast<std::int64_t>(start) - 1);
    CHECK(number_at(run_primes(fmt::format("start = {}\nstop = {}\nwindow = 1e8\n", start, stop)), "count") == static_cast<std::uint64_t>(expected));
  }
}

TEST_CASE("every number below 10^12 is counted: the sum agrees with primecount at the end of every window", "[.campaign_primes]") {
  primecount::set_num_threads(1);
  const record::Group results = run_primes("stop = 1_000_000_000_000\nwindow = 1_000_000_000\n");
  const auto stops = record::values_at<std::uint64_t>(results, "windows/stop"), counts = record::values_at<std::uint64_t>(results, "windows/count");
  REQUIRE(stops.size() == 1000);
  std::int64_t primes = 0;
  for (std::size_t k = 0; k < stops.size(); ++k) {
    primes += static_cast<std::int64_t>(counts[k]);
    REQUIRE(primes == primecount::pi(static_cast<std::int64_t>(stops[k]) - 1));
  }
  CHECK(primes == 37607912018);
}

TEST_CASE("n-th primes agree with primecount", "[oracle]") {
  for (const std::int64_t n : {1, 10, 12345, 1000000, 123456789})
    CHECK(number_at(run_primes(fmt::format("task = \"nth\"\nn = {}\n", n)), "nth_prime") == static_cast<std::uint64_t>(primecount::nth_prime(n)));
}

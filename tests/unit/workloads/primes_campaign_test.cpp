// SPDX-License-Identifier: Apache-2.0
// Known answers that take minutes: tests/run.sh --campaign primes.
#include <fmt/format.h>

#include "primes_loaded.hpp"
#include "shoal/kernels/primality.hpp"

using namespace shoal;
using namespace shoal::workloads::primes;

namespace {

using Numbers = std::vector<std::uint64_t>;

record::Group count(std::uint64_t start, std::uint64_t stop, const std::string& outputs) {
  return run_primes(fmt::format("start = \"{}\"\nstop = \"{}\"\noutputs = [{}]\n", start, stop, outputs));
}

const std::string kTuplets = "\"twins\", \"triplets\", \"quadruplets\", \"quintuplets\", \"sextuplets\"";

}  // namespace

TEST_CASE("all known sums, tuplets and residues below 10^9 and 10^10", "[.campaign_primes]") {
  const std::string outputs = kTuplets + ", \"sum\", \"xor\", \"residues\"";
  const std::vector<std::string> names = {"count",       "twins",        "triplets", "quadruplets",     "quintuplets",
                                          "sextuplets", "sum_mod_2_64", "xor",      "residue_1_mod_4", "residue_3_mod_4"};
  CHECK(numbers_at(count(0, 1000000000, outputs), names) ==
        Numbers{50847534, 3424506, 759256, 28388, 7221, 317, 24739512092254535, 6213527, 25423491, 25424042});
  CHECK(numbers_at(count(0, 10000000000, outputs), names) ==
        Numbers{455052511, 27412679, 5425573, 180529, 40414, 1613, 2220822432581729238, 16212951392, 227523275, 227529235});
}

TEST_CASE("primes and twins below 10^11", "[.campaign_primes]") {
  CHECK(numbers_at(count(0, 100000000000, "\"twins\""), {"count", "twins"}) == Numbers{4118054813, 224376048});
}

TEST_CASE("known windows at 10^16, 10^17 and 10^19", "[.campaign_primes]") {
  const std::vector<std::string> names = {"count", "twins", "triplets", "quadruplets", "quintuplets", "sextuplets"};
  CHECK(numbers_at(count(10000000000000000, 10000000100000000, kTuplets), names) == Numbers{2714904, 97116, 11410, 224, 32, 0});
  CHECK(numbers_at(count(100000000000000000, 100000000100000000, kTuplets), names) == Numbers{2555873, 85814, 9510, 175, 17, 0});
  CHECK(numbers_at(count(10000000000000000000u, 10000000000100000000u, kTuplets), names) == Numbers{2285232, 69276, 6874, 103, 17, 0});
}

TEST_CASE("all known maximal gaps up to 2^64", "[.campaign_primes]") {
  const Numbers gaps[] = {{354, 4302407359},           {456, 25056082087},          {540, 738832927927},          {1132, 1693182318746371},
                          {1184, 43841547845541059},   {1442, 804212830686677669},  {1476, 1425172824437699411},  {1488, 5733241593241196731},
                          {1510, 6787988999657777797}, {1526, 15570628755536096243u}, {1530, 17678654157568189057u}, {1550, 18361375334787046697u}};
  for (const Numbers& known : gaps) {
    const record::Group results = count(known[1] - 10000, known[1] + 10000, "\"max_gap\"");
    CHECK(number_at(results, "max_gap") == known[0]);
    CHECK(number_at(results, "max_gap_start") == known[1]);
  }
}

TEST_CASE("every odd number below 10^8: the batches agree with the sieve, and 488 composites pass base 2", "[.campaign_primes]") {
  std::vector<std::uint64_t> numbers;
  for (std::uint64_t n = 1; n < 100000000; n += 2) numbers.push_back(n);
  std::vector<std::uint8_t> fast(numbers.size()), lucas(numbers.size());
  kernels::test_primes(numbers, kernels::PrimalityMethod::miller_rabin, fast);
  kernels::test_primes(numbers, kernels::PrimalityMethod::bpsw, lucas);
  CHECK(fast == lucas);
  const tasks::StopToken stop;
  std::vector<std::uint8_t> sieved(numbers.size());
  for_primes({3, 100000000}, stop, [&](std::span<const std::uint64_t> run) {
    for (const std::uint64_t p : run) sieved[p / 2] = 1;
    return true;
  });
  CHECK(fast == sieved);
  int base2 = 0, bases23 = 0;
  for (std::size_t i = 1; i < numbers.size(); ++i) {
    if (sieved[i] != 0 || !kernels::is_strong_probable_prime(numbers[i], 2)) continue;
    ++base2;
    if (kernels::is_strong_probable_prime(numbers[i], 3)) ++bases23;
  }
  CHECK(base2 == 488);
  CHECK(bases23 == 21);
}

TEST_CASE("every number below 2^32 is judged as the sieve judges it", "[.campaign_primes]") {
  constexpr std::uint64_t kPiece = 1 << 22;
  const tasks::StopToken stop;
  std::vector<std::uint64_t> numbers(kPiece);
  std::vector<std::uint8_t> fast(kPiece), sieved(kPiece);
  for (std::uint64_t begin = 0; begin < std::uint64_t{1} << 32; begin += kPiece) {
    for (std::uint64_t i = 0; i < kPiece; ++i) numbers[i] = begin + i;
    kernels::test_primes(numbers, kernels::PrimalityMethod::miller_rabin, fast);
    std::fill(sieved.begin(), sieved.end(), std::uint8_t{0});
    for_primes({begin, begin + kPiece}, stop, [&](std::span<const std::uint64_t> run) {
      for (const std::uint64_t p : run) sieved[p - begin] = 1;
      return true;
    });
    REQUIRE(fast == sieved);
  }
}

TEST_CASE("every odd number of a part of the 8-digit ones is judged as the sieve judges it", "[primes]") {
  const tasks::StopToken stop;
  for (const std::uint64_t begin : {std::uint64_t{0}, std::uint64_t{49000000}, std::uint64_t{97000000}, std::uint64_t{134000000}}) {
    std::vector<std::uint64_t> numbers;
    for (std::uint64_t n = begin + 1; n < begin + 3000000; n += 2) numbers.push_back(n);
    std::vector<std::uint8_t> fast(numbers.size()), sieved(numbers.size());
    kernels::test_primes(numbers, kernels::PrimalityMethod::miller_rabin, fast);
    for_primes({begin + 3, begin + 3000000}, stop, [&](std::span<const std::uint64_t> run) {
      for (const std::uint64_t p : run) sieved[(p - begin) / 2] = 1;
      return true;
    });
    CHECK(fast == sieved);
  }
}

TEST_CASE("batches agree with the sieve in windows up to 2^64", "[.campaign_primes]") {
  const tasks::StopToken stop;
  for (const std::uint64_t begin : {std::uint64_t{4294000000}, std::uint64_t{562949953000000}, std::uint64_t{1000000000000000000}, 18446744073700000000u}) {
    std::vector<std::uint64_t> numbers;
    for (std::uint64_t n = begin + 1; n < begin + 4000000; n += 2) numbers.push_back(n);
    std::vector<std::uint8_t> fast(numbers.size()), sieved(numbers.size());
    kernels::test_primes(numbers, kernels::PrimalityMethod::miller_rabin, fast);
    for_primes({begin, begin + 4000000}, stop, [&](std::span<const std::uint64_t> run) {
      for (const std::uint64_t p : run) sieved[(p - begin) / 2] = 1;
      return true;
    });
    CHECK(fast == sieved);
  }
}

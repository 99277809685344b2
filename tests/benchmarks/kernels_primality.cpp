// SPDX-License-Identifier: Apache-2.0
// Is it prime? Nanoseconds for each of a million random odd numbers on one core: our batches against trial division, GMP and
// FLINT (where they were found), interleaved, medians of 7.
//
//   benchmark_kernels_primality [RESULT.json]
#include <fmt/format.h>
#if SHOAL_HAVE_GMP
#include <gmp.h>
#endif
#if SHOAL_HAVE_FLINT
#include <flint/ulong_extras.h>
#endif

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "shoal/kernels/primality.hpp"

using namespace shoal;

namespace {

constexpr int kRepetitions = 7;

struct Entry {
  std::string numbers, method;
  std::size_t count;
  std::function<std::size_t()> primes;  // how many of the numbers are prime
  std::vector<double> nanoseconds = {};
  std::size_t found = 0;
};

std::vector<std::uint64_t> random_odd(std::size_t count, std::uint64_t from, std::uint64_t below, std::uint64_t x) {
  std::vector<std::uint64_t> numbers(count);
  for (std::uint64_t& n : numbers) {
    x = x * 6364136223846793005u + 1442695040888963407u;
    n = (from + (x ^ x >> 31) % (below - from)) | 1;
  }
  return numbers;
}

template <class Test>
std::size_t count_if(const std::vector<std::uint64_t>& numbers, std::size_t count, const Test& is_prime) {
  return static_cast<std::size_t>(std::count_if(numbers.begin(), numbers.begin() + static_cast<std::ptrdiff_t>(count), is_prime));
}

std::size_t count_batch(const std::vector<std::uint64_t>& numbers, kernels::PrimalityMethod method) {
  std::vector<std::uint8_t> answers(numbers.size());
  kernels::test_primes(numbers, method, answers);
  return static_cast<std::size_t>(std::count(answers.begin(), answers.end(), 1));
}

void add_entries(const std::string& name, const std::vector<std::uint64_t>& numbers, bool naive, std::vector<Entry>& entries) {
  using kernels::PrimalityMethod;
  entries.push_back({name, "miller_rabin, batch", numbers.size(), [&] { return count_batch(numbers, PrimalityMethod::miller_rabin); }});
  entries.push_back({name, "bpsw, batch", numbers.size(), [&] { return count_batch(numbers, PrimalityMethod::bpsw); }});
  entries.push_back({name, "miller_rabin, one by one", numbers.size(), [&] { return count_if(numbers, numbers.size(), kernels::is_prime); }});
  if (naive) {
    entries.push_back({name, "trial division", 100000, [&] {
                         return count_if(numbers, 100000, [](std::uint64_t n) { return kernels::smallest_factor_naive(n, [] { return false; }) == n; });
                       }});
  }
#if SHOAL_HAVE_GMP
  entries.push_back({name, "GMP mpz_probab_prime_p(15)", 100000, [&] {
                       mpz_t z;
                       mpz_init(z);
                       const std::size_t found = count_if(numbers, 100000, [&z](std::uint64_t n) {
                         mpz_set_ui(z, n);
                         return mpz_probab_prime_p(z, 15) != 0;
                       });
                       mpz_clear(z);
                       return found;
                     }});
#endif
#if SHOAL_HAVE_FLINT
  entries.push_back({name, "FLINT n_is_prime", numbers.size(), [&] { return count_if(numbers, numbers.size(), [](std::uint64_t n) { return n_is_prime(n) != 0; }); }});
#endif
}

void measure(Entry& entry) {
  const auto begin = std::chrono::steady_clock::now();
  entry.found = entry.primes();
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  entry.nanoseconds.push_back(seconds / static_cast<double>(entry.count) * 1e9);
}

}  // namespace

int main(int argc, char** argv) {
  const auto digits8 = random_odd(1 << 20, 10000000, 100000000, 1), bits45 = random_odd(1 << 20, std::uint64_t{1} << 44, std::uint64_t{1} << 45, 2),
             bits62 = random_odd(1 << 20, std::uint64_t{1} << 61, std::uint64_t{1} << 62, 3);
  std::vector<Entry> entries;
  add_entries("8 digits", digits8, true, entries);
  add_entries("45 bits", bits45, false, entries);
  add_entries("62 bits", bits62, false, entries);
  for (int repetition = 0; repetition < kRepetitions; ++repetition)
    for (Entry& entry : entries) measure(entry);
  fmt::print("{} on one core\n{:10} {:28} {:>10} {:>10} {:>10} {:>9}\n", kernels::primality_target(), "numbers", "method", "median ns", "min ns", "max ns",
             "primes %");
  std::string json;
  for (Entry& entry : entries) {
    std::sort(entry.nanoseconds.begin(), entry.nanoseconds.end());
    const double median = entry.nanoseconds[kRepetitions / 2];
    fmt::print("{:10} {:28} {:>10.2f} {:>10.2f} {:>10.2f} {:>9.3f}\n", entry.numbers, entry.method, median, entry.nanoseconds.front(),
               entry.nanoseconds.back(), 100.0 * static_cast<double>(entry.found) / static_cast<double>(entry.count));
    json += fmt::format("{}\n  {{\"numbers\": \"{}\", \"method\": \"{}\", \"median_ns\": {:.4g}, \"minimum_ns\": {:.4g}}}", json.empty() ? "[" : ",",
                        entry.numbers, entry.method, median, entry.nanoseconds.front());
  }
  if (argc > 1) {
    if (std::FILE* file = std::fopen(argv[1], "w")) {
      fmt::print(file, "{}\n]\n", json);
      std::fclose(file);
    }
  }
}

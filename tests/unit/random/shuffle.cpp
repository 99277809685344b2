// SPDX-License-Identifier: Apache-2.0
#include "shoal/random/shuffle.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <numeric>
#include <string>
#include <vector>

#include "catch.hpp"
#include "shoal/random/distributions.hpp"

using namespace shoal::random;

namespace {
const Stream stream(11, 12);
}

TEST_CASE("A permutation holds every number once", "[unit]") {
  for (const std::size_t n : {0u, 1u, 2u, 3u, 5u, 900u, 1023u, 1024u, 1025u, 60000u}) {
    std::vector<std::uint32_t> order = permutation(stream, 1, 0, n);
    REQUIRE(order.size() == n);
    std::sort(order.begin(), order.end());
    for (std::size_t i = 0; i < n; ++i) REQUIRE(order[i] == i);
  }
}

// The textbook: from the back, swap with a partner drawn from the documented word.
TEST_CASE("The shuffle equals the textbook's, word by word", "[unit]") {
  for (const std::size_t n : {1u, 2u, 3u, 4u, 5u, 6u, 7u, 8u, 255u, 900u, 1023u, 1024u, 1025u, 3000u}) {
    CAPTURE(n);
    std::vector<std::uint32_t> expected(n);
    std::iota(expected.begin(), expected.end(), 0u);
    for (std::uint64_t step = 0; step < n; ++step) {
      const std::uint64_t bound = n - step;
      std::uint64_t product = stream.words(2, 50 + step / 4)[step % 4] * bound;
      for (std::uint64_t retry = 1; product % (std::uint64_t{1} << 32) < (std::uint64_t{1} << 32) % bound;
           ++retry)
        product = stream.derived(retry).words(2, 50 + step / 4)[step % 4] * bound;
      std::swap(expected[n - 1 - step], expected[product >> 32]);
    }
    CHECK(permutation(stream, 2, 50, n) == expected);
  }
}

// Bounds near 2^32 / 1.5 make about a third of the words biased, those near 2^32 / 2.86 about as many.
TEST_CASE("Biased partners are drawn again from derived streams", "[unit]") {
  for (const std::uint64_t n : {2863311531u, 1500000000u}) {
    std::vector<std::uint32_t> partners(4000);
    fill_partners(stream, 3, 0, n, 0, partners);
    std::size_t retried = 0;
    for (std::uint64_t step = 0; step < partners.size(); ++step) {
      const std::uint64_t bound = n - step;
      REQUIRE(partners[step] < bound);
      std::uint64_t product = stream.words(3, step / 4)[step % 4] * bound;
      retried += partners[step] != product >> 32;
      for (std::uint64_t retry = 1; product % (std::uint64_t{1} << 32) < (std::uint64_t{1} << 32) % bound; ++retry)
        product = stream.derived(retry).words(3, step / 4)[step % 4] * bound;
      REQUIRE(partners[step] == product >> 32);
    }
    CHECK(retried > 1000);
    CHECK(retried < 1700);
  }
}

TEST_CASE("All orders of four elements are equally frequent", "[unit]") {
  std::map<std::string, int> count;
  const int repetitions = 24000;
  for (int task = 0; task < repetitions; ++task) {
    std::string text = "abcd";
    shuffle(stream, static_cast<std::uint64_t>(task), 0, std::span(text));
    ++count[text];
  }
  CHECK(count.size() == 24);
  double chi_square = 0;
  for (const auto& [text, n] : count) chi_square += (n - 1000.0) * (n - 1000.0) / 1000.0;
  CHECK(chi_square < 23 + 4 * std::sqrt(46.0));
}

TEST_CASE("Shuffles of different tasks differ and of one task agree", "[unit]") {
  CHECK(permutation(stream, 1, 0, 100) == permutation(stream, 1, 0, 100));
  CHECK(permutation(stream, 1, 0, 100) != permutation(stream, 2, 0, 100));
  CHECK(permutation(Stream(11, 12), 1, 0, 100) != permutation(Stream(11, 13), 1, 0, 100));
}

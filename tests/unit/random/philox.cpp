// SPDX-License-Identifier: Apache-2.0
#include <Random123/philox.h>

#include <cstdint>

#include "catch.hpp"
#include "shoal/random/stream.hpp"

using shoal::random::mix;
using shoal::random::philox;
using shoal::random::Stream;
using shoal::random::Words;

// From the file kat_vectors of Random123 1.09: philox4x32 10.
TEST_CASE("Philox gives the known answers of Random123", "[unit]") {
  CHECK(philox({0, 0, 0, 0}, {0, 0}) == Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  const std::uint32_t all = 0xffffffff;
  CHECK(philox({all, all, all, all}, {all, all}) == Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
        Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("Philox equals Random123 for 100000 random counters and keys", "[unit]") {
  std::uint64_t state = 1;
  const auto next = [&] { return state = mix(state); };
  int different = 0;
  for (int i = 0; i < 100000; ++i) {
    const std::uint64_t a = next(), b = next(), k = next();
    const auto low = [](std::uint64_t x) { return static_cast<std::uint32_t>(x); };
    const r123::Philox4x32 reference;
    r123::Philox4x32::ctr_type counter = {{low(a), low(a >> 32), low(b), low(b >> 32)}};
    r123::Philox4x32::key_type key = {{low(k), low(k >> 32)}};
    const auto expected = reference(counter, key);
    const Words words = philox({low(a), low(a >> 32), low(b), low(b >> 32)}, {low(k), low(k >> 32)});
    for (std::size_t j = 0; j < 4; ++j) different += words[j] != expected[j];
  }
  CHECK(different == 0);
}

TEST_CASE("A stream's words are Philox of (draw, task) under the documented key", "[unit]") {
  const std::uint64_t seed = 42, number = 7, task = 0x123456789abcdef0, draw = 0xfedcba9876543210;
  const Stream stream(seed, number);
  const std::uint64_t key = mix(mix(seed) + number);
  CHECK(stream.key() == key);
  CHECK(stream.words(task, draw) ==
        philox({0x76543210, 0xfedcba98, 0x9abcdef0, 0x12345678},
               {static_cast<std::uint32_t>(key), static_cast<std::uint32_t>(key >> 32)}));
  CHECK(stream.bits(task, draw, 1) ==
        (stream.words(task, draw)[2] | (std::uint64_t{stream.words(task, draw)[3]} << 32)));
  CHECK(stream.derived(3).key() == mix(key + 3));
}

// mix(0) is the first output of SplitMix64 with seed 0, a published value.
TEST_CASE("Keys of streams are fixed for ever", "[unit]") {
  CHECK(mix(0) == 0xe220a8397b1dcdaf);
  STATIC_REQUIRE(Stream(0, 0).key() != Stream(0, 1).key());
  STATIC_REQUIRE(Stream(1, 0).key() != Stream(0, 1).key());
}

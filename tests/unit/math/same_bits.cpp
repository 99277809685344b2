// SPDX-License-Identifier: Apache-2.0
// The same bits from one value, from arrays on every target, and from every compiler and build type (stored
// digests).

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "catch.hpp"
#include "each_simd_target.hpp"
#include "shoal/math/functions.hpp"

namespace math = shoal::math;

namespace {

// Numbers of all binades, and as many of ordinary size, by SplitMix64.
template <typename T>
std::vector<T> arguments(std::size_t n, std::uint64_t seed) {
  std::vector<T> x(n);
  for (std::size_t i = 0; i < n; ++i) {
    std::uint64_t z = seed + (i + 1) * 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    z ^= z >> 31;
    const T any = sizeof(T) == 8 ? static_cast<T>(std::bit_cast<double>(z))
                                 : static_cast<T>(std::bit_cast<float>(static_cast<std::uint32_t>(z >> 32)));
    const T ordinary = static_cast<T>(static_cast<double>(z >> 11) * 0x1p-53 * (i % 4 == 1 ? 2.0 : 60.0) - 1);
    x[i] = i % 2 == 0 ? any : ordinary;
  }
  return x;
}

// FNV-1a over the bytes (Fowler, Noll, Vo).
template <typename T>
std::uint64_t digest(const std::vector<T>& values) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const T value : values) {
    unsigned char bytes[sizeof(T)];
    std::memcpy(bytes, &value, sizeof(T));
    for (const unsigned char byte : bytes) hash = (hash ^ byte) * 0x100000001b3u;
  }
  return hash;
}

template <typename T>
std::size_t differing_bits(const std::vector<T>& a, const std::vector<T>& b) {
  std::size_t different = 0;
  for (std::size_t i = 0; i < a.size(); ++i) different += std::memcmp(&a[i], &b[i], sizeof(T)) != 0;
  return different;
}

// A length that is no multiple of any vector's, so that the rest of an array is tried too. The full set takes
// a million.
std::size_t count() {
  return std::getenv("SHOAL_TEST_FULL") != nullptr ? 1000003 : 50003;
}

const std::map<std::string, std::uint64_t> digests = {
#include "digests.inc"
};

}  // namespace

TEST_CASE("Arrays give the bits of single values on every target", "[unit]"){
#define SHOAL_MATH_UNARY(name, type)                                           \
  {                                                                            \
    INFO(#name " " #type);                                                     \
    const std::vector<type> x = arguments<type>(count(), 1);                   \
    std::vector<type> expected(x.size()), y(x.size());                         \
    for (std::size_t i = 0; i < x.size(); ++i) expected[i] = math::name(x[i]); \
    on_each_simd_target([&] {                                                  \
      math::name(std::span<const type>(x), std::span<type>(y));                \
      CHECK(differing_bits(y, expected) == 0);                                 \
    });                                                                        \
  }
#define SHOAL_MATH_BINARY(name, type)                                                         \
  {                                                                                           \
    INFO(#name);                                                                              \
    const std::vector<type> a = arguments<type>(count(), 1), b = arguments<type>(count(), 2); \
    std::vector<type> expected(a.size()), y(a.size());                                        \
    for (std::size_t i = 0; i < a.size(); ++i) expected[i] = math::name(a[i], b[i]);          \
    on_each_simd_target([&] {                                                                 \
      math::name(std::span<const type>(a), std::span<const type>(b), std::span<type>(y));     \
      CHECK(differing_bits(y, expected) == 0);                                                \
    });                                                                                       \
  }
#include "math/functions.def"
#undef SHOAL_MATH_UNARY
#undef SHOAL_MATH_BINARY
}

TEST_CASE("At least AVX2 is among the targets tried", "[unit]") {
  bool has_avx2 = false;
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) has_avx2 |= target == HWY_AVX2;
  CHECK(has_avx2);
}

TEST_CASE("Digests of 20000 values are those of every supported compiler and build type", "[unit]") {
  constexpr std::size_t n = 20000;
#define SHOAL_MATH_UNARY(name, type)                                        \
  {                                                                         \
    std::vector<type> x = arguments<type>(n, 3);                            \
    math::name(std::span<const type>(x), std::span<type>(x));               \
    INFO("{\"" #name " " #type "\", 0x" << std::hex << digest(x) << "u},"); \
    CHECK(digest(x) == digests.at(#name " " #type));                        \
  }
#define SHOAL_MATH_BINARY(name, type)                                                   \
  {                                                                                     \
    std::vector<type> x = arguments<type>(n, 3), y = arguments<type>(n, 4);             \
    math::name(std::span<const type>(x), std::span<const type>(y), std::span<type>(x)); \
    INFO("{\"" #name " " #type "\", 0x" << std::hex << digest(x) << "u},");             \
    CHECK(digest(x) == digests.at(#name " " #type));                                    \
  }
#include "math/functions.def"
#undef SHOAL_MATH_UNARY
#undef SHOAL_MATH_BINARY
}

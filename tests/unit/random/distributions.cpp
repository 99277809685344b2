// SPDX-License-Identifier: Apache-2.0
#include "shoal/random/distributions.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <numbers>
#include <vector>

#include "catch.hpp"
#include "each_simd_target.hpp"

using namespace shoal::random;

namespace {

__extension__ using Wide = unsigned __int128;

const Stream stream(2026, 3);

// Number of elements of fill(out) that differ in any bit from one(i), over lengths around a block's, at an
// offset.
template <typename T, class Fill, class One>
std::size_t differences(Fill fill, One one) {
  std::size_t different = 0;
  for (const std::size_t n : {0u, 1u, 2u, 3u, 7u, 8u, 15u, 16u, 17u, 31u, 32u, 33u, 1000u, 4099u}) {
    std::vector<T> out(n + 1, T{77});
    fill(std::span(out).first(n));
    for (std::size_t i = 0; i < n; ++i) {
      const T expected = one(i);
      different += std::memcmp(&out[i], &expected, sizeof(T)) != 0;
    }
    different += out[n] != T{77};
  }
  return different;
}

struct Moments {
  double mean = 0, variance = 0, skewness = 0, kurtosis = 0;
};

template <typename T>
Moments moments(const std::vector<T>& x) {
  double sum[5] = {};
  for (const T value : x) {
    double power = 1;
    for (double& s : sum) {
      s += power;
      power *= static_cast<double>(value);
    }
  }
  const double n = sum[0];
  return {sum[1] / n, sum[2] / n - sum[1] / n * sum[1] / n, sum[3] / n, sum[4] / n};
}

// Largest distance of the empirical distribution from `cdf`, times sqrt(n): 1.95 has probability 0.001.
template <typename T, class Cdf>
double kolmogorov_smirnov(std::vector<T> x, Cdf cdf) {
  std::sort(x.begin(), x.end());
  const double n = static_cast<double>(x.size());
  double worst = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double p = cdf(static_cast<double>(x[i])), low = static_cast<double>(i) / n;
    worst = std::max({worst, p - low, low + 1 / n - p});
  }
  return worst * std::sqrt(n);
}

double normal_cdf(double x) {
  return 0.5 * std::erfc(-x / std::numbers::sqrt2);
}

}  // namespace

TEST_CASE("Blocks hold the same bits as single values, on every target and at every length", "[unit]") {
  const std::uint64_t task = 0x100000005, draw = 0xfffffffff0;  // carries into the upper word of the counter
  on_each_simd_target([&] {
    const auto half = [](std::size_t i) { return static_cast<unsigned>(i % 2); };
    const auto word = [](std::size_t i) { return static_cast<unsigned>(i % 4); };
    CHECK(differences<std::uint64_t>([&](auto out) { fill_bits(stream, task, draw, out); },
                                     [&](auto i) { return stream.bits(task, draw + i / 2, half(i)); }) == 0);
    CHECK(differences<std::uint32_t>([&](auto out) { fill_words(stream, task, draw, out); },
                                     [&](auto i) { return stream.words(task, draw + i / 4)[i % 4]; }) == 0);
    CHECK(differences<double>([&](auto out) { fill_uniform(stream, task, draw, out); },
                              [&](auto i) { return uniform(stream, task, draw + i / 2, half(i)); }) == 0);
    CHECK(differences<double>(
              [&](auto out) { fill_uniform_positive(stream, task, draw, out); },
              [&](auto i) { return uniform_positive(stream, task, draw + i / 2, half(i)); }) == 0);
    CHECK(differences<double>([&](auto out) { fill_exponential(stream, task, draw, out); },
                              [&](auto i) { return exponential(stream, task, draw + i / 2, half(i)); }) == 0);
    CHECK(differences<double>([&](auto out) { fill_normal(stream, task, draw, out); },
                              [&](auto i) { return normal(stream, task, draw + i / 2, half(i)); }) == 0);
    CHECK(differences<float>([&](auto out) { fill_uniform(stream, task, draw, out); },
                             [&](auto i) { return uniform_f32(stream, task, draw + i / 4, word(i)); }) == 0);
    CHECK(differences<float>([&](auto out) { fill_normal(stream, task, draw, out); },
                             [&](auto i) { return normal_f32(stream, task, draw + i / 4, word(i)); }) == 0);
  });
}

namespace {

double pairwise(const double* s) {
  return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
}

}  // namespace

TEST_CASE("Sums of uniforms have the order that the header states, on every target", "[unit]") {
  for (const std::uint64_t n : {0u, 1u, 7u, 15u, 16u, 17u, 31u, 32u, 33u, 511u, 5000u}) {
    double fine[8] = {}, coarse[8] = {};
    for (std::uint64_t i = 0; i < n; ++i) fine[i / 2 % 8] += uniform(stream, 9, 100 + i / 2, i % 2);
    for (std::uint64_t i = 0; i < n; ++i) coarse[i / 4 % 8] += uniform_32(stream, 9, 100 + i / 4, i % 4);
    on_each_simd_target([&] {
      CHECK(sum_uniform(stream, 9, 100, n) == pairwise(fine));
      CHECK(sum_uniform_32(stream, 9, 100, n) == pairwise(coarse));
    });
  }
}

// Vectors share what depends on the upper word of the draw.
TEST_CASE("Blocks hold the right bits wherever the upper word of the draw changes", "[unit]") {
  for (const std::uint64_t change : {std::uint64_t{1} << 32, std::uint64_t{7} << 32, std::uint64_t{0}}) {
    for (const std::uint64_t before : {1u, 3u, 4u, 8u, 17u, 32u, 33u}) {
      const std::uint64_t task = 0xfedcba9876543210, draw = change - before;
      std::vector<std::uint64_t> expected(160), seen(160);
      std::vector<double> expected_32(320), seen_32(320);
      for (std::uint64_t i = 0; i < 160; ++i) expected[i] = stream.bits(task, draw + i / 2, static_cast<unsigned>(i % 2));
      for (std::uint64_t i = 0; i < 320; ++i) expected_32[i] = uniform_32(stream, task, draw + i / 4, static_cast<unsigned>(i % 4));
      double sums[8] = {};
      for (std::uint64_t i = 0; i < 320; ++i) sums[i / 4 % 8] += expected_32[i];
      on_each_simd_target([&] {
        fill_bits(stream, task, draw, seen);
        fill_uniform_32(stream, task, draw, seen_32);
        CHECK(seen == expected);
        CHECK(seen_32 == expected_32);
        CHECK(sum_uniform_32(stream, task, draw, 320) == pairwise(sums));
      });
    }
  }
}

TEST_CASE("Uniform numbers come from the upper bits of their address", "[unit]") {
  const std::uint64_t bits = stream.bits(1, 2, 1);
  CHECK(uniform(stream, 1, 2, 1) == static_cast<double>(bits >> 12) * 0x1p-52);
  CHECK(uniform_positive(stream, 1, 2, 1) == 1 - static_cast<double>(bits >> 12) * 0x1p-52);
  CHECK(uniform_32(stream, 1, 2, 3) == static_cast<double>(stream.words(1, 2)[3]) * 0x1p-32);
  CHECK(uniform_f32(stream, 1, 2, 3) == static_cast<float>(stream.words(1, 2)[3] >> 8) * 0x1p-24f);
}

TEST_CASE("Uniform numbers are uniform", "[unit]") {
  std::vector<double> x(200000);
  fill_uniform(stream, 1, 0, x);
  CHECK(*std::min_element(x.begin(), x.end()) >= 0);
  CHECK(*std::max_element(x.begin(), x.end()) < 1);
  CHECK(kolmogorov_smirnov(x, [](double u) { return u; }) < 1.95);
  std::vector<float> y(200000);
  fill_uniform(stream, 2, 0, y);
  CHECK(*std::max_element(y.begin(), y.end()) < 1);
  CHECK(kolmogorov_smirnov(y, [](double u) { return u; }) < 1.95);
}

// Standard errors of the moments of 200000 normals: 0.0022, 0.0032, 0.0087 (with sixth moment 15), 0.022.
TEST_CASE("Exponential numbers are minus the logarithm of uniform ones, and exponential", "[unit]") {
  std::vector<double> x(200000), u(200000);
  fill_exponential(stream, 7, 0, x);
  fill_uniform_positive(stream, 7, 0, u);
  double worst = 0;
  for (std::size_t i = 0; i < x.size(); ++i) worst = std::max(worst, std::abs(x[i] + std::log(u[i])) / -std::log(u[i]));
  CHECK(worst < 3.1e-12);
  CHECK(*std::min_element(x.begin(), x.end()) >= 0);
  CHECK(std::abs(moments(x).mean - 1) < 4 * 0.0022);
  CHECK(kolmogorov_smirnov(x, [](double t) { return -std::expm1(-t); }) < 1.95);
}

TEST_CASE("Normal numbers are normal", "[unit]") {
  const auto check = [](const auto& x) {
    const Moments m = moments(x);
    CHECK(std::abs(m.mean) < 4 * 0.0022);
    CHECK(std::abs(m.variance - 1) < 4 * 0.0032);
    CHECK(std::abs(m.skewness) < 4 * 0.0087);
    CHECK(std::abs(m.kurtosis - 3) < 4 * 0.022);
    CHECK(kolmogorov_smirnov(x, normal_cdf) < 1.95);
  };
  std::vector<double> x(200000);
  fill_normal(stream, 5, 0, x);
  check(x);
  std::vector<float> y(200000);
  fill_normal(stream, 6, 0, y);
  check(y);
}

TEST_CASE("Box and Muller's formula is kept to a few ulp", "[unit]") {
  for (std::uint64_t draw = 0; draw < 1000; ++draw) {
    const double u = uniform_positive(stream, 3, draw, 0), v = uniform(stream, 3, draw, 1);
    const double radius = std::sqrt(-2 * std::log(u)), angle = 2 * std::numbers::pi * v;
    REQUIRE(std::abs(normal(stream, 3, draw, 0) - radius * std::cos(angle)) < 1e-14);
    REQUIRE(std::abs(normal(stream, 3, draw, 1) - radius * std::sin(angle)) < 1e-14);
  }
}

TEST_CASE("Integers below n stay below n and are uniform", "[unit]") {
  for (const std::uint64_t n : {1u, 2u, 3u, 10u, 1000u}) {
    std::vector<std::uint32_t> x(100000);
    fill_below(stream, n, 0, n, x);
    std::vector<double> count(n);
    for (const std::uint32_t value : x) {
      REQUIRE(value < n);
      ++count[value];
    }
    double chi_square = 0;
    const double expected = static_cast<double>(x.size()) / static_cast<double>(n);
    for (const double c : count) chi_square += (c - expected) * (c - expected) / expected;
    const double freedom = static_cast<double>(n) - 1;
    CHECK(chi_square < freedom + 4 * std::sqrt(2 * freedom) + 1e-9);
  }
}

TEST_CASE("Blocks of integers equal single ones, up to n of 2^32", "[unit]") {
  for (const std::uint64_t n :
       {std::uint64_t{1}, std::uint64_t{3}, std::uint64_t{60000}, std::uint64_t{1} << 32}) {
    CHECK(differences<std::uint32_t>(
              [&](auto out) { fill_below(stream, 8, 5, n, out); },
              [&](auto i) { return static_cast<std::uint32_t>(below(stream, 8, 5 + i / 2, n, i % 2)); }) ==
          0);
  }
}

// For n = 2^63 + 1 nearly half of all words are biased, so that retries are common; their law must stay
// uniform.
TEST_CASE("Biased integers are drawn again", "[unit]") {
  const std::uint64_t n = (std::uint64_t{1} << 63) + 1;
  std::vector<double> x;
  std::size_t retried = 0;
  for (std::uint64_t draw = 0; draw < 50000; ++draw) {
    const std::uint64_t value = below(stream, 4, draw, n);
    REQUIRE(value < n);
    retried += value != static_cast<std::uint64_t>((Wide{stream.bits(4, draw)} * n) >> 64);
    x.push_back(static_cast<double>(value) / static_cast<double>(n));
  }
  CHECK(retried > 20000);
  CHECK(retried < 30000);
  CHECK(kolmogorov_smirnov(x, [](double u) { return u; }) < 1.95);
}

// The definition of the numbers: the same with every supported compiler, build type and instruction set.
// FNV-1a.
TEST_CASE("Blocks of normals and integers have their stored digests", "[unit]") {
  const auto digest = [](const auto& values) {
    std::uint64_t hash = 0xcbf29ce484222325u;
    for (const auto& value : values) {
      unsigned char bytes[sizeof(value)];
      std::memcpy(bytes, &value, sizeof(value));
      for (const unsigned char byte : bytes) hash = (hash ^ byte) * 0x100000001b3u;
    }
    return hash;
  };
  std::vector<double> x(10001);
  fill_normal(stream, 1, 0, x);
  CHECK(digest(x) == 0x82e46fb4a16a7811u);
  std::vector<float> y(10001);
  fill_normal(stream, 2, 0, y);
  CHECK(digest(y) == 0x94068c99395b434bu);
  std::vector<std::uint32_t> z(10001);
  fill_below(stream, 3, 0, 900, z);
  CHECK(digest(z) == 0x82aa64fb8ecc4ef9u);
}

// SPDX-License-Identifier: Apache-2.0
// Tests with 64-bit Montgomery products: single numbers, batches on CPUs without IFMA, Lucas tests, factors.
#include <algorithm>
#include <bit>
#include <numeric>

#include "kernels/montgomery.hpp"
#include "kernels/primality_parts.hpp"
#include "shoal/kernels/primality.hpp"

namespace shoal::kernels {
namespace {

bool strong_test(const Montgomery& m, std::uint64_t base) {
  const std::uint64_t n = m.modulus();
  const int s = std::countr_zero(n - 1);
  const std::uint64_t d = (n - 1) >> s, b = m.from(base);
  if (b == 0) return true;
  std::uint64_t power = b;
  for (int bit = 62 - std::countl_zero(d); bit >= 0; --bit) {
    power = m.multiply(power, power);
    if ((d >> bit) & 1) power = m.multiply(power, b);
  }
  if (power == m.one() || power == m.minus_one()) return true;
  for (int i = 1; i < s; ++i) {
    power = m.multiply(power, power);
    if (power == m.minus_one()) return true;
  }
  return false;
}

// Numbers tested side by side: a product has a latency of about 12 clocks and needs 3 multiplications.
constexpr std::size_t kSide = 4;

// As strong_group() of primality_simd.cpp: powers base^((n-1) >> j).
void strong_side_by_side(const std::uint64_t* values, std::uint32_t base, std::uint8_t* passed) {
  const Montgomery m[kSide] = {Montgomery(values[0]), Montgomery(values[1]), Montgomery(values[2]), Montgomery(values[3])};
  std::uint64_t r[kSide], factor[kSide];
  std::uint64_t all = 0;
  for (std::size_t i = 0; i < kSide; ++i) {
    r[i] = m[i].one();
    factor[i] = m[i].from(base);
    all |= values[i];
    passed[i] = 0;
  }
  for (int j = 63 - std::countl_zero(all); j > 0; --j) {
    for (std::size_t i = 0; i < kSide; ++i) {
      r[i] = m[i].multiply(r[i], r[i]);
      const bool bit = ((values[i] - 1) >> j) & 1;
      if (base == 2) {
        const std::uint64_t doubled = m[i].add(r[i], r[i]);
        r[i] = bit ? doubled : r[i];
      } else {
        r[i] = m[i].multiply(r[i], bit ? factor[i] : m[i].one());
      }
    }
    for (std::size_t i = 0; i < kSide; ++i) {
      const int s = std::countr_zero(values[i] - 1);
      if (j <= s && (r[i] == m[i].minus_one() || (j == s && r[i] == m[i].one()))) passed[i] = 1;
    }
  }
}

int jacobi(std::int64_t a, std::uint64_t n) {
  int sign = 1;
  auto b = static_cast<std::uint64_t>(a < 0 ? -a : a);
  if (a < 0 && (n & 3) == 3) sign = -sign;
  while (b != 0) {
    const int twos = std::countr_zero(b);
    b >>= twos;
    if ((twos & 1) != 0 && ((n & 7) == 3 || (n & 7) == 5)) sign = -sign;
    if ((b & n & 3) == 3) sign = -sign;
    std::swap(b, n);
    b %= n;
  }
  return n == 1 ? sign : 0;
}

// The square root of a square; else something whose square is another number.
std::uint64_t root_of(std::uint64_t n) {
  auto root = static_cast<std::uint64_t>(__builtin_sqrt(static_cast<double>(n)));
  while (root > 0xffffffff || root * root > n) --root;
  while (root < 0xffffffff && (root + 1) * (root + 1) <= n) ++root;
  return root;
}

constexpr std::uint64_t kTrialPrimes[] = {2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97};

// A proper factor of odd composite n: x -> x^2 + c until a difference of two values shares a factor with n. Differences are
// multiplied together, and taken again one by one where the product has become 0.
std::uint64_t rho_factor(std::uint64_t n) {
  constexpr std::uint64_t kTogether = 128;
  const Montgomery m(n);
  for (std::uint64_t c = m.one();; c = m.add(c, m.one())) {
    std::uint64_t y = m.add(m.one(), m.one()), x = y, before = y, factor = 1, product = m.one();
    const auto next = [&](std::uint64_t v) { return m.add(m.multiply(v, v), c); };
    for (std::uint64_t length = 1; factor == 1; length *= 2) {
      x = y;
      for (std::uint64_t i = 0; i < length; ++i) y = next(y);
      for (std::uint64_t done = 0; done < length && factor == 1; done += kTogether) {
        before = y;
        for (std::uint64_t i = 0; i < std::min(kTogether, length - done); ++i) {
          y = next(y);
          product = m.multiply(product, m.subtract(x, y));
        }
        factor = std::gcd(product, n);
      }
    }
    if (factor == n) {
      do {
        before = next(before);
        factor = std::gcd(m.subtract(x, before), n);
      } while (factor == 1);
    }
    if (factor != n) return factor;
  }
}

std::uint64_t smallest_factor_without_small(std::uint64_t n) {
  if (is_prime(n)) return n;
  const std::uint64_t root = root_of(n);
  const std::uint64_t factor = root * root == n ? root : rho_factor(n);
  const std::uint64_t one = smallest_factor_without_small(factor);
  const std::uint64_t other = n / factor;
  // A factor of `other` below `one` is worth looking for only if `other` is composite or smaller itself.
  return std::min(one, smallest_factor_without_small(other));
}

}  // namespace

void strong_tests_scalar(const std::uint64_t* values, std::size_t count, std::uint32_t base, std::uint8_t* passed) {
  for (std::size_t i = 0; i < count; i += kSide) strong_side_by_side(values + i, base, passed + i);
}

bool is_strong_probable_prime(std::uint64_t n, std::uint64_t base) { return strong_test(Montgomery(n), base); }

// U and V of index d by doubling and incrementing along the bits of d, with P = 1 (see the reference for the formulas).
bool is_strong_lucas_probable_prime(std::uint64_t n) {
  const std::uint64_t root = root_of(n);
  if (root * root == n) return false;
  std::int64_t discriminant = 5;
  for (int symbol; (symbol = jacobi(discriminant, n)) != -1;) {
    if (symbol == 0 && static_cast<std::uint64_t>(discriminant < 0 ? -discriminant : discriminant) % n != 0) return false;
    discriminant = discriminant > 0 ? -discriminant - 2 : -discriminant + 2;
  }
  const Montgomery m(n);
  const auto residue = [&m](std::int64_t a) {
    return a < 0 ? m.subtract(0, m.from(static_cast<std::uint64_t>(-a))) : m.from(static_cast<std::uint64_t>(a));
  };
  const std::uint64_t big_d = residue(discriminant), q = residue((1 - discriminant) / 4);
  const int s = std::countr_zero(n + 1);
  const std::uint64_t d = (n + 1) >> s;
  std::uint64_t u = m.one(), v = m.one(), power = q;
  for (int bit = 62 - std::countl_zero(d); bit >= 0; --bit) {
    u = m.multiply(u, v);
    v = m.subtract(m.multiply(v, v), m.add(power, power));
    power = m.multiply(power, power);
    if ((d >> bit) & 1) {
      const std::uint64_t sum = m.halve(m.add(u, v));
      v = m.halve(m.add(m.multiply(big_d, u), v));
      u = sum;
      power = m.multiply(power, q);
    }
  }
  if (u == 0 || v == 0) return true;
  for (int i = 1; i < s; ++i) {
    v = m.subtract(m.multiply(v, v), m.add(power, power));
    if (v == 0) return true;
    power = m.multiply(power, power);
  }
  return false;
}

bool is_prime(std::uint64_t n) {
  for (const std::uint64_t p : kTrialPrimes) {
    if (n % p == 0) return n == p;
  }
  if (n < 101 * 101) return n > 1;
  const Montgomery m(n);
  if (!strong_test(m, 2)) return false;
  const BaseSet& set = bases_for(n);
  return std::all_of(set.bases, set.bases + set.count, [&m](std::uint32_t base) { return strong_test(m, base); });
}

std::uint64_t smallest_factor(std::uint64_t n) {
  for (const std::uint64_t p : kTrialPrimes)
    if (n % p == 0) return p;
  return smallest_factor_without_small(n);
}

}  // namespace shoal::kernels

// SPDX-License-Identifier: Apache-2.0
#include <bit>

#include "kernels/montgomery.hpp"
#include "kernels/primality_parts.hpp"
#include "shoal/kernels/primality.hpp"

namespace shoal::kernels {
namespace {

std::uint64_t multiply(std::uint64_t a, std::uint64_t b, std::uint64_t n) {
  return static_cast<std::uint64_t>(static_cast<Wide>(a) * b % n);
}

std::uint64_t add(std::uint64_t a, std::uint64_t b, std::uint64_t n) {
  return static_cast<std::uint64_t>((static_cast<Wide>(a) + b) % n);
}

bool strong_test(std::uint64_t n, std::uint64_t base) {
  const int s = std::countr_zero(n - 1);
  std::uint64_t power = 1, square = base % n;
  if (square == 0) return true;
  for (std::uint64_t d = (n - 1) >> s; d > 0; d >>= 1) {
    if (d & 1) power = multiply(power, square, n);
    square = multiply(square, square, n);
  }
  if (power == 1 || power == n - 1) return true;
  for (int i = 1; i < s; ++i) {
    power = multiply(power, power, n);
    if (power == n - 1) return true;
  }
  return false;
}

// (a/n) for odd n, by quadratic reciprocity.
int jacobi(std::int64_t a, std::uint64_t n) {
  int sign = 1;
  auto b = static_cast<std::uint64_t>(a < 0 ? -a : a);
  if (a < 0 && n % 4 == 3) sign = -sign;
  for (b %= n; b != 0; b %= n) {
    const int twos = std::countr_zero(b);
    b >>= twos;
    if (twos % 2 == 1 && (n % 8 == 3 || n % 8 == 5)) sign = -sign;
    if (b % 4 == 3 && n % 4 == 3) sign = -sign;
    std::swap(b, n);
  }
  return n == 1 ? sign : 0;
}

std::uint64_t residue(std::int64_t a, std::uint64_t n) {
  const auto size = static_cast<std::uint64_t>(a < 0 ? -a : a) % n;
  return a < 0 && size != 0 ? n - size : size;
}

// U and V of index d, doubled and incremented along the bits of d, with P = 1:
//   U(2k) = U V, V(2k) = V^2 - 2 Q^k; U(k+1) = (U + V)/2, V(k+1) = (D U + V)/2
bool strong_lucas_test(std::uint64_t n) {
  const auto root = static_cast<std::uint64_t>(__builtin_sqrt(static_cast<double>(n)));
  for (std::uint64_t r = root > 0 ? root - 1 : 0; r <= root + 1; ++r)
    if (r < (std::uint64_t{1} << 32) && r * r == n) return false;  // no D would be found
  std::int64_t discriminant = 5;
  while (jacobi(discriminant, n) != -1) {
    if (jacobi(discriminant, n) == 0 && residue(discriminant, n) != 0) return false;
    discriminant = discriminant > 0 ? -discriminant - 2 : -discriminant + 2;
  }
  const std::uint64_t big_d = residue(discriminant, n), q = residue((1 - discriminant) / 4, n);
  const auto half = [n](std::uint64_t x) { return x % 2 == 0 ? x / 2 : x / 2 + n / 2 + 1; };
  const auto minus_twice = [n](std::uint64_t x, std::uint64_t y) { return add(x, add(n - y, n - y, n), n); };
  const int s = std::countr_zero(n + 1) % 64;  // n = 2^64 - 1 is no prime and never gets here
  const std::uint64_t d = (n + 1) >> s;
  std::uint64_t u = 1, v = 1, power = q;  // index 1
  for (int bit = 62 - std::countl_zero(d); bit >= 0; --bit) {
    u = multiply(u, v, n);
    v = minus_twice(multiply(v, v, n), power);
    power = multiply(power, power, n);
    if ((d >> bit) & 1) {
      const std::uint64_t sum = half(add(u, v, n));
      v = half(add(multiply(big_d, u, n), v, n));
      u = sum;
      power = multiply(power, q, n);
    }
  }
  if (u == 0 || v == 0) return true;
  for (int i = 1; i < s; ++i) {
    v = minus_twice(multiply(v, v, n), power);
    if (v == 0) return true;
    power = multiply(power, power, n);
  }
  return false;
}

bool by_definition(std::uint64_t n, PrimalityMethod method) {
  if (n < 2) return false;
  for (const std::uint64_t p : {2u, 3u, 5u, 7u, 11u, 13u, 17u, 19u, 23u, 29u, 31u})
    if (n % p == 0) return n == p;
  if (!strong_test(n, 2)) return false;
  if (method == PrimalityMethod::bpsw) return strong_lucas_test(n);
  const BaseSet& set = bases_for(n);
  for (int i = 0; i < set.count; ++i)
    if (!strong_test(n, set.bases[i])) return false;
  return true;
}

}  // namespace

void test_primes_reference(std::span<const std::uint64_t> numbers, PrimalityMethod method,
                           std::span<std::uint8_t> is_prime) {
  for (std::size_t i = 0; i < numbers.size(); ++i) is_prime[i] = by_definition(numbers[i], method) ? 1 : 0;
}

}  // namespace shoal::kernels

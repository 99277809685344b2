// SPDX-License-Identifier: Apache-2.0
#include "workloads/primes/prime_density.hpp"

#include <algorithm>

#include "shoal/math/functions.hpp"

namespace shoal::workloads::primes {
namespace {

constexpr double kEuler = 0.57721566490153286;
constexpr double kLiOfTwo = 1.04516378011749278;
constexpr double kTwoTo64 = 18446744073709551616.0;

}  // namespace

// li(x) = gamma + ln ln x + sqrt(x) sum over n >= 1 of (-1)^(n-1) (ln x)^n / (n! 2^(n-1)) sum over k <= (n-1)/2 of 1/(2k+1)
double logarithmic_integral(double x) {
  if (x < 2) return 0;
  const double l = math::log(x);
  double sum = 0, term = -2, inner = 0;  // term: 2 (-l/2)^n / n!, with the sign of n = 0 turned
  for (int n = 1; n <= 400; ++n) {
    term *= -l / (2.0 * n);
    if (n % 2 == 1) inner += 1.0 / n;
    const double add = term * inner;
    sum += add;
    if (n > l && add < 1e-17 * sum && -add < 1e-17 * sum) break;
  }
  return kEuler + math::log(l) + math::sqrt(x) * sum - kLiOfTwo;
}

double expected_primes(std::uint64_t begin, std::uint64_t end) {
  return std::max(0.0, logarithmic_integral(static_cast<double>(end)) - logarithmic_integral(static_cast<double>(begin)));
}

double expected_nth_prime(double n, std::uint64_t start) {
  const double target = n + logarithmic_integral(static_cast<double>(start));
  double x = std::max(3.0, static_cast<double>(start) + n);
  for (int i = 0; i < 50; ++i) x = std::clamp(x + (target - logarithmic_integral(x)) * math::log(x), 3.0, kTwoTo64);
  return x;
}

}  // namespace shoal::workloads::primes

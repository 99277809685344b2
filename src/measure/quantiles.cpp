// SPDX-License-Identifier: Apache-2.0
// Quantiles of Student's and the normal distribution with + - * / and sqrt alone: finite or fast series for the
// distribution functions, and bisection to the last bit, so that rounding cannot differ between machines.
// Formulas: Abramowitz and Stegun, Handbook of Mathematical Functions (1964), numbers given below.
#include <cmath>

#include "shoal/measure/statistics.hpp"

namespace shoal::measure {
namespace {

constexpr double kPi = 3.14159265358979323846;

// From here on the expansion 26.7.5 is exact to 1e-13 and cheaper than the finite series of n / 2 terms.
constexpr long kManyDegrees = 400;

// arctan(x) for x >= 0: three halvings of the angle, then the Taylor series (4.4.42).
double arctangent(double x) {
  constexpr int kHalvings = 3;
  for (int i = 0; i < kHalvings; ++i) x = x / (1 + std::sqrt(1 + x * x));
  double power = x;
  double total = 0;
  for (int k = 1; k < 40; k += 2) {
    total += power / k;
    power *= -x * x;
  }
  return total * (1 << kHalvings);
}

// P(|T| <= t) for n degrees of freedom, 26.7.3 (odd n) and 26.7.4 (even n).
double t_probability(double t, long n) {
  const double degrees = static_cast<double>(n);
  const double cosine = std::sqrt(degrees / (degrees + t * t));
  const double sine = t / std::sqrt(degrees + t * t);
  const bool odd = n % 2 == 1;
  double term = odd ? cosine : 1;
  double total = 0;
  for (long k = odd ? 3 : 2; k <= n; k += 2) {
    total += term;
    term *= cosine * cosine * static_cast<double>(k - 1) / static_cast<double>(k);
  }
  if (!odd) return sine * total;
  return 2 / kPi * (arctangent(t / std::sqrt(degrees)) + sine * total);
}

// P(|Z| <= z) by 26.2.11 without exp: sums the series z + z^3/3 + z^5/(3 5) + ... and divides by the series of
// exp(z^2 / 2); all terms are positive.
double normal_probability(double z) {
  double density_term = 1;  // of exp(z^2 / 2)
  double density = 1;
  double term = z;
  double total = z;
  for (int k = 1; k < 120; ++k) {
    density_term *= z * z / (2.0 * k);
    density += density_term;
    term *= z * z / (2.0 * k + 1);
    total += term;
  }
  return 2 * total / (density * std::sqrt(2 * kPi));
}

// The x >= 0 with probability(x) = p, by bisection until the bounds are neighbours.
template <class Probability>
double solve(Probability probability, double p) {
  double low = 0;
  double high = 1;
  while (probability(high) < p) high *= 2;
  for (double middle = 0.5 * (low + high); middle > low && middle < high; middle = 0.5 * (low + high)) {
    (probability(middle) < p ? low : high) = middle;
  }
  return high;
}

}  // namespace

double normal_quantile(double p) {
  if (p < 0.5) return -normal_quantile(1 - p);
  return p == 0.5 ? 0 : solve(normal_probability, 2 * p - 1);
}

double t_quantile(double p, long n) {
  if (p < 0.5) return -t_quantile(1 - p, n);
  if (p == 0.5) return 0;
  if (n < kManyDegrees) return solve([n](double t) { return t_probability(t, n); }, 2 * p - 1);
  const double x = normal_quantile(p);  // 26.7.5
  const double x2 = x * x;
  const double d = static_cast<double>(n);
  const double g1 = (x2 + 1) * x / 4;
  const double g2 = ((5 * x2 + 16) * x2 + 3) * x / 96;
  const double g3 = (((3 * x2 + 19) * x2 + 17) * x2 - 15) * x / 384;
  const double g4 = ((((79 * x2 + 776) * x2 + 1482) * x2 - 1920) * x2 - 945) * x / 92160;
  return x + (g1 + (g2 + (g3 + g4 / d) / d) / d) / d;
}

}  // namespace shoal::measure

// SPDX-License-Identifier: Apache-2.0
#include "search/normal_quantile.hpp"

#include <array>
#include <cmath>
#include <vector>

#include "shoal/math/functions.hpp"

namespace shoal::search {
namespace {

using Coefficients = std::array<double, 8>;

// Numerators and denominators of the three rational functions, constant term first.
constexpr Coefficients kCentreTop = {3.3871328727963666080e0, 1.3314166789178437745e+2, 1.9715909503065514427e+3,
                                     1.3731693765509461125e+4, 4.5921953931549871457e+4, 6.7265770927008700853e+4,
                                     3.3430575583588128105e+4, 2.5090809287301226727e+3};
constexpr Coefficients kCentreBottom = {1.0,
                                        4.2313330701600911252e+1,
                                        6.8718700749205790830e+2,
                                        5.3941960214247511077e+3,
                                        2.1213794301586595867e+4,
                                        3.9307895800092710610e+4,
                                        2.8729085735721942674e+4,
                                        5.2264952788528545610e+3};
constexpr Coefficients kMiddleTop = {1.42343711074968357734e0, 4.63033784615654529590e0,  5.76949722146069140550e0,
                                     3.64784832476320460504e0, 1.27045825245236838258e0,  2.41780725177450611770e-1,
                                     2.27238449892691845833e-2, 7.74545014278341407640e-4};
constexpr Coefficients kMiddleBottom = {1.0,
                                        2.05319162663775882187e0,
                                        1.67638483018380384940e0,
                                        6.89767334985100004550e-1,
                                        1.48103976427480074590e-1,
                                        1.51986665636164571966e-2,
                                        5.47593808499534494600e-4,
                                        1.05075007164441684324e-9};
constexpr Coefficients kTailTop = {6.65790464350110377720e0,  5.46378491116411436990e0,  1.78482653991729133580e0,
                                   2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
                                   2.71155556874348757815e-5, 2.01033439929228813265e-7};
constexpr Coefficients kTailBottom = {1.0,
                                      5.99832206555887937690e-1,
                                      1.36929880922735805310e-1,
                                      1.48753612908506148525e-2,
                                      7.86869131145613259100e-4,
                                      1.84631831751005468180e-5,
                                      1.42151175831644588870e-7,
                                      2.04426310338993978564e-15};

double polynomial(const Coefficients& c, double x) {
  double sum = c[7];
  for (int i = 6; i >= 0; --i) sum = sum * x + c[static_cast<std::size_t>(i)];
  return sum;
}

constexpr double kRootHalf = 0.70710678118654752440;
constexpr double kCentre = 0.425;

double central(double q) {
  const double r = 0.180625 - q * q;
  return q * polynomial(kCentreTop, r) / polynomial(kCentreBottom, r);
}

// r = sqrt(-log u) of a tail.
double outer(double r) {
  return r <= 5 ? polynomial(kMiddleTop, r - 1.6) / polynomial(kMiddleBottom, r - 1.6)
                : polynomial(kTailTop, r - 5) / polynomial(kTailBottom, r - 5);
}

}  // namespace

double normal_quantile(double u) {
  const double q = u - 0.5;
  if (std::fabs(q) <= kCentre) return central(q);
  const double size = outer(math::sqrt(-math::log(q < 0 ? u : 1 - u)));
  return q < 0 ? -size : size;
}

void normal_quantiles(std::span<const double> u, std::span<double> x) {
  std::vector<double> tails;
  for (const double share : u) {
    const double q = share - 0.5;
    if (!(std::fabs(q) <= kCentre)) tails.push_back(q < 0 ? share : 1 - share);
  }
  math::log(tails, tails);
  for (double& t : tails) t = -t;
  math::sqrt(tails, tails);
  for (std::size_t i = 0, tail = 0; i < u.size(); ++i) {
    const double q = u[i] - 0.5;
    if (std::fabs(q) <= kCentre) {
      x[i] = central(q);
    } else {
      const double size = outer(tails[tail++]);
      x[i] = q < 0 ? -size : size;
    }
  }
}

double normal_mass(double a, double b) {
  // Mirrored into the tail where erfc has no cancellation.
  const bool mirrored = a + b < 0;
  const double low = mirrored ? -b : a, high = mirrored ? -a : b;
  return 0.5 * (math::erfc(low * kRootHalf) - math::erfc(high * kRootHalf));
}

}  // namespace shoal::search

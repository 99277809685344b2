// SPDX-License-Identifier: Apache-2.0
// Genz' families in d dimensions over [0, 1]^d, in the fixed instance a_i = h w_i / sum w, w_i = (2 i - 1) / (2 d), u_i = i / (d + 1)
// with h = 9, 7.25, 1.85, 7.03, 20.4, 4.3 (Novak and Ritter, Numer. Math. 75, 79-97, 1996): all coordinates matter, unequally.
// Exact integrals in closed form, that of the corner peak by a sum without cancellation.
#include <algorithm>
#include <cmath>

#include "shoal/math/functions.hpp"
#include "workloads/integrate/integrand.hpp"

namespace shoal::workloads::integrate {
namespace {

constexpr double kPi = 0x1.921fb54442d18p+1;

struct Instance {
  std::vector<double> a, u;
};

Instance instance(int dimension, double h) {
  Instance genz;
  const double d = dimension;
  for (int i = 1; i <= dimension; ++i) {
    genz.a.push_back(h * ((2.0 * i - 1.0) / (2.0 * d)) / (d / 2.0));
    genz.u.push_back(i / (d + 1.0));
  }
  return genz;
}

// Points are taken in pieces that stay in the first cache; loops over the points of a piece are vectorised by the compiler.
constexpr std::size_t kPiece = 512;

// `term(i, x, total)` adds coordinate i; `finish(totals, values)` makes values of the totals, which began at `start`.
template <class Term, class Finish>
class Genz final : public Integrand {
 public:
  Genz(int dimension, double start, Term term, Finish finish)
      : dimension_(dimension), start_(start), term_(std::move(term)), finish_(std::move(finish)) {}

  int dimension() const override { return dimension_; }

  void evaluate(std::span<const double* const> x, std::span<double> values) const override {
    for (std::size_t begin = 0; begin < values.size(); begin += kPiece) {
      const std::size_t count = std::min(kPiece, values.size() - begin);
      const std::span<double> totals = values.subspan(begin, count);
      std::fill(totals.begin(), totals.end(), start_);
      for (int i = 0; i < dimension_; ++i) {
        const auto axis = static_cast<std::size_t>(i);
        const auto term = term_(axis);
        const double* column = x[axis] + begin;
        for (std::size_t p = 0; p < count; ++p) totals[p] = term(column[p], totals[p]);
      }
      finish_(totals);
    }
  }

 private:
  int dimension_;
  double start_;
  Term term_;
  Finish finish_;
};

template <class Term, class Finish>
Family family(int dimension, double start, Term term, Finish finish, double exact) {
  Family result;
  result.integrand = std::make_unique<Genz<Term, Finish>>(dimension, start, std::move(term), std::move(finish));
  result.region.lower.assign(static_cast<std::size_t>(dimension), 0.0);
  result.region.upper.assign(static_cast<std::size_t>(dimension), 1.0);
  result.region.exact = exact;
  return result;
}

// Kinks and jumps across the first axes, one each.
void cut_first_axes(Region& region, std::span<const double> places) {
  if (region.lower.size() == 1) {
    region.breakpoints = {places[0]};
    return;
  }
  region.cuts.resize(region.lower.size());
  for (std::size_t k = 0; k < places.size(); ++k) region.cuts[k] = {places[k]};
}

template <class Factor>
double product(const Instance& genz, Factor factor) {
  double value = 1;
  for (std::size_t i = 0; i < genz.a.size(); ++i) value *= factor(i, genz.a[i], genz.u[i]);
  return value;
}

// The integral of (1 + a.x)^-(d+1) over the cube is 1/d! times the integral over t > 0 of e^-t prod (1 - e^(-a_i t)) / a_i, a
// smooth positive function: the trapezoidal rule in s, t = exp(s - e^-s), converges double exponentially.
double corner_peak_exact(const Instance& genz) {
  constexpr double h = 1.0 / 64;
  double sum = 0;
  for (int k = -7 * 64; k <= 7 * 64; ++k) {
    const double s = k * h, e = math::exp(-s), t = math::exp(s - e);
    const double weight = h * t * (1 + e);
    sum += weight * math::exp(-t) * product(genz, [t](std::size_t i, double a, double) {
             return -math::expm1(-a * t) / a / static_cast<double>(i + 1);
           });
  }
  return sum;
}

}  // namespace

Family make_genz_oscillatory(int dimension, double) {
  const Instance genz = instance(dimension, 9.0);
  double half = 0;
  for (const double a : genz.a) half += a / 2;
  const double exact = math::cos(kPi / 2 + half) *
                       product(genz, [](std::size_t, double a, double) { return 2 * math::sin(a / 2) / a; });
  return family(
      dimension, kPi / 2,
      [a = genz.a](std::size_t i) { return [ai = a[i]](double x, double total) { return total + ai * x; }; },
      [](std::span<double> totals) { math::cos(totals, totals); }, exact);
}

Family make_genz_product_peak(int dimension, double) {
  const Instance genz = instance(dimension, 7.25);
  const double exact = product(genz, [](std::size_t, double a, double u) {
    return a * (math::atan(a * (1 - u)) + math::atan(a * u));
  });
  return family(
      dimension, 1,
      [genz](std::size_t i) {
        return [floor = 1 / (genz.a[i] * genz.a[i]), u = genz.u[i]](double x, double total) {
          return total * (floor + (x - u) * (x - u));
        };
      },
      [](std::span<double> totals) {
        for (double& total : totals) total = 1 / total;
      },
      exact);
}

Family make_genz_corner_peak(int dimension, double) {
  const Instance genz = instance(dimension, 1.85);
  return family(
      dimension, 1,
      [a = genz.a](std::size_t i) { return [ai = a[i]](double x, double total) { return total + ai * x; }; },
      [dimension](std::span<double> totals) {
        for (double& total : totals) {
          double power = total;
          for (int i = 0; i < dimension; ++i) power *= total;
          total = 1 / power;
        }
      },
      corner_peak_exact(genz));
}

Family make_genz_gaussian(int dimension, double) {
  const Instance genz = instance(dimension, 7.03);
  const double exact = product(genz, [](std::size_t, double a, double u) {
    return std::sqrt(kPi) / (2 * a) * (math::erf(a * (1 - u)) + math::erf(a * u));
  });
  return family(
      dimension, 0,
      [genz](std::size_t i) {
        return [a = genz.a[i], u = genz.u[i]](double x, double total) {
          return total - (a * (x - u)) * (a * (x - u));
        };
      },
      [](std::span<double> totals) { math::exp(totals, totals); }, exact);
}

Family make_genz_continuous(int dimension, double) {
  const Instance genz = instance(dimension, 20.4);
  const double exact = product(genz, [](std::size_t, double a, double u) {
    return (-math::expm1(-a * u) - math::expm1(-a * (1 - u))) / a;
  });
  Family result = family(
      dimension, 0,
      [genz](std::size_t i) {
        return [a = genz.a[i], u = genz.u[i]](double x, double total) { return total - a * std::fabs(x - u); };
      },
      [](std::span<double> totals) { math::exp(totals, totals); }, exact);
  cut_first_axes(result.region, genz.u);
  return result;
}

Family make_genz_discontinuous(int dimension, double) {
  const Instance genz = instance(dimension, 4.3);
  const double exact = product(genz, [](std::size_t i, double a, double u) {
    return math::expm1(i < 2 ? a * u : a) / a;
  });
  // exp(-inf) = 0: beyond the jump the exponent is minus infinity.
  Family result = family(
      dimension, 0,
      [genz](std::size_t i) {
        return [a = genz.a[i], last = i < 2 ? genz.u[i] : 2.0](double x, double total) {
          return x <= last ? total + a * x : -HUGE_VAL;
        };
      },
      [](std::span<double> totals) { math::exp(totals, totals); }, exact);
  cut_first_axes(result.region, std::span(genz.u).first(std::min<std::size_t>(2, genz.u.size())));
  return result;
}

}  // namespace shoal::workloads::integrate

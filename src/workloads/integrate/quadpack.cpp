// SPDX-License-Identifier: Apache-2.0
// The test integrands of R. Piessens, E. de Doncker-Kapenga, C. W. Ueberhuber, D. K. Kahaner, QUADPACK (1983), and two others,
// with their exact integrals. Functions take a point as anchor + offset, so that those singular at an anchor keep all digits.
#include <cmath>

#include "shoal/math/functions.hpp"
#include "workloads/integrate/integrand.hpp"
#include "workloads/integrate/sums.hpp"

namespace shoal::workloads::integrate {
namespace {

constexpr double kPi = 0x1.921fb54442d18p+1;
constexpr double kLog2 = 0x1.62e42fefa39efp-1;
constexpr double kSqrt2 = 0x1.6a09e667f3bcdp+0;

template <class Function>
class Line final : public Integrand {
 public:
  explicit Line(Function function) : function_(std::move(function)) {}

  int dimension() const override { return 1; }
  void evaluate(std::span<const double* const> x, std::span<double> values) const override {
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = function_(0.0, x[0][i]);
  }
  void evaluate_near(double anchor, std::span<const double> offset, std::span<const double>,
                     std::span<double> values) const override {
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = function_(anchor, offset[i]);
  }

 private:
  Function function_;
};

template <class Function>
Family line(double lower, double upper, double exact, Function function) {
  Family family;
  family.integrand = std::make_unique<Line<Function>>(std::move(function));
  family.region.lower = {lower};
  family.region.upper = {upper};
  family.region.exact = exact;
  return family;
}

// x - place, exact if x is given by its distance from there.
double distance(double anchor, double offset, double place) {
  return anchor == place ? offset : (anchor + offset) - place;
}

// log(1/x), exact near 1.
double minus_log(double anchor, double offset) {
  return anchor == 1 ? -math::log1p(offset) : -math::log(anchor + offset);
}

class Arctangent final : public Integrand {
 public:
  int dimension() const override { return 1; }
  void evaluate(std::span<const double* const> x, std::span<double> values) const override {
    const double* column = x[0];
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = 1 / (1 + column[i] * column[i]);
  }
  // The division is the limit, so the nodes are made beside it.
  std::optional<double> grid_sum(double origin, double step, double first, std::int64_t n) const override {
    double lanes[kLanes] = {}, index[kLanes];
    for (int lane = 0; lane < kLanes; ++lane) index[lane] = first + lane;
    std::int64_t i = 0;
    for (; i + kLanes <= n; i += kLanes) {
      for (int lane = 0; lane < kLanes; ++lane) {
        const double x = origin + index[lane] * step;
        lanes[lane] += 1 / (1 + x * x);
        index[lane] += kLanes;
      }
    }
    for (int lane = 0; i < n; ++i, ++lane) {
      const double x = origin + index[lane] * step;
      lanes[lane] += 1 / (1 + x * x);
    }
    return lane_total(lanes);
  }
  std::optional<ShiftedSums> random_sums(const random::Stream& stream, std::uint64_t first_row, std::size_t n_rows, double origin,
                                         double step, double pivot) const override {
    if (!(std::fabs(origin) < kMost && std::fabs(step) < kMost * 0x1p-32)) return std::nullopt;
    return arctangent_sums(stream, first_row, n_rows, origin, step, pivot);
  }
  bool add_random_areas(std::span<const double> gaps, double origin, double scale, Stretches& stretches) const override {
    constexpr double longest = 0x1p63;  // of a sum of gaps
    if (!(std::fabs(origin) < kMost && std::fabs(scale) < kMost / longest)) return false;
    add_arctangent_areas(gaps, origin, scale, stretches);
    return true;
  }

 private:
  static constexpr double kMost = 1e36;  // of |x|: products of four denominators stay finite
};

}  // namespace

Family make_quadpack_1(int, double alpha) {
  return line(0, 1, 1 / ((1 + alpha) * (1 + alpha)), [alpha](double anchor, double offset) {
    return math::pow(anchor + offset, alpha) * minus_log(anchor, offset);
  });
}

Family make_quadpack_2(int, double alpha) {
  const double scale = math::exp2(-2 * alpha);
  const double exact = math::atan((4 - kPi) * math::exp2(2 * alpha - 2)) + math::atan(kPi * math::exp2(2 * alpha - 2));
  Family family = line(0, 1, exact, [scale](double anchor, double offset) {
    const double x = distance(anchor, offset, kPi / 4);
    return scale / (x * x + scale * scale);
  });
  family.region.breakpoints = {kPi / 4};
  return family;
}

Family make_quadpack_7(int, double alpha) {
  constexpr double kink = 1.0 / 3;
  const double exact = (math::pow(2 * kink, alpha + 1) + math::pow(kink, alpha + 1)) / (alpha + 1);
  Family family = line(0, 1, exact, [alpha](double anchor, double offset) {
    return math::pow(std::fabs(distance(anchor, offset, kink)), alpha);
  });
  family.region.breakpoints = {kink};
  return family;
}

Family make_quadpack_9(int, double alpha) {
  const double shift = math::exp2(-alpha);
  return line(-1, 1, kPi / std::sqrt(shift * (2 + shift)), [shift](double anchor, double offset) {
    const double left = distance(anchor, offset, -1), right = -distance(anchor, offset, 1);
    return 1 / (std::sqrt(left * right) * (left + shift));
  });
}

Family make_quadpack_10(int, double alpha) {
  const double gamma = math::tgamma(alpha / 2);
  return line(0, kPi / 2, math::exp2(alpha - 2) * gamma * gamma / math::tgamma(alpha),
              [alpha](double anchor, double offset) { return math::pow(math::sin(anchor + offset), alpha - 1); });
}

Family make_quadpack_11(int, double alpha) {
  return line(0, 1, math::tgamma(alpha), [alpha](double anchor, double offset) {
    return math::pow(minus_log(anchor, offset), alpha - 1);
  });
}

Family make_quadpack_12(int, double alpha) {
  const double k = math::exp2(alpha);
  const double exact = (20 * math::sin(k) - k * math::cos(k) + k * math::exp(-20.0)) / (400 + k * k);
  return line(0, 1, exact, [k](double anchor, double offset) {
    const double x = anchor + offset;
    return math::exp(20 * distance(anchor, offset, 1)) * math::sin(k * x);
  });
}

Family make_quadpack_14(int, double alpha) {
  const double s = math::exp2(-alpha);
  const double exact = std::sqrt(kPi) * math::pow(1 + s * s, -0.25) * math::cos(math::atan2(1, s) / 2);
  Family family = line(0, HUGE_VAL, exact, [s](double anchor, double offset) {
    const double x = anchor + offset;
    return math::exp(-s * x) * math::cos(x) / std::sqrt(x);
  });
  family.region.first_zero = kPi / 2;
  family.region.half_period = kPi;
  return family;
}

Family make_quadpack_15(int, double alpha) {
  const double s = math::exp2(-alpha);
  return line(0, HUGE_VAL, math::exp2(1 + 3 * alpha), [s](double anchor, double offset) {
    const double x = anchor + offset;
    return x * x * math::exp(-s * x);
  });
}

Family make_quadpack_454(int, double) {
  const double exact = 61 * kLog2 + 77.0 / 4 * math::log(7.0) - 27;
  Family family = line(0, 3, exact, [](double anchor, double offset) {
    const double x = anchor + offset;
    const double a = distance(anchor, offset, 1) * (x + 1), b = distance(anchor, offset, kSqrt2) * (x + kSqrt2);
    return x * x * x * math::log(std::fabs(a * b));
  });
  family.region.breakpoints = {1, kSqrt2};
  return family;
}

Family make_quadpack_455(int, double) {
  return line(0, HUGE_VAL, -kPi * math::log(10.0) / 20, [](double anchor, double offset) {
    const double x = anchor + offset;
    return math::log(x) / (1 + 100 * x * x);
  });
}

// -(euler + log(10 pi) - Ci(10 pi)) / (10 pi)
Family make_quadpack_456(int, double) {
  return line(0, 1, -0.128136848399167332, [](double anchor, double offset) {
    return -minus_log(anchor, offset) * math::sin(10 * kPi * (anchor + offset));
  });
}

Family make_quadpack_457(int, double) {
  Family family = line(0, HUGE_VAL, 1, [](double anchor, double offset) {
    const double x = anchor + offset;
    return math::cos(kPi / 2 * x) / std::sqrt(x);
  });
  family.region.first_zero = 1;
  family.region.half_period = 2;
  return family;
}

Family make_quadpack_459(int, double) {
  Family family = line(-1, 5, math::log(125.0 / 631) / 18, [](double anchor, double offset) {
    const double x = anchor + offset;
    return 1 / (x * (5 * x * x * x + 6));
  });
  family.region.cauchy = 0;
  return family;
}

Family make_gaussian_line(int, double) {
  return line(-HUGE_VAL, HUGE_VAL, std::sqrt(kPi) * math::exp(0.25), [](double anchor, double offset) {
    const double x = anchor + offset;
    return math::exp(-x - x * x);
  });
}

Family make_arctangent(int, double) {
  Family family;
  family.integrand = std::make_unique<Arctangent>();
  family.region.lower = {0};
  family.region.upper = {1};
  family.region.exact = kPi / 4;
  return family;
}

}  // namespace shoal::workloads::integrate

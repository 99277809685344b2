// SPDX-License-Identifier: Apache-2.0
// Laws of scaling and their fits. p: processors, S(p): speed-up over one. Say what the base of a speed-up is, and its time:
// a slow base flatters everything (and makes an unconstrained fit find super-linear "contention").
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "shoal/measure/statistics.hpp"

namespace shoal::measure {

// Amdahl (1967): 1 / (f + (1 - f) / p), f the serial share of the work.
double amdahl_speedup(double serial_share, double p);

// Gustafson (1988): p - f (p - 1), f the serial share of the parallel run.
double gustafson_speedup(double serial_share, double p);

// Karp and Flatt (1990): the experimentally determined serial share (1/S - 1/p) / (1 - 1/p), p > 1. Constant over p:
// serial work; rising: overhead; falling: super-linear, or a slow base.
double karp_flatt(double speedup, double p);

// Strong scaling: S / p. Weak scaling: T(1) / T(p), the problem growing with p.
double efficiency(double speedup, double p);
double weak_efficiency(double seconds_1, double seconds_p);

// Least squares for the serial share in [0, 1]; at least one point with p > 1.
double fit_amdahl(std::span<const double> p, std::span<const double> speedup);
double fit_gustafson(std::span<const double> p, std::span<const double> speedup);

// Universal scalability law (Gunther 2007): throughput X(N) = gamma N / (1 + alpha (N - 1) + beta N (N - 1)).
struct Usl {
  double alpha = 0;  // contention
  double beta = 0;   // coherency
  double gamma = 0;  // throughput of one

  double throughput(double n) const;
  double peak() const;     // N* = sqrt((1 - alpha) / beta), where throughput is largest; infinite for beta = 0
  double limit() const;    // gamma / alpha: of Amdahl's law; infinite for alpha = 0
  double optimum() const;  // 1 / alpha: where contention costs half of the work; infinite for alpha = 0
};

struct UslFit {
  Usl law;
  std::array<double, 3> standard_error{};             // of alpha, beta, gamma; 0 where a bound is active
  std::array<std::array<double, 3>, 3> covariance{};  // s^2 (J'J)^-1 over the free parameters
  std::array<Interval, 3> interval{};                 // 95 %, Student's t with n - (free parameters) degrees of freedom
  double residual_error = 0;                          // s
  std::size_t degrees_of_freedom = 0;
  bool alpha_at_bound = false;                        // fixed at 0 because it would be negative
  bool beta_at_bound = false;
};

// Nonlinear least squares (Gauss-Newton with damping) for all three parameters: with gamma fixed to X(1) one noisy point
// would decide everything. `constrained`: alpha, beta >= 0, and the fit says which bound is active. n >= 4 points,
// at least three different N >= 1, throughputs > 0; throws std::invalid_argument otherwise.
UslFit fit_usl(std::span<const double> n, std::span<const double> throughput, bool constrained = true);

// One configuration, measured several times.
struct Repeated {
  double n = 1;
  std::vector<double> throughput;
};

struct UslBootstrap {
  Interval alpha, beta, gamma, peak;  // 2.5 % and 97.5 % quantiles; the peak's upper end may be infinite
  std::size_t samples = 0;            // fits that converged
};

// Resamples the repetitions of every configuration with replacement and fits their medians again.
UslBootstrap bootstrap_usl(const std::vector<Repeated>& points, std::size_t samples = 1000, std::uint64_t seed = 1);

// Performance model normal form with one term (Extra-P; Calotoiu et al. 2013): f(p) = c0 + c1 p^i log2(p)^j, i in
// {0, 1/4, 1/3, 1/2, 2/3, 3/4, 1, 5/4, 4/3, 3/2, 2, 5/2, 3}, j in {0, 1, 2}. The term is the one with the smallest error when each point is
// predicted from the others; a constant is preferred unless a term halves that error.
struct PerformanceModel {
  double constant = 0;
  double factor = 0;
  double power = 0;
  int log_power = 0;
  double cross_validation = 0;  // root mean square of the relative errors of left-out points
  double operator()(double p) const;
  std::string formula() const;  // "0.012 + 3.4e-05 p^(1.5) log2(p)"
};

// At least 5 different p (Extra-P's rule), p >= 1, values > 0; throws std::invalid_argument otherwise.
PerformanceModel fit_performance_model(std::span<const double> p, std::span<const double> values);

}  // namespace shoal::measure

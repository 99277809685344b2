// SPDX-License-Identifier: Apache-2.0
// The test functions of search_quality; search_functions.py has the same for the reference programs.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>
#include <span>
#include <string>
#include <vector>

#include "shoal/config/read_toml.hpp"
#include "shoal/random/distributions.hpp"
#include "shoal/search/algorithm.hpp"

namespace shoal::search::benchmark {

struct TestFunction {
  std::string name;
  std::string space;  // the text of [space]
  std::int64_t n_trials;
  double noise;  // deviation of what is added to the losses that the search sees
  std::function<double(const Point&)> loss;
};

inline Space space_of(const std::string& text) {
  config::Diagnostics diagnostics("space", text);
  Space space = Space::parse(config::read_toml(diagnostics), {}, diagnostics);
  diagnostics.throw_if_any();
  return space;
}

inline std::string box(int n, double low, double high) {
  std::string text;
  for (int i = 0; i < n; ++i)
    text += "x" + std::to_string(i) + " = { uniform = [" + std::to_string(low) + ", " + std::to_string(high) + "] }\n";
  return text;
}

inline double square(double x) {
  return x * x;
}

inline double branin(const Point& p) {
  constexpr double pi = std::numbers::pi;
  return square(p[1] - 5.1 / (4 * pi * pi) * p[0] * p[0] + 5 / pi * p[0] - 6) +
         10 * (1 - 1 / (8 * pi)) * std::cos(p[0]) + 10;
}

inline double gauss_wave(const Point& p) {
  const double t = p[0] + (p[1] == 0 ? 0 : std::numbers::pi);
  return -(std::sin(t) + 2 * std::exp(-square(t / 5)));
}

inline double many_dists(const Point& p) {
  double sum = 0;
  for (const double x : p) sum += x;
  return std::log(1e-12 + sum * sum);
}

inline double hartmann6(const Point& x) {
  static constexpr double a[4][6] = {
      {10, 3, 17, 3.5, 1.7, 8}, {0.05, 10, 17, 0.1, 8, 14}, {3, 3.5, 1.7, 10, 17, 8}, {17, 8, 0.05, 10, 0.1, 14}};
  static constexpr double q[4][6] = {{0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886},
                                     {0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991},
                                     {0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650},
                                     {0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381}};
  static constexpr double c[4] = {1.0, 1.2, 3.0, 3.2};
  double sum = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    double exponent = 0;
    for (std::size_t j = 0; j < 6; ++j) exponent += a[i][j] * square(x[j] - q[i][j]);
    sum -= c[i] * std::exp(-exponent);
  }
  return sum;
}

inline double distractor(const Point& p) {
  return -(1 / (1 + std::exp(-p[0])) + 2 * std::exp(-square(p[0] + 10)));
}

inline double sphere4(const Point& p) {
  double sum = 0;
  for (std::size_t i = 0; i < p.size(); ++i) sum += square(p[i] - 0.5 * static_cast<double>(i));
  return sum;
}

// Coordinates: method, linear.a, tree.depth, tree.rate, net.rate, net.momentum, net.layers.
inline double conditional(const Point& p) {
  if (p[0] == 0) return 1.0 + square(p[1] - 1);
  if (p[0] == 1) return 0.3 + 0.02 * square(p[2] - 7) + 0.3 * square(std::log10(p[3]) + 1.5);
  constexpr double layers[] = {0.2, 0.0, 0.1};
  return 0.25 * square(std::log10(p[4]) + 3) + 2 * square(p[5] - 0.9) + layers[static_cast<std::size_t>(p[6])];
}

inline double rosenbrock10(const Point& x) {
  double sum = 0;
  for (std::size_t i = 0; i + 1 < x.size(); ++i) sum += 100 * square(x[i + 1] - x[i] * x[i]) + square(1 - x[i]);
  return sum;
}

inline double ackley20(const Point& p) {
  double squares = 0, cosines = 0;
  for (const double x : p) {
    squares += square(x - 3);
    cosines += std::cos(2 * std::numbers::pi * (x - 3));
  }
  const double n = static_cast<double>(p.size());
  return -20 * std::exp(-0.2 * std::sqrt(squares / n)) - std::exp(cosines / n) + 20 + std::numbers::e;
}

inline double rastrigin6(const Point& p) {
  double sum = 60;
  for (const double x : p) sum += square(x - 1) - 10 * std::cos(2 * std::numbers::pi * (x - 1));
  return sum;
}

inline double integers(const Point& p) {
  constexpr double target[] = {3, 11, 17, 24, 29}, modes[] = {0.5, 0.0, 1.0, 0.2};
  double sum = modes[static_cast<std::size_t>(p[5])];
  for (std::size_t i = 0; i < 5; ++i) sum += std::fabs(p[i] - target[i]) / 10;
  return sum;
}

inline double ellipsoid8(const Point& p) {
  double sum = 0;
  for (std::size_t i = 0; i < p.size(); ++i) {
    const double before = i > 0 ? 0.9 * (p[i - 1] - 1) : 0;
    sum += std::pow(10, 2 * static_cast<double>(i) / 7) * square(p[i] - 1 + before);
  }
  return sum;
}

inline double priors6(const Point& p) {
  constexpr double n[] = {0.3, -0.8, 1.2}, l[] = {0.5, -1.0, 0.0};
  double sum = 0;
  for (std::size_t i = 0; i < 3; ++i) sum += square(p[i] - n[i]) + square(std::log(p[3 + i]) - l[i]);
  return sum;
}

// From here to the list: functions on which no setting was ever tried.

inline double levy5(const Point& p) {
  constexpr double pi = std::numbers::pi;
  const auto w = [&](std::size_t i) { return 1 + (p[i] - 1) / 4; };
  double sum = square(std::sin(pi * w(0))) + square(w(4) - 1) * (1 + square(std::sin(2 * pi * w(4))));
  for (std::size_t i = 0; i < 4; ++i) sum += square(w(i) - 1) * (1 + 10 * square(std::sin(pi * w(i) + 1)));
  return sum;
}

inline double styblinski7(const Point& p) {
  double sum = 0;
  for (const double x : p) sum += square(square(x)) - 16 * x * x + 5 * x;
  return sum / 2;
}

// Each coordinate leads away from its narrow best.
inline double trap3(const Point& p) {
  double sum = 0;
  for (const double x : p) sum += x >= 0.85 ? (1 - x) / 0.15 : 0.2 + 0.8 * x / 0.85;
  return sum;
}

// As networks behave: the best rate depends on batch and momentum, and too large a rate diverges. Coordinates: rate,
// momentum, batch, layers, dropout.
inline double training(const Point& p) {
  const double rate = std::log10(p[0] / (1 - p[1])), best = -2 + 0.3 * p[2];
  if (rate > 0) return 5;
  return 0.3 * square(rate - best) + 0.05 * square(p[3] - 4) + square(p[4] - 0.2);
}

// Coordinates: kernel, linear.c, rbf.c, rbf.width, poly.c, poly.degree.
inline double kernels(const Point& p) {
  if (p[0] == 0) return 0.4 + 0.1 * square(std::log10(p[1]) - 1);
  if (p[0] == 1) {
    const double c = std::log10(p[2]), width = std::log10(p[3]);
    return 0.1 * square(c - 1.5) + 0.2 * square(width + 2 + 0.5 * c);
  }
  return 0.2 + 0.1 * square(std::log10(p[4]) + 1) + 0.1 * square(p[5] - 3);
}

inline double zakharov12(const Point& p) {
  double squares = 0, s = 0;
  for (std::size_t i = 0; i < p.size(); ++i) {
    squares += square(p[i]);
    s += 0.5 * static_cast<double>(i + 1) * p[i];
  }
  return std::log10(1 + squares + square(s) + square(square(s)));
}

inline bool is_held_out(const std::string& name) {
  static const std::vector<std::string> names = {"levy5",   "styblinski7", "trap3",       "training",
                                                 "kernels", "zakharov12",  "noisy_branin"};
  return std::find(names.begin(), names.end(), name) != names.end();
}

inline const std::vector<TestFunction>& test_functions() {
  static const std::vector<TestFunction> list = {
      {"quadratic1", "x = { uniform = [-5, 5] }", 1000, 0, [](const Point& p) { return square(p[0] - 3); }},
      {"q1_lognormal", "x = { lognormal = [0, 2] }", 250, 0,
       [](const Point& p) { return std::min(0.1 * square(p[0] - 10), 10.0); }},
      {"gauss_wave", "x = { uniform = [-20, 20] }\nshift = { choice = [0, 1] }", 50, 0, gauss_wave},
      {"branin", "x = { uniform = [-5, 10] }\ny = { uniform = [0, 15] }", 200, 0, branin},
      {"many_dists",
       "a = { choice = [0, 1, 2] }\nb = { randint = [0, 10] }\nbb = { randint = [12, 25] }\nc = { uniform = [4, 7] }\n"
       "d = { loguniform = [0.1353352832366127, 1.0] }\ne = { quniform = [0, 10, 3] }\n"
       "f = { qloguniform = [1.0, 20.085536923187668, 2] }\ng = { normal = [4, 7] }\nh = { lognormal = [-2, 2] }\n"
       "i = { qnormal = [0, 10, 2] }\nj = { qlognormal = [0, 2, 1] }\nk = { pchoice = [[0.1, 0], [0.9, 1]] }",
       200, 0, many_dists},
      {"square", "x = { uniform = [-10, 10] }", 100, 0, [](const Point& p) { return square(p[0]); }},
      {"hartmann6", box(6, 0, 1), 100, 0, hartmann6},
      {"distractor", "x = { uniform = [-15, 15] }", 150, 0, distractor},
      {"noisy4", box(4, -5, 5), 150, 1, sphere4},
      {"conditional",
       "method = { choice = [{ name = \"linear\", a = { uniform = [-3, 3] } }, { name = \"tree\", depth = { uniformint = "
       "[1, 12] }, rate = { loguniform = [1e-3, 1.0] } }, { name = \"net\", rate = { loguniform = [1e-5, 1.0] }, "
       "momentum = { uniform = [0, 0.99] }, layers = { choice = [0, 1, 2] } }] }",
       100, 0, conditional},
      {"rosenbrock10", box(10, -2, 2), 200, 0, rosenbrock10},
      {"ackley20", box(20, -10, 10), 200, 0, ackley20},
      {"rastrigin6", box(6, -5.12, 5.12), 150, 0, rastrigin6},
      {"integers",
       "k0 = { uniformint = [0, 30] }\nk1 = { uniformint = [0, 30] }\nk2 = { uniformint = [0, 30] }\n"
       "k3 = { uniformint = [0, 30] }\nk4 = { uniformint = [0, 30] }\nmode = { choice = [0, 1, 2, 3] }",
       120, 0, integers},
      {"ellipsoid8", box(8, -5, 5), 200, 0, ellipsoid8},
      {"priors6",
       "n0 = { normal = [0, 1] }\nn1 = { normal = [0, 1] }\nn2 = { normal = [0, 1] }\nl0 = { lognormal = [0, 1] }\n"
       "l1 = { lognormal = [0, 1] }\nl2 = { lognormal = [0, 1] }",
       120, 0, priors6},
      {"levy5", box(5, -10, 10), 120, 0, levy5},
      {"styblinski7", box(7, -5, 5), 150, 0, styblinski7},
      {"trap3", box(3, 0, 1), 120, 0, trap3},
      {"training",
       "rate = { loguniform = [1e-5, 1.0] }\nmomentum = { uniform = [0, 0.99] }\nbatch = { choice = [0, 1, 2, 3] }\n"
       "layers = { uniformint = [1, 8] }\ndropout = { uniform = [0, 0.9] }",
       120, 0, training},
      {"kernels",
       "kernel = { choice = [{ name = \"linear\", c = { loguniform = [1e-3, 1e3] } }, { name = \"rbf\", c = { loguniform = "
       "[1e-3, 1e3] }, width = { loguniform = [1e-5, 10.0] } }, { name = \"poly\", c = { loguniform = [1e-3, 1e3] }, "
       "degree = { uniformint = [1, 6] } }] }",
       100, 0, kernels},
      {"zakharov12", box(12, -5, 10), 150, 0, zakharov12},
      {"noisy_branin", "x = { uniform = [-5, 10] }\ny = { uniform = [0, 15] }", 120, 5, branin},
      {"tail", "x = { normal = [0, 1] }\ny = { lognormal = [0, 1] }", 100, 0,
       [](const Point& p) { return square(p[0] - 4) + square(std::log(p[1]) + 3); }},
  };
  return list;
}

// The loss, without noise, of the trial whose loss as the search saw it was best, after all trials of a function.
// Proposal k sees the results of the first k - window trials, and the points of the others.
inline double search(const TestFunction& function, Algorithm& algorithm, std::int64_t window, std::uint64_t seed) {
  constexpr std::uint64_t kNoiseStream = 0x6e6f697365;
  const random::Stream noise(seed, kNoiseStream);
  std::vector<Point> points;
  std::vector<double> seen;
  std::size_t best = 0;
  for (std::int64_t k = 0; k < function.n_trials; ++k) {
    const auto n_visible = static_cast<std::size_t>(std::max<std::int64_t>(0, k - window));
    if (n_visible > 0) {
      algorithm.observe({.trial = static_cast<std::int64_t>(n_visible) - 1, .point = points[n_visible - 1], .loss = seen[n_visible - 1]});
    }
    points.push_back(algorithm.propose(k, std::span(points).subspan(n_visible)));
    const double loss = function.loss(points.back());
    seen.push_back(function.noise > 0 ? loss + function.noise * random::normal(noise, static_cast<std::uint64_t>(k), 0) : loss);
    if (seen.back() < seen[best]) best = seen.size() - 1;
  }
  return function.loss(points[best]);
}

}  // namespace shoal::search::benchmark

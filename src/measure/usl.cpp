// SPDX-License-Identifier: Apache-2.0
// Fit of the universal scalability law. Parameters in the order alpha, beta, gamma; gamma is scaled to about 1 while
// fitting, so that the normal equations are well conditioned.
#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "shoal/measure/scaling.hpp"

namespace shoal::measure {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr std::size_t kParameters = 3;
using Vector = std::array<double, kParameters>;
using Matrix = std::array<Vector, kParameters>;
using Free = std::array<bool, kParameters>;  // which parameters are fitted; the others stay at 0

// dX / d(alpha, beta, gamma)
Vector gradient(const Usl& law, double n) {
  const double x = law.throughput(n);
  const double below = 1 + law.alpha * (n - 1) + law.beta * n * (n - 1);
  return {-x * (n - 1) / below, -x * n * (n - 1) / below, n / below};
}

double sum_of_squares(const Usl& law, std::span<const double> n, std::span<const double> x) {
  double sum = 0;
  for (std::size_t i = 0; i < n.size(); ++i) {
    const double below = 1 + law.alpha * (n[i] - 1) + law.beta * n[i] * (n[i] - 1);
    if (!(below > 0)) return kInfinity;
    const double residual = x[i] - law.throughput(n[i]);
    sum += residual * residual;
  }
  return sum;
}

Matrix normal_matrix(const Usl& law, std::span<const double> n, const Free& free) {
  Matrix matrix{};
  for (const double size : n) {
    const Vector g = gradient(law, size);
    for (std::size_t i = 0; i < kParameters; ++i)
      for (std::size_t j = 0; j < kParameters; ++j)
        if (free[i] && free[j]) matrix[i][j] += g[i] * g[j];
  }
  for (std::size_t i = 0; i < kParameters; ++i)
    if (!free[i]) matrix[i][i] = 1;  // decoupled from the rest
  return matrix;
}

// The inverse of a symmetric positive matrix (Gauss-Jordan; scaled to a unit diagonal first); false: singular.
bool invert(const Matrix& matrix, Matrix& inverse) {
  Vector scale{};
  for (std::size_t i = 0; i < kParameters; ++i) {
    if (!(matrix[i][i] > 0)) return false;
    scale[i] = 1 / std::sqrt(matrix[i][i]);
  }
  Matrix left{};
  inverse = {};
  for (std::size_t i = 0; i < kParameters; ++i) {
    inverse[i][i] = 1;
    for (std::size_t j = 0; j < kParameters; ++j) left[i][j] = matrix[i][j] * scale[i] * scale[j];
  }
  for (std::size_t k = 0; k < kParameters; ++k) {
    const double pivot = left[k][k];
    if (!(pivot > 1e-14)) return false;
    for (std::size_t j = 0; j < kParameters; ++j) left[k][j] /= pivot, inverse[k][j] /= pivot;
    for (std::size_t i = 0; i < kParameters; ++i) {
      if (i == k) continue;
      const double factor = left[i][k];
      for (std::size_t j = 0; j < kParameters; ++j) left[i][j] -= factor * left[k][j], inverse[i][j] -= factor * inverse[k][j];
    }
  }
  for (std::size_t i = 0; i < kParameters; ++i)
    for (std::size_t j = 0; j < kParameters; ++j) inverse[i][j] *= scale[i] * scale[j];
  return true;
}

// Start of the iteration: N / X is linear in the parameters 1/gamma, alpha/gamma, beta/gamma.
Usl linear_start(std::span<const double> n, std::span<const double> x, const Free& free) {
  Matrix matrix{};
  Vector right{};
  for (std::size_t i = 0; i < n.size(); ++i) {
    const Vector row = {n[i] - 1, n[i] * (n[i] - 1), 1};
    const double weight = x[i] * x[i] / (n[i] * n[i]);  // errors of X, not of N / X
    for (std::size_t j = 0; j < kParameters; ++j) {
      if (!free[j]) continue;
      right[j] += weight * row[j] * n[i] / x[i];
      for (std::size_t k = 0; k < kParameters; ++k)
        if (free[k]) matrix[j][k] += weight * row[j] * row[k];
    }
  }
  for (std::size_t i = 0; i < kParameters; ++i)
    if (!free[i]) matrix[i][i] = 1;
  Matrix inverse;
  Vector solution{};
  if (invert(matrix, inverse))
    for (std::size_t i = 0; i < kParameters; ++i)
      for (std::size_t j = 0; j < kParameters; ++j) solution[i] += inverse[i][j] * right[j];
  Usl law{free[0] ? 0.01 : 0, free[1] ? 1e-4 : 0, x.front() / n.front()};
  if (solution[2] > 0) {
    const Usl linear{solution[0] / solution[2], solution[1] / solution[2], 1 / solution[2]};
    if (std::isfinite(sum_of_squares(linear, n, x))) law = linear;
  }
  return law;
}

// Levenberg's damping: none while steps improve, ten times more when they do not.
Usl iterate(std::span<const double> n, std::span<const double> x, const Free& free) {
  Usl law = linear_start(n, x, free);
  double best = sum_of_squares(law, n, x);
  double damping = 1e-3;
  for (int round = 0; round < 500 && damping < 1e12; ++round) {
    Matrix matrix = normal_matrix(law, n, free);
    for (std::size_t i = 0; i < kParameters; ++i) matrix[i][i] *= 1 + damping;
    Matrix inverse;
    if (!invert(matrix, inverse)) {
      damping *= 10;
      continue;
    }
    Vector right{}, step{};
    for (std::size_t i = 0; i < n.size(); ++i) {
      const Vector g = gradient(law, n[i]);
      for (std::size_t j = 0; j < kParameters; ++j) right[j] += free[j] ? g[j] * (x[i] - law.throughput(n[i])) : 0;
    }
    for (std::size_t i = 0; i < kParameters; ++i)
      for (std::size_t j = 0; j < kParameters; ++j) step[i] += free[i] ? inverse[i][j] * right[j] : 0;
    const Usl next{law.alpha + step[0], law.beta + step[1], law.gamma + step[2]};
    const double squares = sum_of_squares(next, n, x);
    if (squares <= best) {
      const bool settled = std::fabs(step[0]) <= 1e-14 + 1e-13 * std::fabs(law.alpha) &&
                           std::fabs(step[1]) <= 1e-16 + 1e-13 * std::fabs(law.beta) && std::fabs(step[2]) <= 1e-13 * law.gamma;
      law = next;
      best = squares;
      damping = std::max(1e-15, 0.1 * damping);
      if (settled) break;
    } else {
      damping *= 10;
    }
  }
  return law;
}

void require_points(std::span<const double> n, std::span<const double> x) {
  std::vector<double> sizes(n.begin(), n.end());
  std::sort(sizes.begin(), sizes.end());
  const auto different = std::unique(sizes.begin(), sizes.end()) - sizes.begin();
  const bool positive = std::all_of(x.begin(), x.end(), [](double v) { return v > 0 && std::isfinite(v); });
  if (n.size() != x.size() || n.size() < 4 || different < 3 || sizes.front() < 1 || !positive)
    throw std::invalid_argument("a fit of the scalability law needs 4 points of at least 3 sizes from 1, with throughputs above 0");
}

void add_errors(UslFit& fit, std::span<const double> n, std::span<const double> x, const Free& free) {
  const auto fitted = static_cast<std::size_t>(std::count(free.begin(), free.end(), true));
  fit.degrees_of_freedom = n.size() - fitted;
  const double variance = sum_of_squares(fit.law, n, x) / static_cast<double>(fit.degrees_of_freedom);
  fit.residual_error = std::sqrt(variance);
  Matrix inverse;
  const bool known = invert(normal_matrix(fit.law, n, free), inverse);
  const double t = t_quantile(0.975, static_cast<long>(fit.degrees_of_freedom));
  const Vector value = {fit.law.alpha, fit.law.beta, fit.law.gamma};
  for (std::size_t i = 0; i < kParameters; ++i) {
    for (std::size_t j = 0; j < kParameters; ++j)
      fit.covariance[i][j] = !free[i] || !free[j] ? 0 : known ? variance * inverse[i][j] : kInfinity;
    fit.standard_error[i] = std::sqrt(fit.covariance[i][i]);
    fit.interval[i] = {value[i] - t * fit.standard_error[i], value[i] + t * fit.standard_error[i]};
  }
}

// A generator of our own: the samples are the same with every standard library. splitmix64 (Steele, Lea & Flood 2014).
std::uint64_t next_random(std::uint64_t& state) {
  std::uint64_t z = state += 0x9e3779b97f4a7c15U;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31);
}

Interval central_95(const std::vector<double>& values) { return {quantile(values, 0.025), quantile(values, 0.975)}; }

}  // namespace

double Usl::throughput(double n) const { return gamma * n / (1 + alpha * (n - 1) + beta * n * (n - 1)); }
double Usl::peak() const { return beta > 0 ? std::sqrt(std::max(0.0, 1 - alpha) / beta) : kInfinity; }
double Usl::limit() const { return alpha > 0 ? gamma / alpha : kInfinity; }
double Usl::optimum() const { return alpha > 0 ? 1 / alpha : kInfinity; }

UslFit fit_usl(std::span<const double> n, std::span<const double> throughput, bool constrained) {
  require_points(n, throughput);
  const double unit = *std::max_element(throughput.begin(), throughput.end());
  std::vector<double> x(throughput.begin(), throughput.end());
  for (double& value : x) value /= unit;
  UslFit fit;
  Free chosen{};
  double best = kInfinity;
  // The best of the sets of active bounds that leaves all parameters in range.
  for (const auto& [with_alpha, with_beta] : {std::pair{true, true}, {true, false}, {false, true}, {false, false}}) {
    const Free free = {with_alpha, with_beta, true};
    const Usl law = iterate(n, x, free);
    const double squares = sum_of_squares(law, n, x);
    if (squares < best && (!constrained || (law.alpha >= 0 && law.beta >= 0))) {
      best = squares;
      fit.law = law;
      chosen = free;
    }
    if (!constrained) break;
  }
  fit.alpha_at_bound = !chosen[0];
  fit.beta_at_bound = !chosen[1];
  fit.law.gamma *= unit;
  add_errors(fit, n, throughput, chosen);
  return fit;
}

UslBootstrap bootstrap_usl(const std::vector<Repeated>& points, std::size_t samples, std::uint64_t seed) {
  std::vector<double> n, alpha, beta, gamma, peak;
  for (const Repeated& point : points) n.push_back(point.n);
  std::uint64_t state = seed;
  for (std::size_t sample = 0; sample < samples; ++sample) {
    std::vector<double> x;
    for (const Repeated& point : points) {
      std::vector<double> drawn;
      for (std::size_t i = 0; i < point.throughput.size(); ++i) drawn.push_back(point.throughput[next_random(state) % point.throughput.size()]);
      x.push_back(median(drawn));
    }
    const Usl law = fit_usl(n, x).law;
    alpha.push_back(law.alpha);
    beta.push_back(law.beta);
    gamma.push_back(law.gamma);
    peak.push_back(law.peak());
  }
  return {central_95(alpha), central_95(beta), central_95(gamma), central_95(peak), alpha.size()};
}

}  // namespace shoal::measure

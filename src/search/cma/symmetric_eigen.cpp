// SPDX-License-Identifier: Apache-2.0
#include "search/cma/symmetric_eigen.hpp"

#include <cmath>

namespace shoal::search::cma {
namespace {

constexpr int kMostSweeps = 30;  // 6 to 10 are usual
constexpr double kNegligible = 1e-32;  // squares of what is off the diagonal, beside those on it

// Makes a(p, q) zero by a rotation in the plane of p and q.
void rotate(Matrix& a, Matrix& v, std::size_t p, std::size_t q) {
  const double tau = (a(q, q) - a(p, p)) / (2 * a(p, q));
  const double t = (tau >= 0 ? 1.0 : -1.0) / (std::fabs(tau) + std::sqrt(1 + tau * tau));
  const double c = 1 / std::sqrt(1 + t * t), s = t * c;
  for (std::size_t k = 0; k < a.n; ++k) {
    const double kp = a(k, p), kq = a(k, q);
    a(k, p) = c * kp - s * kq;
    a(k, q) = s * kp + c * kq;
  }
  for (std::size_t k = 0; k < a.n; ++k) {
    const double pk = a(p, k), qk = a(q, k);
    a(p, k) = c * pk - s * qk;
    a(q, k) = s * pk + c * qk;
  }
  for (std::size_t k = 0; k < a.n; ++k) {
    const double kp = v(k, p), kq = v(k, q);
    v(k, p) = c * kp - s * kq;
    v(k, q) = s * kp + c * kq;
  }
}

}  // namespace

std::vector<double> symmetric_eigen(Matrix& a, Matrix& vectors) {
  vectors = Matrix(a.n);
  for (std::size_t i = 0; i < a.n; ++i) vectors(i, i) = 1;
  for (int sweep = 0; sweep < kMostSweeps; ++sweep) {
    double off = 0, on = 0;
    for (std::size_t i = 0; i < a.n; ++i) {
      on += a(i, i) * a(i, i);
      for (std::size_t j = i + 1; j < a.n; ++j) off += a(i, j) * a(i, j);
    }
    if (off <= kNegligible * on) break;
    for (std::size_t p = 0; p < a.n; ++p) {
      for (std::size_t q = p + 1; q < a.n; ++q) {
        if (a(p, q) != 0) rotate(a, vectors, p, q);
      }
    }
  }
  std::vector<double> values(a.n);
  for (std::size_t i = 0; i < a.n; ++i) values[i] = a(i, i);
  return values;
}

}  // namespace shoal::search::cma

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

namespace shoal::search::cma {

// A square matrix, row-major.
struct Matrix {
  explicit Matrix(std::size_t size) : n(size), values(size * size) {}
  double& operator()(std::size_t i, std::size_t j) { return values[i * n + j]; }
  double operator()(std::size_t i, std::size_t j) const { return values[i * n + j]; }

  std::size_t n;
  std::vector<double> values;
};

// a = V diag(w) V^T of a symmetric matrix by cyclic Jacobi rotations (Golub, Van Loan, Matrix Computations, 8.5): accurate, and
// the same bits everywhere. `a` is destroyed; column k of `vectors` belongs to eigenvalue k, in no particular order. O(n^3).
std::vector<double> symmetric_eigen(Matrix& a, Matrix& vectors);

}  // namespace shoal::search::cma

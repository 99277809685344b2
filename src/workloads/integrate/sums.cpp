// SPDX-License-Identifier: Apache-2.0
#include "workloads/integrate/sums.hpp"

#include <cmath>

namespace shoal::workloads::integrate {

void CompensatedSum::add(double value) {
  const double next = sum_ + value;
  if (std::isfinite(next)) carry_ += std::fabs(sum_) >= std::fabs(value) ? (sum_ - next) + value : (value - next) + sum_;
  sum_ = next;
}

double lane_total(const double* s) {
  return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
}

double row_total(const double* columns) {
  double lanes[kLanes] = {};
  for (std::size_t c = 0; c < kSumColumns; ++c) lanes[c % kLanes] += columns[c];
  return lane_total(lanes);
}

double block_sum(std::span<const double> values) {
  Columns columns = {};
  add_to_columns(values, columns);
  return row_total(columns.data());
}

void Moments::add(const Moments& other) {
  if (other.n == 0) return;
  if (n == 0) {
    *this = other;
    return;
  }
  const auto a = static_cast<double>(n), b = static_cast<double>(other.n);
  const double difference = other.mean - mean;
  mean += difference * (b / (a + b));
  squares += other.squares + difference * difference * (a * b / (a + b));
  n += other.n;
}

double Moments::variance() const {
  return n < 2 ? 0 : squares / static_cast<double>(n - 1);
}

double Moments::standard_error() const {
  return n < 2 ? 0 : std::sqrt(variance() / static_cast<double>(n));
}

Moments block_moments(std::span<const double> values) {
  Moments moments;
  moments.n = static_cast<std::int64_t>(values.size());
  if (values.empty()) return moments;
  moments.mean = block_sum(values) / static_cast<double>(values.size());
  Columns columns = {};
  add_squares_to_columns(values, moments.mean, columns);
  moments.squares = row_total(columns.data());
  return moments;
}

}  // namespace shoal::workloads::integrate

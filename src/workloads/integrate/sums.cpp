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

double block_sum(std::span<const double> values) {
  double lanes[kLanes] = {};
  std::size_t i = 0;
  for (; i + kLanes <= values.size(); i += kLanes)
    for (std::size_t lane = 0; lane < kLanes; ++lane) lanes[lane] += values[i + lane];
  for (; i < values.size(); ++i) lanes[i % kLanes] += values[i];
  return lane_total(lanes);
}

namespace {

double sum_of_squares(std::span<const double> values, double mean) {
  double lanes[kLanes] = {};
  std::size_t i = 0;
  for (; i + kLanes <= values.size(); i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const double deviation = values[i + lane] - mean;
      lanes[lane] += deviation * deviation;
    }
  }
  for (; i < values.size(); ++i) lanes[i % kLanes] += (values[i] - mean) * (values[i] - mean);
  return lane_total(lanes);
}

}  // namespace

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
  moments.squares = sum_of_squares(values, moments.mean);
  return moments;
}

}  // namespace shoal::workloads::integrate

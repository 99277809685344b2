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

namespace {

constexpr std::size_t kSumLanes = 32;

}  // namespace

double row_total(const double* columns) {
  double lanes[kLanes] = {};
  for (std::size_t c = 0; c < kSumLanes; ++c) lanes[c % kLanes] += columns[c];
  return lane_total(lanes);
}

namespace {

// A local array, which the compiler keeps in registers.
template <class Term>
double lane_sum(std::span<const double> values, Term term) {
  double lanes[kSumLanes] = {};
  std::size_t i = 0;
  for (; i + kSumLanes <= values.size(); i += kSumLanes)
    for (std::size_t lane = 0; lane < kSumLanes; ++lane) lanes[lane] += term(values[i + lane]);
  for (; i < values.size(); ++i) lanes[i % kSumLanes] += term(values[i]);
  return row_total(lanes);
}

}  // namespace

double block_sum(std::span<const double> values) {
  return lane_sum(values, [](double value) { return value; });
}

bool all_finite(std::span<const double> values) {
  return lane_sum(values, [](double value) { return value * 0; }) == 0;
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
  moments.squares = lane_sum(values, [mean = moments.mean](double value) { return (value - mean) * (value - mean); });
  return moments;
}

}  // namespace shoal::workloads::integrate

// SPDX-License-Identifier: Apache-2.0
// Sums in fixed orders: within a block over logical lanes, over blocks one after the other with compensation. So they have
// the same bits on any instruction set, thread and rank.
#pragma once

#include <cstdint>
#include <span>

#include "workloads/integrate/pieces.hpp"

namespace shoal::workloads::integrate {

// The unit in which samples are drawn and summed. Fixed: it is part of the result.
inline constexpr std::int64_t kBlock = 4096;

// Neumaier's compensated sum (1974): the error does not grow with the number of terms.
class CompensatedSum {
 public:
  void add(double value);
  double value() const { return sum_ + carry_; }

 private:
  double sum_ = 0, carry_ = 0;
};

inline constexpr int kLanes = 8;

// ((0 + 4) + (2 + 6)) + ((1 + 5) + (3 + 7))
double lane_total(const double* lanes);

// Of 32 columns: column c goes to lane c % 8, in order, and these are added by lane_total.
double row_total(const double* columns);

// Element i goes to column i % 32 (so many that no addition waits for the one before); these are added by row_total.
double block_sum(std::span<const double> values);

// Number, mean and sum of squared deviations from the mean, without cancellation.
struct Moments {
  std::int64_t n = 0;
  double mean = 0;
  double squares = 0;

  // Chan, Golub and LeVeque, The American Statistician 37, 242-247 (1983).
  void add(const Moments& other);
  double variance() const;        // with n - 1; 0 for n < 2
  double standard_error() const;  // of the mean
};

Moments block_moments(std::span<const double> values);

}  // namespace shoal::workloads::integrate

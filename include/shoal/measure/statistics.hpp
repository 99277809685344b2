// SPDX-License-Identifier: Apache-2.0
// Robust statistics of a sample, with 95 % intervals. Everything here may enter /results: only + - * / and sqrt in a
// fixed order, so that the same sample gives the same bits on every machine.
//
// Infinite values are allowed (a failed trial has the loss +inf) and count as what they are: the median of {1, 2, inf}
// is 2, its mean is inf. Values must not be NaN.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace shoal::measure {

struct Interval {
  double low;
  double high;
};

// Sum in order, with Neumaier's compensation (1974); plain where a value is infinite. 0 for an empty sample.
double sum(std::span<const double> values);

// NaN for an empty sample.
double mean(std::span<const double> values);

// Standard deviation with n - 1, two passes. NaN for n < 2 or infinite values.
double standard_deviation(std::span<const double> values);

// The quantile p in [0, 1] by linear interpolation between order statistics: position p (n - 1) of the sorted sample
// (Hyndman and Fan 1996, type 7; numpy's default). NaN for an empty sample.
double quantile(std::span<const double> values, double p);
double median(std::span<const double> values);

// Median of |x - median| times 1.4826: the standard deviation of normal samples, indifferent to outliers.
double median_deviation(std::span<const double> values);

// 95 % interval of the mean by Student's t (Student 1908): mean +- t(0.975, n - 1) s / sqrt(n). NaN for n < 2 or
// infinite values.
Interval mean_interval(std::span<const double> values);

// At least 95 % interval of the median without any assumption on the distribution: [x_(d), x_(n+1-d)] with the largest
// d of binomial tail P(B(n, 1/2) < d) <= 0.025 (David and Nagaraja, Order Statistics, 2003, section 7.1). For n < 6 no
// such interval exists: NaN.
Interval median_interval(std::span<const double> values);

// The quantile p of Student's distribution with n >= 1 degrees of freedom, 1e-6 <= p <= 1 - 1e-6, to a relative 1e-9.
double t_quantile(double p, long n);

// The quantile p of the standard normal distribution, 1e-6 <= p <= 1 - 1e-6, to a relative 1e-9.
double normal_quantile(double p);

struct Summary {
  std::size_t n = 0;
  double minimum, maximum, mean, median, standard_deviation;
  Interval mean_interval, median_interval;
};
Summary summarise(std::span<const double> values);

}  // namespace shoal::measure

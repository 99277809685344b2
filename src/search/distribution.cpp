// SPDX-License-Identifier: Apache-2.0
#include "shoal/search/distribution.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "shoal/math/functions.hpp"
#include "shoal/random/distributions.hpp"
#include "search/normal_quantile.hpp"

namespace shoal::search {
namespace {

// Bounds such as 0.3 must count as a multiple of 0.1 although 0.3 / 0.1 is 2.9999999999999996.
constexpr double kRatioTolerance = 1e-9;

// Latent values beyond this would leave the range of a double (log of the largest one is 709.78).
constexpr double kLargestLogarithm = 709.0;

// From here on every double is a whole number.
constexpr double kAllWhole = 4503599627370496.0;  // 2^52

// Half to even, exactly, in the default rounding mode: adding and taking away 2^52 rounds at the binary point.
double round_half_even(double x) {
  const double size = std::fabs(x);
  if (size >= kAllWhole) return x;
  const double rounded = (size + kAllWhole) - kAllWhole;
  return x < 0 ? -rounded : rounded;
}

}  // namespace

std::int64_t Distribution::first_multiple() const {
  return static_cast<std::int64_t>(std::ceil(low / step - kRatioTolerance));
}

std::int64_t Distribution::last_multiple() const {
  return static_cast<std::int64_t>(std::floor(high / step + kRatioTolerance));
}

double Distribution::quantised(double value) const {
  double multiple = round_half_even(value / step);
  if (shape == Shape::uniform) {
    multiple = std::clamp(multiple, static_cast<double>(first_multiple()), static_cast<double>(last_multiple()));
  }
  return multiple * step + 0.0;  // + 0.0: no negative zero
}

double Distribution::sample(const random::Stream& stream, std::uint64_t trial, std::uint64_t draw) const {
  switch (shape) {
    case Shape::integers:
      return static_cast<double>(
          first + static_cast<std::int64_t>(random::below(stream, trial, draw, static_cast<std::uint64_t>(count))));
    case Shape::options: {
      if (probabilities.empty())
        return static_cast<double>(random::below(stream, trial, draw, static_cast<std::uint64_t>(count)));
      const double u = random::uniform(stream, trial, draw);
      double sum = 0;
      for (std::int64_t i = 0; i + 1 < count; ++i) {
        sum += probabilities[static_cast<std::size_t>(i)];
        if (u < sum) return static_cast<double>(i);
      }
      return static_cast<double>(count - 1);
    }
    case Shape::uniform: {
      const double a = logarithmic ? math::log(low) : low;
      const double b = logarithmic ? math::log(high) : high;
      const double latent = a + random::uniform(stream, trial, draw) * (b - a);
      const double value = std::clamp(logarithmic ? math::exp(latent) : latent, low, high);
      return step > 0 ? quantised(value) : value;
    }
    case Shape::normal: break;
  }
  const double latent = mu + sigma * random::normal(stream, trial, draw);
  const double value = logarithmic ? math::exp(std::clamp(latent, -kLargestLogarithm, kLargestLogarithm)) : latent;
  return step > 0 ? quantised(value) : value;
}

double Distribution::quantile(double u) const {
  if (shape == Shape::integers || (shape == Shape::options && probabilities.empty())) {
    const double i = std::floor(u * static_cast<double>(count));
    const double last = static_cast<double>(count - 1);
    return (shape == Shape::integers ? static_cast<double>(first) : 0.0) + std::clamp(i, 0.0, last);
  }
  if (shape == Shape::options) {
    double sum = 0;
    for (std::int64_t i = 0; i + 1 < count; ++i) {
      sum += probabilities[static_cast<std::size_t>(i)];
      if (u < sum) return static_cast<double>(i);
    }
    return static_cast<double>(count - 1);
  }
  const double a = logarithmic ? math::log(low) : low;
  const double b = logarithmic ? math::log(high) : high;
  const double latent = shape == Shape::uniform ? a + u * (b - a) : mu + sigma * normal_quantile(u);
  const double largest = logarithmic ? kLargestLogarithm : std::numeric_limits<double>::max();
  const double bounded = std::clamp(latent, -largest, largest);
  return nearest(logarithmic ? math::exp(bounded) : bounded);
}

double Distribution::nearest(double x) const {
  if (shape == Shape::integers) {
    const double low_end = static_cast<double>(first);
    return std::clamp(round_half_even(x), low_end, low_end + static_cast<double>(count - 1));
  }
  const double value = shape == Shape::uniform ? std::clamp(x, low, high) : x;
  return step > 0 ? quantised(value) : value;
}

std::optional<std::int64_t> Distribution::n_values() const {
  switch (shape) {
    case Shape::integers:
    case Shape::options: return count;
    case Shape::uniform: return step > 0 ? std::optional(last_multiple() - first_multiple() + 1) : std::nullopt;
    case Shape::normal: break;
  }
  return std::nullopt;
}

double Distribution::value(std::int64_t i) const {
  switch (shape) {
    case Shape::options: return static_cast<double>(i);
    case Shape::integers: return static_cast<double>(first + i);
    case Shape::uniform:
    case Shape::normal: break;
  }
  return static_cast<double>(first_multiple() + i) * step;
}

std::optional<double> Distribution::accept(double value) const {
  if (!std::isfinite(value) || (logarithmic && shape == Shape::normal && step == 0 && value <= 0)) return std::nullopt;
  const double first_value = shape == Shape::integers ? static_cast<double>(first) : 0.0;
  switch (shape) {
    case Shape::integers:
    case Shape::options:
      if (value != std::floor(value) || value < first_value || value >= first_value + static_cast<double>(count))
        return std::nullopt;
      return value;
    case Shape::uniform:
      if (step == 0) return value >= low && value <= high ? std::optional(value) : std::nullopt;
      break;
    case Shape::normal:
      if (step == 0) return value;
      break;
  }
  const double multiple = quantised(value);
  if (std::fabs(value - multiple) > kRatioTolerance * std::max(std::fabs(value), step)) return std::nullopt;
  return multiple;
}

bool Distribution::whole() const {
  if (shape == Shape::integers || shape == Shape::options) return true;
  return step > 0 && step == std::floor(step);
}

}  // namespace shoal::search

// SPDX-License-Identifier: Apache-2.0
#include "search/latent.hpp"

#include <algorithm>
#include <limits>
#include <vector>

#include "search/normal_quantile.hpp"
#include "shoal/math/functions.hpp"

namespace shoal::search {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kSpread = 2;
constexpr double kRootHalf = 0.70710678118654752440;
constexpr double kLeastShare = 0x1p-53;
constexpr double kLargestLogarithm = 709.0;  // beyond, exp leaves the range of a double

}  // namespace

Latent::Latent(const Distribution& prior, bool shares)
    : prior_(&prior),
      step_(prior.shape == Distribution::Shape::integers ? 1.0 : prior.step),
      bounded_(shares || prior.shape != Distribution::Shape::normal),
      shares_(shares && prior.shape == Distribution::Shape::normal) {
  if (prior.shape == Distribution::Shape::normal && !shares) {
    low_ = -kInfinity;
    high_ = kInfinity;
    centre_ = prior.mu;
    width_ = prior.sigma;
    return;
  }
  if (shares_) {
    low_ = 0;
    high_ = 1;
  } else if (prior.shape == Distribution::Shape::integers) {  // every integer has a whole cell
    low_ = static_cast<double>(prior.first) - 0.5;
    high_ = static_cast<double>(prior.first + prior.count) - 0.5;
  } else {
    low_ = prior.logarithmic ? math::log(prior.low) : prior.low;
    high_ = prior.logarithmic ? math::log(prior.high) : prior.high;
  }
  centre_ = 0.5 * (low_ + high_);
  width_ = high_ - low_;
}

// Of logarithmic distributions by way of the logarithm; that of nothing or less is -inf.
void Latent::to_coordinates(std::span<double> values) const {
  if (prior_->logarithmic) {
    for (double& x : values) x = std::max(x, 0.0);
    math::log(values, values);
  }
  if (!shares_) {
    for (double& x : values) x = std::clamp(x, low_, high_);
    return;
  }
  const double scale = kSpread * prior_->sigma;
  for (double& x : values) x = -(x - prior_->mu) / scale * kRootHalf;
  math::erfc(values, values);
  for (double& x : values) x *= 0.5;
}

void Latent::of(std::span<const double> values, std::span<double> coordinates) const {
  const bool positive = prior_->logarithmic && step_ > 0;
  for (std::size_t i = 0; i < values.size(); ++i) coordinates[i] = positive ? std::max(values[i], step_ / 4) : values[i];
  to_coordinates(coordinates);
}

void Latent::values(std::span<const double> coordinates, std::span<double> values) const {
  if (shares_) {
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = std::clamp(coordinates[i], kLeastShare, 1 - kLeastShare);
    normal_quantiles(values, values);
    for (double& x : values) x = prior_->mu + kSpread * prior_->sigma * x;
  } else {
    std::copy(coordinates.begin(), coordinates.end(), values.begin());
  }
  if (prior_->logarithmic) {
    for (double& x : values) x = std::clamp(x, -kLargestLogarithm, kLargestLogarithm);
    math::exp(values, values);
  }
  for (double& x : values) x = prior_->nearest(x);
}

void Latent::cells(std::span<const double> values, std::span<double> low, std::span<double> high) const {
  for (std::size_t i = 0; i < values.size(); ++i) {
    low[i] = values[i] - step_ / 2;
    high[i] = values[i] + step_ / 2;
  }
  to_coordinates(low);
  to_coordinates(high);
}

double Latent::of(double value) const {
  double coordinate = 0;
  of(std::span(&value, 1), std::span(&coordinate, 1));
  return coordinate;
}

double Latent::value(double coordinate) const {
  double value = 0;
  values(std::span(&coordinate, 1), std::span(&value, 1));
  return value;
}

std::pair<double, double> Latent::cell(double value) const {
  double low = 0, high = 0;
  cells(std::span(&value, 1), std::span(&low, 1), std::span(&high, 1));
  return {low, high};
}

}  // namespace shoal::search

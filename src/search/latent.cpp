// SPDX-License-Identifier: Apache-2.0
#include "search/latent.hpp"

#include <algorithm>
#include <limits>

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
    low_ = to_logarithm(prior.low);
    high_ = to_logarithm(prior.high);
  }
  centre_ = 0.5 * (low_ + high_);
  width_ = high_ - low_;
}

// Of logarithmic distributions the logarithm, else the value itself.
double Latent::to_logarithm(double value) const {
  if (!prior_->logarithmic) return value;
  return value > 0 ? math::log(value) : -kInfinity;
}

double Latent::to_coordinate(double latent) const {
  if (!shares_) return std::clamp(latent, low_, high_);
  return 0.5 * math::erfc(-(latent - prior_->mu) / (kSpread * prior_->sigma) * kRootHalf);
}

double Latent::of(double value) const {
  const double positive = prior_->logarithmic && step_ > 0 ? std::max(value, step_ / 4) : value;
  return to_coordinate(to_logarithm(positive));
}

double Latent::value(double coordinate) const {
  double latent = coordinate;
  if (shares_) {
    latent = prior_->mu + kSpread * prior_->sigma * normal_quantile(std::clamp(coordinate, kLeastShare, 1 - kLeastShare));
  }
  if (!prior_->logarithmic) return prior_->nearest(latent);
  return prior_->nearest(math::exp(std::clamp(latent, -kLargestLogarithm, kLargestLogarithm)));
}

std::pair<double, double> Latent::cell(double value) const {
  return {to_coordinate(to_logarithm(value - step_ / 2)), to_coordinate(to_logarithm(value + step_ / 2))};
}

}  // namespace shoal::search

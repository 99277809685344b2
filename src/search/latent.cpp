// SPDX-License-Identifier: Apache-2.0
#include "search/latent.hpp"

#include <algorithm>
#include <limits>

#include "shoal/math/functions.hpp"

namespace shoal::search {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kLargestLogarithm = 709.0;  // beyond, exp leaves the range of a double

}  // namespace

Latent::Latent(const Distribution& prior)
    : prior_(&prior),
      step_(prior.shape == Distribution::Shape::integers ? 1.0 : prior.step),
      bounded_(prior.shape != Distribution::Shape::normal) {
  if (!bounded_) {
    low_ = -kInfinity;
    high_ = kInfinity;
    centre_ = prior.mu;
    width_ = prior.sigma;
    return;
  }
  if (prior.shape == Distribution::Shape::integers) {  // every integer has a whole cell
    low_ = static_cast<double>(prior.first) - 0.5;
    high_ = static_cast<double>(prior.first + prior.count) - 0.5;
  } else {
    low_ = to_coordinate(prior.low);
    high_ = to_coordinate(prior.high);
  }
  centre_ = 0.5 * (low_ + high_);
  width_ = high_ - low_;
}

double Latent::to_coordinate(double value) const {
  if (!prior_->logarithmic) return value;
  return value > 0 ? math::log(value) : -kInfinity;
}

double Latent::of(double value) const {
  if (!prior_->logarithmic) return value;
  const double positive = step_ > 0 ? std::max(value, step_ / 4) : value;
  return std::clamp(to_coordinate(positive), std::max(low_, -kLargestLogarithm), std::min(high_, kLargestLogarithm));
}

double Latent::value(double coordinate) const {
  if (!prior_->logarithmic) return prior_->nearest(coordinate);
  return prior_->nearest(math::exp(std::clamp(coordinate, -kLargestLogarithm, kLargestLogarithm)));
}

std::pair<double, double> Latent::cell(double value) const {
  return {std::clamp(to_coordinate(value - step_ / 2), low_, high_),
          std::clamp(to_coordinate(value + step_ / 2), low_, high_)};
}

}  // namespace shoal::search

// SPDX-License-Identifier: Apache-2.0
#include "search/cma/distribution.hpp"

#include <algorithm>
#include <cmath>

#include "shoal/math/functions.hpp"

namespace shoal::search::cma {
namespace {

constexpr double kLeastDeviation = 1e-10;
constexpr double kLargestCondition = 1e14;
constexpr double kLargestSigma = 10;  // of a box of size 1

double squares(const std::vector<double>& values) {
  double sum = 0;
  for (const double x : values) sum += x * x;
  return sum;
}

}  // namespace

Distribution::Distribution(std::vector<double> mean, double sigma, std::int64_t population)
    : d_(mean.size()),
      population_(std::max<std::int64_t>(population, 4)),
      mean_(std::move(mean)),
      path_sigma_(d_),
      path_c_(d_),
      sigma_(sigma),
      c_(d_),
      b_(d_) {
  for (std::size_t i = 0; i < d_; ++i) c_(i, i) = 1;
  set_weights();
  decompose();
}

std::int64_t Distribution::usual_population(std::size_t dimensions) {
  return 4 + static_cast<std::int64_t>(std::floor(3 * math::log(static_cast<double>(dimensions))));
}

void Distribution::set_weights() {
  const double d = static_cast<double>(d_), lambda = static_cast<double>(population_);
  n_parents_ = static_cast<std::size_t>(population_ / 2);
  weights_.resize(static_cast<std::size_t>(population_));
  double sum = 0, sum2 = 0, bad = 0, bad2 = 0;
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    const double w = math::log((lambda + 1) / 2) - math::log(static_cast<double>(i + 1));
    weights_[i] = w;
    (i < n_parents_ ? sum : bad) += w;
    (i < n_parents_ ? sum2 : bad2) += w * w;
  }
  mu_eff_ = sum * sum / sum2;
  const double mu_eff_bad = bad * bad / bad2;
  c_1_ = 2 / ((d + 1.3) * (d + 1.3) + mu_eff_);
  c_mu_ = std::min(1 - c_1_ - 1e-8, 2 * (mu_eff_ - 2 + 1 / mu_eff_) / ((d + 2) * (d + 2) + mu_eff_));
  const double scale = std::min({1 + c_1_ / c_mu_, 1 + 2 * mu_eff_bad / (mu_eff_ + 2), (1 - c_1_ - c_mu_) / (d * c_mu_)});
  double negative = 0;
  for (const double w : weights_) negative += w < 0 ? -w : 0;
  for (double& w : weights_) w *= w >= 0 ? 1 / sum : scale / negative;
  c_sigma_ = (mu_eff_ + 2) / (d + mu_eff_ + 5);
  d_sigma_ = 1 + 2 * std::max(0.0, std::sqrt((mu_eff_ - 1) / (d + 1)) - 1) + c_sigma_;
  c_c_ = (4 + mu_eff_ / d) / (d + 4 + 2 * mu_eff_ / d);
  chi_ = std::sqrt(d) * (1 - 1 / (4 * d) + 1 / (21 * d * d));
}

void Distribution::decompose() {
  Matrix copy = c_;
  roots_ = symmetric_eigen(copy, b_);
  for (double& value : roots_) value = std::sqrt(std::max(value, 1e-30));
}

std::vector<double> Distribution::point(const std::vector<double>& z) const {
  std::vector<double> x = mean_;
  for (std::size_t i = 0; i < d_; ++i) {
    double step = 0;
    for (std::size_t k = 0; k < d_; ++k) step += b_(i, k) * (roots_[k] * z[k]);
    x[i] += sigma_ * step;
  }
  return x;
}

double Distribution::deviation(std::size_t i) const {
  return sigma_ * std::sqrt(std::max(c_(i, i), 0.0));
}

std::vector<double> Distribution::whitened(const std::vector<double>& y) const {
  std::vector<double> out(d_);
  for (std::size_t k = 0; k < d_; ++k) {
    double along = 0;
    for (std::size_t i = 0; i < d_; ++i) along += b_(i, k) * y[i];
    along /= roots_[k];
    for (std::size_t i = 0; i < d_; ++i) out[i] += b_(i, k) * along;
  }
  return out;
}

void Distribution::update(const std::vector<std::vector<double>>& points) {
  const double d = static_cast<double>(d_);
  const double longest = std::sqrt(d) + 2 * d / (d + 2);
  std::vector<std::vector<double>> steps;
  std::vector<double> lengths2;  // in the measure of the distribution
  for (const std::vector<double>& x : points) {
    std::vector<double> y(d_);
    for (std::size_t i = 0; i < d_; ++i) y[i] = (x[i] - mean_[i]) / sigma_;
    double length2 = squares(whitened(y));
    if (length2 > longest * longest) {
      const double shorter = longest / std::sqrt(length2);
      for (double& v : y) v *= shorter;
      length2 = longest * longest;
    }
    steps.push_back(std::move(y));
    lengths2.push_back(length2);
  }
  std::vector<double> shift(d_);
  for (std::size_t k = 0; k < n_parents_; ++k) {
    for (std::size_t i = 0; i < d_; ++i) shift[i] += weights_[k] * steps[k][i];
  }
  for (std::size_t i = 0; i < d_; ++i) mean_[i] += sigma_ * shift[i];

  ++generation_;
  const std::vector<double> white = whitened(shift);
  const double rate = std::sqrt(c_sigma_ * (2 - c_sigma_) * mu_eff_);
  for (std::size_t i = 0; i < d_; ++i) path_sigma_[i] = (1 - c_sigma_) * path_sigma_[i] + rate * white[i];
  const double length = std::sqrt(squares(path_sigma_));
  double forgotten = 1;
  for (std::int64_t g = 0; g < 2 * std::min<std::int64_t>(generation_, 1000); ++g) forgotten *= 1 - c_sigma_;
  const bool h = length / std::sqrt(1 - forgotten) < (1.4 + 2 / (d + 1)) * chi_;
  const double rate_c = h ? std::sqrt(c_c_ * (2 - c_c_) * mu_eff_) : 0;
  for (std::size_t i = 0; i < d_; ++i) path_c_[i] = (1 - c_c_) * path_c_[i] + rate_c * shift[i];

  double weight_sum = 0;
  for (const double w : weights_) weight_sum += w;
  const double keep = 1 + c_1_ * (h ? 0 : c_c_ * (2 - c_c_)) - c_1_ - c_mu_ * weight_sum;
  for (std::size_t i = 0; i < d_; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      double value = keep * c_(i, j) + c_1_ * path_c_[i] * path_c_[j];
      for (std::size_t k = 0; k < weights_.size(); ++k) {
        const double w = weights_[k] >= 0 ? weights_[k] : weights_[k] * d / (lengths2[k] + 1e-8);
        value += c_mu_ * w * steps[k][i] * steps[k][j];
      }
      c_(i, j) = c_(j, i) = value;
    }
  }
  sigma_ = std::min(kLargestSigma, sigma_ * math::exp(std::min(1.0, c_sigma_ / d_sigma_ * (length / chi_ - 1))));
  decompose();
}

bool Distribution::exhausted() const {
  const auto [least, most] = std::minmax_element(roots_.begin(), roots_.end());
  return sigma_ * *most < kLeastDeviation || *most * *most > kLargestCondition * *least * *least;
}

}  // namespace shoal::search::cma

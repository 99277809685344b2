// SPDX-License-Identifier: Apache-2.0
// CMA-ES: a normal distribution learns the shape of a smooth valley. For numbers that are always active; all other parameters
// (choices, and what their branches bring) are drawn from their distributions, independently.
//
// Coordinates: bounded distributions from 0 to 1, normal ones as 1/2 + deviations / 6; of logarithmic ones the logarithm. It
// begins at the middle with deviation 1/6. Stepped numbers are rounded, and vary by at least 0.3 steps. After each
// `population` finished trials, in trial order, the distribution is updated by them, whichever distribution they were drawn from
// (see cma/distribution.hpp): so a proposal depends on the visible trials alone, none is wasted, and none is waited for. With a
// window much larger than the population, a population of about the window is the better choice. Once there is nothing more to
// find, it starts again at a random place with twice the population (Auger, Hansen, CEC 2005).
#include <algorithm>
#include <cmath>
#include <memory>

#include "search/cma/distribution.hpp"
#include "search/latent.hpp"
#include "search/ranked_trials.hpp"
#include "shoal/random/distributions.hpp"
#include "shoal/search/algorithm.hpp"
#include "shoal/search/streams.hpp"

namespace shoal::search {
namespace cma {
namespace {

constexpr std::uint64_t kCmaStream = 0x636d616573;  // "cmaes"
constexpr std::uint64_t kOtherParameters = 1, kRestarts = 2;
constexpr int kAttempts = 100;         // to draw a point inside the bounds, before it is clipped
constexpr double kLeastSteps = 0.3;    // deviation of stepped numbers
constexpr double kUnitDeviations = 6;  // of a normal distribution, in a coordinate of length 1
constexpr std::size_t kMostDimensions = 500;  // an update costs d^3

struct Options final : AlgorithmOptions {
  void bind(config::Table& table) override {
    table.integer("population", population,
                  {.help = "finished trials an update; 0: 4 + 3 log(number of parameters); with a large window take about as many",
                   .minimum = 0,
                   .maximum = 1e6});
    table.real("sigma", sigma, {.help = "first deviation, as a share of each range", .minimum = 1e-6, .maximum = 1});
  }
  std::int64_t population = 0;
  double sigma = 1 / kUnitDeviations;
};

bool is_number(const Parameter& parameter) {
  return parameter.parent < 0 && parameter.prior.shape != search::Distribution::Shape::options;
}

class Cmaes final : public Algorithm {
 public:
  Cmaes(const Space& space, std::uint64_t seed, const Options& options)
      : space_(space), sigma_(options.sigma), stream_(random::Stream(seed, kProposalStream).derived(kCmaStream)) {
    for (std::size_t i = 0; i < space.parameters().size(); ++i) {
      const Parameter& parameter = space.parameters()[i];
      coordinate_of_.push_back(is_number(parameter) ? static_cast<int>(latents_.size()) : -1);
      if (!is_number(parameter)) continue;
      parameters_.push_back(i);
      latents_.push_back(std::make_unique<Latent>(parameter.prior, false));
    }
    const std::int64_t usual = Distribution::usual_population(latents_.size());
    distribution_ = std::make_unique<Distribution>(std::vector<double>(latents_.size(), 0.5), sigma_,
                                                   options.population > 0 ? options.population : usual);
  }

  bool uses_history() const override { return true; }
  void observe(const Observation& observation) override;
  Point propose(std::int64_t trial, PendingPoints pending) const override;

 private:
  double to_unit(std::size_t j, double value) const {
    const Latent& latent = *latents_[j];
    const double scale = latent.bounded() ? latent.width() : kUnitDeviations * latent.width();
    return 0.5 + (latent.of(value) - latent.centre()) / scale;
  }
  double from_unit(std::size_t j, double unit) const {
    const Latent& latent = *latents_[j];
    const double scale = latent.bounded() ? latent.width() : kUnitDeviations * latent.width();
    return latent.value(latent.centre() + (unit - 0.5) * scale);
  }
  double least_deviation(std::size_t j) const;
  bool inside(const std::vector<double>& unit) const;
  std::vector<double> draw(std::uint64_t trial) const;
  void start_again();

  const Space& space_;
  double sigma_;
  random::Stream stream_;
  std::vector<std::size_t> parameters_;  // of the coordinates
  std::vector<int> coordinate_of_;       // of the parameters; -1: none
  std::vector<std::unique_ptr<Latent>> latents_;
  std::unique_ptr<Distribution> distribution_;
  std::vector<RankedTrial> batch_;
  std::int64_t n_observed_ = 0;
  std::uint64_t n_restarts_ = 0;
};

void Cmaes::observe(const Observation& o) {
  // A trial that is observed at several budgets counts once, as its last observation.
  std::erase_if(batch_, [&](const RankedTrial& t) { return t.trial == o.trial; });
  batch_.push_back({o.trial, o.budget, o.loss, n_observed_++, Point(o.point.begin(), o.point.end())});
  if (static_cast<std::int64_t>(batch_.size()) < distribution_->population()) return;
  std::sort(batch_.begin(), batch_.end(), better);
  const bool any_good = batch_.front().loss < kBadLoss;
  std::vector<std::vector<double>> points;
  for (const RankedTrial& trial : batch_) {
    std::vector<double> unit(latents_.size());
    for (std::size_t j = 0; j < unit.size(); ++j) unit[j] = to_unit(j, trial.point[parameters_[j]]);
    points.push_back(std::move(unit));
  }
  batch_.clear();
  if (!any_good) return;  // nothing tells one direction from another
  distribution_->update(points);
  if (distribution_->exhausted()) start_again();
}

void Cmaes::start_again() {
  const random::Stream places = stream_.derived(kRestarts);
  std::vector<double> mean(latents_.size());
  for (std::size_t j = 0; j < mean.size(); ++j) mean[j] = random::uniform(places, n_restarts_, j);
  ++n_restarts_;
  distribution_ = std::make_unique<Distribution>(std::move(mean), sigma_, 2 * distribution_->population());
}

// A third of a cell, so that a rounded coordinate still moves.
double Cmaes::least_deviation(std::size_t j) const {
  const Latent& latent = *latents_[j];
  if (!latent.stepped()) return 0;
  const auto [low, high] = latent.cell(from_unit(j, 0.5));
  return std::isfinite(high - low) ? kLeastSteps * (high - low) / (latent.bounded() ? latent.width() : kUnitDeviations * latent.width()) : 0;
}

bool Cmaes::inside(const std::vector<double>& unit) const {
  for (std::size_t j = 0; j < unit.size(); ++j) {
    if (latents_[j]->bounded() && (unit[j] < 0 || unit[j] > 1)) return false;
  }
  return true;
}

std::vector<double> Cmaes::draw(std::uint64_t trial) const {
  const std::size_t d = latents_.size();
  std::vector<double> z(d), unit;
  for (std::uint64_t attempt = 0; attempt < kAttempts; ++attempt) {
    for (std::size_t j = 0; j < d; ++j) z[j] = random::normal(stream_, trial, attempt * d + j);
    unit = distribution_->point(z);
    const std::vector<double> mean = distribution_->point(std::vector<double>(d, 0.0));
    for (std::size_t j = 0; j < d; ++j) {
      const double widening = least_deviation(j) / std::max(distribution_->deviation(j), 1e-300);
      if (widening > 1) unit[j] = mean[j] + (unit[j] - mean[j]) * widening;
    }
    if (inside(unit)) break;
  }
  return unit;
}

Point Cmaes::propose(std::int64_t trial, PendingPoints) const {
  const auto task = static_cast<std::uint64_t>(trial);
  const std::vector<double> unit = draw(task);
  const random::Stream others = stream_.derived(kOtherParameters);
  return space_.build([&](int parameter) {
    const auto i = static_cast<std::size_t>(parameter);
    if (coordinate_of_[i] < 0) return space_.parameters()[i].prior.sample(others, task, i);
    const auto j = static_cast<std::size_t>(coordinate_of_[i]);
    return from_unit(j, unit[j]);
  });
}

}  // namespace
}  // namespace cma

std::unique_ptr<AlgorithmOptions> options_cmaes() {
  return std::make_unique<cma::Options>();
}

std::string unsuitable_cmaes(const Space& space) {
  const auto n = static_cast<std::size_t>(std::count_if(space.parameters().begin(), space.parameters().end(), cma::is_number));
  if (n == 0)
    return "cmaes adapts numbers, and none is always active here: take algorithm = \"tpe\"";
  if (n > cma::kMostDimensions) return "cmaes has at most 500 numbers to adapt: take algorithm = \"tpe\"";
  return "";
}

std::unique_ptr<Algorithm> make_cmaes(const Space& space, std::uint64_t seed, const AlgorithmOptions* options) {
  const cma::Options defaults;
  return std::make_unique<cma::Cmaes>(space, seed, options ? dynamic_cast<const cma::Options&>(*options) : defaults);
}

}  // namespace shoal::search

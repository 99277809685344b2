// SPDX-License-Identifier: Apache-2.0
// Annealing (the rule of hyperopt's anneal): every proposal starts from one of the best trials, each next one half as likely
// as the one before, and draws near its values, from ranges that shrink as 1 / (1 + 0.1 T) with the T trials seen. Strong on
// smooth functions of few parameters; cheap: what is kept are the 64 best trials of each group of parameters.
//
// Parameters that are active together take their values from one trial, and so do those of branches wherever that trial
// has them. A number is drawn from a uniform range around the old one inside the bounds, of stepped ones at least three
// steps wide, or from a normal distribution around it; an option is kept, or with the shrunken probability drawn anew.
#include <algorithm>
#include <map>
#include <memory>

#include "search/condition.hpp"
#include "search/latent.hpp"
#include "search/ranked_trials.hpp"
#include "search/sobol_point.hpp"
#include "search/tried_points.hpp"
#include "shoal/random/distributions.hpp"
#include "shoal/search/algorithm.hpp"
#include "shoal/search/streams.hpp"

namespace shoal::search {
namespace {

constexpr std::uint64_t kAnnealStream = 0x616e6e65616c;  // "anneal"
constexpr double kShrink = 0.1;
constexpr std::size_t kKept = 64;  // a trial beyond is chosen with probability 2^-64
constexpr int kAttempts = 16;      // to find a point that was not tried

class Anneal final : public Algorithm {
 public:
  Anneal(const Space& space, std::uint64_t seed)
      : space_(space), seed_(seed), stream_(random::Stream(seed, kProposalStream).derived(kAnnealStream)), tried_(space) {
    const std::vector<Parameter>& all = space.parameters();
    for (std::size_t i = 0; i < all.size(); ++i) {
      std::size_t g = 0;
      while (g < groups_.size() && !same_condition(all[groups_[g].parameter], all[i])) ++g;
      if (g == groups_.size()) groups_.push_back({i, RankedTrials(kKept)});
      group_of_.push_back(g);
      const bool option = all[i].prior.shape == Distribution::Shape::options;
      latents_.push_back(option ? nullptr : std::make_unique<Latent>(all[i].prior, false));
    }
  }

  bool uses_history() const override { return true; }

  void observe(const Observation& observation) override {
    for (Group& group : groups_) {
      if (is_active(observation.point[group.parameter])) group.trials.add(observation);
    }
    tried_.add(observation.point);
  }

  Point propose(std::int64_t trial, PendingPoints pending) const override {
    if (groups_.empty() || groups_[0].trials.count() == 0) return sobol_point(space_, seed_, trial);
    Point point = near_good(stream_, trial);
    for (int attempt = 1; attempt <= kAttempts && tried_.repeats(point, pending); ++attempt)
      point = near_good(stream_.derived(static_cast<std::uint64_t>(attempt)), trial);
    if (!tried_.repeats(point, pending)) return point;
    const double u = random::uniform(stream_, static_cast<std::uint64_t>(trial), ~std::uint64_t{0});
    return tried_.untried(pending, u).value_or(point);
  }

 private:
  struct Group {
    std::size_t parameter;  // the first of it
    RankedTrials trials;
  };

  Point near_good(const random::Stream& stream, std::int64_t trial) const {
    const auto task = static_cast<std::uint64_t>(trial);
    const RankedTrial* chosen = nullptr;  // the last one; those before have what it lacks
    std::map<std::size_t, const RankedTrial*> by_group;
    std::uint64_t draw = 0;
    return space_.build([&](int parameter) {
      const auto i = static_cast<std::size_t>(parameter);
      const std::size_t g = group_of_[i];
      const Group& group = groups_[g];
      const Distribution& prior = space_.parameters()[i].prior;
      if (group.trials.count() == 0) return prior.sample(stream, task, draw++);
      if (!by_group.contains(g)) {
        if (!chosen || !is_active(chosen->point[i])) chosen = &runner_up(group, random::uniform(stream, task, draw++));
        by_group[g] = chosen;
      }
      const double shrink = 1 / (1 + kShrink * static_cast<double>(group.trials.count()));
      return near(i, by_group[g]->point[i], shrink, stream, task, draw++);
    });
  }

  // The best with probability 1/2, the second with 1/4, and so on.
  static const RankedTrial& runner_up(const Group& group, double u) {
    std::size_t rank = 0;
    for (; rank + 1 < group.trials.best().size() && u < 0.5; ++rank) u *= 2;
    return group.trials.best()[rank];
  }

  double near(std::size_t i, double value, double shrink, const random::Stream& stream, std::uint64_t task,
              std::uint64_t draw) const {
    const Distribution& prior = space_.parameters()[i].prior;
    const double u = random::uniform(stream, task, draw, 0);
    if (!latents_[i]) return u < shrink ? prior.sample(stream.derived(~std::uint64_t{0}), task, draw) : value;
    const Latent& latent = *latents_[i];
    const double centre = latent.of(value);
    if (!latent.bounded()) return latent.value(centre + shrink * latent.width() * random::normal(stream, task, draw));
    double width = latent.width() * shrink;
    if (latent.stepped()) {
      const auto [low, high] = latent.cell(value);
      width = std::min(std::max(width, 3 * (high - low)), latent.width());
    }
    const double low = std::clamp(centre - width / 2, latent.low(), latent.high() - width);
    return latent.value(low + u * width);
  }

  const Space& space_;
  std::uint64_t seed_;
  random::Stream stream_;
  TriedPoints tried_;
  std::vector<Group> groups_;
  std::vector<std::size_t> group_of_;  // of each parameter
  std::vector<std::unique_ptr<Latent>> latents_;
};

}  // namespace

std::unique_ptr<AlgorithmOptions> options_anneal() {
  return nullptr;
}

std::string unsuitable_anneal(const Space&) {
  return "";
}

std::unique_ptr<Algorithm> make_anneal(const Space& space, std::uint64_t seed, const AlgorithmOptions*) {
  return std::make_unique<Anneal>(space, seed);
}

}  // namespace shoal::search

// SPDX-License-Identifier: Apache-2.0
// The tree-structured Parzen estimator (Bergstra, Bardenet, Bengio, Kegl, NIPS 24, 2011), with the rules of both programs
// that made it known and a mixture of them as the default: see settings.hpp.
//
// Failed trials are infinitely bad observations, never forgotten; pending points count as bad; only finished trials count
// for the start-up. Observations with several budgets have a model each, and the largest budget with enough of them
// proposes (as BOHB does: Falkner, Klein, Hutter, ICML 2018).
#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "search/sobol_point.hpp"
#include "search/tpe/proposer.hpp"
#include "search/tried_points.hpp"
#include "shoal/math/functions.hpp"
#include "shoal/search/streams.hpp"

namespace shoal::search {
namespace tpe {
namespace {

constexpr std::uint64_t kTpeStream = 0x747065;  // "tpe"
constexpr std::uint64_t kPriorStream = 1;

// A point that was tried already is drawn again as often as this before others are looked for.
constexpr int kAttempts = 16;

class Tpe final : public Algorithm {
 public:
  Tpe(const Space& space, std::uint64_t seed, const Settings& settings)
      : space_(space),
        seed_(seed),
        settings_(settings),
        stream_(random::Stream(seed, kProposalStream).derived(kTpeStream)),
        proposer_(space, settings),
        tried_(space) {}

  bool uses_history() const override { return true; }
  void observe(const Observation& observation) override;
  Point propose(std::int64_t trial, PendingPoints pending) const override;

 private:
  const Model* model() const;
  Point first_point(std::int64_t trial) const;
  Point prior_point(const random::Stream& stream, std::int64_t trial) const;
  Point model_point(const Model& model, PendingPoints pending, Draws& draws) const;
  std::int64_t n_good(const Model& model, double u) const;

  const Space& space_;
  std::uint64_t seed_;
  Settings settings_;
  random::Stream stream_;
  Proposer proposer_;
  TriedPoints tried_;
  std::map<double, Model> models_;  // by budget
};

void Tpe::observe(const Observation& observation) {
  const auto [own, is_new] = models_.try_emplace(observation.budget, space_, settings_);
  own->second.observe(observation.point, observation.loss);
  // What failed with little would have failed with more.
  if (observation.state != State::ok && observation.state != State::pruned) {
    for (auto larger = std::next(own); larger != models_.end(); ++larger) larger->second.observe(observation.point, kBadLoss);
  }
  tried_.add(observation.point);
}

// The largest budget with enough trials that did not fail.
const Model* Tpe::model() const {
  std::int64_t most = 0;
  for (const auto& [budget, model] : models_) most = std::max(most, model.size());
  if (most < settings_.startup || most == 0) return nullptr;
  const auto enough = static_cast<std::int64_t>(space_.parameters().size()) + 2;
  for (auto entry = models_.rbegin(); entry != models_.rend(); ++entry) {
    if (std::next(entry) == models_.rend() || entry->second.n_ok() >= enough) return &entry->second;
  }
  return nullptr;
}

Point Tpe::prior_point(const random::Stream& stream, std::int64_t trial) const {
  return space_.build([&](int parameter) {
    const auto i = static_cast<std::size_t>(parameter);
    return space_.parameters()[i].prior.sample(stream, static_cast<std::uint64_t>(trial), i);
  });
}

Point Tpe::first_point(std::int64_t trial) const {
  return settings_.sobol_startup ? sobol_point(space_, seed_, trial) : prior_point(stream_.derived(kPriorStream), trial);
}

// A trial without a loss is never good; if there is no other, the prior is all that is known of the good ones.
std::int64_t Tpe::n_good(const Model& model, double u) const {
  const double n = static_cast<double>(model.size());
  const double wanted = u < settings_.linear_share ? settings_.gamma_linear * n : settings_.gamma_sqrt * math::sqrt(n);
  return std::min({static_cast<std::int64_t>(std::ceil(wanted)), settings_.good_limit, model.n_ok()});
}

Point Tpe::model_point(const Model& model, PendingPoints pending, Draws& draws) const {
  const double u_good = draws(), u_joint = draws();
  return proposer_(model, pending, n_good(model, u_good), u_joint < settings_.joint_share, draws);
}

Point Tpe::propose(std::int64_t trial, PendingPoints pending) const {
  const Model* known = model();
  Draws draws(stream_, trial);
  Point point;
  if (!known) {
    point = first_point(trial);
  } else if (draws() < settings_.prior_share) {
    point = prior_point(stream_.derived(kPriorStream), trial);
  } else {
    point = model_point(*known, pending, draws);
  }
  for (int attempt = 0; attempt < kAttempts && tried_.repeats(point, pending); ++attempt) {
    const random::Stream other = stream_.derived(kPriorStream).derived(static_cast<std::uint64_t>(attempt) + 1);
    const bool again = known && 2 * attempt < kAttempts;
    point = again ? model_point(*known, pending, draws) : prior_point(other, trial);
  }
  if (!tried_.repeats(point, pending)) return point;
  return tried_.untried(pending, draws()).value_or(point);
}

}  // namespace
}  // namespace tpe

std::unique_ptr<AlgorithmOptions> options_tpe() {
  return std::make_unique<tpe::Options>();
}

std::string unsuitable_tpe(const Space&) {
  return "";
}

std::unique_ptr<Algorithm> make_tpe(const Space& space, std::uint64_t seed, const AlgorithmOptions* options) {
  const tpe::Options defaults;
  const auto& chosen = options ? dynamic_cast<const tpe::Options&>(*options) : defaults;
  return std::make_unique<tpe::Tpe>(space, seed, chosen.settings());
}

}  // namespace shoal::search

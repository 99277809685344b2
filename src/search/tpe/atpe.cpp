// SPDX-License-Identifier: Apache-2.0
// Adaptive TPE: the mechanism of hyperopt's atpe without its trained models. Before every proposal the estimator gets other
// settings, sees a filtered part of the history, and some parameters are locked to values of good trials.
//
// Upstream predicts the settings by gradient-boosted trees (2.3 MB, trained on a collection of problems). Here they are
// drawn from the distributions of what was best on those problems (means and deviations that upstream publishes, clipped to
// its bounds), and which combination of filter and lock to use is learnt while searching: half of the trials take one at
// random, the other half the one whose random trials most often came out among the best tenth, by Thompson's rule. So it
// adapts to the search at hand, not to others. Locking goes by Spearman's rank correlation of parameter and loss.
//
// What is kept: the 25 best and the 400 newest trials. A proposal costs about a millisecond, however many trials there are.
#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "search/ranked_trials.hpp"
#include "search/sobol_point.hpp"
#include "search/tpe/proposer.hpp"
#include "search/tried_points.hpp"
#include "shoal/math/functions.hpp"
#include "shoal/search/streams.hpp"

namespace shoal::search {
namespace tpe {
namespace {

constexpr std::uint64_t kAtpeStream = 0x61747065;  // "atpe"
constexpr std::uint64_t kArms = 1, kPrior = 2;
constexpr std::int64_t kLeastStartup = 10;
constexpr std::size_t kBest = 25, kNewest = 400;
constexpr std::int64_t kCorrelationsEvery = 10;  // observations
constexpr int kAttempts = 16;

enum class Filter { none, age, loss_rank, random };
enum class Lock { none, top, prior };

struct Arm {
  Filter filter;
  Lock lock;
};
constexpr std::array<Arm, 8> kAllArms = {{{Filter::none, Lock::none},
                                          {Filter::none, Lock::top},
                                          {Filter::age, Lock::none},
                                          {Filter::age, Lock::top},
                                          {Filter::loss_rank, Lock::top},
                                          {Filter::random, Lock::none},
                                          {Filter::random, Lock::top},
                                          {Filter::none, Lock::prior}}};

// A setting that is drawn for each proposal: mean, deviation and bounds.
struct Prior {
  double mean, deviation, low, high;
};
constexpr Prior kGamma = {1.512, 0.408, 0.2, 2.0};
constexpr Prior kCandidates = {15.68, 10.27, 2, 48};
constexpr Prior kAgeMultiplier = {2.52, 1.03, 1, 4};
constexpr Prior kRankMultiplier = {2.69, 1.05, 1, 4};
constexpr Prior kRandomShare = {0.808, 0.077, 0.7, 0.9};
constexpr Prior kExponent = {1.958, 0.679, 1, 3};
constexpr Prior kCorrelationMultiplier = {1.081, 0.484, 0.2, 1.8};
constexpr Prior kCutoff = {0.042, 0.564, -1, 1};
constexpr Prior kFixedShare = {0.536, 0.180, 0.2, 0.8};
constexpr Prior kTopPercent = {4.71, 3.69, 0, 10};
constexpr double kFixedLocks = 0.585;  // share of the proposals that lock with one probability for all parameters

class Atpe final : public Algorithm {
 public:
  Atpe(const Space& space, std::uint64_t seed)
      : space_(space),
        seed_(seed),
        stream_(random::Stream(seed, kProposalStream).derived(kAtpeStream)),
        tried_(space),
        best_(kBest),
        correlations_(space.parameters().size(), 0.0) {
    settings_.rule.shares = true;
    settings_.rank_share = settings_.sharpness = 0;
    startup_ = std::max(kLeastStartup, static_cast<std::int64_t>(std::floor(log10_cardinality())));
  }

  bool uses_history() const override { return true; }
  void observe(const Observation& observation) override;
  Point propose(std::int64_t trial, PendingPoints pending) const override;

 private:
  double log10_cardinality() const;
  bool tries_arms(std::int64_t trial) const { return random::uniform(stream_.derived(kArms), index(trial), 0) < 0.5; }
  std::size_t random_arm(std::int64_t trial) const {
    return static_cast<std::size_t>(random::below(stream_.derived(kArms), index(trial), 1, kAllArms.size()));
  }
  std::size_t choose_arm(std::int64_t trial) const;
  void update_correlations();
  std::vector<const RankedTrial*> known() const;
  Model filtered(const Arm& arm, Draws& draws) const;
  std::vector<bool> locks(Draws& draws) const;
  Point model_point(const Arm& arm, std::int64_t trial, PendingPoints pending, Draws& draws) const;

  static std::uint64_t index(std::int64_t trial) { return static_cast<std::uint64_t>(trial); }

  const Space& space_;
  std::uint64_t seed_;
  random::Stream stream_;
  TriedPoints tried_;
  Settings settings_;
  std::int64_t startup_;
  RankedTrials best_;
  std::vector<RankedTrial> newest_;
  std::vector<double> correlations_;  // |Spearman| by parameter
  std::array<double, kAllArms.size()> successes_{}, failures_{};
  std::int64_t n_ = 0;
};

double draw(const Prior& prior, Draws& draws) {
  // A sum of twelve uniform numbers is close enough to normal, and cheap.
  double sum = -6;
  for (int i = 0; i < 12; ++i) sum += draws();
  return std::clamp(prior.mean + prior.deviation * sum, prior.low, prior.high);
}

// 20 for what is continuous, at most 20 for what has steps, all options of a choice.
double Atpe::log10_cardinality() const {
  double sum = 0;
  for (const Parameter& parameter : space_.parameters()) {
    const auto n = parameter.prior.n_values();
    const bool choice = parameter.prior.shape == Distribution::Shape::options;
    sum += math::log10(choice ? static_cast<double>(*n) : n ? std::min(20.0, static_cast<double>(*n)) : 20.0);
  }
  return sum;
}

void Atpe::observe(const Observation& observation) {
  const auto& best = best_.best();
  if (observation.trial >= 0 && n_ >= startup_ && tries_arms(observation.trial)) {
    const std::size_t tenth = std::min(best.size(), static_cast<std::size_t>(n_ / 10 + 1));
    const bool success = observation.loss < kBadLoss && tenth > 0 && observation.loss <= best[tenth - 1].loss;
    (success ? successes_ : failures_)[random_arm(observation.trial)] += 1;
  }
  std::erase_if(newest_, [&](const RankedTrial& t) { return t.trial == observation.trial; });
  best_.add(observation);
  newest_.push_back({observation.trial, observation.budget, observation.loss, n_++, Point(observation.point.begin(), observation.point.end())});
  if (newest_.size() > kNewest) newest_.erase(newest_.begin());
  tried_.add(observation.point);
  if (n_ % kCorrelationsEvery == 0) update_correlations();
}

// Ranks by position; equal values share one: exact enough for the choice of what to lock.
std::vector<double> ranks(const std::vector<double>& values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  std::vector<double> rank(values.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    const bool same = i > 0 && values[order[i]] == values[order[i - 1]];
    rank[order[i]] = same ? rank[order[i - 1]] : static_cast<double>(i);
  }
  return rank;
}

double correlation(const std::vector<double>& a, const std::vector<double>& b) {
  const double n = static_cast<double>(a.size());
  double sum_a = 0, sum_b = 0, aa = 0, bb = 0, ab = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    sum_a += a[i];
    sum_b += b[i];
    aa += a[i] * a[i];
    bb += b[i] * b[i];
    ab += a[i] * b[i];
  }
  const double variances = (n * aa - sum_a * sum_a) * (n * bb - sum_b * sum_b);
  return variances > 0 ? (n * ab - sum_a * sum_b) / math::sqrt(variances) : 0;
}

void Atpe::update_correlations() {
  for (std::size_t i = 0; i < correlations_.size(); ++i) {
    std::vector<double> values, losses;
    for (const RankedTrial& trial : newest_) {
      if (!is_active(trial.point[i])) continue;
      values.push_back(trial.point[i]);
      losses.push_back(trial.loss);
    }
    correlations_[i] = values.size() < 3 ? 0 : std::fabs(correlation(ranks(values), ranks(losses)));
  }
}

// The arm of the largest draw from its Beta(1 + successes, 1 + failures), by its normal approximation.
std::size_t Atpe::choose_arm(std::int64_t trial) const {
  if (tries_arms(trial)) return random_arm(trial);
  std::size_t chosen = 0;
  double most = -1e300;
  for (std::size_t arm = 0; arm < kAllArms.size(); ++arm) {
    const double a = 1 + successes_[arm], b = 1 + failures_[arm];
    const double deviation = math::sqrt(a * b / ((a + b) * (a + b) * (a + b + 1)));
    const double value = a / (a + b) + deviation * random::normal(stream_.derived(kArms), index(trial), 2 + arm);
    if (value > most) {
      most = value;
      chosen = arm;
    }
  }
  return chosen;
}

// All that is kept, in time order, each once.
std::vector<const RankedTrial*> Atpe::known() const {
  std::vector<const RankedTrial*> all;
  const std::int64_t first_new = newest_.empty() ? 0 : newest_.front().order;
  for (const RankedTrial& trial : best_.best()) {
    if (trial.order < first_new) all.push_back(&trial);
  }
  std::sort(all.begin(), all.end(), [](const RankedTrial* a, const RankedTrial* b) { return a->order < b->order; });
  for (const RankedTrial& trial : newest_) all.push_back(&trial);
  return all;
}

Model Atpe::filtered(const Arm& arm, Draws& draws) const {
  const std::vector<const RankedTrial*> all = known();
  const double n = static_cast<double>(all.size());
  std::vector<double> losses;
  for (const RankedTrial* trial : all) losses.push_back(trial->loss);
  const std::vector<double> rank = ranks(losses);
  const double age = draw(kAgeMultiplier, draws), by_rank = draw(kRankMultiplier, draws), share = draw(kRandomShare, draws);
  Model model(space_, settings_);
  for (std::size_t i = 0; i < all.size(); ++i) {
    double keep = 1;
    if (arm.filter == Filter::age) keep = age * static_cast<double>(i + 1) / n;
    if (arm.filter == Filter::loss_rank) keep = by_rank * (1 - rank[i] / n);
    if (arm.filter == Filter::random) keep = share;
    if (draws() < keep) model.observe(all[i]->point, all[i]->loss);
  }
  return model;
}

// Parameters beyond the cut-off, in order of correlation (a negative cut-off: the least correlated first), may be locked.
std::vector<bool> Atpe::locks(Draws& draws) const {
  const double exponent = draw(kExponent, draws), multiplier = draw(kCorrelationMultiplier, draws);
  const double cutoff = draw(kCutoff, draws), fixed = draw(kFixedShare, draws);
  const bool use_fixed = draws() < kFixedLocks;
  std::vector<double> strength;
  double total = 0;
  for (const double c : correlations_) strength.push_back(c > 0 ? math::pow(c, exponent) : 0);
  for (const double s : strength) total += s;
  std::vector<std::size_t> order(strength.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return cutoff < 0 ? strength[a] < strength[b] : strength[a] > strength[b];
  });
  std::vector<bool> locked(strength.size());
  double before = 0;
  for (const std::size_t i : order) {
    before += strength[i];
    const double probability = use_fixed ? fixed : std::min(1.0, correlations_[i] * multiplier);
    const double u = draws();
    if (before > std::fabs(cutoff) * total) locked[i] = u < probability;
  }
  return locked;
}

Point Atpe::model_point(const Arm& arm, std::int64_t trial, PendingPoints pending, Draws& draws) const {
  const Model model = filtered(arm, draws);
  Settings settings = settings_;
  settings.candidates = static_cast<std::int64_t>(std::floor(draw(kCandidates, draws) + 0.5));
  const double wanted = std::ceil(draw(kGamma, draws) * math::sqrt(static_cast<double>(model.size())));
  const std::int64_t n_good = std::min({static_cast<std::int64_t>(wanted), settings.good_limit, model.n_ok()});
  const Point proposed = Proposer(space_, settings)(model, pending, n_good, false, draws);
  const std::vector<bool> locked = arm.lock == Lock::none ? std::vector<bool>(proposed.size()) : locks(draws);
  const double top = std::ceil(draw(kTopPercent, draws) * static_cast<double>(n_) / 100);
  const auto n_top = std::clamp<std::size_t>(static_cast<std::size_t>(top), 1, best_.best().size());
  const Point& good = best_.best()[static_cast<std::size_t>(draws() * static_cast<double>(n_top))].point;
  return space_.build([&](int parameter) {
    const auto i = static_cast<std::size_t>(parameter);
    if (locked[i] && arm.lock == Lock::top && is_active(good[i])) return good[i];
    if (is_active(proposed[i]) && !(locked[i] && arm.lock == Lock::prior)) return proposed[i];
    return space_.parameters()[i].prior.sample(stream_.derived(kPrior), index(trial), i);
  });
}

Point Atpe::propose(std::int64_t trial, PendingPoints pending) const {
  if (n_ < startup_) return sobol_point(space_, seed_, trial);
  Draws draws(stream_, trial);
  const Arm& arm = kAllArms[choose_arm(trial)];
  Point point = model_point(arm, trial, pending, draws);
  for (int attempt = 0; attempt < kAttempts && tried_.repeats(point, pending); ++attempt)
    point = model_point(arm, trial, pending, draws);
  if (!tried_.repeats(point, pending)) return point;
  return tried_.untried(pending, draws()).value_or(point);
}

}  // namespace
}  // namespace tpe

std::unique_ptr<AlgorithmOptions> options_atpe() {
  return nullptr;
}

std::string unsuitable_atpe(const Space&) {
  return "";
}

std::unique_ptr<Algorithm> make_atpe(const Space& space, std::uint64_t seed, const AlgorithmOptions*) {
  return std::make_unique<tpe::Atpe>(space, seed);
}

}  // namespace shoal::search

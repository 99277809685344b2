// SPDX-License-Identifier: Apache-2.0
#include "search/tpe/proposer.hpp"

#include <algorithm>
#include <limits>

#include "search/tpe/bad_density.hpp"
#include "search/tpe/product_mixture.hpp"
#include "shoal/math/functions.hpp"

namespace shoal::search::tpe {
namespace {

using Member = GroupModel::Member;

constexpr double kTiny = 1e-300;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

// What is known of one group, divided into good and bad.
struct Division {
  std::vector<GroupSample> good, bad;  // bad: those outside of the tables
  Forgetting forgetting{0};
};

Division divide(const Model& model, std::size_t g, PendingPoints pending, std::int64_t n_good) {
  const GroupModel& group = model.groups()[g];
  Division d;
  std::vector<GroupSample> waiting;
  for (const Point& point : pending) {
    if (!group.active(point)) continue;
    const auto order = group.size() + static_cast<std::int64_t>(waiting.size());
    waiting.push_back({group.values(point), order, 1});
  }
  d.forgetting = Forgetting(group.size() + static_cast<std::int64_t>(waiting.size()));
  for (std::size_t i = 0; i < model.best().size(); ++i) {
    const Model::Trial& trial = model.best()[i];
    if (trial.orders[g] < 0) continue;
    const bool good = static_cast<std::int64_t>(i) < n_good;
    (good ? d.good : d.bad).push_back({group.values(trial.point), trial.orders[g], 1});
  }
  d.bad.insert(d.bad.end(), group.recent().begin(), group.recent().end());
  for (GroupSample& sample : d.bad) sample.weight = d.forgetting(sample.order);
  std::sort(d.good.begin(), d.good.end(), [](const GroupSample& a, const GroupSample& b) { return a.order < b.order; });
  // However many are pending, together they weigh no more than what is finished.
  const double finished = std::max(1.0, Forgetting(group.size()).sum());
  const double most = std::min(1.0, finished / std::max(1.0, static_cast<double>(waiting.size())));
  for (GroupSample& sample : waiting) {
    sample.weight = most;
    d.bad.push_back(std::move(sample));
  }
  return d;
}

// log of the density or probability of one member at a value, and how the bad ones see it.
double log_bad(const Member& member, const BadDensity& bad, double value, double coordinate) {
  if (member.n_options > 0) return bad.log_of_option(value);
  if (!member.latent->stepped()) return bad.log_at(coordinate);
  const auto [low, high] = member.latent->cell(value);
  return bad.log_of_cell(low, high);
}

// Probabilities of the options among the good: as for the bad ones, counts and a prior.
std::vector<double> good_probabilities(const Member& member, const Settings& settings, const std::vector<GroupSample>& good,
                                       std::size_t index) {
  std::vector<double> p(member.prior.size());
  double sum = 0;
  for (std::size_t k = 0; k < p.size(); ++k)
    p[k] = static_cast<double>(p.size()) * settings.rule.prior_weight * member.prior[k];
  for (const GroupSample& sample : good) p[static_cast<std::size_t>(sample.values[index])] += sample.weight;
  for (const double x : p) sum += x;
  for (double& x : p) x /= sum;
  return p;
}

std::size_t pick(const std::vector<double>& probabilities, double u) {
  std::size_t k = 0;
  for (; k + 1 < probabilities.size() && u >= probabilities[k]; ++k) u -= probabilities[k];
  return k;
}

double propose_option(const Member& member, const Settings& settings, const Division& d, const BadDensity& bad,
                      std::size_t index, Draws& draws) {
  const std::vector<double> p = good_probabilities(member, settings, d.good, index);
  std::vector<double> scores;
  for (std::size_t k = 0; k < p.size(); ++k)
    scores.push_back(math::log(std::max(p[k], kTiny)) - bad.log_of_option(static_cast<double>(k)));
  double best = 0, best_score = -kInfinity;
  for (std::int64_t c = 0; c < settings.candidates; ++c) {
    const std::size_t k = pick(p, draws());
    if (scores[k] > best_score) {
      best_score = scores[k];
      best = static_cast<double>(k);
    }
  }
  return best;
}

void fit_good(const Member& member, const ParzenRule& rule, const std::vector<GroupSample>& good, std::size_t index,
              Kernels& kernels) {
  std::vector<Sample> samples;
  for (const GroupSample& sample : good) samples.push_back({sample.values[index], sample.order, sample.weight});
  ParzenFit()(*member.latent, rule, samples, kernels);
}

double propose_number(const Member& member, const Settings& settings, const Division& d, const BadDensity& bad,
                      std::size_t index, Draws& draws) {
  Kernels kernels(*member.latent, settings.rule.truncate_each);
  fit_good(member, settings.rule, d.good, index, kernels);
  double best = 0, best_score = -kInfinity;
  std::vector<double> seen;
  for (std::int64_t c = 0; c < settings.candidates; ++c) {
    const std::size_t k = kernels.pick(draws());
    double coordinate = kernels.draw(k, draws());
    const double value = member.latent->value(coordinate);
    double l = 0;
    if (member.latent->stepped()) {
      if (std::find(seen.begin(), seen.end(), value) != seen.end()) continue;
      seen.push_back(value);
      const auto [low, high] = member.latent->cell(value);
      l = kernels.mass(low, high);
    } else {
      l = kernels.density(coordinate);
    }
    const double score = math::log(std::max(l / kernels.total(), kTiny)) - log_bad(member, bad, value, coordinate);
    if (score > best_score) {
      best_score = score;
      best = value;
    }
  }
  return best;
}

void propose_jointly(const GroupModel& group, const Settings& settings, const Division& d, Draws& draws, Point& point) {
  const std::size_t n = group.members().size();
  std::vector<GroupSample> samples = d.bad;
  group.add_sample(d.forgetting, samples);
  const ProductMixture good(group, settings.rule, d.good), bad(group, settings.rule, samples);
  std::vector<double> values(n), coordinates(n), best(n);
  double best_score = -kInfinity;
  for (std::int64_t c = 0; c < settings.candidates; ++c) {
    good.draw(draws, values, coordinates);
    const double score = good.log_density(values, coordinates) - bad.log_density(values, coordinates);
    if (score > best_score) {
      best_score = score;
      best = values;
    }
  }
  for (std::size_t i = 0; i < n; ++i) point[static_cast<std::size_t>(group.members()[i].parameter)] = best[i];
}

}  // namespace

Point Proposer::operator()(const Model& model, PendingPoints pending, std::int64_t n_good, bool joint, Draws& draws) const {
  Point point(space_.parameters().size(), std::numeric_limits<double>::quiet_NaN());
  for (std::size_t g = 0; g < model.groups().size(); ++g) {
    const GroupModel& group = model.groups()[g];
    const Parameter& first = space_.parameters()[static_cast<std::size_t>(group.members()[0].parameter)];
    if (first.parent >= 0 && !first.brought_by(point[static_cast<std::size_t>(first.parent)])) continue;
    const Division d = divide(model, g, pending, n_good);
    if (joint && group.members().size() > 1) {
      propose_jointly(group, settings_, d, draws, point);
      continue;
    }
    for (std::size_t i = 0; i < group.members().size(); ++i) {
      const Member& member = group.members()[i];
      const BadDensity bad(member, settings_.rule, d.bad, i, d.forgetting);
      point[static_cast<std::size_t>(member.parameter)] = member.latent
                                                              ? propose_number(member, settings_, d, bad, i, draws)
                                                              : propose_option(member, settings_, d, bad, i, draws);
    }
  }
  return point;
}

}  // namespace shoal::search::tpe

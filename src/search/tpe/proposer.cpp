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

// Of the trial of rank i, from 0, among n good ones: log((n + 1) / (i + 1)), as CMA-ES has it, with mean 1; or a share of it.
std::vector<double> weights_by_rank(std::size_t n, double rank_share) {
  std::vector<double> weights(n, 1.0);
  if (n < 2 || rank_share == 0) return weights;
  double sum = 0;
  for (std::size_t i = 0; i < n; ++i) sum += weights[i] = math::log(static_cast<double>(n + 1) / static_cast<double>(i + 1));
  for (double& weight : weights) weight = 1 - rank_share + rank_share * weight * static_cast<double>(n) / sum;
  return weights;
}

Division divide(const Model& model, const Settings& settings, std::size_t g, PendingPoints pending, std::int64_t n_good) {
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
  const std::vector<double> weights = weights_by_rank(d.good.size(), settings.rank_share);
  for (std::size_t i = 0; i < weights.size(); ++i) d.good[i].weight = weights[i];
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

ParzenRule rule_of_good(const Settings& settings, const Division& d) {
  ParzenRule rule = settings.rule;
  rule.sharpness = settings.sharpness * static_cast<double>(d.forgetting.n);
  return rule;
}

double propose_number(const Member& member, const Settings& settings, const Division& d, const BadDensity& bad,
                      std::size_t index, Draws& draws) {
  Kernels kernels(*member.latent, settings.rule.truncate_each);
  fit_good(member, rule_of_good(settings, d), d.good, index, kernels);
  const bool stepped = member.latent->stepped();
  double best = 0, best_score = -kInfinity;
  std::vector<double> seen;
  for (std::int64_t c = 0; c < settings.candidates; ++c) {
    const std::size_t k = kernels.pick(draws());
    const double coordinate = kernels.draw(k, draws());
    const double value = stepped ? member.latent->value(coordinate) : coordinate;
    double l = 0, log_g = 0;
    if (stepped) {
      if (std::find(seen.begin(), seen.end(), value) != seen.end()) continue;
      seen.push_back(value);
      const auto [low, high] = member.latent->cell(value);
      l = kernels.mass(low, high);
      log_g = bad.log_of_cell(low, high);
    } else {
      l = kernels.density(coordinate);
      log_g = bad.log_at(coordinate);
    }
    const double score = math::log(std::max(l / kernels.total(), kTiny)) - log_g;
    if (score > best_score) {
      best_score = score;
      best = value;
    }
  }
  return stepped ? best : member.latent->value(best);
}

void propose_jointly(const GroupModel& group, const Settings& settings, const Division& d, Draws& draws, Point& point) {
  const std::size_t n = group.members().size();
  std::vector<GroupSample> samples = d.bad;
  group.add_sample(d.forgetting, samples);
  const ProductMixture good(group, rule_of_good(settings, d), d.good), bad(group, settings.rule, samples);
  ProductMixture::Candidate candidate;
  std::vector<double> best(n);
  double best_score = -kInfinity;
  for (std::int64_t c = 0; c < settings.candidates; ++c) {
    good.draw(draws, candidate);
    const double score = good.log_density(candidate) - bad.log_density(candidate);
    if (score > best_score) {
      best_score = score;
      best = candidate.values;
    }
  }
  for (std::size_t i = 0; i < n; ++i) {
    const Member& member = group.members()[i];
    const bool latent = member.latent && !member.latent->stepped();
    point[static_cast<std::size_t>(member.parameter)] = latent ? member.latent->value(best[i]) : best[i];
  }
}

}  // namespace

Point Proposer::operator()(const Model& model, PendingPoints pending, std::int64_t n_good, bool joint, Draws& draws) const {
  Point point(space_.parameters().size(), std::numeric_limits<double>::quiet_NaN());
  for (std::size_t g = 0; g < model.groups().size(); ++g) {
    const GroupModel& group = model.groups()[g];
    const Parameter& first = space_.parameters()[static_cast<std::size_t>(group.members()[0].parameter)];
    if (first.parent >= 0 && !first.brought_by(point[static_cast<std::size_t>(first.parent)])) continue;
    const Division d = divide(model, settings_, g, pending, n_good);
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

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
  std::vector<SampleView> good, bad;  // bad: those outside of the tables
  std::vector<double> waiting;        // values of pending points
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
  std::vector<std::span<const double>> waiting;
  for (const Point& point : pending) {
    if (group.active(point)) waiting.push_back(point);
  }
  d.waiting = group.values(waiting);
  d.forgetting = Forgetting(group.size() + static_cast<std::int64_t>(waiting.size()));
  for (std::size_t i = 0; i < model.best().size(); ++i) {
    const Model::Trial& trial = model.best()[i];
    if (trial.orders[g] < 0) continue;
    const bool good = static_cast<std::int64_t>(i) < n_good;
    (good ? d.good : d.bad).push_back({trial.values[g].data(), trial.orders[g], 1});
  }
  for (const GroupSample& sample : group.recent()) d.bad.push_back({sample.values.data(), sample.order, 1});
  const std::vector<double> weights = weights_by_rank(d.good.size(), settings.rank_share);
  for (std::size_t i = 0; i < weights.size(); ++i) d.good[i].weight = weights[i];
  for (SampleView& sample : d.bad) sample.weight = d.forgetting(sample.order);
  std::sort(d.good.begin(), d.good.end(), [](const SampleView& a, const SampleView& b) { return a.order < b.order; });
  // However many are pending, together they weigh no more than what is finished.
  const double finished = std::max(1.0, Forgetting(group.size()).sum());
  const double most = std::min(1.0, finished / std::max(1.0, static_cast<double>(waiting.size())));
  for (std::size_t i = 0; i < waiting.size(); ++i)
    d.bad.push_back({&d.waiting[i * group.members().size()], group.size() + static_cast<std::int64_t>(i), most});
  return d;
}

// Probabilities of the options among the good: as for the bad ones, counts and a prior.
std::vector<double> good_probabilities(const Member& member, const Settings& settings, std::span<const SampleView> good,
                                       std::size_t index) {
  std::vector<double> p(member.prior.size());
  double sum = 0;
  for (std::size_t k = 0; k < p.size(); ++k)
    p[k] = static_cast<double>(p.size()) * settings.rule.prior_weight * member.prior[k];
  for (const SampleView& sample : good) p[static_cast<std::size_t>(sample.values[index])] += sample.weight;
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

void fit_good(const Member& member, const ParzenRule& rule, std::span<const SampleView> good, std::size_t index,
              Kernels& kernels) {
  std::vector<Sample> samples;
  for (const SampleView& sample : good) samples.push_back({sample.values[index], sample.order, sample.weight});
  ParzenFit()(*member.latent, rule, samples, kernels);
}

ParzenRule rule_of_good(const Settings& settings, const Division& d) {
  ParzenRule rule = settings.rule;
  rule.sharpness = settings.sharpness * static_cast<double>(d.forgetting.n);
  return rule;
}

// Where log l - log g is largest, the first of equal ones; l has `total` mass.
std::size_t best_ratio(std::vector<double>& l, double total, const std::vector<double>& log_g) {
  for (double& x : l) x = std::max(x / total, kTiny);
  math::log(l, l);
  std::size_t best = 0;
  double best_score = -kInfinity;
  for (std::size_t i = 0; i < l.size(); ++i) {
    if (l[i] - log_g[i] > best_score) {
      best_score = l[i] - log_g[i];
      best = i;
    }
  }
  return best;
}

double best_of_coordinates(const Latent& latent, const Kernels& kernels, const BadDensity& bad, const std::vector<double>& coordinates) {
  std::vector<double> l(coordinates.size()), log_g(coordinates.size());
  kernels.densities(coordinates, l);
  bad.logs_at(coordinates, log_g);
  return latent.value(coordinates[best_ratio(l, kernels.total(), log_g)]);
}

// Each value once.
double best_of_values(const Latent& latent, const Kernels& kernels, const BadDensity& bad, std::vector<double>& candidates) {
  latent.values(candidates, candidates);
  auto end = candidates.begin();
  for (const double value : candidates) {
    if (std::find(candidates.begin(), end, value) == end) *end++ = value;
  }
  candidates.erase(end, candidates.end());
  const std::size_t n = candidates.size();
  std::vector<double> low(n), high(n), l(n), log_g(n);
  latent.cells(candidates, low, high);
  kernels.masses(low, high, l);
  bad.logs_of_cells(low, high, log_g);
  return candidates[best_ratio(l, kernels.total(), log_g)];
}

double propose_number(const Member& member, const Settings& settings, const Division& d, const BadDensity& bad,
                      std::size_t index, Draws& draws) {
  Kernels kernels(*member.latent, settings.rule.truncate_each);
  fit_good(member, rule_of_good(settings, d), d.good, index, kernels);
  const auto n = static_cast<std::size_t>(settings.candidates);
  std::vector<double> u(2 * n), shares(n), candidates(n);
  std::vector<std::size_t> chosen(n);
  draws.fill(u);
  for (std::size_t c = 0; c < n; ++c) {
    chosen[c] = kernels.pick(u[2 * c]);
    shares[c] = u[2 * c + 1];
  }
  kernels.draw(chosen, shares, candidates);
  return member.latent->stepped() ? best_of_values(*member.latent, kernels, bad, candidates)
                                  : best_of_coordinates(*member.latent, kernels, bad, candidates);
}

void propose_jointly(const GroupModel& group, const Settings& settings, const Division& d, Draws& draws, Point& point) {
  std::vector<SampleView> samples = d.bad;
  group.add_sample(d.forgetting, samples);
  const ProductMixture good(group, rule_of_good(settings, d), d.good), bad(group, settings.rule, samples);
  const ProductMixture::Candidates candidates = good.draw(draws, static_cast<std::size_t>(settings.candidates));
  std::vector<double> log_l(candidates.n), log_g(candidates.n);
  good.log_densities(candidates, log_l);
  bad.log_densities(candidates, log_g);
  std::size_t best = 0;
  for (std::size_t c = 1; c < candidates.n; ++c) {
    if (log_l[c] - log_g[c] > log_l[best] - log_g[best]) best = c;
  }
  for (std::size_t i = 0; i < group.members().size(); ++i) {
    const Member& member = group.members()[i];
    const bool latent = member.latent && !member.latent->stepped();
    const double value = candidates.value(i, best);
    point[static_cast<std::size_t>(member.parameter)] = latent ? member.latent->value(value) : value;
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

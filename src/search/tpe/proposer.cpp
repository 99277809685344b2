// SPDX-License-Identifier: Apache-2.0
#include "search/tpe/proposer.hpp"

#include <algorithm>
#include <limits>

#include "search/tpe/bad_density.hpp"
#include "shoal/math/functions.hpp"
#include "shoal/random/distributions.hpp"

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
  double best = 0, best_score = -kInfinity;
  for (std::int64_t c = 0; c < settings.candidates; ++c) {
    const std::size_t k = pick(p, draws());
    const double score = math::log(std::max(p[k], kTiny)) - bad.log_of_option(static_cast<double>(k));
    if (score > best_score) {
      best_score = score;
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

// The good density of a group as a mixture of products; kernel k of every member belongs to good trial k, the last one
// is the prior.
class JointGood {
 public:
  JointGood(const GroupModel& group, const Settings& settings, const std::vector<GroupSample>& good)
      : group_(group), good_(good), prior_weight_(settings.rule.prior_weight) {
    ParzenRule rule = settings.rule;
    rule.truncate_each = true;
    for (std::size_t i = 0; i < group.members().size(); ++i) {
      const Member& member = group.members()[i];
      kernels_.emplace_back();
      heights_.emplace_back();
      if (!member.latent) continue;
      kernels_[i] = std::make_unique<Kernels>(*member.latent, true);
      fit_good(member, rule, good, i, *kernels_[i]);
      for (std::size_t k = 0; k <= good.size(); ++k) heights_[i].push_back(kernels_[i]->log_height(k));
    }
  }

  // Values by member, and for numbers their coordinates.
  void draw(Draws& draws, std::vector<double>& values, std::vector<double>& coordinates) const {
    const double n = static_cast<double>(good_.size());
    const double u = draws() * (n + prior_weight_);
    const std::size_t k = std::min(good_.size(), static_cast<std::size_t>(u));
    for (std::size_t i = 0; i < kernels_.size(); ++i) {
      const Member& member = group_.members()[i];
      if (member.latent) {
        coordinates[i] = kernels_[i]->draw(k, draws());
        values[i] = member.latent->value(coordinates[i]);
      } else {
        values[i] = draw_option(member, i, k, draws());
      }
    }
  }

  double log(const std::vector<double>& values, const std::vector<double>& coordinates) const {
    logs_.assign(good_.size() + 1, 0.0);
    logs_.back() = math::log(prior_weight_);
    for (std::size_t i = 0; i < kernels_.size(); ++i) add_member(i, values[i], coordinates[i]);
    const double largest = *std::max_element(logs_.begin(), logs_.end());
    double sum = 0;
    for (double& x : logs_) x -= largest;
    math::exp(logs_, logs_);
    for (const double x : logs_) sum += x;
    return largest + math::log(sum / (static_cast<double>(good_.size()) + prior_weight_));
  }

 private:
  // Of option j in row k: the observed one has 1, all share the prior, which weighs less the more trials there are.
  double option_probability(const Member& member, std::size_t i, std::size_t k, std::size_t j) const {
    if (k == good_.size()) return member.prior[j];
    const double spread = static_cast<double>(member.prior.size()) * prior_weight_ / static_cast<double>(good_.size() + 1);
    const double observed = good_[k].values[i] == static_cast<double>(j) ? 1 : 0;
    return (observed + spread * member.prior[j]) / (1 + spread);
  }

  double draw_option(const Member& member, std::size_t i, std::size_t k, double u) const {
    std::size_t j = 0;
    for (; j + 1 < member.prior.size(); ++j) {
      const double p = option_probability(member, i, k, j);
      if (u < p) break;
      u -= p;
    }
    return static_cast<double>(j);
  }

  void add_member(std::size_t i, double value, double coordinate) const {
    const Member& member = group_.members()[i];
    if (!member.latent) {
      for (std::size_t k = 0; k < logs_.size(); ++k)
        logs_[k] += math::log(std::max(option_probability(member, i, k, static_cast<std::size_t>(value)), kTiny));
      return;
    }
    const Kernels& kernels = *kernels_[i];
    if (member.latent->stepped()) {
      const auto [low, high] = member.latent->cell(value);
      for (std::size_t k = 0; k < logs_.size(); ++k)
        logs_[k] += math::log(std::max(kernels.mass_of(k, low, high), kTiny));
      return;
    }
    for (std::size_t k = 0; k < logs_.size(); ++k) {
      const double z = (coordinate - kernels.mu(k)) / kernels.sigma(k);
      logs_[k] += heights_[i][k] - 0.5 * z * z;
    }
  }

  const GroupModel& group_;
  const std::vector<GroupSample>& good_;
  double prior_weight_;
  std::vector<std::unique_ptr<Kernels>> kernels_;
  std::vector<std::vector<double>> heights_;
  mutable std::vector<double> logs_;
};

void propose_jointly(const GroupModel& group, const Settings& settings, const Division& d,
                     const std::vector<BadDensity>& bad, Draws& draws, Point& point) {
  const std::size_t n = group.members().size();
  const JointGood good(group, settings, d.good);
  std::vector<double> values(n), coordinates(n), best(n);
  double best_score = -kInfinity;
  for (std::int64_t c = 0; c < settings.candidates; ++c) {
    good.draw(draws, values, coordinates);
    double score = good.log(values, coordinates);
    for (std::size_t i = 0; i < n; ++i) score -= log_bad(group.members()[i], bad[i], values[i], coordinates[i]);
    if (score > best_score) {
      best_score = score;
      best = values;
    }
  }
  for (std::size_t i = 0; i < n; ++i) point[static_cast<std::size_t>(group.members()[i].parameter)] = best[i];
}

}  // namespace

double Draws::operator()() {
  return random::uniform(stream_, trial_, next_++);
}

Point Proposer::operator()(const Model& model, PendingPoints pending, std::int64_t n_good, bool joint, Draws& draws) const {
  Point point(space_.parameters().size(), std::numeric_limits<double>::quiet_NaN());
  for (std::size_t g = 0; g < model.groups().size(); ++g) {
    const GroupModel& group = model.groups()[g];
    const Parameter& first = space_.parameters()[static_cast<std::size_t>(group.members()[0].parameter)];
    if (first.parent >= 0 && !first.brought_by(point[static_cast<std::size_t>(first.parent)])) continue;
    const Division d = divide(model, g, pending, n_good);
    std::vector<BadDensity> bad;
    for (std::size_t i = 0; i < group.members().size(); ++i)
      bad.emplace_back(group.members()[i], settings_.rule, d.bad, i, d.forgetting);
    if (joint && group.members().size() > 1) {
      propose_jointly(group, settings_, d, bad, draws, point);
      continue;
    }
    for (std::size_t i = 0; i < group.members().size(); ++i) {
      const Member& member = group.members()[i];
      point[static_cast<std::size_t>(member.parameter)] = member.latent
                                                              ? propose_number(member, settings_, d, bad[i], i, draws)
                                                              : propose_option(member, settings_, d, bad[i], i, draws);
    }
  }
  return point;
}

}  // namespace shoal::search::tpe

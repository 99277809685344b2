// SPDX-License-Identifier: Apache-2.0
// Asynchronous successive halving (Li et al., A system for massively parallel hyperparameter tuning, MLSys 2020).
//
// Rungs lie at r_k = min_resource * reduction^k < R. In the form `promotion` of the paper a trial pauses at each rung; of the
// n trials that reached it, the best floor(n / reduction) are taken further, highest rung first, and a new trial starts only
// where none is to be promoted. In the form `stopping` (as in Ray Tune and Optuna) a trial never pauses: it stops at a rung
// unless it is among the best max(1, floor((n + 1) / reduction)) of the n + 1 that have been there, itself included; n are
// those that may be seen when it starts, so that its thresholds travel with it and it asks nobody on its way.
//
// Time O(log n) a leg, memory 16 to 32 bytes a trial and rung.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <functional>
#include <queue>

#include "search/schedulers/top_share.hpp"
#include "shoal/search/scheduler.hpp"

namespace shoal::search {
namespace {

struct AshaOptions final : AlgorithmOptions {
  std::string form = "stopping";
  std::int64_t min_resource = 1;
  std::int64_t reduction = 4;  // as in the paper

  void bind(config::Table& table) override {
    table.text("form", form,
               {.help = "stopping: trials stop at rungs and never pause; promotion: trials pause at rungs, the best go on",
                .allowed = {"stopping", "promotion"}});
    table.integer("min_resource", min_resource,
                  {.help = "resource (epochs, steps) up to the first rung", .minimum = 1, .maximum = 1e12});
    table.integer("reduction", reduction,
                  {.help = "each rung lies so many times further; one of so many goes on", .minimum = 2, .maximum = 1000});
  }
};

std::vector<std::int64_t> rungs_below(std::int64_t resource, const AshaOptions& options) {
  std::vector<std::int64_t> rungs;
  for (std::int64_t r = options.min_resource; r < resource; r *= options.reduction) {
    rungs.push_back(r);
    if (r > resource / options.reduction) break;
  }
  return rungs;
}

// Losses that are not finite count as reached and bad.
double comparable(double loss) {
  return std::isnan(loss) ? kBadLoss : loss;
}

class Asha : public Scheduler {
 public:
  Asha(const SchedulerSetting& setting, const AshaOptions& options)
      : trials_(setting.trials), resource_(setting.resource), options_(options),
        rungs_(rungs_below(setting.resource, options)), values_(rungs_.size()) {}

  bool uses_history() const override { return true; }
  std::int64_t n_trials() const override { return trials_; }
  std::vector<std::int64_t> rungs() const override { return rungs_; }

  std::vector<std::string> describe() const override {
    return {fmt::format("scheduler   asha, {}: rungs at {}, one of {} goes on, to {}", options_.form, fmt::join(rungs_, ", "),
                        options_.reduction, resource_)};
  }

 protected:
  std::int64_t trials_;
  std::int64_t resource_;
  AshaOptions options_;
  std::vector<std::int64_t> rungs_;
  std::vector<TopShare> values_;  // by rung
};

class Stopping final : public Asha {
 public:
  using Asha::Asha;

  bool begin_stage() override { return n_started_ < trials_; }

  std::optional<Leg> next() override {
    if (n_started_ == trials_) return std::nullopt;
    Leg leg;
    leg.trial = n_started_++;
    for (std::size_t k = 0; k < rungs_.size(); ++k) leg.rungs.push_back({rungs_[k], threshold(values_[k])});
    return leg;
  }

  void note(const LegResult& result) override {
    for (const RungValue& value : result.rungs) {
      for (std::size_t k = 0; k < rungs_.size(); ++k) {
        if (rungs_[k] == value.resource) values_[k].add({comparable(value.loss), result.trial});
      }
    }
  }

 private:
  double threshold(TopShare& values) const {
    const std::int64_t wanted = std::max<std::int64_t>(1, (values.size() + 1) / options_.reduction);
    values.keep(wanted);
    const auto worst = values.worst_kept();
    return worst ? worst->first : std::numeric_limits<double>::infinity();
  }
};

class Promotion final : public Asha {
 public:
  Promotion(const SchedulerSetting& setting, const AshaOptions& options)
      : Asha(setting, options), ready_(rungs_.size()), rung_of_(static_cast<std::size_t>(trials_), 0) {}

  bool begin_stage() override { return n_started_ < trials_ || candidate_rung() >= 0; }

  std::optional<Leg> next() override {
    if (const int rung = candidate_rung(); rung >= 0) return promote(static_cast<std::size_t>(rung));
    if (n_started_ == trials_) return std::nullopt;
    return leg_to(n_started_++, 0, 0);
  }

  void note(const LegResult& result) override {
    const std::size_t k = rung_of_[static_cast<std::size_t>(result.trial)];
    if (k == rungs_.size()) return;  // it was on the way to the end
    const bool usable = result.state == State::ok && result.reached == rungs_[k];
    const TopShare::Item item{usable ? comparable(result.loss) : kBadLoss, result.trial};
    values_[k].add(item);
    if (std::isfinite(item.first)) ready_[k].push(item);
    values_[k].keep(values_[k].size() / options_.reduction);
  }

 private:
  using Queue = std::priority_queue<TopShare::Item, std::vector<TopShare::Item>, std::greater<>>;

  // The highest rung with a trial among its best that has not been promoted. (The best paused trial of a rung is the first to
  // be among its best.)
  int candidate_rung() const {
    for (std::size_t k = rungs_.size(); k-- > 0;) {
      if (!ready_[k].empty() && values_[k].keeps(ready_[k].top())) return static_cast<int>(k);
    }
    return -1;
  }

  Leg promote(std::size_t k) {
    const std::int64_t trial = ready_[k].top().second;
    ready_[k].pop();
    return leg_to(trial, rungs_[k], k + 1);
  }

  Leg leg_to(std::int64_t trial, std::int64_t begin, std::size_t rung) {
    rung_of_[static_cast<std::size_t>(trial)] = static_cast<std::uint8_t>(rung);
    Leg leg;
    leg.trial = trial;
    leg.begin = begin;
    leg.end = rung < rungs_.size() ? rungs_[rung] : resource_;
    leg.rungs = {{leg.end}};
    return leg;
  }

  std::vector<Queue> ready_;           // paused trials by rung, the best first
  std::vector<std::uint8_t> rung_of_;  // by trial: the rung it is at or on the way to
};

}  // namespace

std::unique_ptr<AlgorithmOptions> scheduler_options_asha() {
  return std::make_unique<AshaOptions>();
}

std::unique_ptr<Scheduler> make_scheduler_asha(const SchedulerSetting& setting, const AlgorithmOptions* options) {
  const AshaOptions given = options ? static_cast<const AshaOptions&>(*options) : AshaOptions{};
  if (given.form == "stopping") return std::make_unique<Stopping>(setting, given);
  return std::make_unique<Promotion>(setting, given);
}

}  // namespace shoal::search

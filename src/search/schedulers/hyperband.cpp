// SPDX-License-Identifier: Apache-2.0
// Hyperband (Li et al., Journal of Machine Learning Research 18(185), 1-52, 2018), equations as in its algorithm 1: with the
// full resource R, the least r, eta = reduction and s_max = floor(log_eta(R / r)),
//
//   bracket s = s_max .. 0:  n_s = ceil((s_max + 1) eta^s / (s + 1)) trials, their rungs at R eta^(i - s), i = 0 .. s;
//                            of those at rung i the best floor(n_s / eta^(i + 1)) go on
//
// All brackets of one iteration run side by side: stage i of the iteration is rung i of every bracket that has one, so that
// long legs of one bracket fill the time in which another waits for its last short ones. Stages are barriers.
//
// With tpe, which learns from all rungs, this is BOHB (Falkner, Klein, Hutter, ICML 2018), a scheduler of its own name.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "shoal/search/scheduler.hpp"

namespace shoal::search {
namespace {

struct HyperbandOptions final : AlgorithmOptions {
  std::int64_t min_resource = 1;
  std::int64_t reduction = 3;  // as in the paper

  void bind(config::Table& table) override {
    table.integer("min_resource", min_resource,
                  {.help = "resource (epochs, steps) of the shortest legs, about", .minimum = 1, .maximum = 1e12});
    table.integer("reduction", reduction,
                  {.help = "each rung lies so many times further; one of so many goes on", .minimum = 2, .maximum = 1000});
  }
};

struct Bracket {
  std::vector<std::int64_t> rungs;
  std::int64_t n_trials = 0;        // at the first rung
  std::vector<std::int64_t> alive;  // trials to run to the present rung
  std::vector<std::pair<double, std::int64_t>> noted;  // what those at the present rung reached
};

class Hyperband final : public Scheduler {
 public:
  Hyperband(const char* name, const SchedulerSetting& setting, const HyperbandOptions& options)
      : name_(name), resource_(setting.resource), reduction_(options.reduction) {
    std::int64_t s_max = 0, power = 1;
    while (options.min_resource <= resource_ / reduction_ / power) {
      ++s_max;
      power *= reduction_;
    }
    for (std::int64_t s = s_max; s >= 0; --s, power /= reduction_) {
      Bracket bracket;
      bracket.n_trials = ((s_max + 1) * power + s) / (s + 1);
      for (std::int64_t p = power; p >= 1; p /= reduction_)
        bracket.rungs.push_back(std::max<std::int64_t>(1, resource_ / p));
      per_iteration_ += bracket.n_trials;
      brackets_.push_back(std::move(bracket));
    }
    trials_ = setting.trials > 0 ? setting.trials : per_iteration_;
    bracket_of_.resize(static_cast<std::size_t>(trials_));
  }

  std::int64_t n_trials() const override { return trials_; }

  bool begin_stage() override {
    ++stage_;
    if (stage_ > 0 && promote()) return true;
    stage_ = 0;
    return start_iteration();
  }

  std::optional<Leg> next() override {
    for (; at_bracket_ < brackets_.size(); ++at_bracket_, at_trial_ = 0) {
      const Bracket& bracket = brackets_[at_bracket_];
      if (at_trial_ == bracket.alive.size()) continue;
      const auto rung = static_cast<std::size_t>(stage_);
      Leg leg;
      leg.trial = bracket.alive[at_trial_++];
      leg.begin = rung == 0 ? 0 : bracket.rungs[rung - 1];
      leg.end = bracket.rungs[rung];
      leg.rungs = {{leg.end}};
      if (rung == 0) ++n_started_;
      return leg;
    }
    return std::nullopt;
  }

  void note(const LegResult& result) override {
    Bracket& bracket = brackets_[bracket_of_[static_cast<std::size_t>(result.trial)]];
    const bool usable = result.state == State::ok && std::isfinite(result.loss) &&
                        result.reached == bracket.rungs[static_cast<std::size_t>(stage_)];
    bracket.noted.emplace_back(usable ? result.loss : kBadLoss, result.trial);
  }

  std::vector<std::int64_t> rungs() const override {
    std::set<std::int64_t> all;
    for (const Bracket& bracket : brackets_) all.insert(bracket.rungs.begin(), bracket.rungs.end() - 1);
    return {all.begin(), all.end()};
  }

  std::vector<std::string> describe() const override {
    std::vector<std::string> lines = {fmt::format("scheduler   {}: {} brackets, {} trials an iteration, one of {} goes on", name_,
                                                  brackets_.size(), per_iteration_, reduction_)};
    for (const Bracket& bracket : brackets_)
      lines.push_back(fmt::format("  {:>5} trials to {}, the best to {}", bracket.n_trials, bracket.rungs.front(), resource_));
    return lines;
  }

 private:
  bool start_iteration() {
    at_bracket_ = at_trial_ = 0;
    std::int64_t next = n_started_;
    const std::int64_t first = next;
    for (std::size_t b = 0; b < brackets_.size(); ++b) {
      Bracket& bracket = brackets_[b];
      bracket.alive.clear();
      bracket.noted.clear();
      for (std::int64_t i = 0; i < bracket.n_trials && next < trials_; ++i) {
        bracket_of_[static_cast<std::size_t>(next)] = static_cast<std::uint8_t>(b);
        bracket.alive.push_back(next++);
      }
    }
    return next > first;
  }

  // Of every bracket the best, in the order of trials. A bracket cut short by the number of trials keeps its shares.
  bool promote() {
    at_bracket_ = at_trial_ = 0;
    bool any = false;
    for (Bracket& bracket : brackets_) {
      const bool more = stage_ < static_cast<std::int64_t>(bracket.rungs.size());
      std::vector<std::int64_t> alive;
      const std::int64_t share = static_cast<std::int64_t>(bracket.noted.size()) / reduction_;
      std::sort(bracket.noted.begin(), bracket.noted.end());
      for (std::int64_t i = 0; more && i < share; ++i) {
        const auto& [loss, trial] = bracket.noted[static_cast<std::size_t>(i)];
        if (std::isfinite(loss)) alive.push_back(trial);
      }
      std::sort(alive.begin(), alive.end());
      bracket.noted.clear();
      bracket.alive = std::move(alive);
      any = any || !bracket.alive.empty();
    }
    return any;
  }

  const char* name_;
  std::int64_t resource_;
  std::int64_t reduction_;
  std::int64_t trials_ = 0;
  std::int64_t per_iteration_ = 0;
  std::vector<Bracket> brackets_;
  std::vector<std::uint8_t> bracket_of_;  // by trial
  std::int64_t stage_ = -1;               // rung of the present stage
  std::size_t at_bracket_ = 0, at_trial_ = 0;
};

std::unique_ptr<Scheduler> make(const char* name, const SchedulerSetting& setting, const AlgorithmOptions* options) {
  return std::make_unique<Hyperband>(name, setting, options ? static_cast<const HyperbandOptions&>(*options) : HyperbandOptions{});
}

}  // namespace

std::unique_ptr<AlgorithmOptions> scheduler_options_hyperband() {
  return std::make_unique<HyperbandOptions>();
}

std::unique_ptr<Scheduler> make_scheduler_hyperband(const SchedulerSetting& setting, const AlgorithmOptions* options) {
  return make("hyperband", setting, options);
}

// The same stages; that the algorithm is tpe is the caller's part.
std::unique_ptr<AlgorithmOptions> scheduler_options_bohb() {
  return std::make_unique<HyperbandOptions>();
}

std::unique_ptr<Scheduler> make_scheduler_bohb(const SchedulerSetting& setting, const AlgorithmOptions* options) {
  return make("bohb", setting, options);
}

}  // namespace shoal::search

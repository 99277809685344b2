// SPDX-License-Identifier: Apache-2.0
// The trials of a search on rank 0: legs that begin and end, and what algorithm, scheduler and stop rules are told of them.
#include <algorithm>
#include <cmath>
#include <utility>

#include "shoal/measure/statistics.hpp"
#include "workloads/tune/tune_job.hpp"

namespace shoal::workloads::tune {
namespace {

using search::State;

bool is_plain(const search::Leg& leg) {
  return leg.begin == 0 && leg.end == search::kToTheEnd && leg.rungs.empty() && leg.point.empty();
}

std::int64_t n_pieces(std::int64_t begin, std::int64_t end, std::int64_t length) {
  return (end - begin + length - 1) / length;
}

}  // namespace

// Proposals that look at no results are made at once, so that the number of tasks is known when the round begins.
tasks::Round TuneJob::list_stage() {
  kind_ = Kind::list;
  list_.clear();
  ahead_.clear();
  at_ = 0;
  std::int64_t next = round_first_;
  while (std::optional<search::Leg> leg = scheduler_.next()) {
    const bool plain = is_plain(*leg);
    if (!plain && ahead_.size() < list_.size()) ahead_.resize(list_.size());
    list_.push_back({leg->trial, next});
    admit(*leg);
    const std::int64_t predecessor = predecessor_of(*leg);
    // The state of the leg itself is made when its first segment is prepared: there may be millions.
    const Leg& measured = begin_leg(search::Leg(*leg), predecessor);
    next += n_pieces(measured.begin, measured.end, measured.length);
    open_.erase(leg->trial);
    if (!plain || !ahead_.empty()) ahead_.push_back({std::move(*leg), predecessor});
  }
  tasks::Round round;
  round.n_tasks = next - round_first_;
  round.prepared = true;
  round.together = objective_.most_together();
  return round;
}

tasks::Round TuneJob::list_open() {
  kind_ = Kind::list;
  list_.clear();
  ahead_.clear();
  ready_.clear();
  at_ = 0;
  std::int64_t next = round_first_;
  for (const auto& [trial, leg] : open_) {
    list_.push_back({trial, next});
    next += n_pieces(leg.begin, leg.end, leg.length);
  }
  tasks::Round round;
  round.n_tasks = next - round_first_;
  round.prepared = true;
  round.together = objective_.most_together();
  return round;
}

// A new trial, or one that goes on.
void TuneJob::admit(const search::Leg& leg) {
  const auto index = static_cast<std::size_t>(leg.trial);
  if (leg.begin == 0) {
    if (leg.trial % options_.repeats == 0) propose(leg.trial / options_.repeats);
    trials_.add();
  } else {
    --n_finished_;
    const State before = trials_[index].state;
    if (before != State::ok && before != State::pruned) --n_failed_;
    trials_.reopen(index);
  }
  if (!leg.point.empty())
    std::copy(leg.point.begin(), leg.point.end(), points_.begin() + leg.trial * static_cast<std::ptrdiff_t>(n_parameters_));
}

void TuneJob::propose(std::int64_t config) {
  const search::Point point = algorithm_.propose(config, pending_);
  points_.insert(points_.end(), point.begin(), point.end());
  ++n_configs_;
  if (!algorithm_.uses_history()) return;
  pending_.push_back(point);
  pending_configs_.push_back(config);
}

std::int64_t TuneJob::predecessor_of(const search::Leg& leg) const {
  if (leg.begin == 0 || !objective_.continues()) return tasks::kNoTask;
  return paused_.at(leg.parent >= 0 ? leg.parent : leg.trial);
}

TuneJob::Leg& TuneJob::begin_leg(search::Leg&& from, std::int64_t predecessor) {
  Leg leg;
  leg.begin = from.begin;
  leg.end = from.end;
  leg.pauses = from.end != search::kToTheEnd;
  leg.predecessor = predecessor;
  leg.adopted = from.parent >= 0;
  leg.rungs = std::move(from.rungs);
  leg.n_rungs_before = trials_[static_cast<std::size_t>(from.trial)].rungs.size();
  const search::Point point = point_of(from.trial);
  if (!objective_.problems(point).empty()) {  // fails in its first segment, with the reason
    leg.end = leg.begin + 1;
  } else {
    if (!leg.pauses) leg.end = objective_.resource(point);
    leg.length = objective_.continues() ? objective_.segment_resource(point) : leg.end;
  }
  return open_[from.trial] = std::move(leg);
}

// Whatever went wrong counts as infinitely bad. A leg that was not asked to go to the end leaves the trial waiting.
void TuneJob::finish(std::int64_t trial, std::int64_t task, Leg& leg, const SegmentOutcome& outcome) {
  const auto index = static_cast<std::size_t>(trial);
  leg.over = true;
  leg.state = outcome.state;
  if (leg.state == State::ok && !std::isfinite(outcome.loss)) {
    leg.state = State::nan;
    trials_.set_reason(index, "the metric `" + objective_.metric() + "` is not finite");
  }
  const bool failed = leg.state != State::ok && leg.state != State::pruned;
  const bool waits = leg.state == State::ok && leg.pauses && outcome.reached < options_.resource;
  const double loss = failed ? search::kBadLoss : std::isnan(outcome.loss) ? search::kBadLoss : outcome.loss;
  trials_.set_end(index, waits ? State::pruned : leg.state, loss, outcome.reached);
  ++n_finished_;
  if (failed) ++n_failed_;
  if (leg.pauses && leg.state == State::ok && objective_.continues()) paused_[trial] = task;
  if (leg.state != State::ok || waits) return;
  if (best_ >= 0 && !(loss < trials_[static_cast<std::size_t>(best_)].loss)) {
    // Arrival may be in any order; the first of equal ones has the lowest number.
    if (loss > trials_[static_cast<std::size_t>(best_)].loss || trial > best_) return;
  }
  best_ = trial;
  best_task_ = task;
}

std::int64_t TuneJob::best_trial() const {
  if (best_ >= 0) return best_;
  std::int64_t best = -1;
  for (std::size_t i = 0; i < trials_.size(); ++i) {
    const Trial trial = trials_[i];
    if (trial.state != State::pruned || !std::isfinite(trial.loss)) continue;
    const auto key = [](const Trial& t) { return std::pair(-t.reached, t.loss); };
    if (best < 0 || key(trial) < key(trials_[static_cast<std::size_t>(best)])) best = static_cast<std::int64_t>(i);
  }
  return best;
}

void TuneJob::see(std::int64_t before_task) {
  while (!unseen_.empty() && unseen_.front().task < before_task) {
    const Unseen unseen = unseen_.front();
    unseen_.pop_front();
    if (unseen.over) see_end(unseen.trial);
    else if (kind_ == Kind::window) ready_.insert(unseen.trial);
  }
}

void TuneJob::see_end(std::int64_t trial) {
  const auto found = open_.find(trial);
  Leg& leg = found->second;
  const Trial ended = trials_[static_cast<std::size_t>(trial)];
  const search::Point point = point_of(trial);
  search::LegResult result;
  result.trial = trial;
  result.state = leg.state;
  result.loss = ended.loss;
  result.reached = ended.reached;
  result.rungs = ended.rungs.subspan(leg.n_rungs_before);
  result.point = point;
  scheduler_.note(result);
  rules_.note(ended.state, ended.loss);
  if (algorithm_.uses_history()) {
    if (options_.rungs) observe_rungs(trial, leg);
    else if (++repeats_seen_[trial / options_.repeats] == options_.repeats) observe_config(trial / options_.repeats);
  }
  leg.seen = true;
  if (kind_ == Kind::window || leg.begin == leg.end) open_.erase(found);
}

void TuneJob::observe_config(std::int64_t config) {
  repeats_seen_.erase(config);
  std::vector<double> losses;
  State state = State::ok;
  for (std::int64_t repeat = 0; repeat < options_.repeats; ++repeat) {
    const Trial trial = trials_[static_cast<std::size_t>(config * options_.repeats + repeat)];
    losses.push_back(trial.loss);
    if (state == State::ok) state = trial.state;
  }
  const double median = measure::median(losses);
  observe(config, median, std::isfinite(median) ? State::ok : state, 1);
  forget_pending(config);
}

void TuneJob::observe_rungs(std::int64_t trial, const Leg& leg) {
  forget_pending(trial);
  if (scheduler_.genealogy()) return;  // its points change on the way
  const Trial ended = trials_[static_cast<std::size_t>(trial)];
  const auto rungs = ended.rungs.subspan(leg.n_rungs_before);
  std::int64_t last = -1;
  for (const RungValue& rung : rungs) {
    const bool good = std::isfinite(rung.loss);
    const bool stopped = ended.state == State::pruned && rung.resource == ended.reached;
    observe(trial, good ? rung.loss : search::kBadLoss, !good ? State::nan : stopped ? State::pruned : State::ok,
            static_cast<double>(rung.resource));
    last = rung.resource;
  }
  const bool failed = ended.state != State::ok && ended.state != State::pruned;
  if (failed || (ended.state == State::ok && last != options_.resource))
    observe(trial, ended.loss, ended.state, static_cast<double>(options_.resource));
}

void TuneJob::observe(std::int64_t config, double loss, State state, double budget) {
  const auto begin = static_cast<std::size_t>(config) * n_parameters_;
  algorithm_.observe({config, std::span(points_).subspan(begin, n_parameters_), loss, state, budget});
}

void TuneJob::forget_pending(std::int64_t config) {
  const auto found = std::find(pending_configs_.begin(), pending_configs_.end(), config);
  if (found == pending_configs_.end()) return;
  pending_.erase(pending_.begin() + (found - pending_configs_.begin()));
  pending_configs_.erase(found);
}

}  // namespace shoal::workloads::tune

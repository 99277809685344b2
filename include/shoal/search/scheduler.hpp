// SPDX-License-Identifier: Apache-2.0
// What decides how far a trial goes: to its end at once, or leg by leg, each leg earned against other trials.
//
// A scheduler is a state machine without clock and random state: its legs follow from the results it was told, in the order
// in which it was told them. It knows trials by number; the algorithm that proposes their points is not its business.
//
//   while (scheduler.begin_stage())                 // all earlier legs have ended, all their results were noted
//     while (auto leg = scheduler.next()) ...       // in between: note() of whatever may be seen
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shoal/search/algorithm.hpp"
#include "shoal/search/space.hpp"

namespace shoal::search {

// Where a trial is compared with others: with `resource` used up it goes on only if its loss is at most the threshold (NaN
// is not). The threshold is decided before the trial starts and travels with it; +inf: the loss is noted.
struct Rung {
  std::int64_t resource = 0;
  double threshold = std::numeric_limits<double>::infinity();
};

struct RungValue {
  std::int64_t resource = 0;
  double loss = 0;  // to be minimised; may be NaN
};

inline constexpr std::int64_t kToTheEnd = std::numeric_limits<std::int64_t>::max();

struct Leg {
  std::int64_t trial = 0;  // a new one if `begin` is 0; new trials are numbered 0, 1, 2, ...
  std::int64_t begin = 0;  // resource used up before ...
  std::int64_t end = kToTheEnd;  // ... and after
  std::int64_t parent = -1;      // the trial whose state at `begin` is taken over with `point`; -1: its own
  Point point;                   // of the trial from now on; empty: as it was, or as the algorithm proposes
  std::vector<Rung> rungs;       // in (begin, end], rising
};

// How a leg ended.
struct LegResult {
  std::int64_t trial = 0;
  State state = State::ok;     // pruned: at a rung
  double loss = kBadLoss;      // kBadLoss unless the state is ok or pruned
  std::int64_t reached = 0;    // resource used up since the start of the trial
  std::span<const RungValue> rungs;  // met in this leg; valid during the call, as is
  std::span<const double> point;     // what the leg ran with
};

// Every decision of population based training, (generation, member) row-major, as far as it has been made.
struct Genealogy {
  std::int64_t n_members = 0;
  std::int64_t interval = 0;          // resource of one generation
  std::vector<std::int64_t> parents;  // whose weights and parameters a member took over at its start; its own number: none
  std::vector<Point> points;          // what it was trained with; empty: as proposed
  std::vector<double> losses;         // at its end
};

class Scheduler {
 public:
  virtual ~Scheduler() = default;

  // Does a leg depend on results of its own stage? Then those of a window must be known before it is decided.
  virtual bool uses_history() const { return false; }

  // The number of trials of the whole search.
  virtual std::int64_t n_trials() const = 0;
  std::int64_t n_started() const { return n_started_; }

  // Opens the next stage; false: there is nothing left to do. Called when every leg so far was noted.
  virtual bool begin_stage() = 0;
  // The next leg of the stage, from what was noted so far; none: the stage has no more.
  virtual std::optional<Leg> next() = 0;
  // Once for each leg, in a fixed order.
  virtual void note(const LegResult&) = 0;

  virtual const Genealogy* genealogy() const { return nullptr; }

  // Where on their way trials are compared, by the resource used up, rising: losses must exist there.
  virtual std::vector<std::int64_t> rungs() const { return {}; }

  // Lines for `shoal check`.
  virtual std::vector<std::string> describe() const { return {}; }

 protected:
  std::int64_t n_started_ = 0;
};

// What a scheduler is made for.
struct SchedulerSetting {
  const Space& space;             // outlives the scheduler
  std::uint64_t seed = 0;
  std::int64_t trials = 0;        // as the user wants; 0: the scheduler's own number
  std::int64_t resource = 1;      // of a trial that nobody stops
  std::vector<bool> tied;         // by parameter: copied together with the state of another trial
};

// One line of schedulers.def.
struct SchedulerInfo {
  std::string name;
  std::string summary;
  // Its options at their defaults, the table [search.<name>]; null if there are none.
  std::unique_ptr<AlgorithmOptions> (*options)();
  // Null options mean the defaults. Throws InputError if they do not fit the setting.
  std::unique_ptr<Scheduler> (*make)(const SchedulerSetting& setting, const AlgorithmOptions* options);
};

const std::vector<SchedulerInfo>& all_schedulers();
const SchedulerInfo* find_scheduler(std::string_view name);
std::vector<std::string> scheduler_names();

// The options of all schedulers that have any, each bound in a table of its name inside [search].
class SchedulerTables {
 public:
  SchedulerTables();
  void bind(config::Table& search);
  const AlgorithmOptions* of(std::string_view scheduler) const;

 private:
  std::vector<std::unique_ptr<AlgorithmOptions>> options_;  // in the order of all_schedulers()
};

}  // namespace shoal::search

// SPDX-License-Identifier: Apache-2.0
// What proposes the next trial. A proposal depends on nothing but space, options, seed, trial, what was observed and what
// is pending: the same trials come out on any number of workers, in any order of completion, after any number of
// restarts.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shoal/config/schema.hpp"
#include "shoal/search/space.hpp"

namespace shoal::search {

// How a trial ended. The numbers are part of the result format.
enum class State : std::int8_t {
  ok = 0,
  pruned = 1,
  nan = 2,
  failed = 3,
  timeout = 4,
  out_of_memory = 5,
  interrupted = 6,
  unfinished = 7
};

std::string state_name(State state);
const std::vector<State>& all_states();

// The loss of everything that is not ok: failures are knowledge, never dropped.
inline constexpr double kBadLoss = std::numeric_limits<double>::infinity();

// What an algorithm sees of a finished trial, or of a part of it.
struct Observation {
  // The number of the trial; negative for trials of an earlier search.
  std::int64_t trial = 0;
  std::span<const double> point;  // valid during the call only: keep what is needed of it
  double loss = kBadLoss;         // to be minimised; never NaN; kBadLoss unless `state` is ok or pruned
  State state = State::ok;
  // What the loss was reached with (epochs, or any other unit): equal for all trials where each runs to its end. A trial
  // that reaches several rungs may be observed once at each; losses of different budgets are never compared.
  double budget = 1;
};

// The points of the trials that were proposed before and may not be observed yet, in trial order.
using PendingPoints = std::span<const Point>;

// A proposal is a pure function of (space, options, seed, trial, observations in their order, pending points).
class Algorithm {
 public:
  virtual ~Algorithm() = default;

  // Does it look at results? False: proposals may be made for all trials at once, in any order.
  virtual bool uses_history() const { return false; }

  // How many trials there are at most; nothing if there is no end.
  virtual std::optional<std::int64_t> n_trials() const { return std::nullopt; }

  // Takes a finished trial into the model: in trial order, or in the recorded order of a free window. O(log n) and
  // bounded memory beside a few bytes a trial, so that a proposal costs the same whatever the number of observations.
  virtual void observe(const Observation&) {}

  // The point of a trial, from what was observed so far.
  virtual Point propose(std::int64_t trial, PendingPoints pending) const = 0;
};

// What the user may set of one algorithm: the table [search.<name>].
class AlgorithmOptions {
 public:
  virtual ~AlgorithmOptions() = default;
  // The object must outlive the table.
  virtual void bind(config::Table& table) = 0;
};

// One line of algorithms.def.
struct AlgorithmInfo {
  std::string name;
  std::string summary;
  // Its options at their defaults; null if there are none.
  std::unique_ptr<AlgorithmOptions> (*options)();
  // Says why a space does not suit the algorithm; "" if it does.
  std::string (*unsuitable)(const Space& space);
  // The space must outlive the algorithm, the options need not; null options mean the defaults.
  std::unique_ptr<Algorithm> (*make)(const Space& space, std::uint64_t seed, const AlgorithmOptions* options);
};

const std::vector<AlgorithmInfo>& all_algorithms();
const AlgorithmInfo* find_algorithm(std::string_view name);
std::vector<std::string> algorithm_names();

// The options of all algorithms that have any, each bound in a table of its name inside [search].
class OptionTables {
 public:
  OptionTables();
  void bind(config::Table& search);
  // Null if the algorithm has none.
  const AlgorithmOptions* of(std::string_view algorithm) const;

 private:
  std::vector<std::unique_ptr<AlgorithmOptions>> options_;  // in the order of all_algorithms()
};

}  // namespace shoal::search

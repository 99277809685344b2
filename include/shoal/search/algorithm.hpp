// SPDX-License-Identifier: Apache-2.0
// What proposes the next trial. A proposal is a pure function of (space, seed, trial, visible history, pending points):
// the same trials come out on any number of workers, in any order of completion, after any number of restarts.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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

// A finished trial as the algorithms see it.
struct Observation {
  std::int64_t trial = 0;
  Point point;
  double loss = kBadLoss;  // to be minimised; never NaN
  State state = State::ok;
};

// The results of the trials 0 .. size() - 1, in trial order.
class History {
 public:
  virtual ~History() = default;
  virtual std::int64_t size() const = 0;
  virtual Observation operator[](std::int64_t trial) const = 0;
};

// The points of the trials from history.size() to the one proposed, whose results may not be looked at yet.
using PendingPoints = std::vector<Point>;

class Algorithm {
 public:
  virtual ~Algorithm() = default;

  // Does it look at results? False: proposals may be made for all trials at once, in any order.
  virtual bool uses_history() const { return false; }

  // How many trials there are at most; nothing if there is no end.
  virtual std::optional<std::int64_t> n_trials() const { return std::nullopt; }

  // Each finished trial once, in trial order, before the first proposal that may see it: the place for incremental
  // models, so that a proposal costs the same whatever the length of the history.
  virtual void observe(const Observation&) {}

  // The point of a trial.
  virtual Point propose(std::int64_t trial, const History& visible, const PendingPoints& pending) const = 0;
};

// One line of algorithms.def.
struct AlgorithmInfo {
  std::string name;
  std::string summary;
  // Says why a space does not suit the algorithm; "" if it does.
  std::string (*unsuitable)(const Space& space);
  std::unique_ptr<Algorithm> (*make)(const Space& space, std::uint64_t seed);
};

const std::vector<AlgorithmInfo>& all_algorithms();
const AlgorithmInfo* find_algorithm(std::string_view name);
std::vector<std::string> algorithm_names();

// The history of algorithms that need none.
const History& no_history();

}  // namespace shoal::search

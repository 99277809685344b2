// SPDX-License-Identifier: Apache-2.0
#include "workloads/tune/plain_objective.hpp"

#include <algorithm>

#include "shoal/random/distributions.hpp"
#include "shoal/random/stream.hpp"

namespace shoal::workloads::tune {
namespace {

// "trial" in ASCII: apart from the other streams of the same seed.
constexpr std::uint64_t kTrialStream = 0x747269616c;

}  // namespace

PlainObjective::PlainObjective(const ObjectiveContext& context)
    : space_(context.space),
      steps_(context.parameters.objective.steps),
      seed_(context.seed),
      metric_(context.parameters.objective.metric == "auto" ? "loss" : context.parameters.objective.metric),
      maximise_(context.parameters.objective.direction == "auto" ? metric_.find("accuracy") != std::string::npos
                                                                 : context.parameters.objective.direction == "maximise") {}

bool StepLog::note(std::int64_t step, double value) {
  if (step <= segment_.begin || step > segment_.end) return true;
  if (outcome_.columns.empty()) outcome_.columns = {objective_.metric()};
  outcome_.history.push_back(value);
  outcome_.reached = step;
  outcome_.loss = loss_of(objective_, value);
  const auto rung = std::find_if(segment_.rungs.begin(), segment_.rungs.end(),
                                 [step](const Rung& candidate) { return candidate.resource == step; });
  if (rung == segment_.rungs.end()) return true;
  outcome_.rungs.push_back({step, outcome_.loss});
  if (outcome_.loss <= rung->threshold) return true;
  outcome_.state = search::State::pruned;
  return false;
}

std::int64_t seed_of_trial(std::uint64_t seed, std::int64_t trial) {
  const random::Stream stream(seed, kTrialStream);
  return static_cast<std::int64_t>(random::below(stream, static_cast<std::uint64_t>(trial), 0, 0x7fffffffU)) + 1;
}

}  // namespace shoal::workloads::tune

// SPDX-License-Identifier: Apache-2.0
// A trial that calls a C++ function of the program (shoal/workloads/function.hpp).
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <stdexcept>

#include "shoal/error.hpp"
#include "shoal/workloads/function.hpp"
#include "workloads/tune/plain_objective.hpp"
#include "workloads/tune/program_result.hpp"
#include "workloads/tune/settings.hpp"

namespace shoal::workloads {
namespace {

// Filled by main() before anything runs, and only read afterwards.
std::map<std::string, Function>& functions() {
  static std::map<std::string, Function> all;
  return all;
}

}  // namespace

void add_function(std::string name, Function function) {
  if (!functions().emplace(name, std::move(function)).second)
    throw std::logic_error(fmt::format("there are two functions `{}`", name));
}

namespace tune {
namespace {

using config::Code;
using search::State;

class TrialView final : public FunctionTrial {
 public:
  TrialView(const Segment& segment, Settings settings, std::int64_t seed, const Execution& execution,
            const Objective& objective, SegmentOutcome& outcome)
      : segment_(segment), settings_(std::move(settings)), seed_(seed), execution_(execution), log_(segment, objective, outcome), outcome_(outcome) {}

  std::int64_t number() const override { return segment_.trial; }
  std::int64_t seed() const override { return seed_; }
  std::int64_t steps() const override { return segment_.end; }
  bool has(std::string_view name) const override { return find(name) != nullptr; }

  double real(std::string_view name) const override {
    const auto number = value(name).as_real();
    return number ? *number : throw wrong(name, "a number");
  }
  std::int64_t integer(std::string_view name) const override {
    const auto number = value(name).as_integer();
    return number ? *number : throw wrong(name, "an integer");
  }
  std::string text(std::string_view name) const override { return argument_text(value(name)); }
  std::vector<std::int64_t> integers(std::string_view name) const override {
    const auto* array = value(name).get_if<config::Array>();
    if (!array) throw wrong(name, "a list of integers");
    std::vector<std::int64_t> numbers;
    for (const config::Value& element : *array) {
      const auto number = element.as_integer();
      numbers.push_back(number ? *number : throw wrong(name, "a list of integers"));
    }
    return numbers;
  }

  bool report(double value) override {
    if (pruned_) return false;
    pruned_ = !log_.note_next(value);
    return !pruned_;
  }
  void attach(std::string name, double value) override { outcome_.values.emplace_back(std::move(name), value); }
  bool stop_requested() const override { return execution_.stop.requested(); }
  tasks::Team& team() override { return execution_.team; }
  bool pruned() const { return pruned_; }

 private:
  const config::Value* find(std::string_view name) const {
    const auto found = std::find_if(settings_.begin(), settings_.end(), [name](const auto& s) { return s.first == name; });
    return found == settings_.end() ? nullptr : &found->second;
  }
  const config::Value& value(std::string_view name) const {
    if (const config::Value* found = find(name)) return *found;
    std::string names;
    for (const auto& setting : settings_) names += (names.empty() ? "" : ", ") + setting.first;
    throw InputError(fmt::format("the trial has no parameter `{}`; there are: {}", name, names));
  }
  InputError wrong(std::string_view name, const char* kind) const {
    return InputError(fmt::format("the parameter `{}` is not {}: {}", name, kind, config::to_text(value(name))));
  }

  const Segment& segment_;
  Settings settings_;
  std::int64_t seed_;
  const Execution& execution_;
  StepLog log_;
  SegmentOutcome& outcome_;
  bool pruned_ = false;
};

class FunctionObjective final : public PlainObjective {
 public:
  FunctionObjective(const ObjectiveContext& context, Function function)
      : PlainObjective(context), name_(context.parameters.objective.function), function_(std::move(function)) {}

  bool run(const Segment& segment, const search::Point& point, tasks::ByteView, const Execution& execution,
           SegmentOutcome& outcome, tasks::Bytes&) const override {
    const tasks::StopToken& stop = execution.stop;
    TrialView trial(segment, settings_at(space(), point), seed_of_trial(seed(), segment.trial), execution, *this, outcome);
    double value = 0;
    try {
      value = function_(trial);
    } catch (const std::exception& error) {
      if (stop.requested()) return false;
      set_failed(outcome, State::failed, error.what());
      return true;
    }
    if (stop.requested()) return false;
    if (trial.pruned()) return true;
    outcome.loss = loss_of(*this, value);
    outcome.reached = segment.end;
    if (!std::isfinite(value)) set_failed(outcome, State::nan, fmt::format("the function returned {}", value));
    return true;
  }

  std::vector<std::string> describe() const override {
    return {fmt::format("objective   {} of the function `{}`", metric(), name_)};
  }

 private:
  std::string name_;
  Function function_;
};

}  // namespace

std::vector<std::string> function_keys() {
  return {};
}

std::unique_ptr<Objective> make_function_objective(const ObjectiveContext& context, config::Diagnostics& diagnostics) {
  const std::string& name = context.parameters.objective.function;
  const auto found = functions().find(name);
  if (found != functions().end()) return std::make_unique<FunctionObjective>(context, found->second);
  std::vector<std::string> names;
  for (const auto& function : functions()) names.push_back(function.first);
  if (name.empty()) {
    diagnostics.error(Code::missing_key, context.root.where("objective"), "missing key `function` in [objective]",
                      "the name of a function that the program has added");
  } else {
    diagnostics.error(Code::not_allowed, context.root.where("objective.function"), fmt::format("there is no function `{}`", name),
                      names.empty() ? "this program has none: make one with the library (shoal/workloads/function.hpp)"
                                    : config::suggestion_or_list(name, names));
  }
  return nullptr;
}

}  // namespace tune
}  // namespace shoal::workloads

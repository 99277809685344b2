// SPDX-License-Identifier: Apache-2.0
// A trial that evaluates a formula of the parameters: for test functions, models of cost, and what a formula can say.
//
// Names are those of the parameters, with _ for dots; a choice of numbers is the number taken, any other choice the number
// of its option from 0, inactive parameters are NaN. With steps > 1 the formula is evaluated for step = 1 .. steps, like a
// learning curve.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "shoal/math/expression.hpp"
#include "workloads/tune/plain_objective.hpp"
#include "workloads/tune/settings.hpp"

namespace shoal::workloads::tune {
namespace {

using config::Code;
using search::Column;

constexpr const char* kStep = "step";

struct Variables {
  std::vector<Column> columns;
  std::vector<std::string> constants;  // keys with numbers that are no parameters: of the space, or of a branch

  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const Column& column : columns) names.push_back(plain_name(column.name));
    names.insert(names.end(), constants.begin(), constants.end());
    names.emplace_back(kStep);
    return names;
  }
};

Variables variables_of(const search::Space& space) {
  Variables variables{space.columns(), {}};
  const std::vector<std::string> taken = variables.names();
  for (const search::Space::Key& key : space.keys()) {
    const std::string name = plain_name(key.path);
    const bool known = std::find(taken.begin(), taken.end(), name) != taken.end() ||
                       std::find(variables.constants.begin(), variables.constants.end(), name) != variables.constants.end();
    if (!known && key.constant && key.constant->as_real()) variables.constants.push_back(name);
  }
  return variables;
}

class ExpressionObjective final : public PlainObjective {
 public:
  ExpressionObjective(const ObjectiveContext& context, math::Expression expression, Variables variables)
      : PlainObjective(context),
        text_(context.parameters.objective.expression),
        expression_(std::move(expression)),
        variables_(std::move(variables)) {}

  // The value at a step depends on the point and the step alone: there is no state, and nothing is lost without one.
  bool continues() const override { return false; }

  bool run(const Segment& segment, const search::Point& point, tasks::ByteView, const Execution& execution,
           SegmentOutcome& outcome, tasks::Bytes&) const override {
    std::vector<double> values = values_at(point);
    StepLog step_log(segment, *this, outcome);
    if (steps() == 1) {
      values.back() = 1;
      outcome.reached = segment.end;
      outcome.loss = loss_of(*this, expression_(values));
    } else {
      for (std::int64_t step = 1; step <= segment.end; ++step) {
        if (step % 1024 == 0 && execution.stop.requested()) return false;
        values.back() = static_cast<double>(step);
        if (!step_log.note(step, expression_(values))) return true;
      }
    }
    if (!std::isfinite(outcome.loss)) {
      outcome.state = search::State::nan;
      outcome.fail_reason = fmt::format("the expression is {}", outcome.loss);
    }
    return true;
  }

  std::vector<std::string> describe() const override { return {fmt::format("objective   {} = {}", metric(), text_)}; }

 private:
  std::vector<double> values_at(const search::Point& point) const {
    constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
    std::vector<double> values;
    for (const Column& column : variables_.columns) values.push_back(space().column_value(column, point).value_or(kNone));
    if (!variables_.constants.empty()) {
      const Settings settings = settings_at(space(), point);
      for (const std::string& name : variables_.constants) {
        const auto found = std::find_if(settings.begin(), settings.end(), [&](const auto& s) { return s.first == name; });
        values.push_back(found == settings.end() ? kNone : found->second.as_real().value_or(kNone));
      }
    }
    values.push_back(0);
    return values;
  }

  std::string text_;
  math::Expression expression_;
  Variables variables_;
};

}  // namespace

std::vector<std::string> expression_keys() {
  return {};
}

std::unique_ptr<Objective> make_expression_objective(const ObjectiveContext& context, config::Diagnostics& diagnostics) {
  const std::string& text = context.parameters.objective.expression;
  if (text.empty()) {
    diagnostics.error(Code::missing_key, context.root.where("objective"), "missing key `expression` in [objective]",
                      "such as expression = \"(x - 3)^2\"");
    return nullptr;
  }
  Variables variables = variables_of(context.space);
  const std::vector<std::string> names = variables.names();
  if (std::count(names.begin(), names.end(), kStep) > 1) {
    diagnostics.error(Code::contradiction, context.root.where("space"), "a parameter is called `step`",
                      "give it another name: in expressions `step` counts the steps of a trial");
    return nullptr;
  }
  try {
    math::Expression expression(text, names);
    return std::make_unique<ExpressionObjective>(context, std::move(expression), std::move(variables));
  } catch (const math::ExpressionError& error) {
    config::Location where = context.root.where("objective.expression");
    where.column += 1 + static_cast<int>(error.position());  // behind the quote
    where.length = 1;
    diagnostics.error(Code::not_allowed, where, "this is no expression of the parameters", error.explanation());
  } catch (const InputError& error) {
    diagnostics.error(Code::contradiction, context.root.where("space"), error.what(), "rename the parameter");
  }
  return nullptr;
}

}  // namespace shoal::workloads::tune

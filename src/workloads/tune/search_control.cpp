// SPDX-License-Identifier: Apache-2.0
#include "workloads/tune/search_control.hpp"

#include <fmt/format.h>

#include <cmath>

namespace shoal::workloads::tune {

using config::Diagnostics;
using config::Value;

void bind(config::Table& search, ControlParameters& control) {
  search.real("seconds", control.seconds,
              {.help = "no new trials after so long; 0: no limit. The search then looks at whatever has finished, and is "
                       "not reproducible",
               .unit = "s",
               .minimum = 0});
  search.custom(
      "metric_reached",
      {.help = "no new trials once a finished one has this value of the metric or a better one; \"none\": never"},
      [&control](const Value& value, Diagnostics& diagnostics) {
        const auto* word = value.get_if<std::string>();
        const auto number = value.as_real();
        if (number) control.metric_reached = *number;
        else if (!word || *word != "none")
          diagnostics.error(config::Code::wrong_type, value.where(), "wrong type", "expected a number or \"none\"");
      },
      [&control] { return control.metric_reached ? Value(*control.metric_reached) : Value(std::string("none")); });
  search.integer("no_progress", control.no_progress,
                 {.help = "no new trials once so many in a row have finished without a better one; 0: never",
                  .minimum = 0,
                  .maximum = 1e12});
  search.text("on_failure", control.on_failure,
              {.help = "record: a failed trial counts as infinitely bad; retry: it is first tried again; stop: no new trials",
               .allowed = {"record", "retry", "stop"}});
  search.integer("retries", control.retries,
                 {.help = "with on_failure = \"retry\": how often a failed trial is tried again, at once and in its place",
                  .minimum = 1,
                  .maximum = 1000});
}

StopRules::StopRules(const ControlParameters& control, bool maximise)
    : no_progress_(control.no_progress), seconds_(control.seconds), stop_at_failure_(control.on_failure == "stop") {
  if (control.metric_reached) threshold_ = maximise ? -*control.metric_reached : *control.metric_reached;
}

void StopRules::note(search::State state, double loss) {
  if (state != search::State::ok && state != search::State::pruned) failed_ = true;
  ++since_best_;
  if (state != search::State::ok || !(loss < best_)) return;
  best_ = loss;
  since_best_ = 0;
}

std::string StopRules::verdict() const {
  if (stop_at_failure_ && failed_) return "a trial failed, and search.on_failure is \"stop\"";
  if (threshold_ && best_ <= *threshold_) return "search.metric_reached is reached";
  if (no_progress_ > 0 && since_best_ >= no_progress_ && std::isfinite(best_))
    return fmt::format("{} trials without a better one (search.no_progress)", no_progress_);
  return "";
}

}  // namespace shoal::workloads::tune

// SPDX-License-Identifier: Apache-2.0
// A search over learning curves, with all that it refers to.
#pragma once

#include <memory>
#include <string>

#include "catch.hpp"
#include "curve_objective.hpp"
#include "shoal/config/read_toml.hpp"
#include "shoal/config/schema.hpp"
#include "shoal/tasks/serial.hpp"
#include "shoal/tasks/simulate.hpp"
#include "workloads/tune/tune_job.hpp"
#include "workloads/tune/tune_results.hpp"

namespace shoal::workloads::tune {

// How a search is made: what the tests vary.
struct CurveSetting {
  std::string algorithm = "random";
  std::string scheduler = "none";
  std::string scheduler_keys;  // TOML of its table
  std::int64_t trials = 40;
  std::int64_t repeats = 1;
  std::int64_t window = 6;
  bool free = false;
  std::int64_t epochs = 27;
  std::int64_t segment_epochs = 4;
  double bad_from = 4;
  bool keeps_state = true;
  ControlParameters control = {};
  std::function<double()> seconds = {};
};

// `grid`: of points that can be counted.
inline search::Space curve_space(bool grid = false) {
  const std::string x = grid ? "x = { grid = [-5.0, 5.0], step = 0.5 }\n" : "x = { uniform = [-5.0, 5.0] }\n";
  config::Diagnostics diagnostics("test", x + "y = { choice = [1, 2, 3, 5] }\n");
  const config::Value root = config::read_toml(diagnostics);
  search::Space space = search::Space::parse(root, {}, diagnostics);
  diagnostics.throw_if_any();
  return space;
}

inline std::unique_ptr<search::Scheduler> make_scheduler(const std::string& name, const std::string& keys,
                                                         const search::SchedulerSetting& setting) {
  const search::SchedulerInfo& info = *search::find_scheduler(name);
  auto options = info.options();
  if (options) {
    config::Table table;
    options->bind(table);
    config::Diagnostics diagnostics("test", keys);
    table.read(config::read_toml(diagnostics), diagnostics);
    diagnostics.throw_if_any();
  }
  return info.make(setting, options.get());
}

class CurveSearch {
 public:
  explicit CurveSearch(const CurveSetting& s) : space_(curve_space(s.algorithm == "grid")) {
    objective.epochs = s.epochs;
    objective.segment_epochs = s.segment_epochs;
    objective.bad_from = s.bad_from;
    objective.keeps_state = s.keeps_state;
    algorithm_ = search::find_algorithm(s.algorithm)->make(space_, 5, nullptr);
    scheduler_ = make_scheduler(s.scheduler, s.scheduler_keys,
                                {space_, 5, s.trials * s.repeats, s.epochs, objective.tied_parameters()});
    TuneJobOptions options;
    options.repeats = s.repeats;
    options.rungs = s.scheduler != "none";
    options.resource = s.epochs;
    options.window = s.window;
    options.free = s.free;
    options.control = s.control;
    options.seconds = s.seconds;
    job = std::make_unique<TuneJob>(*algorithm_, *scheduler_, objective, space_.parameters().size(), options);
  }

  record::Group results() const {
    record::Group group;
    write_results(*job, space_, objective, group);
    return group;
  }

  // One rank and thread; nothing comes out of order.
  record::Group run(tasks::SerialHooks hooks = {}) {
    const tasks::RunSummary summary = tasks::run_serial(*job, {}, std::move(hooks));
    INFO((summary.failure ? summary.failure->text : ""));
    REQUIRE(summary.outcome == tasks::Outcome::complete);
    return results();
  }

  CurveObjective objective;
  std::unique_ptr<TuneJob> job;

 private:
  search::Space space_;
  std::unique_ptr<search::Algorithm> algorithm_;
  std::unique_ptr<search::Scheduler> scheduler_;
};

}  // namespace shoal::workloads::tune

// SPDX-License-Identifier: Apache-2.0
// The input of a tune job: [objective], [data], [network], [space], [search].
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "shoal/config/schema.hpp"
#include "shoal/nn/data_parameters.hpp"
#include "shoal/nn/network_parameters.hpp"
#include "shoal/search/algorithm.hpp"
#include "shoal/search/scheduler.hpp"
#include "workloads/tune/search_control.hpp"

namespace shoal::workloads::tune {

// The window of searches that look at results, when the input names none.
inline constexpr std::int64_t kDefaultWindow = 16;

// kind = "command": a program outside. Limits are execution: a run that met them may be continued with others.
struct CommandParameters {
  std::vector<std::string> arguments;  // the program first; one line for /bin/sh if `shell`
  bool shell = false;
  bool persistent = false;
  double timeout_seconds = 0;          // 0: none
  double memory_mb = 0;                // 0: no limit
  std::int64_t cpus = 0;               // of a trial, bound to them; 0: schedule.threads_per_task, not bound
  bool checkpoint = false;             // trials go on from the files that they left
  std::vector<std::string> tied;       // parameters that a checkpoint fits only with
  std::string folder;                  // of each trial, with placeholders; empty: all work in the folder of the input
  std::vector<std::string> templates;  // files that are filled in and written into the trial's folder
  std::string result_file;             // empty: the last line of standard output
  std::vector<std::string> environment;  // "NAME=value"
  std::int64_t output_bytes = 2000;    // kept of each trial's standard output and standard error
};

struct ObjectiveParameters {
  std::string kind = "network";
  std::string metric = "auto";     // a column of the history; auto: validation_rmse for mse, else validation_loss
  std::string direction = "auto";  // auto: maximise accuracies, minimise everything else
  double segment_flop = 2e11;      // work of one piece of a long training: 10 to 30 s on one core of today
  std::int64_t steps = 1;          // resource of a trial that trains no network
  std::string expression;
  std::string function;
  CommandParameters command;
};

struct SearchParameters {
  std::string algorithm = "random";
  std::string scheduler = "none";
  std::int64_t trials = 0;   // configurations tried; 0: the whole grid, or the scheduler's own number
  config::Value points = config::Value(config::Array{});  // tried first
  std::string warm_start;    // result of an earlier search; empty: none
  std::int64_t repeats = 1;  // trainings of each, with different seeds
  std::int64_t window = kDefaultWindow;
  bool window_free = false;
  std::int64_t max_failed = -1;  // more failed trainings than this: exit code 80; -1: all but one may fail
  ControlParameters control;     // when it ends early, and what becomes of failures
  search::OptionTables options;  // [search.tpe] and so on
  search::SchedulerTables scheduler_options;  // [search.asha] and so on
};

struct TuneParameters {
  ObjectiveParameters objective;
  nn::DataParameters data;
  nn::NetworkParameters network;  // what [space] does not vary
  config::Value space = config::Value(config::Entries{});
  SearchParameters search;
};

// Binds all tables; `parameters` outlives the table. The returned table is that of [network].
config::Table& bind(config::Table& root, TuneParameters& parameters);

}  // namespace shoal::workloads::tune

// SPDX-License-Identifier: Apache-2.0
// The input of a tune job: [objective], [data], [network], [space], [search].
#pragma once

#include <cstdint>
#include <string>

#include "shoal/config/schema.hpp"
#include "shoal/nn/data_parameters.hpp"
#include "shoal/nn/network_parameters.hpp"
#include "shoal/search/algorithm.hpp"
#include "shoal/search/scheduler.hpp"
#include "workloads/tune/search_control.hpp"

namespace shoal::workloads::tune {

// The window of searches that look at results, when the input names none.
inline constexpr std::int64_t kDefaultWindow = 16;

struct ObjectiveParameters {
  std::string kind = "network";
  std::string metric = "auto";     // a column of the history; auto: validation_rmse for mse, else validation_loss
  std::string direction = "auto";  // auto: maximise accuracies, minimise everything else
  double segment_flop = 2e11;      // work of one piece of a long training: 10 to 30 s on one core of today
};

struct SearchParameters {
  std::string algorithm = "random";
  std::string scheduler = "none";
  std::int64_t trials = 0;   // configurations tried; 0: the whole grid, or the scheduler's own number
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

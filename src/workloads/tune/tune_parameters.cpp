// SPDX-License-Identifier: Apache-2.0
#include "workloads/tune/tune_parameters.hpp"

namespace shoal::workloads::tune {
namespace {

using config::Diagnostics;
using config::Role;
using config::Table;
using config::Value;

void bind_objective(Table& table, ObjectiveParameters& objective) {
  table.text("kind", objective.kind, {.help = "what a trial does: network = train one", .allowed = {"network"}});
  table.text("metric", objective.metric,
             {.help = "what decides between trials, after the last epoch: loss, validation_loss, validation_<metric>; "
                      "auto: validation_rmse where the loss is mse, else validation_loss"});
  table.text(
      "direction", objective.direction,
      {.help = "auto maximises accuracies and minimises everything else", .allowed = {"auto", "minimise", "maximise"}});
  table.real("segment_flop", objective.segment_flop,
             {.help = "trainings of more work are cut into pieces of about this much; the cuts change no result",
              .unit = "flop",
              .minimum = 1});
}

void parse_window(const Value& value, SearchParameters& search, Diagnostics& diagnostics) {
  const auto* word = value.get_if<std::string>();
  const auto number = value.as_integer();
  if (word && *word == "free") {
    search.window_free = true;
  } else if (number && *number >= 1 && *number <= 1000000) {
    search.window = *number;
  } else {
    diagnostics.error(number ? config::Code::out_of_range : config::Code::wrong_type, value.where(),
                      number ? "value out of range" : "wrong type", "expected an integer in [1, 1000000] or \"free\"");
  }
}

void bind_search(Table& table, SearchParameters& search) {
  table.text("algorithm", search.algorithm,
             {.help = "grid: every combination; random: independent draws", .allowed = search::algorithm_names()});
  std::string schedulers;
  for (const search::SchedulerInfo& info : search::all_schedulers())
    schedulers += (schedulers.empty() ? "" : "; ") + info.name + ": " + info.summary;
  table.text("scheduler", search.scheduler, {.help = schedulers, .allowed = search::scheduler_names()});
  table.integer("trials", search.trials,
                {.help = "configurations tried; 0: the whole grid", .minimum = 0, .maximum = 1e9});
  table.integer("repeats", search.repeats,
                {.help = "trainings of each configuration, with different seeds", .minimum = 1, .maximum = 1e6});
  table.custom(
      "window", {.help = "results that a proposal must not wait for, or \"free\"; grid and random look at no results"},
      [&search](const Value& value, Diagnostics& diagnostics) { parse_window(value, search, diagnostics); },
      [&search] { return search.window_free ? Value(std::string("free")) : Value(search.window); });
  table.integer("max_failed", search.max_failed,
                {.help = "more failed trainings than this end in exit code 80; -1: one good one is enough",
                 .role = Role::execution,
                 .minimum = -1,
                 .maximum = 1e12});
  bind(table, search.control);
  search.options.bind(table);
  search.scheduler_options.bind(table);
}

}  // namespace

Table& bind(Table& root, TuneParameters& parameters) {
  bind_objective(root.table("objective", "what a trial is"), parameters.objective);
  nn::bind(root.table("data", "samples to learn from"), parameters.data);
  Table& network = root.table("network", "what [space] does not vary");
  nn::bind(network, parameters.network);
  root.free_table(
      "space", "what is tried: keys of [network], each with an expression or a list of values",
      [&parameters](const Value& value, Diagnostics&) { parameters.space = value; },
      [&parameters] { return parameters.space; });
  bind_search(root.table("search", "how it is tried"), parameters.search);
  return network;
}

}  // namespace shoal::workloads::tune

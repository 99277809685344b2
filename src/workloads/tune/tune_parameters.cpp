// SPDX-License-Identifier: Apache-2.0
#include "workloads/tune/tune_parameters.hpp"

#include <fmt/format.h>

#include "workloads/tune/make_objective.hpp"

namespace shoal::workloads::tune {
namespace {

using config::Diagnostics;
using config::Role;
using config::Table;
using config::Value;

// A list of words, or one line for the shell.
void parse_command(const Value& value, CommandParameters& command, Diagnostics& diagnostics) {
  const auto refuse = [&] {
    diagnostics.error(config::Code::wrong_type, value.where(), "wrong type",
                      "expected the program and its arguments, such as [\"./simulate\", \"{x}\"], or one line for /bin/sh");
  };
  command.arguments.clear();
  if (const auto* line = value.get_if<std::string>()) {
    command.shell = true;
    command.arguments = {*line};
  } else if (const auto* words = value.get_if<config::Array>(); words) {
    for (const Value& word : *words) {
      const auto* text = word.get_if<std::string>();
      if (!text) return refuse();
      command.arguments.push_back(*text);
    }
  } else {
    return refuse();
  }
  if (command.arguments.empty() || command.arguments.front().empty()) refuse();
}

Value command_value(const CommandParameters& command) {
  if (command.shell) return Value(command.arguments.front());
  config::Array words;
  for (const std::string& word : command.arguments) words.emplace_back(word);
  return Value(std::move(words));
}

void bind_command(Table& table, CommandParameters& command) {
  table.custom(
      "command",
      {.help = "kind = command: the program and its arguments, or one line for /bin/sh; {name} is the value of a "
               "parameter, {trial}, {seed}, {steps} and {input_folder} are known too, with checkpoint {begin} and {checkpoint}"},
      [&command](const Value& value, Diagnostics& diagnostics) { parse_command(value, command, diagnostics); },
      [&command] { return command_value(command); });
  table.boolean("persistent", command.persistent,
                {.help = "one process a worker thread, which answers trial after trial in JSON lines"});
  table.real("timeout_seconds", command.timeout_seconds,
             {.help = "wall time of a trial; 0: no limit", .unit = "s", .role = Role::execution, .minimum = 0});
  table.real("memory_mb", command.memory_mb,
             {.help = "resident memory of a trial's processes together; 0: no limit", .unit = "MB",
              .role = Role::execution, .minimum = 0});
  table.integer("cpus", command.cpus,
                {.help = "CPUs that each trial has for itself: it takes as many worker threads of its rank, and its program is "
                         "bound to them; 0: schedule.threads_per_task, not bound", .role = Role::execution, .minimum = 0,
                 .maximum = 65536});
  table.boolean("checkpoint", command.checkpoint,
                {.help = "a trial that a scheduler continues goes on from the files it left in {checkpoint}, which travel with it; "
                         "false: it runs again from its beginning"});
  table.texts("tied", command.tied,
              {.help = "parameters that a checkpoint fits only with: who takes over another's checkpoint copies them"});
  table.text("folder", command.folder,
             {.help = "working folder of each trial, such as \"trials/{trial}\", relative to the folder of the input; "
                      "empty: all work in the folder of the input"});
  table.texts("templates", command.templates,
              {.help = "files in which {name} is filled in; each is written into the trial's folder"});
  table.text("result_file", command.result_file,
             {.help = "file in the trial's folder whose last line is the result; empty: the last line of standard output"});
  table.texts("environment", command.environment, {.help = "variables of the program, such as \"MODE={mode}\""});
  table.integer("output_bytes", command.output_bytes,
                {.help = "kept of each trial's standard output and standard error, from both ends", .unit = "B",
                 .role = Role::execution, .minimum = 0, .maximum = 1e8});
}

void bind_objective(Table& table, ObjectiveParameters& objective) {
  std::string help = "what a trial does";
  for (const ObjectiveInfo& info : all_objectives()) help += fmt::format("; {}: {}", info.name, info.summary);
  table.text("kind", objective.kind, {.help = help, .allowed = objective_names()});
  table.text("metric", objective.metric,
             {.help = "what decides between trials. Networks: loss, validation_loss, validation_<metric> after the last "
                      "epoch; auto: validation_rmse where the loss is mse, else validation_loss. Commands: the member "
                      "of the result's line; auto: loss"});
  table.text(
      "direction", objective.direction,
      {.help = "auto maximises accuracies and minimises everything else", .allowed = {"auto", "minimise", "maximise"}});
  table.real("segment_flop", objective.segment_flop,
             {.help = "trainings of more work are cut into pieces of about this much; the cuts change no result",
              .unit = "flop",
              .minimum = 1});
  table.text("expression", objective.expression,
             {.help = "kind = expression: the loss, a formula of the parameters; dots in their names are written _"});
  table.text("function", objective.function, {.help = "kind = function: its name in the program"});
  table.integer("steps", objective.steps,
                {.help = "steps of a trial that trains no network: values it reports on its way, which schedulers look "
                         "at; expressions may use the name `step`",
                 .minimum = 1,
                 .maximum = 1e9});
  bind_command(table, objective.command);
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
  table.custom(
      "points", {.help = "points to try first, such as [{ x = 0.5, y = 3 }]"},
      [&search](const Value& value, Diagnostics& diagnostics) {
        if (value.get_if<config::Array>()) search.points = value;
        else diagnostics.error(config::Code::wrong_type, value.where(), "wrong type", "expected a list of tables");
      },
      [&search] { return search.points; });
  table.text("warm_start", search.warm_start,
             {.help = "result of an earlier search, whose trials the algorithm has seen; relative to the input's folder"});
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

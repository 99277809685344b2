// SPDX-License-Identifier: Apache-2.0
#include "shoal/nn/network_parameters.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "nn/activation.hpp"
#include "nn/initialisation.hpp"
#include "nn/loss.hpp"
#include "nn/metric.hpp"
#include "nn/optimizer.hpp"

namespace shoal::nn {
namespace {

constexpr double kMostUnits = 1 << 16;

std::vector<std::string> with_auto(std::vector<std::string> names) {
  names.insert(names.begin(), "auto");
  return names;
}

// Reads `optimizer = "name"` or `optimizer = { name = "...", key = value, ... }`.
void parse_optimizer(OptimizerParameters& target, const config::Value& value, config::Diagnostics& diagnostics) {
  const auto names = optimizer_names();
  const config::Value* name = value.is_table() ? value.find("name") : &value;
  OptimizerParameters read;
  if (name != nullptr) {
    const std::string* text = name->get_if<std::string>();
    if (text == nullptr) {
      diagnostics.error(config::Code::wrong_type, name->where(), "wrong type for `optimizer`",
                        "expected a name or a table with `name`");
      return;
    }
    if (std::ranges::find(names, *text) == names.end()) {
      const std::string nearest = config::suggestion(*text, names);
      diagnostics.error(config::Code::not_allowed, name->where(), fmt::format("no optimizer is called `{}`", *text),
                        nearest.empty() ? fmt::format("expected one of {}", fmt::join(names, ", "))
                                        : fmt::format("did you mean `{}`?", nearest));
      return;
    }
    read.name = *text;
  }
  const Optimizer& chosen = optimizer(read.name);
  read.learning_rate = chosen.default_learning_rate;
  if (value.is_table()) {
    config::Table table;
    table.text("name", read.name, {.help = "which optimizer", .allowed = names});
    chosen.bind(table, read);
    table.read(value, diagnostics);
  }
  target = read;
}

// The optimiser's table with its own keys only.
config::Value resolved_optimizer(const OptimizerParameters& parameters) {
  OptimizerParameters copy = parameters;
  config::Table table;
  table.text("name", copy.name, {.help = "which optimizer"});
  optimizer(copy.name).bind(table, copy);
  config::Entries entries;
  for (const config::Resolved& key : table.resolved()) entries.push_back({key.name, {}, key.value});
  return config::Value(entries);
}

}  // namespace

void bind(config::Table& table, NetworkParameters& n) {
  table.integers("hidden", n.hidden, {.help = "widths of the hidden layers", .minimum = 1, .maximum = kMostUnits});
  table.text("activation", n.activation, {.help = "of the hidden layers", .allowed = activation_names(true)});
  table.text("output_activation", n.output_activation,
             {.help = "of the last layer; auto follows the loss", .allowed = with_auto(activation_names(false))});
  table.text("loss", n.loss, {.help = "what training makes small", .allowed = loss_names()});
  table.custom(
      "optimizer",
      {.help = "a name (sgd, rmsprop, adam) or a table such as { name = \"adam\", learning_rate = 1e-3 }"},
      [&n](const config::Value& value, config::Diagnostics& d) { parse_optimizer(n.optimizer, value, d); },
      [&n] { return resolved_optimizer(n.optimizer); });
  table.integer("batch", n.batch, {.help = "samples a step", .minimum = 1, .maximum = 1 << 20});
  table.integer("epochs", n.epochs, {.help = "passes over the training data", .minimum = 1, .maximum = 1e7});
  table.text("initialisation", n.initialisation,
             {.help = "law of the initial weights; biases start at 0", .allowed = initialisation_names()});
  table.texts("metrics", n.metrics,
              {.help = "of the validation part besides the loss; empty follows the loss", .allowed = metric_names()});
  table.integer("validate_every", n.validate_every,
                {.help = "epochs between validations; 0: after the last epoch only", .minimum = 0, .maximum = 1e7});
}

void expand_names(config::Value& network) {
  if (!network.is_table()) return;
  const config::Value* optimizer = network.find("optimizer");
  if (optimizer == nullptr || optimizer->get_if<std::string>() == nullptr) return;
  const config::Value name = *optimizer;
  network.set("optimizer", config::Value(config::Entries{{"name", name.where(), name}}, name.where()));
}

std::vector<std::string> optimizer_keys(const std::string& name) {
  const auto names = optimizer_names();
  if (std::ranges::find(names, name) == names.end()) return {};
  OptimizerParameters parameters;
  config::Table table;
  optimizer(name).bind(table, parameters);
  return table.names();
}

std::vector<std::string> network_keys() {
  NetworkParameters network;
  config::Table table;
  bind(table, network);
  std::vector<std::string> keys = table.names();
  keys.emplace_back("optimizer.name");
  for (const std::string& name : optimizer_names()) {
    for (const std::string& key : optimizer_keys(name)) {
      const std::string dotted = "optimizer." + key;
      if (std::ranges::find(keys, dotted) == keys.end()) keys.push_back(dotted);
    }
  }
  return keys;
}

std::string resolved_output_activation(const NetworkParameters& n) {
  return n.output_activation == "auto" ? loss(n.loss).output_activation : n.output_activation;
}

std::vector<std::string> resolved_metrics(const NetworkParameters& n) {
  return n.metrics.empty() ? std::vector<std::string>{loss(n.loss).metric} : n.metrics;
}

std::vector<std::string> problems(const NetworkParameters& n) {
  std::vector<std::string> found;
  const Loss& chosen = loss(n.loss);
  const std::string output = resolved_output_activation(n);
  if (chosen.from_logits && output != chosen.output_activation) {
    found.push_back(fmt::format("loss {} needs output_activation {}, not {}", n.loss, chosen.output_activation, output));
  }
  for (const std::string& name : n.metrics) {
    if (!metric(name).fits(chosen)) found.push_back(fmt::format("metric {} does not fit loss {}", name, n.loss));
  }
  return found;
}

std::vector<std::string> problems(const NetworkParameters& n, const Dataset& dataset) {
  std::vector<std::string> found = problems(n);
  if (dataset.train.n_samples < 1) found.emplace_back("the training part of the data is empty");
  const Loss& chosen = loss(n.loss);
  const std::string targets = chosen.problem(dataset);
  if (!targets.empty()) found.push_back(targets);
  return found;
}

std::vector<std::int64_t> layer_widths(const NetworkParameters& n, const Dataset& dataset) {
  std::vector<std::int64_t> widths = {dataset.n_inputs()};
  widths.insert(widths.end(), n.hidden.begin(), n.hidden.end());
  widths.push_back(loss(n.loss).n_outputs(dataset));
  return widths;
}

std::int64_t n_weights(const NetworkParameters& n, const Dataset& dataset) {
  const auto widths = layer_widths(n, dataset);
  std::int64_t sum = 0;
  for (std::size_t l = 1; l < widths.size(); ++l) sum += (widths[l - 1] + 1) * widths[l];
  return sum;
}

double training_flop(const NetworkParameters& n, const Dataset& dataset, std::int64_t epochs) {
  return 6.0 * static_cast<double>(n_weights(n, dataset)) * static_cast<double>(dataset.train.n_samples) *
         static_cast<double>(epochs);
}

std::int64_t trainer_bytes(const NetworkParameters& n, const Dataset& dataset) {
  const std::int64_t lanes = std::min(n.batch, dataset.train.n_samples) + 16;
  std::int64_t units = 0;
  for (const std::int64_t width : layer_widths(n, dataset)) units += width + 1;
  constexpr std::int64_t kCopiesOfWeights = 6;   // weights, gradient, two moments, lane sums of narrow layers
  constexpr std::int64_t kCopiesOfUnits = 3;     // outputs, derivatives, transposed
  return 4 * (kCopiesOfWeights * n_weights(n, dataset) + kCopiesOfUnits * units * lanes) + 65536;
}

std::int64_t state_bytes(const NetworkParameters& n, const Dataset& dataset) {
  return 4 * n_weights(n, dataset) * (1 + optimizer(n.optimizer.name).n_slots) + 256;
}

}  // namespace shoal::nn

// SPDX-License-Identifier: Apache-2.0
#include "shoal/nn/network_parameters.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "nn/activation.hpp"
#include "nn/initialisation.hpp"
#include "nn/loss.hpp"
#include "nn/metric.hpp"
#include "nn/named_table.hpp"
#include "nn/optimizer.hpp"

namespace shoal::nn {
namespace {

constexpr double kMostUnits = 1 << 16;

std::vector<std::string> with_auto(std::vector<std::string> names) {
  names.insert(names.begin(), "auto");
  return names;
}

void parse_class_weights(NetworkParameters& n, const config::Value& value, config::Diagnostics& diagnostics) {
  std::vector<double> weights;
  const auto* word = value.get_if<std::string>();
  const auto* list = value.get_if<config::Array>();
  bool good = word != nullptr ? *word == "balanced" : list != nullptr;
  for (std::size_t i = 0; good && list != nullptr && i < list->size(); ++i) {
    weights.push_back((*list)[i].as_real().value_or(-1));
    good = weights.back() >= 0 && weights.back() <= 1e6;
  }
  if (!good) {
    diagnostics.error(config::Code::wrong_type, value.where(), "wrong value for `class_weights`",
                      "expected \"balanced\" or an array of a number in [0, 1000000] for each class");
    return;
  }
  n.class_weights = weights, n.balanced_classes = word != nullptr;
}

config::Value resolved_class_weights(const NetworkParameters& n) {
  if (n.balanced_classes) return config::Value(std::string("balanced"));
  config::Array list;
  for (const double weight : n.class_weights) list.emplace_back(weight);
  return config::Value(list);
}

void bind_regularisation(config::Table& table, NetworkParameters& n) {
  table.real("dropout", n.dropout, {.help = "share of each hidden layer's outputs left out in a step", .minimum = 0, .maximum = 0.999});
  table.boolean("batch_normalisation", n.batch_normalisation, {.help = "of hidden layers, before the activation"});
  table.real("l1", n.l1, {.help = "l1 times the sum of |w| is made small too", .minimum = 0, .maximum = 1e6});
  table.real("l2", n.l2, {.help = "l2 times the sum of w^2 is made small too", .minimum = 0, .maximum = 1e6});
  table.real("clip_value", n.clip_value, {.help = "gradients are cut to +- this; 0: not", .minimum = 0, .maximum = 1e30});
  table.real("clip_norm", n.clip_norm, {.help = "gradients are scaled to at most this norm; 0: not", .minimum = 0, .maximum = 1e30});
  config::Table& stopping = table.table("early_stopping", "ends a training that no longer improves");
  EarlyStopping& e = n.early_stopping;
  stopping.integer("patience", e.patience, {.help = "validations without improvement; 0: never stop", .minimum = 0, .maximum = 1e7});
  stopping.text("metric", e.metric, {.help = "a column of the history; auto: validation_loss, or loss"});
  stopping.real("min_delta", e.min_delta, {.help = "what counts as improvement", .minimum = 0, .maximum = 1e30});
  stopping.boolean("restore_best", e.restore_best, {.help = "end with the weights of the best epoch"});
  table.custom(
      "class_weights", {.help = "factors of the loss of each class, or balanced; empty: 1"},
      [&n](const config::Value& value, config::Diagnostics& d) { parse_class_weights(n, value, d); },
      [&n] { return resolved_class_weights(n); });
}

}  // namespace

void bind(config::Table& table, NetworkParameters& n) {
  table.integers("hidden", n.hidden, {.help = "widths of the hidden layers", .minimum = 1, .maximum = kMostUnits});
  table.text("output_activation", n.output_activation,
             {.help = "of the last layer; auto follows the loss", .allowed = with_auto(activation_names(false))});
  for (const NamedTable& kind : all_named_tables()) bind_named_table(kind, table, n);
  table.integer("batch", n.batch, {.help = "samples a step", .minimum = 1, .maximum = 1 << 20});
  table.integer("epochs", n.epochs, {.help = "passes over the training data", .minimum = 1, .maximum = 1e7});
  table.text("initialisation", n.initialisation,
             {.help = "law of the initial weights; biases start at 0", .allowed = initialisation_names()});
  bind_regularisation(table, n);
  table.texts("metrics", n.metrics, {.help = "besides the loss; empty follows the loss", .allowed = metric_names()});
  table.integer("validate_every", n.validate_every,
                {.help = "epochs between validations; 0: after the last epoch only", .minimum = 0, .maximum = 1e7});
}

std::vector<std::string> network_keys() {
  NetworkParameters network;
  config::Table table;
  bind(table, network);
  std::vector<std::string> keys = table.names();
  for (const NamedTable& kind : all_named_tables()) {
    keys.push_back(fmt::format("{}.name", kind.key));
    for (const std::string& name : kind.names()) {
      for (const std::string& key : constant_keys(kind.key, name)) {
        const std::string dotted = fmt::format("{}.{}", kind.key, key);
        if (std::ranges::find(keys, dotted) == keys.end()) keys.push_back(dotted);
      }
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

std::vector<std::string> history_columns(const NetworkParameters& n, const Dataset& dataset) {
  std::vector<std::string> columns = {"loss"};
  for (const std::string& name : resolved_metrics(n)) columns.push_back(name);
  const std::size_t n_columns = columns.size();
  for (std::size_t i = 0; dataset.validation.n_samples > 0 && i < n_columns; ++i) columns.push_back("validation_" + columns[i]);
  return columns;
}

bool is_maximised(const std::string& metric_or_column) {
  constexpr std::string_view kPrefix = "validation_";
  const std::string name = metric_or_column.starts_with(kPrefix) ? metric_or_column.substr(kPrefix.size()) : metric_or_column;
  const auto names = metric_names();
  return std::ranges::find(names, name) != names.end() && metric(name).maximise;
}

std::string watched_column(const NetworkParameters& n, const Dataset& dataset) {
  if (n.early_stopping.metric != "auto") return n.early_stopping.metric;
  return dataset.validation.n_samples > 0 ? "validation_loss" : "loss";
}

std::vector<std::string> problems(const NetworkParameters& n) {
  std::vector<std::string> found;
  const Loss& chosen = loss(n.loss);
  const std::string output = resolved_output_activation(n);
  if (chosen.from_logits && output != chosen.output_activation) {
    found.push_back(fmt::format("loss {} needs output_activation {}, not {}", n.loss, chosen.output_activation, output));
  }
  if (n.clip_value > 0 && n.clip_norm > 0) found.emplace_back("clip_value and clip_norm exclude each other");
  if ((n.balanced_classes || !n.class_weights.empty()) && !chosen.from_logits) {
    found.push_back(fmt::format("class_weights do not fit loss {}, which knows no classes", n.loss));
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
  const std::int64_t n_outputs = chosen.n_outputs(dataset), n_classes = n_outputs == 1 ? 2 : n_outputs;
  if (chosen.from_logits && !n.class_weights.empty() && static_cast<std::int64_t>(n.class_weights.size()) != n_classes) {
    found.push_back(fmt::format("class_weights has {} numbers, the data have {} classes", n.class_weights.size(), n_classes));
  }
  const auto columns = history_columns(n, dataset);
  const std::string watched = watched_column(n, dataset);
  if (n.early_stopping.patience > 0 && std::ranges::find(columns, watched) == columns.end()) {
    found.push_back(fmt::format("early_stopping.metric `{}` is not computed; there are: {}", watched, fmt::join(columns, ", ")));
  }
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
  for (std::size_t l = 1; l < widths.size(); ++l) {
    sum += (widths[l - 1] + 1) * widths[l];
    if (n.batch_normalisation && l + 1 < widths.size()) sum += 2 * widths[l];
  }
  return sum;
}

double training_flop(const NetworkParameters& n, const Dataset& dataset, std::int64_t epochs) {
  return 6.0 * static_cast<double>(n_weights(n, dataset)) * static_cast<double>(dataset.train.n_samples) *
         static_cast<double>(epochs);
}

std::int64_t trainer_bytes(const NetworkParameters& n, const Dataset& dataset) {
  const std::int64_t n_samples = dataset.train.n_samples, record = dataset.n_inputs() + dataset.n_targets() + 6;
  const std::int64_t lanes = (std::min(n.batch, n_samples) + 127) / 128 * 128;
  std::int64_t units = 0;
  for (const std::int64_t width : layer_widths(n, dataset)) units += width + 1;
  constexpr std::int64_t kCopiesOfWeights = 6;   // weights, gradient, two moments, lane sums of narrow layers
  std::int64_t copies_of_units = 3;              // outputs, derivatives, transposed
  copies_of_units += (n.dropout > 0 ? 2 : 0) + (n.batch_normalisation ? 1 : 0) + 1;
  constexpr std::int64_t kPieceOfGradient = 1 << 17, kPacked = 1 << 18;  // at most, in floats
  const std::int64_t orders = 2 * n_samples, packed = std::min(n_samples * record, kPacked);
  return 4 * (kCopiesOfWeights * n_weights(n, dataset) + std::min(n_weights(n, dataset), kPieceOfGradient) +
              copies_of_units * units * lanes + orders + packed) + 65536;
}

std::int64_t state_bytes(const NetworkParameters& n, const Dataset& dataset) {
  const std::int64_t vectors = 1 + optimizer(n.optimizer.name).n_slots + (n.early_stopping.patience > 0 ? 1 : 0);
  return 4 * n_weights(n, dataset) * (vectors + (n.batch_normalisation ? 1 : 0)) + 1024;
}

}  // namespace shoal::nn

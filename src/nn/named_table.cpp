// SPDX-License-Identifier: Apache-2.0
#include "nn/named_table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "nn/activation.hpp"
#include "nn/loss.hpp"
#include "nn/optimizer.hpp"
#include "nn/schedule.hpp"

namespace shoal::nn {
namespace {

using config::Code;
using config::Diagnostics;
using config::Value;

const NamedTable kTables[] = {
    {"activation", "of the hidden layers: a name, or a table with its constant",
     [] { return activation_names(true); },
     [](NetworkParameters& n) -> std::string& { return n.activation; },
     [](NetworkParameters& n, const std::string& name) { n.activation = name, n.activation_constants = {}; },
     [](const std::string& name, config::Table& table, NetworkParameters& n) {
       if (const Activation& a = activation(name); a.bind != nullptr) a.bind(table, n.activation_constants);
     }},
    {"loss", "what training makes small: a name, or a table with its constant",
     loss_names,
     [](NetworkParameters& n) -> std::string& { return n.loss; },
     [](NetworkParameters& n, const std::string& name) { n.loss = name, n.loss_constants = {}; },
     [](const std::string& name, config::Table& table, NetworkParameters& n) {
       if (const Loss& l = loss(name); l.bind != nullptr) l.bind(table, n.loss_constants);
     }},
    {"optimizer", "a name, or a table such as { name = \"adam\", learning_rate = 1e-3 }",
     optimizer_names,
     [](NetworkParameters& n) -> std::string& { return n.optimizer.name; },
     [](NetworkParameters& n, const std::string& name) { n.optimizer = default_parameters(optimizer(name)); },
     [](const std::string& name, config::Table& table, NetworkParameters& n) { optimizer(name).bind(table, n.optimizer); }},
    {"schedule", "of the learning rate: a name, or a table such as { name = \"cosine\", warmup = 5 }",
     schedule_names,
     [](NetworkParameters& n) -> std::string& { return n.schedule.name; },
     [](NetworkParameters& n, const std::string& name) { n.schedule = {}, n.schedule.name = name; },
     [](const std::string& name, config::Table& table, NetworkParameters& n) { bind_schedule(name, table, n.schedule); }},
};

void parse(const NamedTable& kind, NetworkParameters& target, const Value& value, Diagnostics& diagnostics) {
  const auto names = kind.names();
  const Value* given = value.is_table() ? value.find("name") : &value;
  NetworkParameters read = target;
  std::string name = kind.name_of(target);
  if (given != nullptr) {
    const std::string* text = given->get_if<std::string>();
    if (text == nullptr) {
      diagnostics.error(Code::wrong_type, given->where(), fmt::format("wrong type for `{}`", kind.key),
                        "expected a name or a table with `name`");
      return;
    }
    if (std::ranges::find(names, *text) == names.end()) {
      const std::string nearest = config::suggestion(*text, names);
      diagnostics.error(Code::not_allowed, given->where(), fmt::format("no {} is called `{}`", kind.key, *text),
                        nearest.empty() ? fmt::format("expected one of {}", fmt::join(names, ", "))
                                        : fmt::format("did you mean `{}`?", nearest));
      return;
    }
    name = *text;
  }
  kind.set_defaults(read, name);
  if (value.is_table()) {
    config::Table table;
    table.text("name", kind.name_of(read), {.help = "which", .allowed = names});
    kind.bind(name, table, read);
    table.read(value, diagnostics);
  }
  target = read;
}

// The table with the constants of its name only; of a name without constants, or with the usual ones, the name alone. An
// optimiser is always a table.
Value resolved(const NamedTable& kind, const NetworkParameters& parameters) {
  const auto constants = [&kind](NetworkParameters n) {
    config::Table table;
    const std::string name = kind.name_of(n);
    kind.bind(name, table, n);
    config::Entries entries = {{"name", {}, Value(name)}};
    for (const config::Resolved& key : table.resolved()) entries.push_back({key.name, {}, key.value});
    return Value(entries);
  };
  NetworkParameters copy = parameters, usual = parameters;
  kind.set_defaults(usual, kind.name_of(copy));
  const Value full = constants(copy);
  const bool plain = std::string_view(kind.key) != "optimizer" && config::same(full, constants(usual));
  return plain ? Value(kind.name_of(copy)) : full;
}

}  // namespace

std::span<const NamedTable> all_named_tables() { return kTables; }

void bind_named_table(const NamedTable& kind, config::Table& table, NetworkParameters& n) {
  table.custom(
      kind.key, {.help = fmt::format("{} ({})", kind.help, fmt::join(kind.names(), ", "))},
      [&kind, &n](const Value& value, Diagnostics& d) { parse(kind, n, value, d); },
      [&kind, &n] { return resolved(kind, n); });
}

const std::vector<std::string>& named_tables() {
  static const std::vector<std::string> keys = [] {
    std::vector<std::string> all;
    for (const NamedTable& kind : kTables) all.emplace_back(kind.key);
    return all;
  }();
  return keys;
}

void expand_names(config::Value& network) {
  if (!network.is_table()) return;
  for (const NamedTable& kind : kTables) {
    const Value* value = network.find(kind.key);
    if (value == nullptr || value->get_if<std::string>() == nullptr) continue;
    const Value name = *value;
    network.set(kind.key, Value(config::Entries{{"name", name.where(), name}}, name.where()));
  }
}

std::vector<std::string> constant_keys(const std::string& key, const std::string& name) {
  for (const NamedTable& kind : kTables) {
    if (key != kind.key) continue;
    const auto names = kind.names();
    if (std::ranges::find(names, name) == names.end()) return {};
    NetworkParameters n;
    config::Table table;
    kind.bind(name, table, n);
    return table.names();
  }
  return {};
}

std::vector<std::string> optimizer_keys(const std::string& name) { return constant_keys("optimizer", name); }

}  // namespace shoal::nn

// SPDX-License-Identifier: Apache-2.0
// A small input language for tests of the reader: one key of each type.
#pragma once

#include "shoal/config/common.hpp"
#include "shoal/config/read_toml.hpp"
#include "shoal/config/schema.hpp"

namespace shoal::config {

struct Example {
  CommonParameters common;
  bool shuffle = true;
  std::int64_t epochs = 100;
  double learning_rate = 1e-3;
  std::string algorithm = "random";
  std::vector<std::int64_t> hidden = {5, 8, 5};
  std::vector<double> levels = {0.5};
  std::vector<std::string> metrics = {"loss"};
  std::int64_t trials = 10;
  Value space{Entries{}};
};

inline void bind(Table& root, Example& e) {
  bind_common(root, e.common, {"example"});
  Table& network = root.table("network", "what is trained");
  network.boolean("shuffle", e.shuffle, {.help = "every epoch"});
  network.integer("epochs", e.epochs, {.help = "passes over the data", .minimum = 1, .maximum = 1e6});
  network.real("learning_rate", e.learning_rate,
               {.help = "step", .minimum = 0, .maximum = 1, .exclusive_minimum = true});
  network.integers("hidden", e.hidden, {.help = "widths", .minimum = 1, .maximum = 4096, .minimum_count = 1});
  network.reals("levels", e.levels, {.help = "of something", .minimum = 0});
  network.texts("metrics", e.metrics, {.help = "to record", .role = Role::execution, .allowed = {"loss", "accuracy"}});
  Table& search = root.table("search", "how the next trial is chosen");
  search.text("algorithm", e.algorithm, {.help = "method", .allowed = {"grid", "random", "tpe"}});
  search.integer("trials", e.trials, {.help = "how many", .minimum = 1, .required = true});
  root.free_table("space", "what varies", [&e](const Value& v, Diagnostics&) { e.space = v; }, [&e] { return e.space; });
}

// Reads a text with overrides; the messages, or "" if there are none.
inline std::string errors_of(Example& example, const std::string& text, const std::vector<std::string>& overrides = {}) {
  Diagnostics diagnostics("inputs/x.toml", text);
  Value root = read_toml(diagnostics);
  for (const std::string& override_text : overrides) apply_override(root, override_text, diagnostics);
  Table table;
  bind(table, example);
  table.read(root, diagnostics);
  return diagnostics.empty() ? "" : diagnostics.to_text();
}

inline const char* kSound = "workload = \"example\"\n[search]\ntrials = 3\n";

}  // namespace shoal::config

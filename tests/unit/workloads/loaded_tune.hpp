// SPDX-License-Identifier: Apache-2.0
// Searches from the text of an input, run by one thread.
#pragma once

#include <string>

#include "catch.hpp"
#include "shoal/config/read_toml.hpp"
#include "shoal/tasks/serial.hpp"
#include "workloads/tune/tune.hpp"

namespace shoal::workloads::tune {

// A tune workload, loaded from the text of its tables; the diagnostics hold what was wrong.
struct Loaded {
  config::Diagnostics diagnostics;
  Tune tune;

  explicit Loaded(const std::string& text, std::uint64_t seed = 3) : diagnostics("test.toml", text) {
    const config::Value root = config::read_toml(diagnostics);
    config::Table table;
    tune.bind(table);
    table.read(root, diagnostics);
    tune.check_keys(diagnostics);
    if (diagnostics.empty()) tune.load(SHOAL_SOURCE_DIR "/inputs", seed, diagnostics);
  }
  record::Group run(tasks::SerialHooks hooks = {}) {
    diagnostics.throw_if_any();
    tasks::Policy policy;
    policy.slice_seconds = 0;
    const tasks::RunSummary summary = tasks::run_serial(tune.job(), policy, std::move(hooks));
    INFO((summary.failure ? summary.failure->text : ""));
    REQUIRE_FALSE(summary.failure.has_value());
    return results();
  }
  record::Group results() const {
    record::Group group, measurements;
    tune.write_results(group, measurements);
    return group;
  }
};

inline std::string error_of(const std::string& text) {
  return Loaded(text).diagnostics.to_text();
}

}  // namespace shoal::workloads::tune

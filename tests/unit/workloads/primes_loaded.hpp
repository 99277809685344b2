// SPDX-License-Identifier: Apache-2.0
// A primes workload loaded from text, for tests.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "kept_tiles.hpp"
#include "shoal/config/common.hpp"
#include "shoal/config/read_toml.hpp"
#include "shoal/tasks/serial.hpp"
#include "tree_values.hpp"
#include "workloads/primes/primes.hpp"

namespace shoal::workloads::primes {

struct Loaded {
  config::Diagnostics diagnostics;
  Primes primes;

  explicit Loaded(const std::string& text, const std::string& folder = SHOAL_SOURCE_DIR "/inputs") : diagnostics("test.toml", text) {
    const config::Value root = config::read_toml(diagnostics);
    config::Table table;
    primes.bind(table);
    table.read(root, diagnostics);
    primes.check_keys(diagnostics);
    if (diagnostics.empty()) primes.load(folder, 1, diagnostics);
  }

  record::Group run(tasks::SerialHooks hooks = {}) {
    diagnostics.throw_if_any();
    test::KeptTiles tiles;
    hooks.blobs = &tiles;
    const tasks::RunSummary summary = tasks::run_serial(primes.job(), {}, std::move(hooks));
    INFO((summary.failure ? summary.failure->text : ""));
    REQUIRE_FALSE(summary.failure.has_value());
    record::Group group = results();
    tiles.place(primes.streamed_datasets(), group);
    return group;
  }

  record::Group results() const {
    record::Group group, measurements;
    primes.write_results(group, measurements);
    return group;
  }
};

inline record::Group run_primes(const std::string& text) { return Loaded(text).run(); }

inline std::uint64_t number_at(const record::Group& results, const std::string& path) {
  return record::values_at<std::uint64_t>(results, path).at(0);
}

inline std::vector<std::uint64_t> numbers_at(const record::Group& results, const std::vector<std::string>& paths) {
  std::vector<std::uint64_t> numbers;
  for (const std::string& path : paths) numbers.push_back(number_at(results, path));
  return numbers;
}

}  // namespace shoal::workloads::primes

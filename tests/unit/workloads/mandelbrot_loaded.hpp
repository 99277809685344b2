// SPDX-License-Identifier: Apache-2.0
// A mandelbrot workload loaded from text, for tests.
#pragma once

#include <string>
#include <utility>

#include "catch.hpp"
#include "kept_tiles.hpp"
#include "shoal/config/read_toml.hpp"
#include "shoal/tasks/serial.hpp"
#include "tree_values.hpp"
#include "workloads/mandelbrot/mandelbrot.hpp"

namespace shoal::workloads::mandelbrot {

struct Loaded {
  config::Diagnostics diagnostics;
  Mandelbrot mandelbrot;

  explicit Loaded(const std::string& text) : diagnostics("test.toml", text) {
    const config::Value root = config::read_toml(diagnostics);
    config::Table table;
    mandelbrot.bind(table);
    table.read(root, diagnostics);
    mandelbrot.check_keys(diagnostics);
    if (diagnostics.empty()) mandelbrot.load("", 1, diagnostics);
  }

  // All results, streamed arrays among them.
  record::Group run() {
    diagnostics.throw_if_any();
    test::KeptTiles tiles;
    tasks::SerialHooks hooks;
    hooks.blobs = &tiles;
    const tasks::RunSummary summary = tasks::run_serial(mandelbrot.job(), {}, std::move(hooks));
    INFO((summary.failure ? summary.failure->text : ""));
    REQUIRE_FALSE(summary.failure.has_value());
    record::Group group, measurements;
    mandelbrot.write_results(group, measurements);
    tiles.place(mandelbrot.streamed_datasets(), group);
    record::check_tree(group);
    return group;
  }
};

inline record::Group run_picture(const std::string& text) { return Loaded(text).run(); }

inline std::uint64_t number_at(const record::Group& results, const std::string& path) {
  return record::values_at<std::uint64_t>(results, path).at(0);
}

}  // namespace shoal::workloads::mandelbrot

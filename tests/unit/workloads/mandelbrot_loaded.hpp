// SPDX-License-Identifier: Apache-2.0
// A mandelbrot workload loaded from text, for tests.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "shoal/config/read_toml.hpp"
#include "shoal/record/layout.hpp"
#include "shoal/record/sha256.hpp"
#include "shoal/tasks/serial.hpp"
#include "tree_values.hpp"
#include "workloads/mandelbrot/mandelbrot.hpp"

namespace shoal::workloads::mandelbrot {

// Tiles in memory, by array.
class PictureTiles final : public tasks::BlobStore {
 public:
  void put(tasks::TaskId id, tasks::ByteView blob) override { blobs_.put(id, blob); }
  std::optional<tasks::Bytes> get(tasks::TaskId id) override { return blobs_.get(id); }
  tasks::TileStore* tiles() override { return &tiles_; }

  std::vector<std::byte> joined(std::int64_t field) const {
    std::vector<std::byte> bytes;
    for (const auto& [id, tile] : tiles_.kept)
      if (id.field == field) bytes.insert(bytes.end(), tile.begin(), tile.end());
    return bytes;
  }

 private:
  struct Tiles final : tasks::TileStore {
    std::map<tasks::TileId, std::vector<std::byte>> kept;
    tasks::TileHash put(tasks::TileId id, std::span<const std::byte> elements, std::uint64_t) override {
      kept[id].assign(elements.begin(), elements.end());
      return record::sha256(elements);
    }
    void sync() override {}
  };
  tasks::MemoryBlobStore blobs_;
  Tiles tiles_;
};

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
    PictureTiles tiles;
    tasks::SerialHooks hooks;
    hooks.blobs = &tiles;
    const tasks::RunSummary summary = tasks::run_serial(mandelbrot.job(), {}, std::move(hooks));
    INFO((summary.failure ? summary.failure->text : ""));
    REQUIRE_FALSE(summary.failure.has_value());
    record::Group group, measurements;
    mandelbrot.write_results(group, measurements);
    std::int64_t field = 0;
    for (const record::StreamedDataset& dataset : mandelbrot.streamed_datasets()) {
      record::Dataset& placed = group.datasets[dataset.path.substr(dataset.path.rfind('/') + 1)] = dataset.form;
      placed.bytes = tiles.joined(field++);
    }
    record::check_tree(group);
    return group;
  }
};

inline record::Group run_picture(const std::string& text) { return Loaded(text).run(); }

inline std::uint64_t number_at(const record::Group& results, const std::string& path) {
  return record::values_at<std::uint64_t>(results, path).at(0);
}

}  // namespace shoal::workloads::mandelbrot

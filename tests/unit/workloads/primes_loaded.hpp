// SPDX-License-Identifier: Apache-2.0
// A primes workload loaded from text, for tests.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "shoal/config/common.hpp"
#include "shoal/config/read_toml.hpp"
#include "shoal/record/layout.hpp"
#include "shoal/record/sha256.hpp"
#include "shoal/tasks/serial.hpp"
#include "tree_values.hpp"
#include "workloads/primes/primes.hpp"

namespace shoal::workloads::primes {

// Tiles in memory.
class KeptTiles final : public tasks::BlobStore {
 public:
  void put(tasks::TaskId id, tasks::ByteView blob) override { blobs_.put(id, blob); }
  std::optional<tasks::Bytes> get(tasks::TaskId id) override { return blobs_.get(id); }
  tasks::TileStore* tiles() override { return &tiles_; }

  // One after the other. Throws if one is missing.
  std::vector<std::byte> joined(const record::Dataset& form) const {
    std::vector<std::byte> bytes;
    for (std::uint64_t i = 0; i < record::n_blocks(form.type, form.shape); ++i) {
      const auto& tile = tiles_.kept.at(static_cast<std::int64_t>(i));
      REQUIRE(tile.size() == record::block_at(form.type, form.shape, i).count * record::element_bytes(form.type));
      bytes.insert(bytes.end(), tile.begin(), tile.end());
    }
    CHECK(tiles_.kept.size() == record::n_blocks(form.type, form.shape));
    return bytes;
  }

 private:
  struct Tiles final : tasks::TileStore {
    std::map<std::int64_t, std::vector<std::byte>> kept;
    tasks::TileHash put(tasks::TileId id, std::span<const std::byte> elements, std::uint64_t) override {
      kept[id.tile].assign(elements.begin(), elements.end());
      return record::sha256(elements);
    }
    void sync() override {}
  };
  tasks::MemoryBlobStore blobs_;
  Tiles tiles_;
};

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
    KeptTiles tiles;
    hooks.blobs = &tiles;
    const tasks::RunSummary summary = tasks::run_serial(primes.job(), {}, std::move(hooks));
    INFO((summary.failure ? summary.failure->text : ""));
    REQUIRE_FALSE(summary.failure.has_value());
    record::Group group = results();
    for (const record::StreamedDataset& dataset : primes.streamed_datasets()) {
      record::Dataset& placed = group.datasets[dataset.path.substr(dataset.path.rfind('/') + 1)] = dataset.form;
      placed.bytes = tiles.joined(dataset.form);
    }
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

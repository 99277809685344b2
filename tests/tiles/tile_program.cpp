// SPDX-License-Identifier: Apache-2.0
// A program around run::execute with a workload that streams two fields, `smooth` u4 (y, x) and `rough` f8 (x): every
// element is a known function of its place, so that a reader can check all of them.
//
//   tile_program INPUT.toml RESULT.h5 [threads]
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <chrono>
#include <thread>

#include <fmt/format.h>

#include "run/execute.hpp"
#include "shoal/parallel/session.hpp"
#include "workloads/workload.hpp"

namespace {

using namespace shoal;

struct Parameters {
  std::int64_t width = 2000;
  std::int64_t height = 3000;
  double task_seconds = 0;
};

// Task t computes tile t of `smooth`; the last tasks those of `rough`.
class TileJob final : public tasks::Job {
 public:
  TileJob(const Parameters& parameters, std::vector<record::StreamedDataset> datasets)
      : parameters_(parameters), smooth_(datasets[0].tiles()), rough_(datasets[1].tiles()) {}

  tasks::Round prepare_round(std::int64_t, std::int64_t round) override {
    tasks::Round next;
    next.n_tasks = round == 0 ? n_tasks() : 0;
    return next;
  }
  bool run(const tasks::TaskInput& input, tasks::Workspace*, tasks::TaskOutput& output) const override {
    const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(parameters_.task_seconds);
    while (std::chrono::steady_clock::now() < end) {
      if (input.stop.requested()) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    const auto n_smooth = static_cast<std::int64_t>(smooth_.size());
    const bool smooth = input.id.task < n_smooth;
    const std::int64_t tile = smooth ? input.id.task : input.id.task - n_smooth;
    const record::Block block = (smooth ? smooth_ : rough_)[static_cast<std::size_t>(tile)];
    tasks::TileHash hash{};
    if (smooth) {
      std::vector<std::uint32_t> values(block.count);
      for (std::uint64_t i = 0; i < block.count; ++i) values[i] = static_cast<std::uint32_t>((block.first + i) / 1000 * 7);
      hash = output.tiles->put({0, tile}, std::as_bytes(std::span(values)));
    } else {
      std::vector<double> values(block.count);
      for (std::uint64_t i = 0; i < block.count; ++i) values[i] = static_cast<double>((block.first + i) * 2654435761U % 1000003) / 1000003;
      hash = output.tiles->put({1, tile}, std::as_bytes(std::span(values)));
    }
    output.result.insert(output.result.end(), hash.begin(), hash.end());
    return true;
  }
  std::int64_t result_bytes(std::int64_t) const override { return 32; }
  void fold(tasks::TaskId, tasks::ByteView) override { ++n_folded_; }

  std::int64_t n_tasks() const { return static_cast<std::int64_t>(smooth_.size() + rough_.size()); }
  std::int64_t n_folded() const { return n_folded_; }

 private:
  const Parameters& parameters_;
  std::vector<record::Block> smooth_;
  std::vector<record::Block> rough_;
  std::int64_t n_folded_ = 0;
};

class Tiles final : public workloads::Workload {
 public:
  void bind(config::Table& root) override {
    root.integer("width", parameters_.width, {.help = "columns", .minimum = 1});
    root.integer("height", parameters_.height, {.help = "rows", .minimum = 1});
    root.real("task_seconds", parameters_.task_seconds, {.help = "of each task", .unit = "s", .role = config::Role::execution});
  }
  void load(const std::string&, std::uint64_t, config::Diagnostics&) override {
    job_ = std::make_unique<TileJob>(parameters_, streamed_datasets());
  }
  workloads::Estimate estimate() const override { return {job_->n_tasks(), job_->n_tasks(), 1 << 20, 0, 0}; }
  tasks::Job& job() override { return *job_; }
  std::vector<record::StreamedDataset> streamed_datasets() const override {
    const auto width = static_cast<std::uint64_t>(parameters_.width);
    const auto height = static_cast<std::uint64_t>(parameters_.height);
    record::StreamedDataset smooth{"results/smooth", {}};
    smooth.form.type = record::Type::u4;
    smooth.form.shape = {height, width};
    smooth.form.dimensions = {"y", "x"};
    smooth.form.long_name = "a smooth field";
    record::StreamedDataset rough{"results/rough", {}};
    rough.form.type = record::Type::f8;
    rough.form.shape = {width};
    rough.form.dimensions = {"x"};
    rough.form.units = "m";
    rough.form.long_name = "a rough line";
    return {smooth, rough};
  }
  void write_results(record::Group& results, record::Group&) const override {
    results.scalar("tiles", job_->n_folded(), "1", "tiles that are done");
    if (job_->n_folded() < job_->n_tasks()) results.add("preview", std::vector<double>{1, 2}, {2}, {"preview_x"}, "1", "a preview");
  }

 private:
  Parameters parameters_;
  std::unique_ptr<TileJob> job_;
};

std::unique_ptr<workloads::Workload> make_tiles() { return std::make_unique<Tiles>(); }

}  // namespace

int main(int argc, char** argv) {
  const std::vector<workloads::WorkloadInfo> known = {{"tiles", "a test", make_tiles}};
  run::RunOptions options;
  options.input = argc > 1 ? argv[1] : "";
  options.output = argc > 2 ? argv[2] : "";
  options.threads = argc > 3 ? std::atoi(argv[3]) : 1;
  options.progress = run::ProgressMode::off;
  options.known = &known;
  parallel::Session session;
  run::RunEnd end;
  try {
    end = run::execute(options, session);
  } catch (const Error& error) {
    fmt::print(stderr, "{}\n", error.what());
    end.code = error.code();
  }
  return session.finish(end.code, end.abandon);
}

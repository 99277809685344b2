// SPDX-License-Identifier: Apache-2.0
// One wide training by a team of threads (schedule.threads_per_task) against the same training by one thread, in turn: wall
// seconds of an epoch, medians, and how much of the ideal 1 / SIZE is left. Adam, mean squared error, relu. Two virtual CPUs
// may share the units of one core: the last columns are the same ratio of independent trainings at the same time, which is what
// a team can reach, and of bursts of fused multiply-adds.
//
//   benchmark_team [--json FILE] [SIZE [REPETITIONS]]
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "fma_peak.hpp"
#include "shoal/nn/trainer.hpp"
#include "shoal/random/distributions.hpp"
#include "tasks/thread_team.hpp"

using namespace shoal::nn;

namespace {

constexpr std::int64_t kBatches = 8;

double seconds_of(const auto& call) {
  const auto begin = std::chrono::steady_clock::now();
  call();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

Dataset random_dataset(std::int64_t width, std::int64_t n) {
  Dataset data;
  for (std::int64_t i = 0; i < width; ++i) {
    data.input_names.push_back(fmt::format("x{}", i));
    data.target_names.push_back(fmt::format("y{}", i));
  }
  data.train.n_samples = n;
  data.train.inputs.resize(static_cast<std::size_t>(n * width));
  data.train.targets.resize(static_cast<std::size_t>(n * width));
  const shoal::random::Stream stream(1, 1);
  shoal::random::fill_normal(stream, 0, 0, std::span<float>(data.train.inputs));
  shoal::random::fill_normal(stream, 1, 0, std::span<float>(data.train.targets));
  return data;
}

struct Row {
  std::int64_t width, layers, batch;
  std::vector<double> alone, together, apart;  // seconds of an epoch
  std::vector<double> burst, bursts;           // seconds of a burst by one thread, and of one by each at the same time
};

void measure(Row& row, int size, const Team& team) {
  const Dataset data = random_dataset(row.width, kBatches * row.batch);
  NetworkParameters n;
  n.hidden.assign(static_cast<std::size_t>(row.layers - 1), row.width);
  n.batch = row.batch, n.epochs = 1000000, n.validate_every = 0;
  std::vector<std::unique_ptr<Trainer>> trainers;
  for (int i = 0; i < size; ++i) trainers.push_back(std::make_unique<Trainer>(n, data));
  std::vector<std::vector<double>> histories(trainers.size(), std::vector<double>(trainers[0]->columns().size()));
  const auto epoch = [&](int i, const Team& by) {
    const auto place = static_cast<std::size_t>(i);
    trainers[place]->train(trainers[place]->progress().epoch + 1, histories[place], {}, by);
  };
  for (int i = 0; i < size; ++i) trainers[static_cast<std::size_t>(i)]->start(1, 0), epoch(i, {});
  row.alone.push_back(seconds_of([&] { epoch(0, {}); }));
  row.together.push_back(seconds_of([&] { epoch(0, team); }));
  row.apart.push_back(seconds_of([&] { team.run([&](int member) { epoch(member, {}); }); }));
  row.burst.push_back(seconds_of([&] { fma_peak::flop_per_second(); }));
  row.bursts.push_back(seconds_of([&] { team.run([&](int) { fma_peak::flop_per_second(); }); }));
}

}  // namespace

int main(int argc, char** argv) {
  int size = 2, repetitions = 9, place = 0;
  std::string json;
  for (int i = 1; i < argc; ++i) {
    if (std::string(argv[i]) == "--json" && i + 1 < argc) json = argv[++i];
    else (place++ == 0 ? size : repetitions) = std::atoi(argv[i]);
  }
  shoal::tasks::ThreadTeam threads(size, [] { return 0.0; });
  std::vector<std::thread> others;
  for (int member = 1; member < size; ++member) others.emplace_back([&threads, member] { threads.serve(member); });
  const Team team{size, [&threads](const auto& body) { threads.run(body); }};
  std::vector<Row> rows;
  for (const std::int64_t width : {128, 256, 512, 1024})
    for (const std::int64_t batch : {100, 256}) rows.push_back({width, 2, batch, {}, {}, {}, {}, {}});
  for (const std::int64_t width : {512, 1024}) rows.push_back({width, 4, 256, {}, {}, {}, {}, {}});
  threads.begin_task();
  for (int r = 0; r < repetitions; ++r)
    for (Row& row : rows) measure(row, size, team);
  threads.end_task();
  threads.close();
  for (std::thread& thread : others) thread.join();
  fmt::print("{:<12} {:>6} {:>12} {:>12} {:>11} {:>12} {:>8}\n", "widths", "batch", "alone ms", "team ms", "efficiency", "independent", "bursts");
  std::ofstream file;
  if (!json.empty()) file.open(json);
  file << "[";
  for (const Row& row : rows) {
    const double alone = median(row.alone), together = median(row.together), apart = median(row.apart);
    fmt::print("{:<12} {:>6} {:>12.3f} {:>12.3f} {:>10.1f}% {:>11.1f}% {:>7.1f}%\n", fmt::format("{} x {}", row.width, row.layers), row.batch,
               alone * 1e3, together * 1e3, 100 * alone / (size * together), 100 * alone / apart, 100 * median(row.burst) / median(row.bursts));
    file << (&row == rows.data() ? "" : ",\n")
         << fmt::format("{{\"width\": {}, \"layers\": {}, \"batch\": {}, \"team\": {}, \"alone\": [{}], \"together\": [{}], \"apart\": [{}]}}",
                        row.width, row.layers, row.batch, size, fmt::join(row.alone, ", "), fmt::join(row.together, ", "),
                        fmt::join(row.apart, ", "));
  }
  file << "]\n";
}

// SPDX-License-Identifier: Apache-2.0
// 16 networks side by side in the lanes (nn::train_together) against the same 16 one after the other, in turn on one core:
// medians of the ratios of CPU seconds, and shares of the peak measured beside each piece. Lorenz data of 900 samples, Adam,
// mean squared error, relu.
//
//   benchmark_nn_together [--json FILE] [REPETITIONS [EPOCHS [BATCH ...]]]
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <string>
#include <vector>

#include "fma_peak.hpp"
#include "shoal/nn/data_parameters.hpp"
#include "shoal/nn/train_together.hpp"

using namespace shoal::nn;

namespace {

const std::vector<std::vector<std::int64_t>> kShapes = {
    {5, 8, 5}, {5, 8, 8, 5}, {5, 8, 8, 8, 8, 8, 5}, {5, 16, 16, 16, 16, 16, 5}};

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

struct Row {
  std::vector<std::int64_t> hidden;
  std::int64_t batch;
  std::vector<double> ratio, together, alone;  // seconds alone / together; shares of the peak
};

void measure(Row& row, const Dataset& data, int repetitions, std::int64_t epochs) {
  NetworkParameters network;
  network.hidden = row.hidden;
  network.batch = row.batch;
  network.epochs = 1000000;
  network.validate_every = 0;
  const double flop = static_cast<double>(kMostTogether) * training_flop(network, data, epochs);
  std::deque<Trainer> trainers;
  std::vector<Trainer*> group;
  std::vector<std::vector<double>> histories;
  for (std::size_t m = 0; m < kMostTogether; ++m) {
    group.push_back(&trainers.emplace_back(network, data));
    histories.emplace_back(static_cast<std::size_t>(epochs) * trainers.back().columns().size());
  }
  const std::vector<std::span<double>> rows(histories.begin(), histories.end());
  const auto start = [&] {
    for (std::size_t m = 0; m < kMostTogether; ++m) group[m]->start(1, m);
  };
  for (int r = 0; r < repetitions; ++r) {
    start();
    double peak = fma_peak::flop_per_second(), begin = fma_peak::cpu_seconds();
    train_together(group, epochs, rows);
    const double together = fma_peak::cpu_seconds() - begin;
    row.together.push_back(flop / together / peak);
    start();
    peak = fma_peak::flop_per_second(), begin = fma_peak::cpu_seconds();
    for (std::size_t m = 0; m < kMostTogether; ++m) group[m]->train(epochs, rows[m]);
    const double alone = fma_peak::cpu_seconds() - begin;
    row.alone.push_back(flop / alone / peak);
    row.ratio.push_back(alone / together);
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::string json;
  std::vector<std::int64_t> numbers;
  for (int i = 1; i < argc; ++i) {
    if (std::string(argv[i]) == "--json" && i + 1 < argc) json = argv[++i];
    else numbers.push_back(std::atoll(argv[i]));
  }
  const int repetitions = numbers.empty() ? 9 : static_cast<int>(numbers[0]);
  const std::int64_t epochs = numbers.size() < 2 ? 20 : numbers[1];
  std::vector<std::int64_t> batches = {8, 16, 32, 64, 100};
  if (numbers.size() > 2) batches.assign(numbers.begin() + 2, numbers.end());
  const Dataset data = load_dataset({}, ".", 1);
  fmt::print("{:>22} {:>6} {:>8} {:>18} {:>10} {:>10}\n", "hidden", "batch", "ratio", "quartiles", "together", "alone");
  std::vector<std::string> lines;
  for (const std::int64_t batch : batches) {
    for (const auto& hidden : kShapes) {
      Row row{hidden, batch, {}, {}, {}};
      measure(row, data, repetitions, epochs);
      std::vector<double> sorted = row.ratio;
      std::ranges::sort(sorted);
      const double low = sorted[sorted.size() / 4], high = sorted[sorted.size() * 3 / 4];
      const std::string name = fmt::format("{}", fmt::join(hidden, "-"));
      fmt::print("{:>22} {:>6} {:>8.2f} {:>9.2f}{:>9.2f} {:>8.1f} % {:>8.1f} %\n", name, batch, median(row.ratio), low, high,
                 100 * median(row.together), 100 * median(row.alone));
      std::fflush(stdout);
      lines.push_back(fmt::format(R"({{"hidden": "{}", "batch": {}, "ratio": {}, "together": {}, "alone": {}}})", name, batch,
                                  median(row.ratio), median(row.together), median(row.alone)));
    }
  }
  if (!json.empty()) std::ofstream(json) << fmt::format("[\n  {}\n]\n", fmt::join(lines, ",\n  "));
}

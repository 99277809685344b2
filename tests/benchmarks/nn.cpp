// SPDX-License-Identifier: Apache-2.0
// Lorenz trainings on one core: milliseconds, GFLOP/s, share of the FMA peak measured beside them, and ratios to PyTorch
// (eager, and vmap over 16 models) and Eigen in the same run, interleaved. 999 epochs, 900 samples, batch 100, Adam, MSE;
// operations are counted as 6 x weights x samples x epochs. Peers run fewer epochs and are scaled. All times are CPU times
// of one thread, so that others on the machine disturb less. The share is the median over pieces of 37 epochs, each against
// the larger of the bursts before and after it.
//
//   benchmark_nn [--json FILE] [--no-torch] [REPETITIONS]
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "fma_peak.hpp"
#include "nn_eigen.hpp"
#include "python_peer.hpp"
#include "shoal/nn/data_parameters.hpp"
#include "shoal/nn/trainer.hpp"

using namespace shoal::nn;

namespace {

constexpr std::int64_t kEpochs = 999, kPieceEpochs = 37, kTorchEpochs = 20, kEigenEpochs = 200;
static_assert(kEpochs % kPieceEpochs == 0);

double seconds_of(const auto& call) {
  const double begin = fma_peak::cpu_seconds();
  call();
  return fma_peak::cpu_seconds() - begin;
}

// Seconds of kEpochs epochs with PyTorch: eager and vmap. False if the peer has gone.
bool torch_seconds(PythonPeer& torch, const std::vector<std::int64_t>& widths, double& eager, double& vmap) {
  const auto answer = torch.ask(fmt::format("{} {}", kTorchEpochs, fmt::join(widths, " ")));
  if (!answer || std::sscanf(answer->c_str(), "%lf %lf", &eager, &vmap) != 2) return false;
  eager *= static_cast<double>(kEpochs) / kTorchEpochs;
  vmap *= static_cast<double>(kEpochs) / kTorchEpochs;
  return true;
}

struct Times {
  std::vector<double> values;
  double part(double share) const {
    auto sorted = values;
    std::ranges::sort(sorted);
    return sorted.empty() ? 0 : sorted[static_cast<std::size_t>(static_cast<double>(sorted.size() - 1) * share)];
  }
  double median() const { return part(0.5); }
  double minimum() const { return values.empty() ? 0 : *std::ranges::min_element(values); }
};

struct Row {
  std::vector<std::int64_t> hidden;
  double flop = 0;
  Times ours, peak, share, eigen, torch, vmap;
};

void measure(Row& row, const Dataset& data, PythonPeer* torch) {
  NetworkParameters n;
  n.hidden = row.hidden, n.batch = 100, n.epochs = kEpochs, n.validate_every = 0;
  row.flop = training_flop(n, data, kEpochs);
  Trainer trainer(n, data);
  std::vector<double> history(kPieceEpochs * trainer.columns().size());
  for (int part = 0; part < 3; ++part) {
    trainer.start(1, static_cast<std::uint64_t>(part));
    double seconds = 0;
    for (std::int64_t epoch = kPieceEpochs; epoch <= kEpochs; epoch += kPieceEpochs) {
      const fma_peak::Piece piece = fma_peak::measure([&] { trainer.train(epoch, history); });
      seconds += piece.seconds;
      row.peak.values.push_back(piece.peak);
      row.share.values.push_back(row.flop * kPieceEpochs / kEpochs / piece.seconds / piece.peak);
    }
    row.ours.values.push_back(seconds);
  }
  EigenTraining eigen(layer_widths(n, data));
  row.eigen.values.push_back(seconds_of([&] { eigen.train(data.train, n.batch, kEigenEpochs); }) *
                             static_cast<double>(kEpochs) / kEigenEpochs);
  double eager, vmap;
  if (torch != nullptr && torch_seconds(*torch, layer_widths(n, data), eager, vmap)) {
    row.torch.values.push_back(eager);
    row.vmap.values.push_back(vmap);
  }
}

void print_table(const std::vector<Row>& rows) {
  fmt::print("{:<20} {:>8} {:>8} {:>9} {:>8} {:>7} {:>13} | {:>10} {:>9} | {:>10} {:>9} | {:>10} {:>9}\n", "hidden", "min ms",
             "median", "GFLOP/s", "peak", "share", "10..90 %", "torch ms", "ratio", "vmap ms", "ratio", "Eigen ms", "ratio");
  for (const Row& r : rows) {
    const double best = r.ours.minimum(), median = r.ours.median();
    fmt::print("{:<20} {:8.2f} {:8.2f} {:9.1f} {:8.1f} {:6.1f}% {:>13} | {:10.0f} {:8.0f}x | {:10.0f} {:8.0f}x | {:10.1f} {:8.1f}x\n",
               fmt::format("{}", r.hidden), best * 1e3, median * 1e3, r.flop / median / 1e9, r.peak.median() / 1e9,
               100 * r.share.median(), fmt::format("{:.1f}..{:.1f}", 100 * r.share.part(0.1), 100 * r.share.part(0.9)),
               r.torch.median() * 1e3, r.torch.median() / median, r.vmap.median() * 1e3, r.vmap.median() / median,
               r.eigen.median() * 1e3, r.eigen.median() / median);
  }
  fmt::print("share: median over pieces of a training, each of the larger of the bursts of fused multiply-adds before and after it; "
             "GFLOP/s, peak, ratios: of medians.\n");
}

void write_json(const std::string& path, const std::vector<Row>& rows) {
  std::ofstream file(path);
  file << "[";
  for (const Row& r : rows) {
    file << (&r == rows.data() ? "" : ",\n")
         << fmt::format("{{\"hidden\": [{}], \"flop\": {}, \"seconds\": [{}], \"share\": {}, \"peak_flop_per_second\": {}, "
                        "\"eigen_seconds\": [{}], \"torch_seconds\": [{}], \"torch_vmap_seconds\": [{}]}}",
                        fmt::join(r.hidden, ", "), r.flop, fmt::join(r.ours.values, ", "), r.share.median(), r.peak.median(),
                        fmt::join(r.eigen.values, ", "), fmt::join(r.torch.values, ", "), fmt::join(r.vmap.values, ", "));
  }
  file << "]\n";
}

}  // namespace

int main(int argc, char** argv) {
  int repetitions = 5;
  bool with_torch = true;
  std::string json;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--no-torch") with_torch = false;
    else if (argument == "--json" && i + 1 < argc) json = argv[++i];
    else repetitions = std::atoi(argv[i]);
  }
  const Dataset data = load_dataset({}, ".", 1);
  std::vector<Row> rows(4);
  rows[0].hidden = {5, 8, 5};
  rows[1].hidden = {5, 8, 8, 5};
  rows[2].hidden = {5, 8, 8, 8, 8, 8, 5};
  rows[3].hidden = {5, 16, 16, 16, 16, 16, 5};
  PythonPeer torch("nn_torch.py");
  for (int r = 0; r < repetitions; ++r) {
    for (Row& row : rows) measure(row, data, with_torch ? &torch : nullptr);
  }
  print_table(rows);
  if (!json.empty()) write_json(json, rows);
}

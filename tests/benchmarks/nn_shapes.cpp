// SPDX-License-Identifier: Apache-2.0
// Trainings of all shapes on one core: width x depth x batch, and 784-64-64-10. GFLOP/s (6 x weights x samples a pass), share
// of the FMA peak, ratios to PyTorch and Eigen in the same run. Mean squared error, Adam, relu; as many epochs as make about
// WORK operations; all times are CPU times of one thread. A training is measured in pieces of a few milliseconds, each between
// two bursts that show what the core could do just then: the share is the median over the pieces, for the machine may change its
// speed at any time. Ratios are of the least times.
//
//   benchmark_nn_shapes [--json FILE] [--no-torch] [--no-eigen] [--widths 64,512] [--batches 32,256] [REPETITIONS]
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "fma_peak.hpp"
#include "nn_eigen.hpp"
#include "python_peer.hpp"
#include "shoal/nn/trainer.hpp"
#include "shoal/random/distributions.hpp"

using namespace shoal::nn;

namespace {

constexpr double kWork = 1.5e9, kEigenWork = 5e8, kTorchWork = 2e8;  // operations measured
constexpr std::int64_t kMostBatches = 20000, kMostTorchBatches = 300;
constexpr std::int64_t kPieces = 8;
constexpr int kBursts = 4;

struct Shape {
  std::vector<std::int64_t> widths;  // of inputs, hidden layers, outputs
  std::int64_t batch = 0;
};

struct Result {
  double flop_per_batch = 0, ours = 0, peak = 0, eigen = 0, torch = 0;  // seconds of a batch; operations a second
  std::vector<double> shares;  // of the peak, of pieces

  double share() const {
    std::vector<double> sorted = shares;
    std::ranges::sort(sorted);
    return sorted.empty() ? 0 : sorted[sorted.size() / 2];
  }
};

Dataset random_dataset(const Shape& shape, std::int64_t n) {
  Dataset data;
  for (std::int64_t i = 0; i < shape.widths.front(); ++i) data.input_names.push_back(fmt::format("x{}", i));
  for (std::int64_t t = 0; t < shape.widths.back(); ++t) data.target_names.push_back(fmt::format("y{}", t));
  data.train.n_samples = n;
  data.train.inputs.resize(static_cast<std::size_t>(n * shape.widths.front()));
  data.train.targets.resize(static_cast<std::size_t>(n * shape.widths.back()));
  const shoal::random::Stream stream(1, 1);
  shoal::random::fill_normal(stream, 0, 0, std::span<float>(data.train.inputs));
  shoal::random::fill_normal(stream, 1, 0, std::span<float>(data.train.targets));
  return data;
}

double seconds_of(const auto& call) {
  const double begin = fma_peak::cpu_seconds();
  call();
  return fma_peak::cpu_seconds() - begin;
}

void keep_least(double& least, double value) { least = least == 0 ? value : std::min(least, value); }

// Some epochs between two bursts.
void measure_piece(Trainer& trainer, std::int64_t epochs, double flop, double batches, std::span<double> history, Result& result) {
  const double before = fma_peak::flop_per_second(kBursts);
  const double seconds = seconds_of([&] { trainer.train(trainer.progress().epoch + epochs, history); });
  const double peak = std::max(before, fma_peak::flop_per_second(kBursts));
  result.peak = std::max(result.peak, peak);
  result.shares.push_back(flop / seconds / peak);
  keep_least(result.ours, seconds / batches);
}

Result measure(const Shape& shape, int repetitions, bool with_eigen, PythonPeer* torch) {
  NetworkParameters n;
  n.hidden.assign(shape.widths.begin() + 1, shape.widths.end() - 1);
  n.batch = shape.batch, n.epochs = 1000000, n.validate_every = 0;
  Result result;
  result.flop_per_batch = training_flop(n, random_dataset(shape, shape.batch), 1);
  // Batches of an epoch, and epochs for so much work.
  const auto n_batches = static_cast<std::int64_t>(std::clamp(kWork / kPieces / result.flop_per_batch, 1.0, 8.0));
  const Dataset data = random_dataset(shape, n_batches * shape.batch);
  const auto epochs = [&](double work, std::int64_t most) {
    const double batches = std::min(work / result.flop_per_batch, static_cast<double>(most));
    return std::max<std::int64_t>(1, static_cast<std::int64_t>(batches) / n_batches);
  };
  const std::int64_t piece = epochs(kWork / kPieces, kMostBatches / kPieces), eigen_epochs = epochs(kEigenWork, kMostBatches / 4),
                     torch_epochs = epochs(kTorchWork, kMostTorchBatches);
  const std::int64_t pieces = std::clamp<std::int64_t>(epochs(kWork, kMostBatches) / piece, 1, kPieces);
  Trainer trainer(n, data);
  std::vector<double> history(static_cast<std::size_t>(piece) * trainer.columns().size());
  EigenTraining eigen(shape.widths);
  for (int r = 0; r < repetitions; ++r) {
    trainer.start(1, 0);
    trainer.train(1, history);
    for (std::int64_t p = 0; p < pieces; ++p) {
      const auto batches = static_cast<double>(piece * n_batches);
      measure_piece(trainer, piece, result.flop_per_batch * batches, batches, history, result);
    }
    if (with_eigen) {
      keep_least(result.eigen, seconds_of([&] { eigen.train(data.train, shape.batch, eigen_epochs); }) /
                                   static_cast<double>(eigen_epochs * n_batches));
    }
    const auto answer = torch == nullptr ? std::nullopt
                                         : torch->ask(fmt::format("shape {} {} {} {}", data.train.n_samples, shape.batch,
                                                                  torch_epochs, fmt::join(shape.widths, " ")));
    if (answer) keep_least(result.torch, std::atof(answer->c_str()) / static_cast<double>(torch_epochs * n_batches));
  }
  return result;
}

std::vector<std::int64_t> numbers(const std::string& text) {
  std::vector<std::int64_t> list;
  std::istringstream stream(text);
  for (std::string word; std::getline(stream, word, ',');) list.push_back(std::atoll(word.c_str()));
  return list;
}

std::string ratio(double peer, double ours) { return peer > 0 ? fmt::format("{:.1f}x", peer / ours) : std::string("-"); }

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::int64_t> widths = {2, 5, 8, 16, 32, 64, 128, 256, 512, 1024}, depths = {1, 3, 7}, batches = {1, 32, 100, 1024};
  int repetitions = 3;
  bool with_torch = true, with_eigen = true;
  std::string json;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--no-torch") with_torch = false;
    else if (argument == "--no-eigen") with_eigen = false;
    else if (argument == "--json" && i + 1 < argc) json = argv[++i];
    else if (argument == "--widths" && i + 1 < argc) widths = numbers(argv[++i]);
    else if (argument == "--depths" && i + 1 < argc) depths = numbers(argv[++i]);
    else if (argument == "--batches" && i + 1 < argc) batches = numbers(argv[++i]);
    else repetitions = std::atoi(argv[i]);
  }
  std::vector<Shape> shapes;
  for (const std::int64_t width : widths) {
    for (const std::int64_t depth : depths) {
      for (const std::int64_t batch : batches) shapes.push_back({std::vector<std::int64_t>(static_cast<std::size_t>(depth) + 2, width), batch});
    }
  }
  shapes.push_back({{784, 64, 64, 10}, 64});
  PythonPeer torch("nn_torch.py");
  std::ofstream file;
  if (!json.empty()) file.open(json);
  file << "[";
  fmt::print("{:<24} {:>6} {:>12} {:>9} {:>7} {:>9} {:>9}\n", "widths", "batch", "us / batch", "GFLOP/s", "share", "PyTorch", "Eigen");
  for (const Shape& shape : shapes) {
    const Result r = measure(shape, repetitions, with_eigen, with_torch ? &torch : nullptr);
    const std::string name = shape.widths.front() == 784 ? fmt::format("{}", fmt::join(shape.widths, "-"))
                                                         : fmt::format("{} x {}", shape.widths[0], shape.widths.size() - 1);
    const double speed = r.flop_per_batch / r.ours;
    fmt::print("{:<24} {:>6} {:>12.2f} {:>9.1f} {:>6.1f}% {:>9} {:>9}\n", name, shape.batch, r.ours * 1e6, speed / 1e9,
               100 * r.share(), ratio(r.torch, r.ours), ratio(r.eigen, r.ours));
    std::fflush(stdout);
    file << (&shape == shapes.data() ? "" : ",\n")
         << fmt::format("{{\"widths\": [{}], \"batch\": {}, \"flop\": {}, \"seconds\": {}, \"peak_flop_per_second\": {}, \"share\": {}, "
                        "\"eigen_seconds\": {}, \"torch_seconds\": {}}}",
                        fmt::join(shape.widths, ", "), shape.batch, r.flop_per_batch, r.ours, r.peak, r.share(), r.eigen, r.torch);
  }
  file << "]\n";
  fmt::print("widths: width x layers of weights; share: of bursts of fused multiply-adds before and after each piece, "
             "median; PyTorch, Eigen: their time over ours.\n");
}

// SPDX-License-Identifier: Apache-2.0
// The same task, law of initial weights and optimiser as in PyTorch: do final errors follow the same distribution?
#include <algorithm>
#include <cmath>
#include <fstream>
#include <string>

#include "catch.hpp"
#include "shoal/nn/data_parameters.hpp"
#include "shoal/nn/trainer.hpp"

using namespace shoal::nn;

namespace {

std::vector<double> pytorch_values() {
  std::ifstream file(SHOAL_SOURCE_DIR "/tests/data/lorenz_torch_rmse.txt");
  std::string line;
  std::vector<double> values;
  while (std::getline(file, line)) {
    if (!line.starts_with('#')) values.push_back(std::stod(line));
  }
  return values;
}

// Share of the sorted values that are at most x.
double share(const std::vector<double>& sorted, double x) {
  return static_cast<double>(std::ranges::upper_bound(sorted, x) - sorted.begin()) / static_cast<double>(sorted.size());
}

// Largest distance between the two empirical distribution functions.
double ks_distance(std::vector<double> a, std::vector<double> b) {
  std::ranges::sort(a);
  std::ranges::sort(b);
  double largest = 0;
  for (const double x : a) largest = std::max(largest, std::fabs(share(a, x) - share(b, x)));
  for (const double x : b) largest = std::max(largest, std::fabs(share(a, x) - share(b, x)));
  return largest;
}

// Probability of at least this distance under one law, by the asymptotic series with Stephens' correction
// (M. A. Stephens, J. Royal Stat. Soc. B 32, 1970).
double ks_probability(double distance, double n, double m) {
  const double root = std::sqrt(n * m / (n + m));
  const double lambda = (root + 0.12 + 0.11 / root) * distance;
  double sum = 0;
  for (int k = 1; k < 100; ++k) sum += (k % 2 == 1 ? 2 : -2) * std::exp(-2 * k * k * lambda * lambda);
  return std::min(1.0, sum);
}

}  // namespace

TEST_CASE("final errors of 50 Lorenz forecasters follow the distribution of PyTorch's (Kolmogorov-Smirnov)", "[unit]") {
  const Dataset data = load_dataset({}, ".", 1);
  NetworkParameters n;
  n.hidden = {5, 8, 8, 5}, n.batch = 100, n.epochs = 999, n.validate_every = 0;
  Trainer trainer(n, data);
  std::vector<double> rmse, history(999 * trainer.columns().size());
  for (std::uint64_t run = 0; run < 50; ++run) {
    trainer.start(2026, run);
    REQUIRE(trainer.train(999, history).state == State::trained);
    rmse.push_back(history.back());
  }
  const auto torch = pytorch_values();
  REQUIRE(torch.size() == 50);
  const double p = ks_probability(ks_distance(rmse, torch), 50, 50);
  WARN("Kolmogorov-Smirnov p = " << p);
  REQUIRE(p > 0.01);
  // Errors a third larger must be told apart, or the test would say nothing.
  std::vector<double> shifted;
  for (const double value : torch) shifted.push_back(value * 1.35);
  REQUIRE(ks_probability(ks_distance(shifted, torch), 50, 50) < 0.01);
}

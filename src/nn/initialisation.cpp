// SPDX-License-Identifier: Apache-2.0
#include "nn/initialisation.hpp"

#include <cmath>
#include <stdexcept>

#include "shoal/random/distributions.hpp"

namespace shoal::nn {
namespace {

struct Law {
  const char* name;
  double (*variance)(double n_inputs, double n_outputs);
  bool normal;
};

double glorot(double n_inputs, double n_outputs) { return 2.0 / (n_inputs + n_outputs); }
double he(double n_inputs, double) { return 2.0 / n_inputs; }

constexpr Law kLaws[] = {
    {"glorot_uniform", glorot, false},
    {"glorot_normal", glorot, true},
    {"he_uniform", he, false},
    {"he_normal", he, true},
};

// Standard deviation of a standard normal cut at two standard deviations.
constexpr double kCutNormalDeviation = 0.87962566103423978;

// Normal, drawn again from derived streams until it is inside.
double cut_normal(const random::Stream& stream, std::uint64_t draw) {
  random::Stream source = stream;
  for (std::uint64_t attempt = 1;; ++attempt) {
    const double x = random::normal(source, kInitialisationTask, draw);
    if (std::fabs(x) <= 2.0) return x;
    source = stream.derived(attempt);
  }
}

}  // namespace

std::vector<std::string> initialisation_names() {
  std::vector<std::string> names;
  for (const Law& law : kLaws) names.emplace_back(law.name);
  return names;
}

void initialise(std::string_view law, std::int64_t n_inputs, std::int64_t n_outputs, const random::Stream& stream,
                std::uint64_t first_draw, std::span<float> weights) {
  for (const Law& candidate : kLaws) {
    if (law != candidate.name) continue;
    const double variance = candidate.variance(static_cast<double>(n_inputs), static_cast<double>(n_outputs));
    const double limit = std::sqrt(3.0 * variance);
    const double deviation = std::sqrt(variance) / kCutNormalDeviation;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const std::uint64_t draw = first_draw + i;
      const double x = candidate.normal
                           ? deviation * cut_normal(stream, draw)
                           : limit * (2.0 * random::uniform(stream, kInitialisationTask, draw) - 1.0);
      weights[i] = static_cast<float>(x);
    }
    return;
  }
  throw std::invalid_argument("no initialisation is called " + std::string(law));
}

}  // namespace shoal::nn

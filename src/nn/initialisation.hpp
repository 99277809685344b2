// SPDX-License-Identifier: Apache-2.0
// Laws of initial weights, as Keras defines them; biases are 0.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shoal/random/stream.hpp"

namespace shoal::nn {

// Philox task of a training's stream that its initial weights come from; epoch e is shuffled by task e + 1.
inline constexpr std::uint64_t kInitialisationTask = 0;

std::vector<std::string> initialisation_names();

// Fills the weights (not the bias) of one layer. Weight i uses draw `first_draw + i`.
//   *_uniform: U(-a, a), a = sqrt(3 s);  *_normal: N(0, s') cut at two standard deviations, s' such that the variance is s
//   glorot (Glorot and Bengio, 2010): s = 2 / (n_inputs + n_outputs);  he (He et al., 2015): s = 2 / n_inputs
void initialise(std::string_view law, std::int64_t n_inputs, std::int64_t n_outputs, const random::Stream& stream,
                std::uint64_t first_draw, std::span<float> weights);

}  // namespace shoal::nn

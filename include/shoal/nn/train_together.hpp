// SPDX-License-Identifier: Apache-2.0
// Trains up to 16 small networks of one shape at once, one in each SIMD lane.
//
// Only faster, never different: weights, histories and states are bit for bit what Trainer::train gives to each network
// alone. Networks of a group have their own seeds, orders of samples and numbers of the optimiser.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "shoal/nn/trainer.hpp"

namespace shoal::nn {

inline constexpr std::size_t kMostTogether = 16;

// Fewer take as long as 16 do, so that below this number training one after the other is as fast.
inline constexpr std::size_t kLeastTogether = 13;

// Can networks with these parameters be trained together? At most 31 inputs and 32 units a layer; no dropout, normalisation,
// penalties, clipping or early stopping; metrics that are means over samples.
bool may_train_together(const NetworkParameters&, const Dataset&);

// May they, and are 16 of them faster together than one after the other? Measured: src/nn/README.md.
bool gain_together(const NetworkParameters&, const Dataset&);

// A number, other than 0, that networks which fit together share, and others do not but by chance (2^-64).
std::uint64_t together_key(const NetworkParameters&);

// Can these two be in one group? They agree in everything but the numbers of the optimiser and of the schedule. Both
// may_train_together.
bool fit_together(const NetworkParameters&, const NetworkParameters&);

// Trains 1 to 16 networks, which fit together and stand at the same epoch, to `to_epoch`, as Trainer::train does with each of
// them and its row of `histories`. If stopped, all are `interrupted`; those that
// had come to the end may have moved, so a state from before is needed to go on.
// Throws std::invalid_argument if they do not fit.
std::vector<Progress> train_together(std::span<Trainer* const> trainers, std::int64_t to_epoch,
                                     std::span<const std::span<double>> histories, const std::function<bool()>& stop = {});

}  // namespace shoal::nn

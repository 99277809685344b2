// SPDX-License-Identifier: Apache-2.0
// Work on disjoint parts of an array by the threads of a team.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>

#include "nn/subnormals_are_zero.hpp"
#include "shoal/nn/trainer.hpp"

namespace shoal::nn {

// Less is not worth waking a thread for: about 10 us of one core.
inline constexpr double kFlopPerTeam = 1e6;

// What the update of a weight costs, with a root and a division, and what moving a number from rows to columns costs.
inline constexpr double kFlopPerUpdate = 100, kFlopPerMove = 64;

// body(begin, end, member) for parts that make up [0, n), each but the last a multiple of `step` long; at once, if there is a
// team and `flop` is worth it.
template <class Body>
void share_work(const Team* team, std::int64_t n, std::int64_t step, double flop, const Body& body) {
  if (team == nullptr || team->size <= 1 || n <= step || flop < kFlopPerTeam) return body(std::int64_t{0}, n, 0);
  const auto part = [&](int member) {
    const SubnormalsAreZero scope;
    const std::int64_t n_steps = (n + step - 1) / step;
    const std::int64_t begin = n_steps * member / team->size * step;
    const std::int64_t end = std::min(n, n_steps * (member + 1) / team->size * step);
    if (begin < end) body(begin, end, member);
  };
  team->run(std::ref(part));  // by reference, for which nothing is allocated
}

}  // namespace shoal::nn

// SPDX-License-Identifier: Apache-2.0
// The primes of one window, by libprimesieve on the calling thread.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "shoal/tasks/job.hpp"
#include "workloads/primes/gap_table.hpp"
#include "workloads/primes/summary.hpp"
#include "workloads/primes/window_plan.hpp"

namespace shoal::workloads::primes {

// What to find out. Only the count is free of charge: each kind of tuplet is a pass of its own, and all others together are one
// pass that looks at every prime. `ends`: the first and the last prime.
struct Wanted {
  std::array<bool, 5> tuplets = {};
  bool ends = false;
  bool sum = false;
  bool bitwise_xor = false;
  bool residues = false;
  bool max_gap = false;
  bool every_prime() const { return sum || bitwise_xor || residues || max_gap; }
};

// Once before anything else, on every rank: libprimesieve must not start threads of its own.
void use_one_thread();

// Calls `use` with runs of the primes of [begin, end), in order, as long as it returns true. False: it gave up because of the
// stop token.
bool for_primes(const Window& window, const tasks::StopToken& stop, const std::function<bool(std::span<const std::uint64_t>)>& use);

// The following return false if they gave up. Counting passes cannot be interrupted.
bool summarise(const Window& window, const Wanted& wanted, const tasks::StopToken& stop, Summary& summary);
bool tabulate_gaps(const Window& window, const tasks::StopToken& stop, GapTable& table);

// The k-th prime of the window, k >= 1; 0: it has fewer.
bool find_prime(const Window& window, std::uint64_t k, const tasks::StopToken& stop, std::uint64_t& prime);

}  // namespace shoal::workloads::primes

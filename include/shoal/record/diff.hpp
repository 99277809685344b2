// SPDX-License-Identifier: Apache-2.0
// What differs between two results.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "shoal/record/tree.hpp"

namespace shoal::record {

struct DiffOptions {
  // Floating-point numbers a, b count as equal if |a - b| <= rtol * max(|a|, |b|). 0: equal bits, where all NaN are equal.
  double rtol = 0;
  std::size_t max_listed = 10;  // differences named
  std::size_t max_listed_per_dataset = 3;
};

// "/results/trials/loss[17]: 0.0123 != 0.0124"
struct Difference {
  std::string path;  // with the index in brackets, if any
  std::string what;
};

struct DiffResult {
  std::vector<Difference> first;   // in the order of paths
  std::uint64_t n_values = 0;      // values that differ, in datasets of the same type and shape
  std::uint64_t n_objects = 0;     // datasets that are missing, or differ in type, shape, units or values
  double largest_relative = 0;     // of the floating-point values that differ; infinite where one is NaN
  bool equal() const { return n_objects == 0; }
};

// Compares the groups /results of two results. Attributes other than units and flags are not compared.
DiffResult diff(const Group& a_results, const Group& b_results, const DiffOptions& options = {});

// For people: one line a difference, and a summary.
std::string to_text(const DiffResult& result);

}  // namespace shoal::record

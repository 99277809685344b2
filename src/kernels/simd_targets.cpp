// SPDX-License-Identifier: Apache-2.0
#include "shoal/kernels/simd_targets.hpp"

#include <hwy/highway.h>
#include <hwy/targets.h>

#include <cstdint>

namespace shoal::kernels {
namespace {

// Better targets have lower bits.
std::vector<std::string> names_of(std::int64_t targets) {
  std::vector<std::string> names;
  for (; targets != 0; targets &= targets - 1) names.emplace_back(hwy::TargetName(targets & -targets));
  return names;
}

}  // namespace

std::vector<std::string> simd_targets_built() { return names_of(HWY_TARGETS); }

std::string simd_target_chosen() {
  const auto usable = names_of(hwy::SupportedTargets() & HWY_TARGETS);
  return usable.empty() ? "none" : usable.front();
}

}  // namespace shoal::kernels

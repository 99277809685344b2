// SPDX-License-Identifier: Apache-2.0
// Which instruction sets this program holds code for, and which one this machine runs. All give the same bits.
#pragma once

#include <string>
#include <vector>

namespace shoal::kernels {

std::vector<std::string> simd_targets_built();  // best first, such as {"AVX3", "AVX2"}
std::string simd_target_chosen();

}  // namespace shoal::kernels

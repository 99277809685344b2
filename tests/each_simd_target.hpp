// SPDX-License-Identifier: Apache-2.0
// Runs a check with every SIMD target that was built and that this CPU has.
#pragma once

#include <hwy/highway.h>
#include <hwy/targets.h>

#include <cstdint>

#include "catch.hpp"

template <class Check>
void on_each_simd_target(const Check& check) {
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    INFO("SIMD target " << hwy::TargetName(target));
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
    check();
  }
  hwy::SetSupportedTargetsForTest(0);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

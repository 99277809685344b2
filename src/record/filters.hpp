// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace shoal::record {

// Level 1 after shuffle: most of the gain of higher levels at several times their speed.
inline constexpr int kDeflateLevel = 1;

}  // namespace shoal::record

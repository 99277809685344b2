// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

// How often this program has called operator new so far, in any form.
std::int64_t allocations();

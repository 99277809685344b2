// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>

namespace shoal::record {

// Calls work(0) ... work(n - 1), each once, on as many threads as the caller may use CPUs, at most eight. The first
// exception is thrown again when all threads have ended.
void in_parallel(std::size_t n, const std::function<void(std::size_t)>& work);

}  // namespace shoal::record

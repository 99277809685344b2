// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iterator>

#include "kernels/primality_parts.hpp"

namespace shoal::kernels {
namespace {

constexpr std::uint32_t kExceptions[] = {
#include "kernels/euler_exceptions.inc"
};

}  // namespace

const EulerFilter& euler_filter() {
  static const EulerFilter filter = [] {
    EulerFilter f{};
    for (const std::uint32_t n : kExceptions) f.words[EulerFilter::bit_of(n) / 64] |= std::uint64_t{1} << EulerFilter::bit_of(n) % 64;
    return f;
  }();
  return filter;
}

bool is_euler_exception(std::uint32_t n) { return std::binary_search(std::begin(kExceptions), std::end(kExceptions), n); }

std::span<const std::uint32_t> euler_exceptions() { return kExceptions; }

}  // namespace shoal::kernels

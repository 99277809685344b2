// SPDX-License-Identifier: Apache-2.0
// A fixed number of floats, zero at first, on a cache line: vectors never straddle two lines.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>

namespace shoal::nn {

class AlignedFloats {
 public:
  AlignedFloats() = default;
  explicit AlignedFloats(std::int64_t n) : size_(n) {
    const std::size_t bytes = static_cast<std::size_t>(n) * sizeof(float);
    values_.reset(static_cast<float*>(::operator new(bytes, kAlignment)));
    std::fill_n(values_.get(), n, 0.0f);
  }

  float* data() { return values_.get(); }
  const float* data() const { return values_.get(); }
  std::int64_t size() const { return size_; }

 private:
  static constexpr std::align_val_t kAlignment{64};
  struct Free {
    void operator()(float* p) const { ::operator delete(p, kAlignment); }
  };
  std::unique_ptr<float, Free> values_;
  std::int64_t size_ = 0;
};

}  // namespace shoal::nn

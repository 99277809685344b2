// SPDX-License-Identifier: Apache-2.0
// Products modulo an odd n < 2^64 (P. Montgomery, Math. Comp. 44, 519-521, 1985), R = 2^64: a residue x is held as x R mod n.
#pragma once

#include <cstdint>

namespace shoal::kernels {

__extension__ using Wide = unsigned __int128;

class Montgomery {
 public:
  explicit Montgomery(std::uint64_t n) : n_(n), inverse_(inverse_of(n)), one_((0 - n) % n) {}

  std::uint64_t modulus() const { return n_; }
  std::uint64_t one() const { return one_; }
  std::uint64_t minus_one() const { return n_ - one_; }

  std::uint64_t from(std::uint64_t x) const { return static_cast<std::uint64_t>(static_cast<Wide>(x % n_) * one_ % n_); }

  // Signed form: the difference of the high words, so that no sum exceeds 64 bits.
  std::uint64_t multiply(std::uint64_t a, std::uint64_t b) const {
    const Wide product = static_cast<Wide>(a) * b;
    const auto high = static_cast<std::uint64_t>(product >> 64);
    const std::uint64_t q = static_cast<std::uint64_t>(product) * inverse_;
    const auto back = static_cast<std::uint64_t>(static_cast<Wide>(q) * n_ >> 64);
    return high - back + (high < back ? n_ : 0);
  }
  std::uint64_t add(std::uint64_t a, std::uint64_t b) const { return a >= n_ - b ? a - (n_ - b) : a + b; }
  std::uint64_t subtract(std::uint64_t a, std::uint64_t b) const { return a - b + (a < b ? n_ : 0); }
  std::uint64_t halve(std::uint64_t a) const { return (a & 1) == 0 ? a / 2 : a / 2 + n_ / 2 + 1; }

  // Newton's iteration: 5 correct bits, doubled four times.
  static std::uint64_t inverse_of(std::uint64_t n) {
    std::uint64_t x = 3 * n ^ 2;
    for (int i = 0; i < 4; ++i) x *= 2 - n * x;
    return x;
  }

 private:
  std::uint64_t n_;
  std::uint64_t inverse_;  // n * inverse = 1 mod 2^64
  std::uint64_t one_;      // 2^64 mod n
};

}  // namespace shoal::kernels

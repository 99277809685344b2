// SPDX-License-Identifier: Apache-2.0
// Decimal numbers of any length, exactly: what inputs say about a view before it becomes binary.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace shoal::workloads::mandelbrot {

class Decimal {
 public:
  // "-0.75", "1e-300", ".5", "+3": digits with at most one point, and perhaps an exponent. No value: it is no such number.
  // At most kMostDigits digits, exponents within +-kLargestExponent.
  static std::optional<Decimal> parse(std::string_view text);
  static constexpr std::size_t kMostDigits = 100000;
  static constexpr std::int64_t kLargestExponent = 100000;

  bool is_zero() const { return digits_.empty(); }
  bool is_negative() const { return negative_; }

  Decimal operator-() const;
  friend Decimal operator+(const Decimal& a, const Decimal& b);
  friend Decimal operator-(const Decimal& a, const Decimal& b) { return a + -b; }
  Decimal half() const;

  // In the form parse() reads: the digits as an integer, and an exponent: "-75e-2".
  std::string to_text() const;

  // Nearest binary64; +-0 below the range of doubles, infinite above it.
  double to_double() const;

 private:
  void normalise();

  bool negative_ = false;
  std::string digits_;         // '0'..'9', no leading or trailing zeros; empty: 0
  std::int64_t exponent_ = 0;  // of the last digit
};

}  // namespace shoal::workloads::mandelbrot

// SPDX-License-Identifier: Apache-2.0
#include "workloads/mandelbrot/decimal.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

namespace shoal::workloads::mandelbrot {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::size_t count_digits(std::string_view text) {
  return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_digit) - text.begin());
}

// Of numbers of equal length. a >= b for the second.
std::string add(const std::string& a, const std::string& b) {
  std::string sum(a.size() + 1, '0');
  int carry = 0;
  for (std::size_t i = a.size(); i-- > 0;) {
    const int digit = (a[i] - '0') + (b[i] - '0') + carry;
    sum[i + 1] = static_cast<char>('0' + digit % 10);
    carry = digit / 10;
  }
  sum[0] = static_cast<char>('0' + carry);
  return sum;
}

std::string subtract(const std::string& a, const std::string& b) {
  std::string difference(a.size(), '0');
  int borrow = 0;
  for (std::size_t i = a.size(); i-- > 0;) {
    const int digit = (a[i] - '0') - (b[i] - '0') - borrow;
    borrow = digit < 0;
    difference[i] = static_cast<char>('0' + digit + 10 * borrow);
  }
  return difference;
}

}  // namespace

std::optional<Decimal> Decimal::parse(std::string_view text) {
  Decimal number;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    number.negative_ = text[0] == '-';
    text.remove_prefix(1);
  }
  const std::size_t whole = count_digits(text);
  number.digits_ = text.substr(0, whole);
  text.remove_prefix(whole);
  if (!text.empty() && text[0] == '.') {
    const std::size_t fraction = count_digits(text.substr(1));
    number.digits_ += text.substr(1, fraction);
    number.exponent_ = -static_cast<std::int64_t>(fraction);
    text.remove_prefix(1 + fraction);
  }
  if (number.digits_.empty() || number.digits_.size() > kMostDigits) return std::nullopt;
  if (!text.empty()) {
    if (text[0] != 'e' && text[0] != 'E') return std::nullopt;
    text.remove_prefix(text.size() > 1 && text[1] == '+' ? 2 : 1);
    std::int64_t exponent = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), exponent);
    if (error != std::errc() || end != text.data() + text.size() || exponent < -kLargestExponent || exponent > kLargestExponent)
      return std::nullopt;
    number.exponent_ += exponent;
  }
  number.normalise();
  return number;
}

void Decimal::normalise() {
  digits_.erase(0, digits_.find_first_not_of('0'));
  const std::size_t used = digits_.find_last_not_of('0') + 1;  // 0 if there is none
  exponent_ += static_cast<std::int64_t>(digits_.size() - used);
  digits_.resize(used);
  if (!digits_.empty()) return;
  exponent_ = 0;
  negative_ = false;
}

Decimal Decimal::operator-() const {
  Decimal result = *this;
  result.negative_ = !negative_ && !is_zero();
  return result;
}

Decimal operator+(const Decimal& a, const Decimal& b) {
  if (a.is_zero()) return b;
  if (b.is_zero()) return a;
  Decimal result;
  result.exponent_ = std::min(a.exponent_, b.exponent_);
  std::string x = a.digits_ + std::string(static_cast<std::size_t>(a.exponent_ - result.exponent_), '0');
  std::string y = b.digits_ + std::string(static_cast<std::size_t>(b.exponent_ - result.exponent_), '0');
  const std::size_t length = std::max(x.size(), y.size());
  x.insert(0, length - x.size(), '0');
  y.insert(0, length - y.size(), '0');
  result.negative_ = a.negative_;
  if (a.negative_ == b.negative_) {
    result.digits_ = add(x, y);
  } else {
    result.negative_ = x >= y ? a.negative_ : b.negative_;
    result.digits_ = x >= y ? subtract(x, y) : subtract(y, x);
  }
  result.normalise();
  return result;
}

Decimal Decimal::half() const {
  Decimal result = *this;  // a / 2 = 5 a / 10
  result.digits_.insert(0, 1, '0');
  int carry = 0;
  for (std::size_t i = result.digits_.size(); i-- > 0;) {
    const int digit = 5 * (result.digits_[i] - '0') + carry;
    result.digits_[i] = static_cast<char>('0' + digit % 10);
    carry = digit / 10;
  }
  --result.exponent_;
  result.normalise();
  return result;
}

std::string Decimal::to_text() const {
  std::string text = negative_ ? "-" : "";
  text += digits_.empty() ? "0" : digits_;
  if (exponent_ != 0) text += "e" + std::to_string(exponent_);
  return text;
}

double Decimal::to_double() const {
  const std::string text = to_text();
  double value = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), value).ec == std::errc()) return value;
  const bool large = exponent_ + static_cast<std::int64_t>(digits_.size()) > 0;
  const double size = large ? std::numeric_limits<double>::infinity() : 0.0;
  return negative_ ? -size : size;
}

}  // namespace shoal::workloads::mandelbrot

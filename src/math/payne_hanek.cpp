// SPDX-License-Identifier: Apache-2.0
#include "math/payne_hanek.hpp"

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>

#include "math/coefficients.hpp"

namespace shoal::math {
namespace {

__extension__ using Wide = unsigned __int128;
using Limbs = std::array<std::uint64_t, 3>;  // most significant first

// 64 bits of 2/pi beginning with the one of weight 2^-(first + 1); bits before the binary point are 0.
std::uint64_t bits_from(int first) {
  const auto word = [](int i) { return i < 0 ? 0 : two_over_pi_bits[i]; };
  const int index = first >= 0 ? first / 64 : -((63 - first) / 64);
  const int shift = first - 64 * index;
  return shift == 0 ? word(index) : (word(index) << shift) | (word(index + 1) >> (64 - shift));
}

// m * w modulo 2^192.
Limbs multiply(std::uint64_t m, const Limbs& w) {
  const Wide low = Wide{m} * w[2];
  const Wide middle = Wide{m} * w[1] + static_cast<std::uint64_t>(low >> 64);
  const std::uint64_t high = m * w[0] + static_cast<std::uint64_t>(middle >> 64);
  return {high, static_cast<std::uint64_t>(middle), static_cast<std::uint64_t>(low)};
}

Limbs negated(const Limbs& a) {
  const std::uint64_t low = ~a[2] + 1;
  const std::uint64_t middle = ~a[1] + (low == 0);
  return {~a[0] + (low == 0 && middle == 0), middle, low};
}

struct Sum {
  double hi, lo;
};

// a 2^-64 + ... as hi + lo: six exact pieces of 32 bits, each added with its rounding error kept.
Sum to_double(const Limbs& a) {
  Sum sum = {0, 0};
  double weight = 0x1p-32;
  for (const std::uint64_t limb : a) {
    for (const std::uint64_t half : {limb >> 32, limb & 0xffffffffu}) {
      const double term = static_cast<double>(half) * weight;
      const double total = sum.hi + term;
      sum.lo += term - (total - sum.hi);
      sum.hi = total;
      weight *= 0x1p-32;
    }
  }
  const double total = sum.hi + sum.lo;
  return {total, sum.lo - (total - sum.hi)};
}

}  // namespace

// x = m 2^e. A window of 192 bits of 2/pi starts with the bit that gives m times it the weight 2^1: what lies
// before adds multiples of 4 quadrants, what lies behind less than 2^-136.
ReducedAngle reduce_payne_hanek(double x) noexcept {
  const auto bits = std::bit_cast<std::uint64_t>(x);
  const int biased = static_cast<int>((bits >> 52) & 0x7ff);
  if (biased == 0x7ff) return {0, 0, 0};
  const std::uint64_t m = (bits & 0x000fffffffffffffu) | 0x0010000000000000u;
  const int first = biased - 1075 - 2;
  Limbs turn = multiply(m, {bits_from(first), bits_from(first + 64), bits_from(first + 128)});
  auto quadrant = static_cast<unsigned>(turn[0] >> 62);
  turn = {(turn[0] << 2) | (turn[1] >> 62), (turn[1] << 2) | (turn[2] >> 62), turn[2] << 2};
  const bool upper = (turn[0] >> 63) != 0;
  if (upper) {
    turn = negated(turn);
    ++quadrant;
  }
  const Sum fraction = to_double(turn);
  const double hi = fraction.hi * 0x1.921fb54442d18p+0;
  const double error = std::fma(fraction.hi, 0x1.921fb54442d18p+0, -hi);
  const double lo = error + (fraction.hi * 0x1.1a62633145c07p-54 + fraction.lo * 0x1.921fb54442d18p+0);
  const double total = hi + lo;
  const double rest = lo - (total - hi);
  const bool positive = ((bits >> 63) != 0) == upper;
  quadrant = (bits >> 63) != 0 ? (4 - quadrant % 4) % 4 : quadrant % 4;
  return {static_cast<double>(quadrant), positive ? total : -total, positive ? rest : -rest};
}

}  // namespace shoal::math

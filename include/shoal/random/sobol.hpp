// SPDX-License-Identifier: Apache-2.0
// Sobol' sequences (I. M. Sobol', USSR Comput. Math. Math. Phys. 7, 86-112, 1967) in up to 1024 dimensions, with the direction
// numbers of Joe and Kuo (SIAM J. Sci. Comput. 30, 2635-2654, 2008) and Owen's nested uniform scrambling (Owen, Randomly
// permuted (t,m,s)-nets and (t,s)-sequences, 1995).
//
// Numbers are addresses here too: coordinate `dimension` of point `index` under `seed` is always the same. The first 2^m points
// (and every aligned block of 2^m) are a (t, m, s)-net, scrambled or not; any number of points may be used, powers of two are
// best. Natural order of the index, no Gray code. Two different seeds are two independent scramblings of the whole sequence.
//
// Scrambling, exactly. Let r be the 52 binary digits of the point, the first digit as bit 0, and k = Stream(seed,
// 0x736f626f6c).derived(dimension).key(). With all arithmetic modulo 2^64, for round = 0, 1, 2, 3:
//   r += mix(k + 3 round);  r *= mix(k + 3 round + 1) | 1;  r ^= r * (mix(k + 3 round + 2) & ~1)
// In each step bit i of the outcome is bit i of r, flipped or not as the bits below i (the digits before it) decide: that is
// a nested scrambling, of the form of Laine and Karras (Computer Graphics Forum 30, 2011). The coordinate is
// (u + 1/2) 2^-52 with u the first 52 of the 64 scrambled digits: inside (0, 1).
#pragma once

#include <cstdint>
#include <span>

namespace shoal::random {

inline constexpr int kSobolDimensions = 1024;
inline constexpr std::uint64_t kSobolPoints = std::uint64_t{1} << 52;

// Coordinate `dimension` (from 0) of point `index` of the sequence itself, in [0, 1): a multiple of 2^-52.
// Here and below 0 <= dimension < kSobolDimensions and index < kSobolPoints.
double sobol(std::uint64_t index, int dimension);

// The same, scrambled, in (0, 1).
double scrambled_sobol(std::uint64_t index, int dimension, std::uint64_t seed);

// out[i] = scrambled_sobol(first + i, dimension, seed), some 2 ns each.
void fill_scrambled_sobol(std::uint64_t first, int dimension, std::uint64_t seed, std::span<double> out);

}  // namespace shoal::random

// SPDX-License-Identifier: Apache-2.0
// Distributions over the addresses of a Stream: one value at a time, or filled in blocks by SIMD with the
// same bits.
//
// A draw holds two 64-bit halves and four 32-bit words. Element i of a filled f64 or u64 array uses half i %
// 2 of draw `draw + i / 2`; element i of an f32, u32 or uniform_32 array uses word i % 4 of draw `draw + i /
// 4`. So an array may be filled in pieces (of even length, or of lengths divisible by 4), and the one-value
// functions below give its elements. draws_for_f64(n) and draws_for_f32(n) say how many draws an array takes.
//
// Results do not depend on the instruction set, the compiler, the piece lengths or the thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "shoal/random/stream.hpp"

namespace shoal::random {

constexpr std::uint64_t draws_for_f64(std::size_t n) noexcept {
  return n / 2 + n % 2;
}
constexpr std::uint64_t draws_for_f32(std::size_t n) noexcept {
  return n / 4 + (n % 4 != 0);
}

// --- one value ---

// Uniform in [0, 1): a multiple of 2^-52 (the upper 52 bits of the half).
double uniform(const Stream& stream, std::uint64_t task, std::uint64_t draw, unsigned half = 0) noexcept;

// Uniform in (0, 1]: 1 - uniform(...), exactly; safe to take the logarithm of.
double uniform_positive(const Stream& stream, std::uint64_t task, std::uint64_t draw,
                        unsigned half = 0) noexcept;

// Uniform in [0, 1) from one word: a multiple of 2^-32, enough for many Monte Carlo estimates.
double uniform_32(const Stream& stream, std::uint64_t task, std::uint64_t draw, unsigned word = 0) noexcept;

// Uniform f32 in [0, 1): a multiple of 2^-24 (the upper 24 bits of the word).
float uniform_f32(const Stream& stream, std::uint64_t task, std::uint64_t draw, unsigned word = 0) noexcept;

// Standard normal by Box and Muller (1958): with u = uniform_positive(half 0) and v = uniform(half 1),
// half 0: sqrt(-2 log u) cos(2 pi v), half 1: sqrt(-2 log u) sin(2 pi v). At most 8.5 in size.
double normal(const Stream& stream, std::uint64_t task, std::uint64_t draw, unsigned half = 0) noexcept;

// Standard normal in f32: words 0 and 1 from words (0, 1), words 2 and 3 from words (2, 3), as above, with
// u = (w + 1) 2^-32 rounded to f32 and v a multiple of 2^-24. At most 6.7 in size.
float normal_f32(const Stream& stream, std::uint64_t task, std::uint64_t draw, unsigned word = 0) noexcept;

// Standard exponential: -log(uniform_positive(...)) to a relative error of 3e-12, in [0, 36.05].
double exponential(const Stream& stream, std::uint64_t task, std::uint64_t draw, unsigned half = 0) noexcept;

// An integer in [0, n), n >= 1, exactly uniform (Lemire, ACM TOMACS 29, 2019): the upper 64 bits of bits * n;
// a value in the biased part is drawn again from the same address of stream.derived(1), derived(2), ...
std::uint64_t below(const Stream& stream, std::uint64_t task, std::uint64_t draw, std::uint64_t n,
                    unsigned half = 0) noexcept;

// --- blocks (SIMD, dispatched at run time) ---

void fill_words(const Stream& stream, std::uint64_t task, std::uint64_t draw, std::span<std::uint32_t> out);
void fill_bits(const Stream& stream, std::uint64_t task, std::uint64_t draw, std::span<std::uint64_t> out);
void fill_uniform(const Stream& stream, std::uint64_t task, std::uint64_t draw, std::span<double> out);
void fill_uniform_positive(const Stream& stream, std::uint64_t task, std::uint64_t draw,
                           std::span<double> out);
void fill_exponential(const Stream& stream, std::uint64_t task, std::uint64_t draw, std::span<double> out);
void fill_uniform(const Stream& stream, std::uint64_t task, std::uint64_t draw, std::span<float> out);
void fill_normal(const Stream& stream, std::uint64_t task, std::uint64_t draw, std::span<double> out);
void fill_normal(const Stream& stream, std::uint64_t task, std::uint64_t draw, std::span<float> out);

// out[i] = below(stream, task, draw + i / 2, n, i % 2), for 1 <= n <= 2^32.
void fill_below(const Stream& stream, std::uint64_t task, std::uint64_t draw, std::uint64_t n,
                std::span<std::uint32_t> out);

// out[i] = uniform_32(stream, task, draw + i / 4, i % 4): twice as fast as fill_uniform.
void fill_uniform_32(const Stream& stream, std::uint64_t task, std::uint64_t draw, std::span<double> out);

// Sums of n uniforms of [0, 1) without storing them: what a Monte Carlo loop costs at least. The elements of
// draw `draw + i`, in order, go to partial sum i % 8, and the eight are added pairwise:
// ((0+4)+(2+6))+((1+5)+(3+7)).
double sum_uniform(const Stream& stream, std::uint64_t task, std::uint64_t draw, std::uint64_t n);

// The same of uniform_32; its partial sums are kept in units of 2^-32, so exact for n up to 2^24.
double sum_uniform_32(const Stream& stream, std::uint64_t task, std::uint64_t draw, std::uint64_t n);

}  // namespace shoal::random

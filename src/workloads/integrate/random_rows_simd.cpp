// SPDX-License-Identifier: Apache-2.0
// Compiled for each target and chosen at run time. The eight lanes of a word are one vector or two.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "workloads/integrate/random_rows_simd.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cmath>

#include "workloads/integrate/gap_logarithm.hpp"
#include "workloads/integrate/random_rows.hpp"
#include "workloads/integrate/rows-inl.h"
#include "workloads/integrate/sums.hpp"

HWY_BEFORE_NAMESPACE();
namespace shoal::workloads::integrate::HWY_NAMESPACE {

// -log(c 2^-32) for c = w + 1/2: c = 2^e (1 + f) with 1/2 <= 1 + f < 1, then (32 - e) log 2 - f p(f), both terms positive.
HWY_INLINE VecF64 gap_of(VecF64 c) {
  const Lanes64 du;
  const LanesF64 d;
  const auto bits = hn::BitCast(du, c);
  const auto exponent = hn::Or(hn::ShiftRight<52>(bits), hn::Set(du, std::uint64_t{0x4330000000000000}));
  const VecF64 e = hn::Sub(hn::Set(d, 0x1p52 + 1022 + 32), hn::BitCast(d, exponent));
  const auto mantissa = hn::OrAnd(hn::Set(du, std::uint64_t{0x3fe0000000000000}), bits, hn::Set(du, std::uint64_t{0x000fffffffffffff}));
  const VecF64 f = hn::Sub(hn::BitCast(d, mantissa), hn::Set(d, 1.0));
  constexpr int last = sizeof kGapLogarithm / sizeof *kGapLogarithm - 1;
  VecF64 p = hn::Set(d, kGapLogarithm[last]);
  for (int i = last - 1; i >= 0; --i) p = hn::MulAdd(p, f, hn::Set(d, kGapLogarithm[i]));
  return hn::NegMulAdd(f, p, hn::Mul(e, hn::Set(d, kLog2)));
}

// 1 / (1 + x^2) of four vectors by one division.
HWY_INLINE void arctangents(VecF64 (&x)[4]) {
  const VecF64 one = hn::Set(LanesF64(), 1.0);
  for (VecF64& v : x) v = hn::MulAdd(v, v, one);
  const VecF64 first = hn::Mul(x[0], x[1]), second = hn::Mul(x[2], x[3]);
  const VecF64 all = hn::Div(one, hn::Mul(first, second));
  const VecF64 of_first = hn::Mul(all, second), of_second = hn::Mul(all, first);
  const VecF64 a = hn::Mul(x[1], of_first), b = hn::Mul(x[0], of_first);
  const VecF64 g = hn::Mul(x[3], of_second), h = hn::Mul(x[2], of_second);
  x[0] = a, x[1] = b, x[2] = g, x[3] = h;
}

struct StoreCentred {
  double* out;
  HWY_INLINE void operator()(const generator::Quarters& q, std::size_t row, std::size_t part) {
    const LanesF64 d;
    double* to = out + kRow * row + kWidth * part;
    const VecF64 unit = hn::Set(d, 0x1p-32);
    hn::StoreU(hn::Mul(centre_of_word(q.word0), unit), d, to);
    hn::StoreU(hn::Mul(centre_of_word(q.word1), unit), d, to + 8);
    hn::StoreU(hn::Mul(centre_of_word(q.word2), unit), d, to + 16);
    hn::StoreU(hn::Mul(centre_of_word(q.word3), unit), d, to + 24);
  }
};

void centred_kernel(std::uint64_t key, std::uint64_t first_row, std::size_t n_rows, double* out) {
  StoreCentred store{out};
  for_rows(key, first_row, n_rows, store);
}

struct StoreGaps {
  double* out;
  VecF64 total[kParts][4];

  HWY_INLINE void operator()(const generator::Quarters& q, std::size_t row, std::size_t part) {
    double* to = out + kRow * row + kWidth * part;
    one(q.word0, to, total[part][0]);
    one(q.word1, to + 8, total[part][1]);
    one(q.word2, to + 16, total[part][2]);
    one(q.word3, to + 24, total[part][3]);
  }
  static HWY_INLINE void one(hn::Vec<Lanes64> words, double* to, VecF64& sum) {
    const LanesF64 d;
    const VecF64 gap = gap_of(centre_of_word(words));
    hn::StoreU(gap, d, to);
    sum = hn::Add(sum, gap);
  }
};

void gaps_kernel(std::uint64_t key, std::uint64_t first_row, std::size_t n_rows, double* out, double* total) {
  const LanesF64 d;
  StoreGaps store;
  store.out = out;
  for (std::size_t part = 0; part < kParts; ++part)
    for (std::size_t w = 0; w < 4; ++w) store.total[part][w] = hn::LoadU(d, total + 8 * w + kWidth * part);
  for_rows(key, first_row, n_rows, store);
  for (std::size_t part = 0; part < kParts; ++part)
    for (std::size_t w = 0; w < 4; ++w) hn::StoreU(store.total[part][w], d, total + 8 * w + kWidth * part);
}

constexpr std::size_t kRowVectors = kRow / kWidth;

void place_kernel(const double* gaps, std::size_t n, double origin, double scale, double* at, double* x) {
  const LanesF64 d;
  const VecF64 from = hn::Set(d, origin), factor = hn::Set(d, scale);
  VecF64 place[kRowVectors];
  for (std::size_t v = 0; v < kRowVectors; ++v) place[v] = hn::LoadU(d, at + v * kWidth);
  for (std::size_t i = 0; i < n; i += kRow) {
    for (std::size_t v = 0; v < kRowVectors; ++v) {
      place[v] = hn::Add(place[v], hn::LoadU(d, gaps + i + v * kWidth));
      hn::StoreU(hn::MulAdd(place[v], factor, from), d, x + i + v * kWidth);
    }
  }
  for (std::size_t v = 0; v < kRowVectors; ++v) hn::StoreU(place[v], d, at + v * kWidth);
}

// The columns p * kWidth ... of each eight: four vectors, as many as registers hold sums of.
struct Vectors {
  VecF64 at[4], above[4], area[4], variation[4];

  HWY_INLINE Vectors(const double* state, std::size_t part) {
    const LanesF64 d;
    for (std::size_t q = 0; q < 4; ++q) {
      const double* from = state + 8 * q + kWidth * part;
      at[q] = hn::LoadU(d, from);
      above[q] = hn::LoadU(d, from + kRow);
      area[q] = hn::LoadU(d, from + 2 * kRow);
      variation[q] = hn::LoadU(d, from + 3 * kRow);
    }
  }
  HWY_INLINE void store(double* state, std::size_t part) const {
    const LanesF64 d;
    for (std::size_t q = 0; q < 4; ++q) {
      double* to = state + 8 * q + kWidth * part;
      hn::StoreU(at[q], d, to);
      hn::StoreU(above[q], d, to + kRow);
      hn::StoreU(area[q], d, to + 2 * kRow);
      hn::StoreU(variation[q], d, to + 3 * kRow);
    }
  }
  HWY_INLINE void add(std::size_t q, VecF64 gap, VecF64 f) {
    area[q] = hn::MulAdd(gap, f, area[q]);
    variation[q] = hn::MulAdd(gap, hn::Abs(hn::Sub(f, above[q])), variation[q]);
    above[q] = f;
  }
};

void areas_kernel(const double* gaps, const double* f, std::size_t n, double* state) {
  const LanesF64 d;
  for (std::size_t part = 0; part < kParts; ++part) {
    Vectors vectors(state, part);
    for (std::size_t i = kWidth * part; i < n; i += kRow)
      for (std::size_t q = 0; q < 4; ++q) vectors.add(q, hn::LoadU(d, gaps + i + 8 * q), hn::LoadU(d, f + i + 8 * q));
    vectors.store(state, part);
  }
}

void arctangent_areas_kernel(const double* gaps, std::size_t n, double origin, double scale, double* state) {
  const LanesF64 d;
  const VecF64 from = hn::Set(d, origin), factor = hn::Set(d, scale);
  for (std::size_t part = 0; part < kParts; ++part) {
    Vectors vectors(state, part);
    for (std::size_t i = kWidth * part; i < n; i += kRow) {
      VecF64 gap[4], f[4];
      for (std::size_t q = 0; q < 4; ++q) {
        gap[q] = hn::LoadU(d, gaps + i + 8 * q);
        vectors.at[q] = hn::Add(vectors.at[q], gap[q]);
        f[q] = hn::MulAdd(vectors.at[q], factor, from);
      }
      arctangents(f);
      for (std::size_t q = 0; q < 4; ++q) vectors.add(q, gap[q], f[q]);
    }
    vectors.store(state, part);
  }
}

// Sums of 1 / (1 + x^2) over words in memory. What waits for a division keeps the processor from looking ahead, so a vector of draws is
// finished when the divisions of the next ones have begun.
template <bool exact_origin>
struct AddArctangents {
  // x = origin + step * (w + 1/2), or, where that is exact, number_of_word(w) * step + origin.
  VecF64 origin, step, pivot;
  VecF64 sum[kParts][4], squares[kParts][4];

  struct Begun {
    double x[4 * kWidth], first[kWidth], second[kWidth], all[kWidth];
  };

  // Words of the rows in `words`, 32 a row.
  HWY_INLINE void operator()(const std::uint64_t* words, std::size_t n_rows) {
    constexpr std::size_t depth = 4;
    HWY_ALIGN Begun begun[depth];
    const std::size_t ahead = std::min(depth, n_rows);
    for (std::size_t part = 0; part < kParts; ++part) {
      const std::uint64_t* from = words + kWidth * part;
      for (std::size_t row = 0; row < ahead; ++row) begin(from + kRow * row, begun[row]);
      for (std::size_t row = depth; row < n_rows; ++row) {
        finish(begun[row % depth], part);
        begin(from + kRow * row, begun[row % depth]);
      }
      for (std::size_t row = n_rows - ahead; row < n_rows; ++row) finish(begun[row % depth], part);
    }
  }

  HWY_INLINE void begin(const std::uint64_t* words, Begun& f) const {
    const LanesF64 d;
    const VecF64 one = hn::Set(d, 1.0);
    VecF64 x[4];
    for (std::size_t w = 0; w < 4; ++w) {
      x[w] = place(hn::Load(Lanes64(), words + 8 * w));
      x[w] = hn::MulAdd(x[w], x[w], one);
      hn::Store(x[w], d, f.x + w * kWidth);
    }
    const VecF64 first = hn::Mul(x[0], x[1]), second = hn::Mul(x[2], x[3]);
    hn::Store(first, d, f.first);
    hn::Store(second, d, f.second);
    hn::Store(hn::Div(one, hn::Mul(first, second)), d, f.all);
  }
  HWY_INLINE VecF64 place(hn::Vec<Lanes64> words) const {
    return hn::MulAdd(exact_origin ? number_of_word(words) : centre_of_word(words), step, origin);
  }

  HWY_INLINE void finish(const Begun& f, std::size_t part) {
    const LanesF64 d;
    const VecF64 all = hn::Load(d, f.all), of_first = hn::Mul(all, hn::Load(d, f.second)), of_second = hn::Mul(all, hn::Load(d, f.first));
    add(part, 0, hn::Mul(of_first, hn::Load(d, f.x + kWidth)));
    add(part, 1, hn::Mul(of_first, hn::Load(d, f.x)));
    add(part, 2, hn::Mul(of_second, hn::Load(d, f.x + 3 * kWidth)));
    add(part, 3, hn::Mul(of_second, hn::Load(d, f.x + 2 * kWidth)));
  }
  HWY_INLINE void add(std::size_t part, std::size_t w, VecF64 f) {
    const VecF64 difference = hn::Sub(f, pivot);
    sum[part][w] = hn::Add(sum[part][w], difference);
    squares[part][w] = hn::MulAdd(difference, difference, squares[part][w]);
  }
};

struct StoreWords {
  std::uint64_t* out;
  HWY_INLINE void operator()(const generator::Quarters& q, std::size_t row, std::size_t part) {
    const Lanes64 d;
    std::uint64_t* to = out + kRow * row + kWidth * part;
    hn::Store(q.word0, d, to);
    hn::Store(q.word1, d, to + 8);
    hn::Store(q.word2, d, to + 16);
    hn::Store(q.word3, d, to + 24);
  }
};

template <bool exact_origin>
HWY_INLINE void add_arctangents(std::uint64_t key, std::uint64_t first_row, std::size_t n_rows, double origin, double step, double pivot,
                                double* sum, double* squares) {
  const LanesF64 d;
  AddArctangents<exact_origin> add;
  add.origin = hn::Set(d, origin);
  add.step = hn::Set(d, step);
  add.pivot = hn::Set(d, pivot);
  for (std::size_t part = 0; part < kParts; ++part)
    for (std::size_t w = 0; w < 4; ++w) add.sum[part][w] = add.squares[part][w] = hn::Zero(d);
  // Generator and function take turns over words in the first cache: together they would need more registers than there are.
  constexpr std::size_t rows_a_turn = 32;
  HWY_ALIGN std::uint64_t words[rows_a_turn * kRow];
  generator::Philox philox(key, 0, 8 * first_row);
  for (std::size_t row = 0; row < n_rows; row += rows_a_turn) {
    const std::size_t rows = std::min(rows_a_turn, n_rows - row);
    StoreWords store{words};
    next_rows(philox, rows, store);
    add(words, rows);
  }
  for (std::size_t part = 0; part < kParts; ++part) {
    for (std::size_t w = 0; w < 4; ++w) {
      hn::StoreU(add.sum[part][w], d, sum + 8 * w + kWidth * part);
      hn::StoreU(add.squares[part][w], d, squares + 8 * w + kWidth * part);
    }
  }
}

// On intervals such as [0, 1] the origin of 2^52 + w is exact, which saves an operation; the sums are the same.
void arctangent_kernel(std::uint64_t key, std::uint64_t first_row, std::size_t n_rows, double origin, double step, double pivot,
                       double* sum, double* squares) {
  const double offset = kNumberToCentre * step, moved = origin - offset, part = moved - origin;
  const bool exact = std::fma(kNumberToCentre, step, -offset) == 0 && (origin - (moved - part)) + (-offset - part) == 0;
  if (exact) add_arctangents<true>(key, first_row, n_rows, moved, step, pivot, sum, squares);
  else add_arctangents<false>(key, first_row, n_rows, origin, step, pivot, sum, squares);
}

}  // namespace shoal::workloads::integrate::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace shoal::workloads::integrate {

HWY_EXPORT(centred_kernel);
HWY_EXPORT(gaps_kernel);
HWY_EXPORT(place_kernel);
HWY_EXPORT(areas_kernel);
HWY_EXPORT(arctangent_areas_kernel);
HWY_EXPORT(arctangent_kernel);

void fill_centred(const random::Stream& stream, std::uint64_t first_row, std::span<double> out) {
  const std::size_t rows = out.size() / kRow, rest = out.size() % kRow;
  HWY_DYNAMIC_DISPATCH(centred_kernel)(stream.key(), first_row, rows, out.data());
  if (rest == 0) return;
  double last[kRow];
  HWY_DYNAMIC_DISPATCH(centred_kernel)(stream.key(), first_row + rows, 1, last);
  std::copy_n(last, rest, out.end() - static_cast<std::ptrdiff_t>(rest));
}

void fill_gaps(const random::Stream& stream, std::uint64_t first_row, std::size_t n, std::span<double> gaps, std::array<double, kRow>& total) {
  const std::size_t rows = n / kRow, rest = n % kRow;
  HWY_DYNAMIC_DISPATCH(gaps_kernel)(stream.key(), first_row, rows, gaps.data(), total.data());
  if (rest == 0) return;
  double unused[kRow] = {};
  double* last = gaps.data() + rows * kRow;
  HWY_DYNAMIC_DISPATCH(gaps_kernel)(stream.key(), first_row + rows, 1, last, unused);
  std::fill(last + rest, last + kRow, 0.0);
  for (std::size_t c = 0; c < rest; ++c) total[c] += last[c];
}

static_assert(sizeof(Stretches) == 4 * kRow * sizeof(double));  // kernels see it as four rows

void place_nodes(std::span<const double> gaps, double origin, double scale, std::array<double, kRow>& at, std::span<double> x) {
  HWY_DYNAMIC_DISPATCH(place_kernel)(gaps.data(), gaps.size(), origin, scale, at.data(), x.data());
}

void add_areas(std::span<const double> gaps, std::span<const double> f, Stretches& stretches) {
  HWY_DYNAMIC_DISPATCH(areas_kernel)(gaps.data(), f.data(), gaps.size(), stretches.at.data());
}

void add_arctangent_areas(std::span<const double> gaps, double origin, double scale, Stretches& stretches) {
  HWY_DYNAMIC_DISPATCH(arctangent_areas_kernel)(gaps.data(), gaps.size(), origin, scale, stretches.at.data());
}

ShiftedSums arctangent_sums(const random::Stream& stream, std::uint64_t first_row, std::size_t n_rows, double origin, double step,
                            double pivot) {
  double sum[kRow], squares[kRow];
  HWY_DYNAMIC_DISPATCH(arctangent_kernel)(stream.key(), first_row, n_rows, origin, step, pivot, sum, squares);
  return {row_total(sum), row_total(squares)};
}

}  // namespace shoal::workloads::integrate
#endif

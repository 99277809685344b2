// SPDX-License-Identifier: Apache-2.0
// The limit of one core: fused multiply-adds a second in single precision, by a short burst.
#pragma once

#include <immintrin.h>
#include <time.h>

#include <algorithm>

namespace fma_peak {

// CPU time of this thread.
inline double cpu_seconds() {
  timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

// 16 independent chains hide the latency of 4 clocks on two ports.
__attribute__((target("avx512f"))) inline void burst_512(long n) {
  __m512 a0 = _mm512_set1_ps(1), a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0, a6 = a0, a7 = a0;
  const __m512 x = _mm512_set1_ps(1e-9f), y = a0;
  __m512 a8 = a0, a9 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0, b4 = a0, b5 = a0;
  for (long i = 0; i < n; ++i) {
    asm volatile(
        "vfmadd231ps %8, %9, %0\n vfmadd231ps %8, %9, %1\n vfmadd231ps %8, %9, %2\n"
        "vfmadd231ps %8, %9, %3\n vfmadd231ps %8, %9, %4\n vfmadd231ps %8, %9, %5\n"
        "vfmadd231ps %8, %9, %6\n vfmadd231ps %8, %9, %7\n"
        : "+v"(a0), "+v"(a1), "+v"(a2), "+v"(a3), "+v"(a4), "+v"(a5), "+v"(a6), "+v"(a7)
        : "v"(x), "v"(y));
    asm volatile(
        "vfmadd231ps %8, %9, %0\n vfmadd231ps %8, %9, %1\n vfmadd231ps %8, %9, %2\n"
        "vfmadd231ps %8, %9, %3\n vfmadd231ps %8, %9, %4\n vfmadd231ps %8, %9, %5\n"
        "vfmadd231ps %8, %9, %6\n vfmadd231ps %8, %9, %7\n"
        : "+v"(a8), "+v"(a9), "+v"(b0), "+v"(b1), "+v"(b2), "+v"(b3), "+v"(b4), "+v"(b5)
        : "v"(x), "v"(y));
  }
}

inline void burst_256(long n) {
  const __m256 x = _mm256_set1_ps(1e-9f), y = _mm256_set1_ps(1);
  __m256 a[10];
  for (__m256& sum : a) sum = _mm256_set1_ps(1);
  for (long i = 0; i < n; ++i) {
    asm volatile(
        "vfmadd231ps %10, %11, %0\n vfmadd231ps %10, %11, %1\n vfmadd231ps %10, %11, %2\n"
        "vfmadd231ps %10, %11, %3\n vfmadd231ps %10, %11, %4\n vfmadd231ps %10, %11, %5\n"
        "vfmadd231ps %10, %11, %6\n vfmadd231ps %10, %11, %7\n vfmadd231ps %10, %11, %8\n"
        "vfmadd231ps %10, %11, %9\n"
        : "+x"(a[0]), "+x"(a[1]), "+x"(a[2]), "+x"(a[3]), "+x"(a[4]), "+x"(a[5]), "+x"(a[6]), "+x"(a[7]), "+x"(a[8]),
          "+x"(a[9])
        : "x"(x), "x"(y));
  }
}

// FLOP/s: the best of a few bursts of about 0.2 ms, since a machine that others use only makes them slower.
inline double flop_per_second(int repetitions = 20) {
  const bool wide = __builtin_cpu_supports("avx512f");
  const long n = 20000;
  double best = 0;
  for (int r = 0; r < repetitions; ++r) {
    const double begin = cpu_seconds();
    wide ? burst_512(n) : burst_256(n);
    const double seconds = cpu_seconds() - begin;
    best = std::max(best, static_cast<double>(n) * (wide ? 16 * 16 * 2 : 10 * 8 * 2) / seconds);
  }
  return best;
}

// A call of some milliseconds between two bursts. The clock of a shared machine drifts within a second, so a share of the peak
// is that of the bursts just before and after, the larger of both: what disturbs a burst can only lower it.
struct Piece {
  double seconds, peak;
};

template <class Call>
Piece measure(const Call& call) {
  constexpr int kBursts = 4;
  const double before = flop_per_second(kBursts), begin = cpu_seconds();
  call();
  const double seconds = cpu_seconds() - begin;
  return {seconds, std::max(before, flop_per_second(kBursts))};
}

}  // namespace fma_peak

// SPDX-License-Identifier: Apache-2.0
// The limit of one core: fused multiply-adds a second in single precision, by a short burst.
#pragma once

#include <immintrin.h>

#include <algorithm>
#include <chrono>

namespace fma_peak {

// 16 independent chains hide the latency of 4 clocks on two ports.
__attribute__((target("avx512f"))) inline void burst_512(long n) {
  __m512 a0 = _mm512_set1_ps(1), a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0, a6 = a0, a7 = a0;
  __m512 a8 = a0, a9 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0, b4 = a0, b5 = a0;
  for (long i = 0; i < n; ++i) {
    asm volatile(
        "vfmadd231ps %%zmm30, %%zmm31, %0\n vfmadd231ps %%zmm30, %%zmm31, %1\n vfmadd231ps %%zmm30, %%zmm31, %2\n"
        "vfmadd231ps %%zmm30, %%zmm31, %3\n vfmadd231ps %%zmm30, %%zmm31, %4\n vfmadd231ps %%zmm30, %%zmm31, %5\n"
        "vfmadd231ps %%zmm30, %%zmm31, %6\n vfmadd231ps %%zmm30, %%zmm31, %7\n"
        : "+v"(a0), "+v"(a1), "+v"(a2), "+v"(a3), "+v"(a4), "+v"(a5), "+v"(a6), "+v"(a7));
    asm volatile(
        "vfmadd231ps %%zmm30, %%zmm31, %0\n vfmadd231ps %%zmm30, %%zmm31, %1\n vfmadd231ps %%zmm30, %%zmm31, %2\n"
        "vfmadd231ps %%zmm30, %%zmm31, %3\n vfmadd231ps %%zmm30, %%zmm31, %4\n vfmadd231ps %%zmm30, %%zmm31, %5\n"
        "vfmadd231ps %%zmm30, %%zmm31, %6\n vfmadd231ps %%zmm30, %%zmm31, %7\n"
        : "+v"(a8), "+v"(a9), "+v"(b0), "+v"(b1), "+v"(b2), "+v"(b3), "+v"(b4), "+v"(b5));
  }
}

inline void burst_256(long n) {
  __m256 a[12];
  for (__m256& x : a) x = _mm256_set1_ps(1);
  for (long i = 0; i < n; ++i) {
    asm volatile(
        "vfmadd231ps %%ymm14, %%ymm15, %0\n vfmadd231ps %%ymm14, %%ymm15, %1\n vfmadd231ps %%ymm14, %%ymm15, %2\n"
        "vfmadd231ps %%ymm14, %%ymm15, %3\n vfmadd231ps %%ymm14, %%ymm15, %4\n vfmadd231ps %%ymm14, %%ymm15, %5\n"
        "vfmadd231ps %%ymm14, %%ymm15, %6\n vfmadd231ps %%ymm14, %%ymm15, %7\n vfmadd231ps %%ymm14, %%ymm15, %8\n"
        "vfmadd231ps %%ymm14, %%ymm15, %9\n"
        : "+x"(a[0]), "+x"(a[1]), "+x"(a[2]), "+x"(a[3]), "+x"(a[4]), "+x"(a[5]), "+x"(a[6]), "+x"(a[7]), "+x"(a[8]),
          "+x"(a[9]));
  }
}

// FLOP/s: the best of a few bursts of about 0.2 ms, since a machine that others use only makes them slower.
inline double flop_per_second(int repetitions = 20) {
  const bool wide = __builtin_cpu_supports("avx512f");
  const long n = 20000;
  double best = 0;
  for (int r = 0; r < repetitions; ++r) {
    const auto begin = std::chrono::steady_clock::now();
    wide ? burst_512(n) : burst_256(n);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    best = std::max(best, static_cast<double>(n) * (wide ? 16 * 16 * 2 : 10 * 8 * 2) / seconds);
  }
  return best;
}

}  // namespace fma_peak

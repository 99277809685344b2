// SPDX-License-Identifier: Apache-2.0
// The bits of every SIMD result rest on this: Highway's static target is AVX2, so that dispatch chooses between AVX2 and
// AVX-512 and nothing else. Without HWY_DISABLE_PCLMUL_AES it would be SSSE3, where MulAdd is not fused.
#include <hwy/highway.h>

#if HWY_ARCH_X86
static_assert(HWY_STATIC_TARGET == HWY_AVX2, "compile with -march=x86-64-v3 -DHWY_DISABLE_PCLMUL_AES");
// Better targets have lower bits: nothing worse than AVX2 is generated.
static_assert((HWY_TARGETS & ~(2 * HWY_AVX2 - 1)) == 0, "a target with other bits would be generated");
#endif

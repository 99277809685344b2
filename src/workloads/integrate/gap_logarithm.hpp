// SPDX-License-Identifier: Apache-2.0
// log(1 + f) / f on [-1/2, 0] to a relative error of 1.0e-10, less than the spacing of the uniform numbers that gaps are made of:
// the polynomial of degree 11 that interpolates at Chebyshev's points. By Horner's rule with fused multiply-adds.
#pragma once

namespace shoal::workloads::integrate {

inline constexpr double kGapLogarithm[] = {
    0x1.ffffffff5cce8p-1,  -0x1.0000016e95214p-1, 0x1.555446903294ap-2,  -0x1.0026e1edf2d6fp-2,
    0x1.93e0c5d1b1728p-3,  -0x1.944bde30db93ap-3, -0x1.1a118c81bf38ep-4, -0x1.1167b463f6d3bp+0,
    -0x1.4f12ee3512d27p+1, -0x1.45fdb5e723b1fp+2, -0x1.4f22d60bd0037p+2, -0x1.5aa3c9b85e978p+1};

inline constexpr double kLog2 = 0x1.62e42fefa39efp-1;

}  // namespace shoal::workloads::integrate

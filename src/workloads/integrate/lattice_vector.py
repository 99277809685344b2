#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes lattice_vector.def: the generating vector of an embedded rank-1 lattice in base 2.

Component by component (Sloan, Reztsov, Math. Comp. 71, 2002; embedded as in Cools, Kuo, Nuyens, SIAM J. Sci. Comput. 28, 2006):
component j is the one of CANDIDATES random odd numbers whose largest ratio, over N = 2^8 ... 2^19, of the squared worst-case
error in the weighted Korobov space of smoothness 2 (weights 0.95^j) to the best candidate's is least.
"""
import numpy

DIMENSIONS, CANDIDATES, LOG_POINTS, BITS = 64, 48, 19, 32


def main():
    random = numpy.random.default_rng(20261121)
    n = 1 << LOG_POINTS
    k = numpy.arange(n, dtype=numpy.uint64)
    products = numpy.ones(n)
    strides = [n >> m for m in range(8, LOG_POINTS + 1)]  # the multiples of stride are the lattice of n / stride points
    vector = []
    for j in range(DIMENSIONS):
        candidates = random.integers(0, 1 << (BITS - 1), CANDIDATES, dtype=numpy.uint64) * numpy.uint64(2) + numpy.uint64(1)
        if j == 0:
            candidates = candidates[:1]
        errors, factors = [], []
        for z in candidates:
            x = ((k * z) % numpy.uint64(n)).astype(float) / n
            factor = 1 + 0.95**j * 2 * numpy.pi**2 * (x * (x - 1) + 1 / 6)
            total = products * factor
            errors.append([total[::s].mean() - 1 for s in strides])
            factors.append(factor)
        errors = numpy.array(errors)
        best = int(numpy.argmin((errors / errors.min(axis=0)).max(axis=1)))
        products *= factors[best]
        products /= products.mean()
        vector.append(int(candidates[best]))
    print("// SPDX-License-Identifier: Apache-2.0\n// The generating vector made by lattice_vector.py.")
    for begin in range(0, DIMENSIONS, 8):
        print(" ".join(f"{z}u," for z in vector[begin:begin + 8]))


main()

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""mandelbrot_numba.py: a peer for the benchmark mandelbrot_kernels. Reads lines "N LIMIT", answers each with the CPU seconds that
a loop compiled by numba took for [-2, 1] x [-1.5, 1.5] at N x N pixels and LIMIT iterations on one thread, and the pixels inside.

    python3 -m venv V && V/bin/pip install numba      SHOAL_PEER_PYTHON=V/bin/python benchmark_mandelbrot_kernels
"""
import sys
import time

import numba
import numpy


@numba.njit(fastmath=False)
def escape_times(n, limit, iterations):
    for j in range(n):
        ci = -1.5 + 3 * (2.0 * j + 1) / (2 * n)
        for i in range(n):
            cr = -2 + 3 * (2.0 * i + 1) / (2 * n)
            x = y = x2 = y2 = 0.0
            count = 0
            for k in range(1, limit + 1):
                y = 2 * x * y + ci
                x = x2 - y2 + cr
                x2 = x * x
                y2 = y * y
                if x2 + y2 > 4:
                    count = k
                    break
            iterations[j, i] = count


escape_times(8, 10, numpy.zeros((8, 8), numpy.uint32))
for line in sys.stdin:
    n, limit = map(int, line.split())
    iterations = numpy.zeros((n, n), numpy.uint32)
    begin = time.process_time()
    escape_times(n, limit, iterations)
    print(time.process_time() - begin, int((iterations == 0).sum()), flush=True)

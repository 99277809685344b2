#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Peers of integrate_methods on the same problems: numpy, numexpr and the package vegas (pip install numpy numexpr vegas).

The vegas run integrates Genz' product peak in 8 dimensions with the same samples, iterations and warm-up, ten seeds: evaluations,
seconds and the root mean square of the true relative error.
"""

import math
import os
import time

os.environ["NUMEXPR_NUM_THREADS"] = "1"
import numexpr
import numpy
import vegas


def best_of(times, call):
    seconds = []
    for _ in range(times):
        begin = time.process_time()
        call()
        seconds.append(time.process_time() - begin)
    return sorted(seconds)[times // 2]


def main():
    n = 1 << 24
    x = (numpy.arange(n) + 0.5) / n
    print(f"midpoint by numpy    {n / best_of(5, lambda: (1 / (1 + ((numpy.arange(n) + 0.5) / n) ** 2)).mean()) * 1e-9:.3f} G points/s")
    print(f"midpoint by numexpr  {n / best_of(5, lambda: numexpr.evaluate('sum(1 / (1 + x * x))', {'x': x})) * 1e-9:.3f} G points/s (nodes given)")
    d = 8
    w = (2 * numpy.arange(1, d + 1) - 1) / (2 * d)
    a, u = 7.25 * w / w.sum(), numpy.arange(1, d + 1) / (d + 1)
    exact = math.prod(a * (numpy.arctan(a * (1 - u)) + numpy.arctan(a * u)))

    @vegas.batchintegrand
    def peak(points):
        return 1 / numpy.prod(a ** -2 + (points - u) ** 2, axis=1)

    errors, seconds, evaluations = [], [], 0
    for seed in range(10):
        numpy.random.seed(seed)
        begin = time.process_time()
        integrator = vegas.Integrator([[0, 1]] * d)
        integrator(peak, nitn=5, neval=1000000 // 15)
        result = integrator(peak, nitn=10, neval=1000000 // 15)
        seconds.append(time.process_time() - begin)
        errors.append(result.mean / exact - 1)
        evaluations = 15 * (1000000 // 15)
    rms = math.sqrt(sum(e * e for e in errors) / len(errors))
    print(f"vegas d = 8          {sorted(seconds)[5]:.3f} s, RMS true relative error {rms:.2e}, about {evaluations} evaluations")


if __name__ == "__main__":
    main()

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The packages vegas and cubature (pip install numpy vegas cubature) on the draws that integrate_auto wrote.

    integrate_auto_peers.py integrate_auto_draws.json [RELATIVE_ERROR]

Evaluations that each needs for the true error, by the same rule as integrate_auto: budgets of 2^9, 2^9.5, ... 2^20, and the first from
which on the root mean square error (of five seeds for vegas) is within it. Printed against those of `auto`.
"""

import json
import math
import statistics
import sys

import cubature
import gvar
import numpy
import vegas


def integrand(draw, counter):
    a, u = numpy.array(draw["a"]), numpy.array(draw["u"])
    d = draw["d"]
    rotation = numpy.array(draw["rotation"]).reshape(d, d) if draw["rotation"] else None

    def f(points):
        counter[0] += len(points)
        y = points if rotation is None else (points - 0.5) @ rotation.T + 0.5
        family = draw["family"]
        if family == 0:
            return numpy.cos(2 * math.pi * u[0] + y @ a)
        if family == 1:
            return 1 / numpy.prod(a ** -2 + (y - u) ** 2, axis=1)
        if family == 2:
            return (numpy.abs(1 + y @ a) + 1e-300) ** -(d + 1.0)
        if family == 3:
            return numpy.exp(-(((y - u) * a) ** 2).sum(axis=1))
        if family == 4:
            return numpy.exp(-(numpy.abs(y - u) * a).sum(axis=1))
        return numpy.where((y[:, 0] <= u[0]) & (y[:, 1] <= u[1]), numpy.exp(y @ a), 0.0)

    return f


def by_vegas(draw, budget, seed):
    counter = [0]
    gvar.ranseed(seed)
    f = vegas.batchintegrand(integrand(draw, counter))
    integrator = vegas.Integrator([[0, 1]] * draw["d"])
    integrator(f, nitn=5, neval=max(budget // 15, 20))
    result = integrator(f, nitn=10, neval=max(budget // 15, 20))
    return result.mean, counter[0]


def by_cubature(draw, budget, _):
    counter = [0]
    d = draw["d"]
    value, _ = cubature.cubature(integrand(draw, counter), d, 1, [0.0] * d, [1.0] * d, relerr=1e-14, abserr=0, maxEval=budget, vectorized=True)
    return float(value[0]), counter[0]


def cost(method, draw, error, seeds, most):
    before = evaluations_before = within = None
    reached = math.inf
    for k in range(18, 41):
        if 2 ** (k / 2) > most:
            break
        runs = [method(draw, int(2 ** (k / 2)), seed) for seed in range(1, seeds + 1)]
        rms = math.sqrt(statistics.fmean((value / draw["reference"] - 1) ** 2 for value, _ in runs))
        evaluations = statistics.fmean(n for _, n in runs)
        if rms <= error:
            if within:
                return reached
            within, reached = True, evaluations
            if before and before > rms:
                reached = evaluations_before * (evaluations / evaluations_before) ** (math.log(before / error) / math.log(before / rms))
        else:
            within, reached = False, math.inf
        before, evaluations_before = rms, evaluations
    return reached


def main():
    draws = json.load(open(sys.argv[1]))
    error = float(sys.argv[2]) if len(sys.argv) > 2 else 1e-3
    ratios = []
    print(f"{'draw':>4} {'auto':>10} {'own best':>10} {'vegas':>10} {'cubature':>10}  auto / best of all")
    for number, draw in enumerate(draws):
        own, auto = (math.inf if draw[key] < 0 else draw[key] for key in ("best", "auto"))
        most = max(2 * min(own, auto), 2 ** 10)
        peers = [cost(by_vegas, draw, error, 5, most), cost(by_cubature, draw, error, 1, most)]
        best = min(own, *peers)
        if math.isfinite(best):
            ratios.append(auto / best)
        print(f"{number:>4} {auto:>10.0f} {own:>10.0f} {peers[0]:>10.0f} {peers[1]:>10.0f}  {auto / best:.2f}", flush=True)
    ratios.sort()
    print(f"median {ratios[len(ratios) // 2]:.2f}, 90 % {ratios[len(ratios) * 9 // 10]:.2f}, largest {ratios[-1]:.2f}, "
          f"above 3: {sum(ratio > 3 for ratio in ratios)} of {len(ratios)}")


if __name__ == "__main__":
    main()

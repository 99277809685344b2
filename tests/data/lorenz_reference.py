#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Writes lorenz_reference.txt: points of the Lorenz system (sigma 10, rho 28, beta 8/3, start (1, 1, 1)) to 30 digits.

Taylor series in 80-digit arithmetic (mpmath), with two step lengths and orders whose results must agree to 35 digits.
"""
import pathlib

from mpmath import mp, mpf, nstr

mp.dps = 80
SIGMA, RHO, BETA = mpf(10), mpf(28), mpf(8) / 3


def step(point, h, order):
    x, y, z = ([c] for c in point)
    for n in range(order):
        xz = sum(x[i] * z[n - i] for i in range(n + 1))
        xy = sum(x[i] * y[n - i] for i in range(n + 1))
        x.append(SIGMA * (y[n] - x[n]) / (n + 1))
        y.append((RHO * x[n] - y[n] - xz) / (n + 1))
        z.append((xy - BETA * z[n]) / (n + 1))
    return [sum(c * h**k for k, c in enumerate(series)) for series in (x, y, z)]


def trajectory(steps_per_unit, order, times):
    point, found = [mpf(1)] * 3, {}
    for i in range(1, max(times) * steps_per_unit + 1):
        point = step(point, mpf(1) / steps_per_unit, order)
        if i % steps_per_unit == 0 and i // steps_per_unit in times:
            found[i // steps_per_unit] = point
    return found


def main():
    times = (1, 5, 10)
    first, second = trajectory(100, 45, times), trajectory(128, 42, times)
    lines = ["# t x y z; made by lorenz_reference.py"]
    for t in times:
        for a, b in zip(first[t], second[t]):
            assert abs(a - b) < mpf(10) ** -35, (t, a, b)
        lines.append(" ".join([str(t)] + [nstr(c, 30) for c in first[t]]))
    pathlib.Path(__file__).with_suffix(".txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()

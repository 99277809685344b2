#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Rows of benchmark_integrate_methods, numpy, numexpr and the package vegas in turn (pip install numpy numexpr vegas), one core.

    integrate_peers.py PROGRAM [--rounds 9] [--json integrate_peers.json] [--no-vegas]

PROGRAM is benchmark_integrate_methods. Each round runs every row once; a ratio is the median of the ratios of the rounds, so it
does not depend on a clock that drifts. Rates are evaluations that were made: the midpoint rule makes 1/15 more than its nodes for the
error. numexpr is given its nodes, numpy makes them. Beside each row stands the share of its limit (see integrate_methods.cpp).
The vegas run integrates Genz' product peak in 8 dimensions with the same samples, iterations and warm-up, ten seeds: evaluations,
seconds and the root mean square of the true relative error.
"""

import argparse
import json
import math
import os
import statistics
import subprocess
import time

os.environ["NUMEXPR_NUM_THREADS"] = "1"
import numexpr
import numpy

N = 1 << 22
MIDPOINT = ["midpoint, 1/(1+x^2) built in", "midpoint, 1/(1+x^2) typed"]
ROWS = ["limit: divisions", "limit: operations", *MIDPOINT, "generator alone, 32 bits", "Monte Carlo, 1/(1+x^2) built in",
        "Monte Carlo, 1/(1+x^2) typed", "Monte Carlo, x typed"]


class Program:
    def __init__(self, path):
        self.process = subprocess.Popen([path, "--serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.limits = {}
        for line in self.ask("", lines=True):
            name, _, limit, per_unit = line.split("\t")
            self.limits[name] = (limit, float(per_unit))

    def ask(self, line, lines=False):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        if not lines:
            return self.process.stdout.readline()
        answers = []
        while answer := self.process.stdout.readline().rstrip("\n"):
            answers.append(answer)
        return answers

    def rate(self, row):
        seconds, count = map(float, self.ask(row).split())
        return count / seconds


def rate_of(call):
    begin = time.process_time()
    call()
    return N / (time.process_time() - begin)


def midpoint_rounds(program, rounds):
    x = (numpy.arange(N) + 0.5) / N
    peers = {
        "midpoint by numexpr": lambda: numexpr.evaluate("sum(1 / (1 + x * x))", {"x": x}),
        "Monte Carlo by numexpr": lambda: numexpr.evaluate("sum(1 / (1 + x * x))", {"x": numpy.random.default_rng(1).random(N)}),
        "midpoint by numpy": lambda: (1 / (1 + ((numpy.arange(N) + 0.5) / N) ** 2)).mean(),
    }
    rates = {row: [] for row in [*ROWS, *peers]}
    for i in range(rounds + 1):  # the first is for warming up
        for row in ROWS:
            rate = program.rate(row)
            if i > 0:
                rates[row].append(rate)
        for name, call in peers.items():
            rate = rate_of(call)
            if i > 0:
                rates[name].append(rate)
    return rates


def median_ratio(above, below):
    return statistics.median(a / b for a, b in zip(above, below))


def report(program, rates):
    rows = []
    for name, own in rates.items():
        limit, per_unit = program.limits.get(name, ("", 0))
        row = {"name": name, "median_per_second": statistics.median(own), "rates": own}
        if limit:
            row["limit"], row["share_of_limit"] = limit, per_unit * median_ratio(own, rates[limit])
        peer = "midpoint by numexpr" if name in MIDPOINT else "Monte Carlo by numexpr" if name.startswith("Monte Carlo, 1") else ""
        if peer:
            row["peer"], row["times_peer"] = peer, median_ratio(own, rates[peer])
        rows.append(row)
        share = f"{100 * row['share_of_limit']:.0f} % of its {limit}" if limit else ""
        times = f"{row['times_peer']:.2f} x {peer}" if peer else ""
        print(f"{name:34} {row['median_per_second'] * 1e-9:8.3f} G/s   {share:32} {times}")
    return rows


def vegas_runs():
    import vegas

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


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--json", default="integrate_peers.json")
    parser.add_argument("--no-vegas", action="store_true")
    options = parser.parse_args()
    program = Program(options.program)
    rows = report(program, midpoint_rounds(program, options.rounds))
    with open(options.json, "w", encoding="utf-8") as file:
        json.dump(rows, file, indent=1)
    if not options.no_vegas:
        vegas_runs()


if __name__ == "__main__":
    main()

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Evaluations per second of `auto` and of the packages vegas and cubature (pip install numpy vegas cubature), on the same integrands in
the same run, interleaved.

    integrate_auto_rates.py PATH/TO/benchmark_integrate_auto [FIRST [END [EVALUATIONS [SEED]]]]

For each draw of integrate_auto every method runs three times with this number of evaluations on one core; medians of evaluations per
second of CPU time. The packages evaluate through their interfaces for arrays, by numpy.
"""

import gc
import json
import os
import statistics
import subprocess
import sys
import time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import integrate_auto_peers as peers

REPETITIONS = 3
OWN = ("auto", "genz_malik", "vegas")
PACKAGES = {"vegas": peers.by_vegas, "cubature": peers.by_cubature}


class Own:
    """The compiled benchmark, which waits for questions."""

    def __init__(self, program, seed):
        self.process = subprocess.Popen([program, "rates", str(seed)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, number, method, evaluations):
        print(number, method, evaluations, file=self.process.stdin, flush=True)
        return self.process.stdout.readline()

    def rate(self, number, method, evaluations):
        made, seconds = self.ask(number, method, evaluations).split()
        return int(made) / float(seconds)


def package_rate(method, draw, evaluations):
    gc.collect()
    begin = time.process_time()
    _, made = method(draw, evaluations, 1)
    return made / (time.process_time() - begin)


def main():
    begin, end, evaluations, seed = (int(text) for text in (sys.argv[2:] + ["0", "36", "262144", "2026"][len(sys.argv) - 2:]))
    own = Own(sys.argv[1], seed)
    names = [f"own {name}" for name in OWN] + [f"package {name}" for name in PACKAGES]
    ratios = {"auto / package vegas": [], "auto / package cubature": [], "vegas / package vegas": [], "genz_malik / package cubature": []}
    print("M evaluations/s" + "".join(f"{name:>18}" for name in names))
    for number in range(begin, end):
        draw = json.loads(own.ask(number, "draw", 0))
        rates = {name: [] for name in names}
        for _ in range(REPETITIONS):
            for name in OWN:
                rates[f"own {name}"].append(own.rate(number, name, evaluations))
            for name, method in PACKAGES.items():
                rates[f"package {name}"].append(package_rate(method, draw, evaluations))
        rate = {name: statistics.median(values) for name, values in rates.items()}
        for pair in ratios:
            ours, package = pair.split(" / ")
            ratios[pair].append(rate[f"own {ours}"] / rate[package])
        kind = f"{number:>3} family {draw['family']} d {draw['d']}" + (" r" if draw["rotation"] else "")
        print(f"{kind:<15}" + "".join(f"{rate[name] * 1e-6:>18.2f}" for name in names), flush=True)
    for pair, values in ratios.items():
        print(f"{pair}: median {statistics.median(values):.1f}, smallest {min(values):.1f}")


if __name__ == "__main__":
    main()

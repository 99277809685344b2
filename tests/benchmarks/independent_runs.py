#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""One run on two threads and on two ranks against two independent one-thread runs of its halves at the same time; interleaved.

    independent_runs.py integrate|mandelbrot|networks|primes|primes_far [--rounds 20] [--json FILE]     SHOAL_PROGRAM as in tests/integration

The mean of the two independent runs is the reference. All times are the wall time inside the run, from the first request for work
to the last result. 100 %: two workers of one run are as good as two runs. Rounds are added to those in FILE, so that a long
measurement can be made in pieces; the lower bound of the mean is that of a one-sided interval of 95 %.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))

from shoal_program import PROGRAM, mpi_environment

# Each input with what stands for its halves, which take the same time, and for the whole.
INPUTS = {
    "integrate": ("""workload = "integrate"
integrand = "1 / (1 + x^2) + exp(-x) * sin(3 * x)"
lower = {0}
upper = {1}
method = "monte_carlo"
samples = {2}
""", [(0.0, 0.5, 2e8), (0.5, 1.0, 2e8), (0.0, 1.0, 4e8)]),
    "mandelbrot": ("""workload = "mandelbrot"
width = 2048
height = {2}
lower = [-2.25, {0}]
upper = [0.75, {1}]
max_iterations = 20_000
mode = "fast"
interior_tests = false
periodicity = "off"
outputs = ["area"]
""", [(-1.5, 0.0, 1024), (0.0, 1.5, 1024), (-1.5, 1.5, 2048)]),
    "networks": ("""workload = "tune"
seed = {0}
[objective]
kind = "network"
[data]
source = "lorenz"
[network]
hidden = [5, 8, 8, 8, 8, 8, 5]
batch = 100
epochs = 1000
[search]
algorithm = "random"
trials = 1
repeats = {1}
""", [(1, 24), (2, 24), (1, 48)]),
    "primes": ("""workload = "primes"
start = {0}
stop = {1}
window = 100_000_000
""", [(0, 10**10), (10**10, 2 * 10**10), (0, 2 * 10**10)]),
    "primes_far": ("""workload = "primes"
start = {0}
stop = {1}
window = 10_000_000_000
""", [(10**18, 10**18 + 4 * 10**10), (10**18 + 4 * 10**10, 10**18 + 8 * 10**10), (10**18, 10**18 + 8 * 10**10)]),
}


def start(folder, name, *options, ranks=0):
    """One run in the background."""
    launch = ["mpirun", "-n", str(ranks)] if ranks else []
    line = [*launch, str(PROGRAM), "run", f"{name}.toml", "--new", "--json", "--progress", "off", *options]
    environment = {**os.environ, **mpi_environment(folder)}
    return subprocess.Popen(line, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True)


def seconds(run):
    out, _ = run.communicate()
    if run.returncode != 0:
        sys.exit(f"a run ended with code {run.returncode}")
    return json.loads(out)["wall_seconds"]


def lower_bound(values):
    """Of the mean, by Student's distribution (its quantile to second order in 1/n)."""
    if len(values) < 2:
        return float("nan")
    z = statistics.NormalDist().inv_cdf(0.95)
    quantile = z * (1 + (z * z + 1) / (4 * (len(values) - 1)))
    return statistics.mean(values) - quantile * statistics.stdev(values) / len(values) ** 0.5


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("workload", choices=INPUTS)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--json")
    options = parser.parse_args()
    shares = {"2 threads": [], "2 ranks": []}
    if options.json and pathlib.Path(options.json).exists():
        shares = json.loads(pathlib.Path(options.json).read_text())
    text, parts = INPUTS[options.workload]
    with tempfile.TemporaryDirectory(prefix="sb-") as name:
        folder = pathlib.Path(name)
        for part, values in zip(("low", "high", "whole"), parts):
            (folder / f"{part}.toml").write_text(text.format(*values))
        for _ in range(options.rounds):
            independent = [seconds(run) for run in [start(folder, part, "--threads", "1") for part in ("low", "high")]]
            threads = seconds(start(folder, "whole", "--threads", "2"))
            ranks = seconds(start(folder, "whole", "--threads", "1", ranks=2))
            reference = sum(independent) / 2
            shares["2 threads"].append(reference / threads)
            shares["2 ranks"].append(reference / ranks)
            print(f"independent {independent[0]:.3f} {independent[1]:.3f} s, 2 threads {threads:.3f} s, 2 ranks {ranks:.3f} s", flush=True)
    for layout, values in shares.items():
        print(f"{layout}: {100 * statistics.median(values):.1f} % of two independent runs (median of {len(values)}, from {100 * min(values):.1f} to "
              f"{100 * max(values):.1f}; mean {100 * statistics.mean(values):.1f}, at least {100 * lower_bound(values):.1f})")
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(shares) + "\n")


if __name__ == "__main__":
    main()

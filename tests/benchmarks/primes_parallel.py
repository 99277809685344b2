#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Counting primes on two threads and on two ranks, against two independent one-thread runs at the same time; interleaved.

    primes_parallel.py [--stop 2e10] [--rounds 5] [--json FILE]        SHOAL_PROGRAM as in tests/integration

Independent runs count half of the interval each. The mean of the two is the reference. All times are the wall time inside the run, from the
first request for work to the last result. 100 % : two workers of one run are as good as two runs. Rounds are added to those in FILE, so
that a long measurement can be made in pieces; the lower bound of the mean is that of a one-sided interval of 95 %.
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


def start(folder, name, begin, stop, *options, ranks=0):
    """One run in the background."""
    text = f'workload = "primes"\nstart = {int(begin)}\nstop = {int(stop)}\nwindow = 100_000_000\n'
    (folder / f"{name}.toml").write_text(text)
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
    parser.add_argument("--stop", type=float, default=2e10)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json")
    options = parser.parse_args()
    half = options.stop / 2
    shares = {"2 threads": [], "2 ranks": []}
    if options.json and pathlib.Path(options.json).exists():
        shares = json.loads(pathlib.Path(options.json).read_text())
    with tempfile.TemporaryDirectory(prefix="sb-") as name:
        folder = pathlib.Path(name)
        for _ in range(options.rounds):
            pair = [start(folder, "low", 0, half, "--threads", "1"), start(folder, "high", half, options.stop, "--threads", "1")]
            independent = [seconds(run) for run in pair]
            threads = seconds(start(folder, "threads", 0, options.stop, "--threads", "2"))
            ranks = seconds(start(folder, "ranks", 0, options.stop, "--threads", "1", ranks=2))
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

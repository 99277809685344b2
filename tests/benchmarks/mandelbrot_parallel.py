#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The whole set on two threads and on two ranks, against two independent one-thread runs of its halves at the same time; interleaved.

    mandelbrot_parallel.py [--size 2048] [--rounds 5] [--json FILE]        SHOAL_PROGRAM as in tests/integration

The halves lie above and below the real axis: equal work. The mean of the two is the reference. All times are the wall time inside
the run, from the first request for work to the last result. 100 %: two workers of one run are as good as two runs.
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


def start(folder, name, size, lower, upper, *options, ranks=0):
    """One run in the background, over rows from y = lower to y = upper."""
    rows = round(size * (upper - lower) / 3)
    text = (f'workload = "mandelbrot"\nwidth = {size}\nheight = {rows}\nlower = [-2.25, {lower}]\nupper = [0.75, {upper}]\n'
            'max_iterations = 2000\nmode = "fast"\ninterior_tests = false\nperiodicity = "off"\noutputs = ["area"]\n')
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


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=2048)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json")
    options = parser.parse_args()
    shares = {"2 threads": [], "2 ranks": []}
    with tempfile.TemporaryDirectory(prefix="sb-") as name:
        folder = pathlib.Path(name)
        for _ in range(options.rounds):
            pair = [start(folder, "low", options.size, -1.5, 0, "--threads", "1"), start(folder, "high", options.size, 0, 1.5, "--threads", "1")]
            independent = [seconds(run) for run in pair]
            threads = seconds(start(folder, "threads", options.size, -1.5, 1.5, "--threads", "2"))
            ranks = seconds(start(folder, "ranks", options.size, -1.5, 1.5, "--threads", "1", ranks=2))
            reference = sum(independent) / 2
            shares["2 threads"].append(reference / threads)
            shares["2 ranks"].append(reference / ranks)
            print(f"independent {independent[0]:.3f} {independent[1]:.3f} s, 2 threads {threads:.3f} s, 2 ranks {ranks:.3f} s", flush=True)
    for layout, values in shares.items():
        print(f"{layout}: {100 * statistics.median(values):.1f} % of two independent runs (from {100 * min(values):.1f} to {100 * max(values):.1f})")
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(shares) + "\n")


if __name__ == "__main__":
    main()

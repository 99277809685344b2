#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""nn_scaling.py SHOAL [--pairs N] [--epochs N] [--json FILE]: independent trainings by two threads, and by two ranks, of one
run against two processes with half of them each, at the same time. Prints the wall time of the two processes over that of the
one run, pair by pair in turn, the median, and the lower end of the 95 % interval of the mean: 1 is perfect.
"""
import argparse
import json
import math
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

INPUT = """workload = "tune"
seed = {seed}
[objective]
kind = "network"
[data]
source = "lorenz"
[network]
hidden = [5, 8, 8, 8, 8, 8, 5]
batch = 100
epochs = {epochs}
[search]
algorithm = "random"
trials = 1
repeats = {repeats}
"""
TRIALS = 64


def run(commands, folder):
    begin = time.monotonic()
    environment = {**os.environ, "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
                   "OMPI_MCA_mpi_yield_when_idle": "1"}
    children = [subprocess.Popen([str(word) for word in command], cwd=folder, env=environment, stdout=subprocess.DEVNULL) for command in commands]
    if any(child.wait() != 0 for child in children):
        raise SystemExit("nn_scaling: a run failed")
    return time.monotonic() - begin


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shoal", type=pathlib.Path)
    parser.add_argument("--pairs", type=int, default=20)
    parser.add_argument("--epochs", type=int, default=2000)
    parser.add_argument("--json")
    options = parser.parse_args()
    shoal = options.shoal.resolve()
    ratios = {"2 threads": [], "2 ranks": []}
    with tempfile.TemporaryDirectory() as folder:
        for name, repeats, seed in (("all", TRIALS, 1), ("half_0", TRIALS // 2, 1), ("half_1", TRIALS // 2, 2)):
            pathlib.Path(folder, f"{name}.toml").write_text(INPUT.format(seed=seed, epochs=options.epochs, repeats=repeats))
        one = lambda name, *more: [shoal, "run", f"{name}.toml", "--new", "--progress", "off", *more]
        ways = {"2 threads": one("all", "--threads", 2),
                "2 ranks": ["mpirun", "-n", 2, "--oversubscribe", "--bind-to", "none", *one("all", "--threads", 1)]}
        for _ in range(options.pairs):
            for way, command in ways.items():
                apart = run([one("half_0", "--threads", 1), one("half_1", "--threads", 1)], folder)
                ratios[way].append(apart / run([command], folder))
    for way, values in ratios.items():
        low = statistics.mean(values) - (2.1 * statistics.stdev(values) / math.sqrt(len(values)) if len(values) > 1 else 0)
        print(f"{way}: two processes / one run: median {statistics.median(values):.3f}, lower end of the mean {low:.3f}, "
              f"{len(values)} pairs of {min(values):.3f} to {max(values):.3f}")
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(ratios))


if __name__ == "__main__":
    main()

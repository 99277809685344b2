#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A search of small networks with trainings side by side in the lanes against the same search trial by trial, in turn.

    search_together.py [--threads 1] [--rounds 5] [--trials 1600] [--batches 8,32] [--json FILE]     SHOAL_PROGRAM as in tests/integration

Trials a second of the wall time inside the run, medians, and the median of the ratios of neighbouring runs. Lorenz data,
learning rates at random, 50 epochs. `schedule.chunk = "one"` trains each network alone.
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

import shoal_program

INPUT = """
workload = "tune"
seed = 1
[data]
source = "lorenz"
[network]
hidden = {0}
batch = {1}
epochs = 50
[space]
learning_rate = {{ loguniform = [1e-4, 1e-1] }}
[search]
algorithm = "random"
trials = {2}
"""

SHAPES = [[5, 8, 5], [5, 8, 8, 5], [5, 8, 8, 8, 8, 8, 5], [5, 16, 16, 16, 16, 16, 5]]


def trials_a_second(folder, trials, threads, *options):
    result = pathlib.Path(folder, "r.h5")
    result.unlink(missing_ok=True)
    environment = {**os.environ, **shoal_program.mpi_environment(folder)}
    subprocess.run([shoal_program.PROGRAM, "run", "search.toml", "-o", result, "--threads", str(threads), *options], cwd=folder,
                   env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with shoal_program.shoal_results.open_result(result) as found:
        return trials / float(found["performance/wall_seconds"])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--trials", type=int, default=1600)
    parser.add_argument("--batches", default="8,32")
    parser.add_argument("--json")
    options = parser.parse_args()
    rows = []
    print(f"{'hidden':>22} {'batch':>6} {'alone':>9} {'together':>9} {'ratio':>6}   trials/s with {options.threads} threads")
    for batch in map(int, options.batches.split(",")):
        for hidden in SHAPES:
            alone, together = [], []
            with tempfile.TemporaryDirectory() as folder:
                pathlib.Path(folder, "search.toml").write_text(INPUT.format(hidden, batch, options.trials))
                for _ in range(options.rounds):
                    alone.append(trials_a_second(folder, options.trials, options.threads, "--set", 'schedule.chunk="one"'))
                    together.append(trials_a_second(folder, options.trials, options.threads))
            ratio = statistics.median(b / a for a, b in zip(alone, together))
            name = "-".join(map(str, hidden))
            print(f"{name:>22} {batch:>6} {statistics.median(alone):>9.0f} {statistics.median(together):>9.0f} {ratio:>6.2f}", flush=True)
            rows.append({"hidden": name, "batch": batch, "threads": options.threads, "alone": statistics.median(alone),
                         "together": statistics.median(together), "ratio": ratio})
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(rows, indent=2) + "\n")


if __name__ == "__main__":
    main()

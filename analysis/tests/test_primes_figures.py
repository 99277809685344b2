#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Figures of a primes result, from a small sieve's numbers."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

import h5py
import numpy as np

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(FOLDER.parent), str(FOLDER)]

import plot_primes
import synthetic


def primes_below(stop):
    sieve = np.ones(stop, dtype=bool)
    sieve[:2] = False
    for n in range(2, int(stop ** 0.5) + 1):
        sieve[n * n::n] &= not sieve[n]
    return np.flatnonzero(sieve)


def write_primes(path, task, stop=300000, n_windows=12):
    primes = primes_below(stop)
    bounds = np.linspace(0, stop, n_windows + 1).astype("u8")
    with h5py.File(path, "w", libver="v108") as file:
        results = file.create_group("results")
        windows = results.create_group("windows")
        synthetic.add(windows, "start", bounds[:-1], ["window"])
        synthetic.add(windows, "stop", bounds[1:], ["window"])
        synthetic.add(windows, "count", np.histogram(primes, bounds)[0].astype("u8"), ["window"])
        if task == "gaps":
            gaps = np.diff(primes)
            sizes, counts = np.unique(gaps, return_counts=True)
            records = [i for i in range(len(gaps)) if gaps[i] > gaps[:i].max(initial=0)]
            synthetic.add(results, "last", np.uint64(primes[-1]))
            synthetic.add(results.create_group("histogram"), "gap", sizes.astype("u8"), ["gap_index"])
            synthetic.add(results["histogram"], "count", counts.astype("u8"), ["gap_index"])
            synthetic.add(results.create_group("records"), "gap", gaps[records].astype("u8"), ["record"])
            synthetic.add(results["records"], "start", primes[records].astype("u8"), ["record"])
        tasks = file.create_group("performance/tasks")
        for name, values in {"rank": np.zeros(n_windows, "i4"), "thread": np.arange(n_windows, dtype="i4") % 2, "first": np.arange(n_windows),
                             "count": np.ones(n_windows, "i8"), "start": np.arange(n_windows) * 0.1, "end": np.arange(n_windows) * 0.1 + 0.09}.items():
            synthetic.add(tasks, name, values, ["slice"])
        synthetic.parameter(file, "task", task)
        synthetic.seal(file, "primes", "Primes")


class PrimesFigures(unittest.TestCase):
    def draw(self, task):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "primes.h5"
            write_primes(path, task)
            done = subprocess.run([sys.executable, str(FOLDER.parent / "plot_primes.py"), str(path)], capture_output=True, text=True, cwd=folder)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(sorted(p.name for p in pathlib.Path(folder).glob("*.png")), sorted(line for line in done.stdout.split() if line.endswith("png")))
            return {name.split("-")[1] for name in done.stdout.split()}

    def test_a_count_has_three_figures(self):
        self.assertEqual(self.draw("count"), {"prime_count", "window_density", "window_time"})

    def test_gaps_have_two_more(self):
        self.assertEqual(self.draw("gaps"), {"prime_count", "window_density", "window_time", "gap_histogram", "record_gaps"})

    def test_another_workload_is_refused_in_one_line(self):
        with tempfile.TemporaryDirectory() as folder:
            path = synthetic.write_tune(pathlib.Path(folder) / "tune.h5", repeats=2, epochs=3)
            done = subprocess.run([sys.executable, str(FOLDER.parent / "plot_primes.py"), str(path)], capture_output=True, text=True)
            self.assertEqual(done.returncode, 76)
            self.assertEqual(len(done.stderr.splitlines()), 1)

    def test_the_logarithmic_integral_is_right(self):
        self.assertAlmostEqual(float(plot_primes.logarithmic_integral(1e6)), 78627.549159, places=5)
        self.assertAlmostEqual(float(plot_primes.logarithmic_integral(1e12)) / 37607950280.80, 1, places=10)


if __name__ == "__main__":
    unittest.main()

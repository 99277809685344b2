#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Figures of a mandelbrot result, from a small picture computed here."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

import h5py
import numpy as np

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(FOLDER.parent), str(FOLDER)]

import synthetic

RULES = ["static_block", "static_cyclic", "one", "guided", "factoring", "trapezoid"]


def scale(group, name, values, **more):
    synthetic.add(group, name, values, **more).make_scale(name)


def write_mandelbrot(path, arrays=True, n=60, limit=50):
    x, y = -2.25 + 3 * (np.arange(n) + 0.5) / n, -1.5 + 3 * (np.arange(n) + 0.5) / n
    c = x[np.newaxis, :] + 1j * y[:, np.newaxis]
    z, iterations = np.zeros_like(c), np.zeros(c.shape, "u4")
    for k in range(1, limit + 1):
        z = np.where(iterations == 0, z * z + c, z)
        iterations[(iterations == 0) & (abs(z) > 2)] = k
    with h5py.File(path, "w", libver="v108") as file:
        results = file.create_group("results")
        scale(results, "x", x)
        scale(results, "y", y)
        synthetic.add(results, "row_iterations", np.where(iterations == 0, limit, iterations).sum(axis=1).astype("u8"), ["y"])
        if arrays:
            synthetic.add(results, "iterations", iterations, ["y", "x"])
            balance = results.create_group("balance")
            scale(balance, "workers", np.array([4, 16, 64]))
            for name, words in (("rule", RULES), ("order", ["natural", "bit_reversed"])):
                scale(balance, name, np.arange(len(words), dtype="i4"), flags=words)
            synthetic.add(balance, "efficiency", np.linspace(0.3, 1, 36).reshape(3, 6, 2), ["workers", "rule", "order"])
        tasks = file.create_group("performance/tasks")
        for name, values in {"rank": np.arange(6, dtype="i4") % 3, "thread": np.zeros(6, "i4"), "first": np.arange(6) * 10, "count": np.full(6, 10)}.items():
            synthetic.add(tasks, name, values, ["slice"])
        for name, value in {"width": n, "height": n, "max_iterations": limit, "tile_rows": 1}.items():
            synthetic.add(file.require_group("parameters"), name, np.int64(value))
        synthetic.parameter(file, "schedule.chunk", "one")
        synthetic.parameter(file, "schedule.order", "natural")
        synthetic.seal(file, "mandelbrot", "The set")


class MandelbrotFigures(unittest.TestCase):
    def draw(self, **what):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "set.h5"
            write_mandelbrot(path, **what)
            done = subprocess.run([sys.executable, str(FOLDER.parent / "plot_mandelbrot.py"), str(path)], capture_output=True, text=True, cwd=folder)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(sorted(p.name for p in pathlib.Path(folder).glob("*.png")), sorted(line for line in done.stdout.split() if line.endswith("png")))
            return {name.split("-")[2] for name in done.stdout.split()}

    def test_a_picture_with_balance_has_all_figures(self):
        self.assertEqual(self.draw(), {"picture", "distribution", "row_work", "balance", "measured"})

    def test_an_area_has_those_of_its_rows(self):
        self.assertEqual(self.draw(arrays=False), {"row_work", "measured"})


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Figures of an integrate result, from errors that fall as they should."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

import h5py
import numpy as np

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(FOLDER.parent), str(FOLDER)]

import plot_integrate
import shoal_results
import synthetic

METHODS = ["midpoint", "monte_carlo"]
EXACT = 0.785398163397448


def write_integrate(path, n_methods=2, repeats=4, levels=(), exact=True):
    """Estimates with errors n^-2 and n^-1/2, in the shapes of the format: dimensions of length one are left out."""
    draw = np.random.default_rng(1)

    def squeezed(values, names):
        values = np.asarray(values)
        kept = [name for name, length in zip(names, values.shape) if length > 1]
        return np.squeeze(values), kept

    def put(group, name, values, names, **more):
        values, kept = squeezed(values, names)
        synthetic.add(group, name, values, kept, **more)

    with h5py.File(path, "w", libver="v108") as file:
        results = file.create_group("results")
        synthetic.add(results, "method", np.squeeze(np.arange(n_methods, dtype="i4")), flags=METHODS[:n_methods])
        put(results, "value", EXACT + 1e-4 * draw.standard_normal((n_methods, repeats)), ["method", "repeat"])
        put(results, "error_estimate", np.full((n_methods, repeats), 1e-4), ["method", "repeat"])
        if exact:
            synthetic.add(results, "exact", EXACT)
        if len(levels):
            study = results.create_group("convergence")
            n = np.array(levels, dtype=float)
            errors = np.stack([n ** -2.0, n ** -0.5])[:n_methods]
            put(study, "samples", np.array(levels, dtype="i8"), ["level"])
            put(study, "rms_error", errors, ["method", "level"])
            put(study, "value", EXACT + errors[:, :, None] * draw.standard_normal((n_methods, len(levels), repeats)), ["method", "level", "repeat"])
            for name, slopes in {"slope": [-2.0, -0.5], "slope_low": [-2.1, -0.6], "slope_high": [-1.9, -0.4]}.items():
                put(study, name, np.array(slopes[:n_methods]), ["method"])
        synthetic.seal(file, "integrate", "An integral")


class IntegrateFigures(unittest.TestCase):
    def draw(self, **kind):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "integrate.h5"
            write_integrate(path, **kind)
            done = subprocess.run([sys.executable, str(FOLDER.parent / "plot_integrate.py"), str(path)], capture_output=True, text=True, cwd=folder)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(sorted(p.name for p in pathlib.Path(folder).glob("*.png")), sorted(line for line in done.stdout.split() if line.endswith("png")))
            return {name.split("-")[1] for name in done.stdout.split()}

    def test_estimates_alone_are_one_figure(self):
        self.assertEqual(self.draw(), {"estimates"})

    def test_a_study_has_two_more(self):
        self.assertEqual(self.draw(levels=[16, 64, 256, 1024]), {"estimates", "convergence", "study_values"})

    def test_one_method_one_repeat_and_no_exact_value_are_drawn_too(self):
        self.assertEqual(self.draw(n_methods=1, repeats=1, levels=[16, 64, 256], exact=False), {"estimates", "convergence", "study_values"})

    def test_dimensions_of_length_one_come_back(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "integrate.h5"
            write_integrate(path, n_methods=1, repeats=1, levels=[16, 64, 256])
            integral = plot_integrate.IntegrateResult(shoal_results.Result(path))
            self.assertEqual(integral.methods, ["midpoint"])
            self.assertEqual(integral.value.shape, (1, 1))
            self.assertEqual(integral.study("value").shape, (1, 3, 1))
            self.assertEqual(integral.exact, EXACT)

    def test_the_line_drawn_is_the_slope_that_was_fitted(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "integrate.h5"
            write_integrate(path, levels=[16, 64, 256, 1024])
            figure = plot_integrate.convergence(plot_integrate.IntegrateResult(shoal_results.Result(path)))
            lines = {line.get_label().split(":")[0]: line for line in figure.axes[0].get_lines() if ":" in line.get_label()}
            for method, slope in (("midpoint", -2.0), ("monte_carlo", -0.5)):
                (x0, x1), (y0, y1) = lines[method].get_data()
                self.assertAlmostEqual(np.log(y1 / y0) / np.log(x1 / x0), slope, places=6)
                self.assertAlmostEqual(y0, x0 ** slope, places=6)

    def test_another_workload_is_refused_in_one_line(self):
        with tempfile.TemporaryDirectory() as folder:
            path = synthetic.write_tune(pathlib.Path(folder) / "tune.h5", repeats=2, epochs=3)
            done = subprocess.run([sys.executable, str(FOLDER.parent / "plot_integrate.py"), str(path)], capture_output=True, text=True)
            self.assertEqual(done.returncode, 76)
            self.assertEqual(len(done.stderr.splitlines()), 1)


if __name__ == "__main__":
    unittest.main()

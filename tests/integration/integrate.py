#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The workload `integrate` as a user meets it: the same bits on every layout and after kills, plugins, bad inputs."""

import pathlib
import shutil
import signal
import subprocess
import unittest

import shoal_program
from shoal_program import COMPLETE, INVALID, OTHER_INPUT, ROOT, ProgramTest

TOO_MANY_FAILED = 80

ALL = """
workload = "integrate"
integrand = "exp(-9 * ((x1 - 0.4)^2 + (x2 - 0.5)^2)) * (x3 < 0.7) + x3"
dimension = 3
method = ["auto", "genz_malik", "vegas", "quasi_monte_carlo", "monte_carlo", "midpoint", "simpson"]
samples = 300000
repeats = 2
[convergence]
samples = [100, 1000, 10000]
repeats = 3
"""

TOLERANCE = """
workload = "integrate"
family = "quadpack_1"
alpha = -0.5
method = ["gauss_kronrod", "tanh_sinh", "riemann_random", "monte_carlo"]
relative_tolerance = 1e-4
max_evaluations = 3e6
[convergence]
samples = [1000, 1100000]  # the second: estimates that are streams of their own
repeats = 2
"""

MAPPED = """
workload = "integrate"
integrand = "exp(2 * x1) * (x1 + x2 + x3 + x4 + x5 > 2.5)"
dimension = 5
method = "auto"
repeats = 2
samples = 200000
"""

LONG = """
workload = "integrate"
family = "genz_continuous"
dimension = 6
method = ["monte_carlo", "vegas", "genz_malik"]
samples = 2e7
"""

PLUGIN = """
#include "shoal/integrate/plugin.h"
int32_t shoal_integrand_version(void) { return SHOAL_INTEGRAND_VERSION; }
int32_t shoal_integrand_dimension(void) { return DIMENSION; }
void shoal_integrand(int32_t dimension, int64_t n, const double *const *x, double *values) {
  for (int64_t i = 0; i < n; ++i) {
    values[i] = FACTOR;
    for (int32_t k = 0; k < dimension; ++k) values[i] *= 2 * x[k][i];
  }
}
"""


class SameBits(ProgramTest):
    def compare(self, text):
        self.write("input.toml", text)
        self.run_to_end("input.toml", "-o", "reference.h5", "--threads", 1)
        reference = self.digest("reference.h5")
        for ranks, threads in ((0, 3), (2, 1), (2, 3), (3, 1), (4, 2)):
            with self.subTest(ranks=ranks, threads=threads):
                self.run_to_end("input.toml", "-o", f"r{ranks}t{threads}.h5", "--threads", threads, ranks=ranks)
                self.assertEqual(self.digest(f"r{ranks}t{threads}.h5"), reference)

    def test_all_methods_on_any_ranks_and_threads(self):
        self.compare(ALL)

    def test_rounds_of_tolerances_on_any_ranks_and_threads(self):
        self.compare(TOLERANCE)

    def test_points_on_a_trained_map_on_any_ranks_and_threads(self):
        self.compare(MAPPED)
        self.assertIn("on a trained map", self.shoal("show", "reference.h5", "results/note").out)

    def test_killed_runs_end_with_the_same_bits(self):
        self.write("input.toml", LONG)
        self.run_to_end("input.toml", "-o", "reference.h5", "--threads", 1)
        done = 0
        for round_number in range(4):
            running = self.start("run", "input.toml", "-o", "killed.h5", "--threads", 1 + round_number % 2)
            self.wait_for_tasks(running, done + 1, "killed.h5")
            running.signal(signal.SIGKILL)
            running.wait()
            done = self.tasks_done("killed.h5")
        self.run_to_end("input.toml", "-o", "killed.h5", "--threads", 2)
        self.assertEqual(self.digest("killed.h5"), self.digest("reference.h5"))


SAMPLING = """
workload = "integrate"
family = "genz_gaussian"
dimension = 3
method = ["monte_carlo", "quasi_monte_carlo"]
repeats = 2
samples = 1000
[quasi_monte_carlo]
randomisations = 4
"""


class Extending(ProgramTest):
    def extended(self, samples):
        ended = self.run_to_end("input.toml", "-o", "grown.h5", "--set", f"samples={samples}", "--extend")
        self.run_to_end("input.toml", "-o", f"fresh{samples}.h5", "--set", f"samples={samples}")
        self.assertEqual(self.digest("grown.h5"), self.digest(f"fresh{samples}.h5"), samples)
        return ended

    def test_more_samples_reuse_those_done_and_end_with_the_same_bits(self):
        self.write("input.toml", SAMPLING)
        self.run_to_end("input.toml", "-o", "grown.h5")
        self.extended(100000)      # whole items of Monte Carlo appear
        self.extended(3000001)     # and of quasi-Monte Carlo
        grown = self.extended(10000000)
        # 45 whole items of Monte Carlo and 4 x 8 of quasi-Monte Carlo, each behind an empty one, twice.
        self.assertIn("extended: 158 tasks done before are reused", grown.out + grown.err)

    def test_fewer_samples_and_other_methods_are_not_extended(self):
        self.write("input.toml", SAMPLING)
        self.run_to_end("input.toml", "-o", "r.h5", "--set", "samples=200000")
        fewer = self.shoal("run", "input.toml", "-o", "r.h5", "--extend")
        self.assertEqual(fewer.code, OTHER_INPUT, fewer)
        self.run_to_end("input.toml", "-o", "v.h5", "--set", 'method="vegas"')
        vegas = self.shoal("run", "input.toml", "-o", "v.h5", "--set", 'method="vegas"', "--set", "samples=20000", "--extend")
        self.assertEqual(vegas.code, OTHER_INPUT, vegas)

    def test_without_extend_it_is_another_input(self):
        self.write("input.toml", SAMPLING)
        self.run_to_end("input.toml", "-o", "r.h5")
        more = self.shoal("run", "input.toml", "-o", "r.h5", "--set", "samples=200000")
        self.assertEqual(more.code, OTHER_INPUT, more)
        self.assertIn("Use --extend to continue it", more.err)


class Plugins(ProgramTest):
    def build(self, factor="1", dimension="0", name="f.so"):
        source = self.write("f.c", PLUGIN)
        subprocess.run(["cc", "-O2", "-fPIC", "-shared", "-ffp-contract=off", f"-DFACTOR={factor}", f"-DDIMENSION={dimension}",
                        "-I", ROOT / "include", source, "-o", self.path(name)], check=True)

    @unittest.skipUnless(shutil.which("cc"), "no C compiler here")
    def test_a_compiled_function_is_integrated_and_its_content_is_science(self):
        self.write("p.toml", 'workload = "integrate"\nplugin = "f.so"\nlower = [0, 0]\nupper = [1, 1]\nrelative_tolerance = 1e-9\n')
        self.build()
        self.run_to_end("p.toml")
        self.assertAlmostEqual(float(self.result("p.h5")["results/value"]), 1.0, places=9)
        self.assertEqual(self.run_to_end("p.toml").code, COMPLETE)
        self.build(factor="3")
        other = self.shoal("run", "p.toml")
        self.assertEqual(other.code, OTHER_INPUT, other)
        self.assertIn("plugin", other.err)

    @unittest.skipUnless(shutil.which("cc"), "no C compiler here")
    def test_what_is_no_plugin_is_refused_in_one_line(self):
        self.write("p.toml", 'workload = "integrate"\nplugin = "f.so"\nlower = [0, 0]\nupper = [1, 1]\n')
        missing = self.shoal("check", "p.toml")
        self.assertNotEqual(missing.code, COMPLETE)
        self.assertIn("f.so", missing.err)
        self.build(dimension="3")
        wrong = self.shoal("check", "p.toml")
        self.assertEqual(wrong.code, INVALID, wrong)
        self.assertIn("is a function of 3 variables, the input has 2", wrong.err)
        self.write("empty.c", "int nothing;\n")
        subprocess.run(["cc", "-fPIC", "-shared", self.path("empty.c"), "-o", self.path("f.so")], check=True)
        empty = self.shoal("check", "p.toml")
        self.assertEqual(empty.code, INVALID, empty)
        self.assertIn("has no function `shoal_integrand_version`", empty.err)


class Messages(ProgramTest):
    def test_a_value_that_is_not_finite_ends_the_run_with_its_place(self):
        self.write("i.toml", 'workload = "integrate"\nintegrand = "1/x"\nmethod = "trapezoid"\nsamples = 100\n')
        ended = self.shoal("run", "i.toml")
        self.assertEqual(ended.code, TOO_MANY_FAILED, ended)
        self.assertIn("not finite, the first at (0)", ended.out + ended.err)

    def test_a_run_says_value_error_and_why_it_ended(self):
        self.write("i.toml", 'workload = "integrate"\nintegrand = "sin(x)"\nupper = 3.141592653589793\nexact = 2.0\n')
        ended = self.run_to_end("i.toml")
        self.assertIn("chose gauss_kronrod", ended.out)
        self.assertIn("converged", ended.out)

    def test_bad_inputs_of_the_workload_have_exact_messages(self):
        self.maxDiff = None
        folder = pathlib.Path(ROOT / "inputs/bad/integrate")
        inputs = sorted(folder.glob("*.toml"))
        self.assertGreaterEqual(len(inputs), 4)
        for path in inputs:
            with self.subTest(path.stem):
                ended = self.shoal("check", path.name, folder=folder)
                self.assertEqual(ended.code, INVALID, ended)
                self.assertEqual(ended.err, path.with_suffix(".expected").read_text())


if __name__ == "__main__":
    shoal_program.main()

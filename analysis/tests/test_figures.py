# SPDX-License-Identifier: Apache-2.0
"""Figures are written where and under the names that are promised, also for odd results."""

import pathlib
import struct
import subprocess
import sys
import tempfile
import unittest

import h5py
import numpy as np

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(FOLDER.parent), str(FOLDER)]

import shoal_digest
import synthetic


def draw(result, *options):
    return subprocess.run([sys.executable, str(FOLDER.parent / "plot_tune.py"), str(result), *options],
                          capture_output=True, text=True, cwd=pathlib.Path(result).parent)


class Figures(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.path = pathlib.Path(self.folder.name) / "depth.h5"

    def edit(self, change):
        with h5py.File(self.path, "r+") as file:
            change(file)
            digest = shoal_digest.digest(file["results"])
            del file.attrs["digest"]
            synthetic.text(file, "digest", digest)

    def test_file_names_state_workload_figure_and_parameters_and_are_printed(self):
        synthetic.write_tune(self.path, repeats=4, epochs=20)
        said = draw(self.path)
        self.assertEqual((said.returncode, said.stderr), (0, ""))
        names = [f"depth-tune-{figure}-lorenz-trials20-repeats4-epochs20-seed1.{kind}"
                 for figure in ("loss_curves", "loss_by_configuration") for kind in ("png", "svg")]
        self.assertEqual(said.stdout.split(), names)
        for name in names:
            content = (self.path.parent / name).read_bytes()
            self.assertGreater(len(content), 5000)
            if name.endswith(".png"):
                width, height = struct.unpack(">II", content[16:24])
                self.assertTrue(width > 1000 and height > 400, (name, width, height))
            else:
                self.assertIn(b"[5,8,8,8,5]", content)

    def test_a_search_without_trials_is_said_to_have_none(self):
        synthetic.write_tune(self.path, repeats=2, epochs=5)

        def remove(file):
            del file["results/trials"]
        self.edit(remove)
        said = draw(self.path)
        self.assertEqual((said.returncode, said.stdout, said.stderr), (76, "", f"shoal: {self.path} holds no trial: none was started.\n"))
        report = subprocess.run([sys.executable, str(FOLDER.parent / "report.py"), str(self.path)], capture_output=True, text=True)
        self.assertEqual(report.returncode, 0, report)
        self.assertIn("no trial was started", report.stdout)

    def test_the_same_result_gives_the_same_vector_files(self):
        synthetic.write_tune(self.path, repeats=2, epochs=5)
        first = {path: path.read_bytes() for _ in [draw(self.path)] for path in self.path.parent.glob("*.svg")}
        draw(self.path)
        self.assertEqual(first, {path: path.read_bytes() for path in self.path.parent.glob("*.svg")})

    def test_trials_without_a_loss_are_counted_not_hidden(self):
        synthetic.write_tune(self.path, repeats=3, epochs=5, lost=[0, 1, 2, 7])
        said = draw(self.path)
        self.assertEqual(said.returncode, 0, said.stderr)
        picture = next(self.path.parent.glob("*loss_by_configuration*.svg")).read_text()
        self.assertIn("3 without a loss", picture)
        self.assertIn("1 without a loss", picture)

    def test_results_of_other_workloads_are_refused(self):
        with h5py.File(self.path, "w") as file:
            file.create_group("results")
            synthetic.seal(file, "primes")
        said = draw(self.path)
        self.assertEqual((said.returncode, said.stdout), (76, ""))
        self.assertEqual(said.stderr, f"shoal: {self.path} is a result of primes, not of tune.\n")

    def test_a_missing_matplotlib_is_said_with_the_remedy(self):
        synthetic.write_tune(self.path, repeats=2, epochs=5)
        (self.path.parent / "matplotlib.py").write_text("raise ImportError('gone', name='matplotlib')\n")
        said = subprocess.run([sys.executable, "-c", "import sys; sys.path[:0] = sys.argv[1:]; import plot_tune",
                               str(self.path.parent), str(FOLDER.parent)], capture_output=True, text=True)
        self.assertNotEqual(said.returncode, 0)
        self.assertIn("apt-get install python3-matplotlib", said.stderr)
        self.assertEqual(said.stderr.count("\n"), 1)


if __name__ == "__main__":
    unittest.main()

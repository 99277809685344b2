# SPDX-License-Identifier: Apache-2.0
"""What the reader accepts, what it refuses and how it says so. Runs without the C++ program."""

import hashlib
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

import report
import shoal_digest
import shoal_results
import synthetic
import tune_model


class Reader(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.path = str(pathlib.Path(self.folder.name) / "depth.h5")
        synthetic.write_tune(self.path, repeats=3, epochs=10, lost=[4])

    def refusal(self, path=None):
        with self.assertRaises(shoal_results.ResultError) as caught:
            shoal_results.open_result(path or self.path)
        self.assertEqual(str(caught.exception).count("\n"), 0)
        return str(caught.exception)

    def test_a_sound_file_is_read_with_units_names_and_labels(self):
        with shoal_results.open_result(self.path) as result:
            self.assertEqual((result.workload, result.status, result.version), ("tune", "complete", (1, 0)))
            self.assertEqual(result["results/trials/loss"].shape, (15,))
            self.assertEqual(result.long_name("results/trials/loss").split(" after")[0], "validation_rmse")
            self.assertEqual(result.units("results/trials/loss"), "1")
            self.assertEqual(result.labels("results/trials/params/hidden")[3], "[5,8,8,5]")
            self.assertEqual(result.labels("results/trials/state")[4], "nan")
            self.assertEqual(result.parameters["network.epochs"], 10)
            self.assertEqual(result.parameters["data.source"], "lorenz")
            self.assertEqual(result.names("results/trials"), ["config", "loss", "repeat", "state"])

    def test_a_group_becomes_an_xarray_dataset(self):
        with shoal_results.open_result(self.path) as result:
            history = result.dataset("results/history")
        self.assertEqual(history["validation_rmse"].dims, ("trial", "epoch"))
        self.assertEqual(history["validation_rmse"].attrs["units"], "1")

    def test_a_changed_number_is_found(self):
        with h5py.File(self.path, "r+") as file:
            file["results/trials/loss"][0] += 1e-15
        self.assertRegex(self.refusal(), "is damaged: the digest of /results is [0-9a-f]{64}, the file says [0-9a-f]{64}")
        shoal_results.open_result(self.path, verify=False).close()

    def test_an_unknown_major_version_is_refused_in_one_sentence(self):
        with h5py.File(self.path, "r+") as file:
            file.attrs["version"] = np.array([2, 0], dtype="i8")
        self.assertEqual(self.refusal(), f"{self.path} has format version 2.0; this reader knows version 1: please use the "
                                         "reader that came with shoal 0.1.0.")

    def test_a_later_minor_version_is_read(self):
        with h5py.File(self.path, "r+") as file:
            file.attrs["version"] = np.array([1, 7], dtype="i8")
        shoal_results.open_result(self.path).close()

    def test_other_hdf5_files_text_files_and_missing_files_are_refused(self):
        other = self.path + "x"
        with h5py.File(other, "w") as file:
            file.attrs["filetype"] = "summary"
        self.assertIn("is an HDF5 file but not a Shoal result", self.refusal(other))
        pathlib.Path(other).write_text("loss,0.1\n")
        self.assertIn("is not an HDF5 file, or is damaged", self.refusal(other))
        self.assertIn("There is no file", self.refusal(self.path + "y"))

    def test_a_truncated_file_is_refused(self):
        content = pathlib.Path(self.path).read_bytes()
        pathlib.Path(self.path).write_bytes(content[:len(content) // 2])
        self.assertIn("is not an HDF5 file, or is damaged", self.refusal())

    def test_the_report_names_the_best_and_ranks_configurations(self):
        with shoal_results.open_result(self.path) as result:
            text = "\n".join(report.lines(result))
        self.assertIn("(checked)", text)
        self.assertIn("14 ok, 1 nan", text)
        self.assertIn("best: trial", text)
        self.assertIn("validation RMSE", text)
        self.assertIn("[5,8,8,8,8,8,5]", text)

    def test_the_command_line_prints_the_workload_and_fails_with_76(self):
        program = [sys.executable, str(FOLDER.parent / "shoal_results.py")]
        said = subprocess.run(program + ["--workload", self.path], capture_output=True, text=True)
        self.assertEqual((said.returncode, said.stdout), (0, "tune\n"))
        said = subprocess.run(program + [self.path + "y"], capture_output=True, text=True)
        self.assertEqual((said.returncode, said.stdout), (76, ""))
        self.assertEqual(said.stderr, f"shoal: There is no file {self.path}y.\n")


class Lorenz(unittest.TestCase):
    def test_the_trajectory_for_figures_converges_with_its_step(self):
        system = dict(sigma=10.0, rho=28.0, beta=8 / 3, start=[1.0, 1.0, 1.0], t_end=20.0, points=9999, first=501)
        time, coarse = tune_model.lorenz_points(**system)
        _, finer = tune_model.lorenz_points(**system, steps=8)
        _, finest = tune_model.lorenz_points(**system, steps=32)
        self.assertAlmostEqual(time[-1], 500 * 20 / 9998)
        ratio = np.abs(coarse - finest).max() / np.abs(finer - finest).max()
        self.assertTrue(14 < ratio < 18, f"order 4 means about 16, not {ratio}")
        self.assertLess(np.abs(coarse[0] - 1).max(), 1e-15)


class Digest(unittest.TestCase):
    """The definition, spelt out by hand for small data."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.file = h5py.File(pathlib.Path(self.folder.name) / "a.h5", "w")
        self.addCleanup(self.file.close)
        self.results = self.file.create_group("results")

    def by_hand(self, *lines):
        return hashlib.sha256(b"shoal-digest-1\n" + b"".join(lines)).hexdigest()

    @staticmethod
    def line(path, kind, shape, *blocks):
        content = hashlib.sha256(b"".join(hashlib.sha256(block).digest() for block in blocks)).hexdigest()
        return f"/results/{path}\t{kind}\t{shape}\t{content}\n".encode()

    def test_numbers_and_texts_in_the_order_of_their_paths(self):
        self.results.create_dataset("b", data=np.array([1.0, -0.0]))
        self.results.create_dataset("B", data=np.int64(-3))
        self.results.create_dataset("a/words", data=np.array(["ä", ""], dtype=object), dtype=h5py.string_dtype("utf-8"))
        self.assertEqual(shoal_digest.digest(self.results), self.by_hand(
            self.line("B", "i8", "", struct.pack("<q", -3)),
            self.line("a/words", "text", "2", "ä\0\0".encode()),
            self.line("b", "f8", "2", struct.pack("<dd", 1.0, -0.0))))

    def test_every_nan_counts_as_one_nan(self):
        odd = np.array([0xFFF8000000000123, 0x3FF0000000000000], dtype="u8").view("f8")
        self.results.create_dataset("x", data=odd)
        self.results.create_dataset("y", data=np.array([0xFFC00001], dtype="u4").view("f4"))
        self.assertEqual(shoal_digest.digest(self.results), self.by_hand(
            self.line("x", "f8", "2", struct.pack("<QQ", 0x7FF8000000000000, 0x3FF0000000000000)),
            self.line("y", "f4", "1", struct.pack("<I", 0x7FC00000))))

    def test_large_arrays_are_hashed_by_chunks_of_at_most_512_kib(self):
        values = np.arange(300 * 700, dtype="f8").reshape(300, 700)  # 1.6 MB: 300 -> 150 -> 75 rows a chunk
        self.results.create_dataset("v", data=values)
        self.assertEqual(shoal_digest.chunk_shape(values.dtype, values.shape), [75, 700])
        blocks = [values[first:first + 75].tobytes() for first in range(0, 300, 75)]
        self.assertEqual(shoal_digest.digest(self.results), self.by_hand(self.line("v", "f8", "300,700", *blocks)))

    def test_an_empty_array_has_no_block_and_a_bare_scale_no_line(self):
        self.results.create_dataset("e", data=np.zeros((0, 3), dtype="f4"))
        self.results.create_dataset("trial", data=np.zeros(2)).make_scale("This is a netCDF dimension but not a netCDF variable.         2")
        self.assertEqual(shoal_digest.digest(self.results), self.by_hand(self.line("e", "f4", "0,3")))


if __name__ == "__main__":
    unittest.main()

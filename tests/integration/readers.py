#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What the program writes, others read: h5py, xarray by both engines, h5dump, ncdump, our own reader, and the figures."""

import subprocess

import h5py
import numpy as np

import shoal_program  # first: it knows where the reader is
import shoal_digest
import shoal_results
from tune_result import TuneResult
from shoal_program import ROOT, SMALL, ProgramTest

GROUPS = ["results/trials", "results/trials/params", "results/history", "results/configs", "results/best", "parameters", "provenance"]


class Readers(ProgramTest):
    @classmethod
    def setUpClass(cls):
        # One run serves all tests: none of them changes it.
        class Maker(ProgramTest):
            def runTest(self):
                pass
        cls.maker = Maker()
        cls.maker.setUp()
        cls.maker.write("small.toml", SMALL)
        cls.maker.run_to_end("small.toml", "-o", "r.h5", ranks=2)
        cls.file = cls.maker.path("r.h5")

    @classmethod
    def tearDownClass(cls):
        cls.maker.doCleanups()

    def command(self, *words):
        ended = subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=600)
        self.assertEqual(ended.returncode, 0, ended.stderr)
        return ended.stdout

    def test_our_reader_recomputes_the_digest(self):
        with shoal_results.open_result(self.file) as result:
            self.assertEqual(result.status, "complete")
            self.assertEqual(shoal_digest.digest(result.file["results"]), result.digest)
            self.assertEqual(result.parameters["search.repeats"], 4)

    def test_every_number_has_units_and_a_name_and_every_dimension_a_scale(self):
        allowed = {"f8", "f4", "i8", "i4", "i1", "u8", "u4"}
        seen = []

        def visit(name, item):
            if not isinstance(item, h5py.Dataset):
                return
            seen.append(name)
            if item.attrs.get("CLASS") != b"DIMENSION_SCALE":
                self.assertIn("long_name", item.attrs, name)
                for axis in range(item.ndim):
                    self.assertEqual(len(item.dims[axis]), 1, f"{name}, dimension {axis}")
            if item.dtype.kind not in "OS":
                self.assertIn(item.dtype.newbyteorder("<").str.lstrip("<|"), allowed, name)
                if item.attrs.get("CLASS") != b"DIMENSION_SCALE":
                    self.assertIn("units", item.attrs, name)
            elif item.ndim:
                self.assertIsNone(h5py.check_string_dtype(item.dtype).length, f"{name}: texts in arrays vary in length")

        with h5py.File(self.file, "r") as file:
            file.visititems(visit)
        self.assertGreater(len(seen), 50)

    def test_xarray_reads_every_group_with_both_engines(self):
        import xarray
        for engine in ("netcdf4", "h5netcdf"):
            for group in GROUPS:
                with self.subTest(engine=engine, group=group), xarray.open_dataset(self.file, engine=engine, group=group) as data:
                    with h5py.File(self.file, "r") as file:
                        expected = [name for name, item in file[group].items()
                                    if isinstance(item, h5py.Dataset) and item.attrs.get("CLASS") != b"DIMENSION_SCALE"]
                    self.assertLessEqual(set(expected), set(data.variables))
        for engine in ("netcdf4", "h5netcdf"):
            with xarray.open_dataset(self.file, engine=engine, group="results/trials") as data, h5py.File(self.file, "r") as file:
                np.testing.assert_array_equal(data["loss"].values, file["results/trials/loss"][()])

    def test_h5dump_and_ncdump_read_all_of_it(self):
        dumped = self.command("h5dump", self.file)
        for word in ("shoal-result", "validation_loss", "segments"):
            self.assertIn(word, dumped)
        dumped = self.command("ncdump", self.file)
        self.assertEqual(dumped, self.command("ncdump", self.file), "a text without an end shows other bytes every time")
        for word in ("group: trials", "double loss(trial)", "flag_meanings"):
            self.assertIn(word, dumped)

    def test_small_arrays_are_compact_and_large_ones_chunked_and_checked(self):
        kinds = {h5py.h5d.COMPACT: 0, h5py.h5d.CHUNKED: 0}

        def visit(name, item):
            if isinstance(item, h5py.Dataset) and item.dtype.kind != "O" and item.size:
                layout = item.id.get_create_plist().get_layout()
                bytes_ = item.size * item.dtype.itemsize
                self.assertEqual(layout, h5py.h5d.CHUNKED if item.ndim and bytes_ >= 4096 else h5py.h5d.COMPACT, name)
                if layout == h5py.h5d.CHUNKED:
                    self.assertTrue(item.fletcher32 and item.shuffle and item.compression == "gzip", name)
                kinds[layout] += 1

        with h5py.File(self.file, "r") as file:
            file["results"].visititems(visit)
        self.assertGreater(kinds[h5py.h5d.COMPACT], 5)

    def test_a_flipped_byte_is_noticed_by_every_reader_of_ours(self):
        content = bytearray(self.file.read_bytes())
        with h5py.File(self.file, "r") as file:
            wanted = file["results/trials/loss"][()].tobytes()
        place = content.find(wanted[:16])
        self.assertGreater(place, 0)
        content[place + 3] ^= 1
        (self.folder / "r.h5").write_bytes(content)
        with self.assertRaises(shoal_results.ResultError):
            shoal_results.open_result(self.folder / "r.h5")
        for words in (["show", "r.h5"], ["diff", "r.h5", "r.h5"]):
            ended = self.shoal(*words)
            self.assertEqual(ended.code, 76, ended)

    def test_verify_recomputes_trials(self):
        ended = self.shoal("verify", self.file, "--fraction", "0.3")
        self.assertEqual(ended.code, 0, ended)

    def test_the_report_and_the_pictures(self):
        said = self.command("/usr/bin/python3", ROOT / "analysis/report.py", self.file)
        self.assertIn("best: trial", said)
        self.assertIn("ranks x threads", said)
        said = self.command("/usr/bin/python3", ROOT / "analysis/plot_tune.py", self.file, "--folder", self.folder)
        for figure in ("loss_curves", "loss_by_configuration", "forecast"):
            for kind in ("png", "svg"):
                self.assertEqual(len(list(self.folder.glob(f"r-tune-{figure}-lorenz-trials20-*.{kind}"))), 1, said)

    def test_the_stored_network_and_our_own_trajectory_give_the_stored_loss(self):
        with shoal_results.open_result(self.file) as result:
            _, truth, forecast, _, _ = TuneResult(result).lorenz_forecast()
            rmse = np.sqrt(((forecast - truth) ** 2).mean())
            self.assertAlmostEqual(rmse / float(result["results/best/loss"]), 1, places=4)


if __name__ == "__main__":
    shoal_program.main()

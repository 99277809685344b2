#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Deep zooms and pictures with the real program: the same bits on any layout and after kills; PNGs pixel by pixel."""

import signal
import struct
import unittest
import zlib

import h5py
import matplotlib.image
import numpy as np

import shoal_program
from shoal_program import COMPLETE, IO, LOCKED, MISSING, OTHER_INPUT, ROOT, SMALL, USAGE, ProgramTest

INPUT = (ROOT / "inputs" / "mandelbrot_deep.toml").read_text()
TINY = ["--set", "width=64", "--set", "height=48", "--set", "tile_rows=4"]
# Every step is computed: a second of work, in tasks of milliseconds.
LONG = ["--set", "width=300", "--set", "height=225", "--set", "tile_rows=1", "--set", "deep.approximation=false"]
ARRAYS = ["--set", 'outputs=["iterations","smooth","distance"]']
# Around c = i, which is its own description at any depth; scaled numbers.
DEEPEST = """
workload = "mandelbrot"
width = 40
height = 30
center = ["0", "1"]
view_width = "1e-1000"
max_iterations = 4000
outputs = ["iterations", "smooth", "distance"]
tile_rows = 3
"""
SHALLOW = """
workload = "mandelbrot"
title = "Small"
width = 90
height = 70
max_iterations = 200
outputs = ["iterations", "distance", "png"]
[picture]
color_map = "grey"
scale = "linear"
inside = "#ff0000"
"""


def pixels(path):
    """(row from the top, column, 3) as integers."""
    return np.round(matplotlib.image.imread(path)[:, :, :3] * 255).astype(int)


def read_exr(path):
    """Attributes (ints and strings) and channels (row from the top, column) of a ZIP-compressed scan-line OpenEXR file, byte by byte."""
    data = path.read_bytes()
    assert struct.unpack_from("<ii", data) == (20000630, 2)

    def name_at(at):
        end = data.index(0, at)
        return data[at:end].decode(), end + 1

    at, raw = 8, {}
    while data[at] != 0:
        name, at = name_at(at)
        kind, at = name_at(at)
        size, = struct.unpack_from("<i", data, at)
        raw[name] = (kind, data[at + 4:at + 4 + size])
        at += 4 + size
    attributes = {name: struct.unpack("<i", value)[0] if kind == "int" else value.decode() for name, (kind, value) in raw.items() if kind in ("int", "string")}
    assert raw["compression"][1] == b"\3" and raw["dataWindow"] == raw["displayWindow"] and raw["lineOrder"][1] == b"\0"
    left, top, right, bottom = struct.unpack("<4i", raw["dataWindow"][1])
    assert (left, top) == (0, 0)
    width, height = right + 1, bottom + 1
    channels, list_at, listed = {}, 0, raw["channels"][1]
    while listed[list_at] != 0:
        end = listed.index(0, list_at)
        kind, = struct.unpack_from("<i", listed, end + 1)
        channels[listed[list_at:end].decode()] = np.zeros((height, width), {0: "<u4", 2: "<f4"}[kind])
        list_at = end + 17
    offsets = struct.unpack_from(f"<{-(-height // 16)}Q", data, at + 1)
    for block, offset in enumerate(offsets):
        first, size = struct.unpack_from("<ii", data, offset)
        assert first == 16 * block
        rows = min(16, height - first)
        lines = np.frombuffer(data, np.uint8, size, offset + 8)
        if size < 4 * rows * width * len(channels):
            lines = np.frombuffer(zlib.decompress(lines), np.uint8).astype(np.int64)
            lines = np.cumsum(np.concatenate([lines[:1], lines[1:] - 128])).astype(np.uint8)
            half = (len(lines) + 1) // 2
            woven = np.empty_like(lines)
            woven[0::2], woven[1::2] = lines[:half], lines[half:]
            lines = woven
        values = lines.tobytes()
        for row in range(rows):
            for number, channel in enumerate(channels.values()):
                channel[first + row] = np.frombuffer(values, channel.dtype, width, 4 * width * (row * len(channels) + number))
    return attributes, channels


class DeepZooms(ProgramTest):
    def test_ranks_threads_and_storage_change_no_bit(self):
        self.write("deep.toml", INPUT)
        self.write("deepest.toml", DEEPEST)
        for name, options in {"deep": TINY + ARRAYS, "deepest": []}.items():
            self.run_to_end(f"{name}.toml", "-o", f"{name}.h5", *options, "--threads", 1)
            reference = self.digest(f"{name}.h5")
            for ranks, threads in ((1, 3), (2, 1), (3, 3)):
                with self.subTest(name, ranks=ranks, threads=threads):
                    self.run_to_end(f"{name}.toml", "-o", "again.h5", "--new", *options, "--threads", threads, ranks=ranks)
                    self.assertEqual(self.digest("again.h5"), reference)
            self.run_to_end(f"{name}.toml", "-o", "files.h5", "--new", *options, "--set", 'storage="files"', "--threads", 2)
            with h5py.File(self.path("files.h5")) as files, h5py.File(self.path(f"{name}.h5")) as memory:
                for array in ("iterations", "smooth", "distance"):
                    np.testing.assert_array_equal(files["results"][array][()], memory["results"][array][()])
                offsets = memory["results/x_offset"][()]
                np.testing.assert_allclose(offsets, (np.arange(len(offsets)) + 0.5) / len(offsets) - 0.5, atol=1e-15)

    def test_kills_change_no_bit(self):
        self.write("deep.toml", INPUT)
        work = [*LONG, "--set", 'outputs=["smooth"]']
        self.run_to_end("deep.toml", "-o", "whole.h5", *work, "--threads", 2)
        for ranks, threads, done in ((0, 1, 3), (2, 1, 20)):
            self.interrupt("deep.toml", *work, "--threads", threads, n=done, ranks=ranks)
        self.run_to_end("deep.toml", "-o", "r.h5", *work, "--threads", 3)
        self.assertEqual(self.digest("r.h5"), self.digest("whole.h5"))

    def test_the_depth_is_known_by_its_iterations(self):
        # The cycle that c = i falls into has the multiplier 4 + 4i: a factor 10^-1 of the view costs 2 ln 10 / ln(4 sqrt 2) steps.
        self.write("deepest.toml", DEEPEST)
        least = []
        for width in ("1e-100", "1e-500", "1e-1000"):
            self.run_to_end("deepest.toml", "-o", f"{width}.h5", "--set", f'view_width="{width}"')
            least.append(int(self.result(f"{width}.h5")["results/iterations"].min()))
        each = 2 * np.log(10) / np.log(4 * np.sqrt(2))
        self.assertAlmostEqual((least[2] - least[0]) / 900, each, delta=0.01)
        self.assertAlmostEqual((least[1] - least[0]) / 400, each, delta=0.02)


class Pictures(ProgramTest):
    def expected(self, name, inside=(255, 0, 0)):
        """The picture of iterations by a linear grey scale."""
        iterations = self.result(name)["results/iterations"][::-1].astype(float)
        outside = iterations[iterations > 0]
        grey = np.floor((iterations - outside.min()) / (outside.max() - outside.min()) * 255 + 0.5)
        return np.where((iterations == 0)[:, :, None], inside, grey[:, :, None]).astype(int)

    def test_the_picture_beside_the_result_has_the_pixels_of_the_result(self):
        self.write("s.toml", SHALLOW)
        ended = self.run_to_end("s.toml")
        self.assertIn("picture: s.png (90 x 70 pixels: iterations, linear scale, grey)", ended.out + ended.err)
        np.testing.assert_array_equal(pixels(self.path("s.png")), self.expected("s.h5"))
        ended = self.run_to_end("s.toml", "--new")
        self.assertIn("kept the earlier picture as s.png.1", ended.out + ended.err)
        self.assertEqual(self.path("s.png").read_bytes(), self.path("s.png.1").read_bytes())
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), ["s.h5", "s.h5.1", "s.png", "s.png.1", "s.toml"])

    def test_streamed_results_give_the_same_picture(self):
        self.write("s.toml", SHALLOW)
        self.run_to_end("s.toml")
        self.run_to_end("s.toml", "-o", "files.h5", "--set", 'storage="files"')
        np.testing.assert_array_equal(pixels(self.path("files.png")), pixels(self.path("s.png")))

    def test_a_picture_can_be_made_again_in_other_colours(self):
        self.write("s.toml", SHALLOW)
        self.run_to_end("s.toml")
        ended = self.shoal("picture", "s.h5", "-o", "blue.png", "--color-map", "lagoon", "--values", "distance", "--inside", "#010203", "--width", 30)
        self.assertEqual((ended.code, ended.out), (COMPLETE, "blue.png (30 x 23 pixels: distance, linear scale, lagoon)\n"))
        self.assertEqual(pixels(self.path("blue.png")).shape, (23, 30, 3))
        again = self.shoal("picture", "s.h5", "-o", "again.png", "--values", "iterations", "--color-map", "grey")
        self.assertEqual(again.code, COMPLETE, again)
        np.testing.assert_array_equal(pixels(self.path("again.png")), self.expected("s.h5"))

    def test_a_picture_has_the_colours_of_the_input_unless_told_otherwise(self):
        self.write("s.toml", SHALLOW)
        self.run_to_end("s.toml")
        again = self.shoal("picture", "s.h5", "-o", "again.png")
        self.assertEqual((again.code, again.out), (COMPLETE, "again.png (90 x 70 pixels: iterations, linear scale, grey)\n"))
        self.assertEqual(self.path("again.png").read_bytes(), self.path("s.png").read_bytes())
        other = self.shoal("picture", "s.h5", "-o", "other.png", "--inside", "#000000")
        self.assertEqual(other.code, COMPLETE, other)
        np.testing.assert_array_equal(pixels(self.path("other.png")), self.expected("s.h5", (0, 0, 0)))

    def test_the_numbers_go_to_other_programs_as_openexr(self):
        self.write("s.toml", SHALLOW.replace('outputs = ["iterations"', 'outputs = ["smooth", "iterations"'))
        self.run_to_end("s.toml")
        ended = self.shoal("picture", "s.h5", "--format", "exr")
        self.assertEqual((ended.code, ended.out), (COMPLETE, "s.exr (90 x 70 pixels: DE, N, NF)\n"))
        attributes, channels = read_exr(self.path("s.exr"))
        self.assertEqual((attributes["Iterations"], attributes["IterationsBias"]), (200, 1024))
        with h5py.File(self.path("s.h5")) as file:
            smooth, distance = file["results/smooth"][()][::-1], file["results/distance"][()][::-1]
        inside = np.isnan(smooth)
        np.testing.assert_array_equal(channels["N"] == 0xFFFFFFFF, inside)
        np.testing.assert_array_equal((channels["N"][~inside] - 1024.0 + channels["NF"][~inside]).astype(np.float32), smooth[~inside])
        self.assertTrue(((0 <= channels["NF"]) & (channels["NF"] < 1)).all())
        np.testing.assert_array_equal(channels["DE"], np.where(inside, 0, distance))

    def test_openexr_of_iterations_alone_and_of_a_preview(self):
        self.write("s.toml", SHALLOW.replace("width = 90", "width = 1").replace('"iterations", "distance", "png"', '"iterations"'))
        self.run_to_end("s.toml")
        self.assertEqual(self.shoal("picture", "s.h5", "--format", "exr").out, "s.exr (1 x 70 pixels: N)\n")
        with h5py.File(self.path("s.h5")) as file:
            iterations = file["results/iterations"][()][::-1].astype(np.uint32)
        np.testing.assert_array_equal(read_exr(self.path("s.exr"))[1]["N"], np.where(iterations == 0, 0xFFFFFFFF, iterations + 1024))
        self.write("deep.toml", INPUT)
        self.interrupt("deep.toml", *LONG, "--threads", 1, n=5, act=lambda running: running.signal(signal.SIGUSR1))
        ended = self.shoal("picture", "r.h5", "--format", "exr")
        self.assertRegex(ended.out, r"^r\.exr \(150 x \d+ pixels: N, of the rows so far\)$")
        self.assertEqual(read_exr(self.path("r.exr"))[1]["N"].shape[1], 150)

    def test_a_partial_result_shows_its_preview(self):
        self.write("deep.toml", INPUT)
        self.interrupt("deep.toml", *LONG, "--threads", 1, n=5, act=lambda running: running.signal(signal.SIGUSR1))
        ended = self.shoal("picture", "r.h5")
        self.assertEqual(ended.code, COMPLETE, ended)
        self.assertRegex(ended.out, r"^r\.png \(150 x \d+ pixels: preview, histogram scale, stripes, of the rows so far\)$")
        self.assertEqual(pixels(self.path("r.png")).shape[1], 150)

    def test_what_cannot_be_shown_is_one_line(self):
        self.write("s.toml", SHALLOW)
        self.write("small.toml", SMALL)
        self.run_to_end("s.toml")
        self.run_to_end("small.toml")
        for code, said, arguments in (
                (MISSING, "cannot read none.h5", ["none.h5"]),
                (OTHER_INPUT, "small.h5 holds no picture: it comes from the workload `tune`", ["small.h5", "-o", "x.png"]),
                (LOCKED, "s.png exists already: name another file, or move it away", ["s.h5"]),
                (MISSING, "s.h5 has no smooth: name it in `outputs` of the input, or choose other values",
                 ["s.h5", "-o", "x.png", "--values", "smooth"]),
                (IO, "cannot write none/x.png.part", ["s.h5", "-o", "none/x.png"]),
                (USAGE, "an OpenEXR file holds numbers", ["s.h5", "--format", "exr", "--scale", "log"]),
                (LOCKED, "s.png exists already", ["s.h5", "--format", "exr", "-o", "s.png"]),
                (IO, "cannot write none/x.exr.part", ["s.h5", "--format", "exr", "-o", "none/x.exr"]),
                (USAGE, "--color-map", ["s.h5", "--color-map", "jet"]),
                (USAGE, "#203040", ["s.h5", "--inside", "red"])):
            with self.subTest(said):
                ended = self.shoal("picture", *arguments)
                self.assertEqual(ended.code, code, ended)
                self.assertIn(said, ended.err)
        self.assertFalse(self.path("x.png").exists())


if __name__ == "__main__":
    shoal_program.main()

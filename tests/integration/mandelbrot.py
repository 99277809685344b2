#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The Mandelbrot set with the real program: the same bits on any layout and after any interruption, known pictures."""

import hashlib
import random
import shutil
import signal
import time
import unittest

import h5py
import numpy as np

import shoal_program
from shoal_program import COMPLETE, IO, SEED, UNSUITABLE, ProgramTest, own_lines

CHUNKS = ["auto", "static_block", "static_cyclic", "guided", "factoring", "trapezoid", "one"]
ORDERS = ["natural", "bit_reversed", "longest"]
HEAD = 'workload = "mandelbrot"\n'
SMALL = HEAD + 'width = 300\nheight = 260\nmax_iterations = 400\noutputs = ["iterations", "smooth", "distance", "balance"]\ntile_rows = 7\n'
FILES = HEAD + 'width = 700\nheight = 900\nmax_iterations = 300\noutputs = ["iterations", "smooth"]\nstorage = "files"\ntile_rows = 1\n'
# Halves of which mirror images are made: seven tiles, of which the last is shorter.
MIRRORED = HEAD + 'width = 700\nheight = 801\nmax_iterations = 300\noutputs = ["iterations", "smooth"]\nstorage = "files"\nmirror = true\ntile_rows = 1\n'
SUBDIVIDED = HEAD + 'width = 600\nheight = 500\nmax_iterations = 400\nsubdivision = "mariani_silver"\ntile_rows = 50\n'
# Some seconds of work in 32 tasks.
LONG = HEAD + ('width = 1000\nheight = 3200\nlower = [-1.5, -0.6]\nupper = [0.4, 0.6]\nmax_iterations = 8000\ninterior_tests = false\n'
               'periodicity = "off"\nmode = "fast"\nstorage = "files"\ntile_rows = 1\n[output]\nsnapshot_seconds = 1\n')


def text(value):
    return value.decode() if isinstance(value, bytes) else str(value)


class Layouts(ProgramTest):
    def test_every_storage_on_ranks_and_threads(self):
        for name, job in {"memory": SMALL, "files": FILES, "mirrored": MIRRORED, "subdivided": SUBDIVIDED}.items():
            self.write(f"{name}.toml", job)
            self.run_to_end(f"{name}.toml", "-o", f"{name}.h5", "--threads", 1)
            reference = self.digest(f"{name}.h5")
            some = ((2, 1), (3, 3))
            for ranks, threads in some if name in ("mirrored", "subdivided") else ((1, 1), (1, 3), (2, 1), (2, 3), (3, 1), (3, 3)):
                with self.subTest(storage=name, ranks=ranks, threads=threads):
                    self.run_to_end(f"{name}.toml", "-o", "again.h5", "--new", "--threads", threads, ranks=ranks)
                    self.assertEqual(self.digest("again.h5"), reference)

    def test_every_chunk_rule_and_order(self):
        self.write("p.toml", SMALL)
        self.run_to_end("p.toml", "--threads", 1)
        for number, chunk in enumerate(CHUNKS):
            order = ORDERS[number % 3]
            with self.subTest(chunk=chunk, order=order):
                self.run_to_end("p.toml", "-o", f"{chunk}.h5", "--threads", 3, "--set", f'schedule.chunk="{chunk}"', "--set",
                                f'schedule.order="{order}"')
                self.assertEqual(self.digest(f"{chunk}.h5"), self.digest("p.h5"))

    def test_static_rules_give_four_ranks_the_known_loads(self):
        whole = HEAD + 'width = 1024\nheight = 1024\nmax_iterations = 1000\noutputs = ["balance"]\ntile_rows = 1\n'
        self.write("p.toml", whole)
        for rule, known in {"static_block": 0.515041, "static_cyclic": 0.999415}.items():
            with self.subTest(rule=rule):
                self.run_to_end("p.toml", "-o", "r.h5", "--new", "--threads", 1, "--set", f'schedule.chunk="{rule}"', ranks=4)
                result = self.result("r.h5")
                log = {name: result[f"performance/tasks/{name}"] for name in ("rank", "first", "count")}
                work = result["results/row_iterations"].astype(np.int64)
                loads = np.zeros(4)
                for rank, first, count in zip(log["rank"], log["first"], log["count"]):
                    places = np.arange(first, first + count)  # in the order of handing out: dealt rows are every fourth
                    rows = places if rule == "static_block" else places // 256 + 4 * (places % 256)
                    loads[rank] += work[rows].sum()
                self.assertEqual(loads.sum(), 180893416)
                self.assertEqual(round(loads.mean() / loads.max(), 6), known)

    def test_what_is_computed_in_another_way_is_the_same(self):
        for name, job in {"p": SMALL, "mirrored": MIRRORED}.items():
            self.write(f"{name}.toml", job)
            self.run_to_end(f"{name}.toml", "--threads", 2)
            ended = self.shoal("verify", f"{name}.h5", "--fraction", 1)
            self.assertEqual(ended.code, COMPLETE, ended)

    def test_mirrored_files_are_those_of_the_whole_picture(self):
        self.write("m.toml", MIRRORED)
        self.write("w.toml", MIRRORED.replace("mirror = true", "mirror = false"))
        for name in "mw":
            self.run_to_end(f"{name}.toml", "--threads", 2)
        self.assertEqual(self.digest("m.h5"), self.digest("w.h5"))

    def test_a_subdivided_picture_is_that_of_all_pixels_but_nobody_verifies_it(self):
        self.write("s.toml", SUBDIVIDED)
        self.write("w.toml", SUBDIVIDED.replace("mariani_silver", "none"))
        for name in "sw":
            self.run_to_end(f"{name}.toml", "--threads", 2)
        some, whole = self.result("s.h5"), self.result("w.h5")
        np.testing.assert_array_equal(some["results/iterations"], whole["results/iterations"])
        self.assertGreater(int(some["results/filled"]), 100000)
        self.assertNotIn("results/filled", whole)
        self.assert_one_line(self.shoal("verify", "s.h5"), "s.h5 cannot be verified: with subdivision pixels are filled that nobody computed",
                             'subdivision = "none"')
        self.assertEqual(self.shoal("verify", "s.h5").code, UNSUITABLE)


class KnownPictures(ProgramTest):
    def test_the_picture_of_the_benchmarks_game(self):
        self.write("game.toml", HEAD + 'width = 200\nheight = 200\ncenter = [-0.5, 0]\nview_width = 2\nsampling = "corner"\nmax_iterations = 50\n')
        self.run_to_end("game.toml")
        iterations = self.result("game.h5")["results/iterations"]
        self.assertEqual(int((iterations == 0).sum()), 15899)
        bitmap = b"P4\n200 200\n" + np.packbits(iterations == 0, axis=1).tobytes()
        self.assertEqual(hashlib.md5(bitmap).hexdigest(), "cc65e64bd553ed18896de1dfe7fae3e5")

    def test_every_element_of_a_streamed_picture_is_readable(self):
        self.write("f.toml", FILES)
        self.write("m.toml", FILES.replace('storage = "files"', 'storage = "memory"'))
        for name in "fm":
            self.run_to_end(f"{name}.toml", "--threads", 2)
        with h5py.File(self.path("f.h5"), "r") as files, h5py.File(self.path("m.h5"), "r") as memory:
            for name in ("iterations", "smooth"):
                np.testing.assert_array_equal(files["results"][name][()], memory["results"][name][()])
            self.assertEqual([d[0].name for d in files["results/smooth"].dims], ["/results/y", "/results/x"])
            self.assertEqual(text(files["results/iterations"].attrs["units"]), "1")


class Interrupted(ProgramTest):
    def test_kills_while_tiles_are_written(self):
        self.write("p.toml", LONG)
        chance = random.Random(SEED)
        self.run_to_end("p.toml", "-o", "whole.h5", "--threads", 2)
        tiles = 0
        for done in (1, 4, 9):
            self.interrupt("p.toml", "--threads", chance.choice([1, 3]), "--set", f'schedule.chunk="{chance.choice(CHUNKS)}"',
                           "--set", f'schedule.order="{chance.choice(ORDERS[:2])}"', n=done, ranks=chance.choice([0, 2, 3]))
            tiles += any(".tiles." in name for name in self.leftovers())
        self.assertGreater(tiles, 0)
        self.run_to_end("p.toml", "-o", "r.h5", "--threads", 3)
        self.assertEqual(self.digest("r.h5"), self.digest("whole.h5"))
        self.assertEqual(self.leftovers(), [])

    def test_a_soft_stop_leaves_a_preview(self):
        self.write("p.toml", LONG)
        self.interrupt("p.toml", "--threads", 1, "--set", 'schedule.chunk="one"', n=5, act=lambda running: running.signal(signal.SIGUSR1))
        with h5py.File(self.path("r.h5"), "r") as file:
            preview = file["results/preview"][()]
            self.assertNotIn("iterations", file["results"])
            columns, rows = file["results/preview_x"][()], file["results/preview_y"][()]
        self.run_to_end("p.toml", "-o", "r.h5", "--threads", 2)
        with h5py.File(self.path("r.h5"), "r") as file:
            step = 13  # ceil(3200 / 256)
            np.testing.assert_array_equal(preview, file["results/iterations"][::step, ::step][:len(preview)])
            np.testing.assert_array_equal(columns, file["results/x"][::step])
            np.testing.assert_array_equal(rows, file["results/y"][::step][:len(preview)])
            self.assertNotIn("preview", file["results"])

    def test_kills_while_the_result_is_streamed(self):
        self.write("p.toml", HEAD + 'width = 3000\nheight = 2400\nmax_iterations = 60\noutputs = ["iterations", "smooth"]\nstorage = "files"\n')
        self.run_to_end("p.toml", "-o", "whole.h5", "--threads", 2)
        part, kills = self.path("r.h5.part"), 0
        for attempt in range(5):
            running = self.start("run", "p.toml", "-o", "r.h5", "--threads", 2)
            while running.alive() and not part.exists():
                time.sleep(0.001)
            time.sleep(0.005 * attempt)
            running.signal(signal.SIGKILL)
            running.wait()
            kills += part.exists()
            if self.path("r.h5").exists() and self.status("r.h5").get("status") == "complete":
                for path in self.folder.glob("r.h5*"):
                    path.unlink()
        self.run_to_end("p.toml", "-o", "r.h5")
        self.assertEqual(self.digest("r.h5"), self.digest("whole.h5"))
        self.assertEqual(self.leftovers(), [])
        if kills == 0:
            self.skipTest("it was always faster than the kill")


    def test_kills_of_mirrored_and_subdivided_pictures_change_no_bit(self):
        work = "width = 1000\nheight = 3001\nlower = [-1.5, -0.6]\nupper = [0.4, 0.6]\nmax_iterations = 5000\ninterior_tests = false\nperiodicity = \"off\"\n"
        for name, how in {"m": 'storage = "files"\nmirror = true\ntile_rows = 1\n', "s": 'storage = "files"\nsubdivision = "mariani_silver"\n'}.items():
            with self.subTest(how=how):
                self.write(f"{name}.toml", HEAD + work + how)
                self.run_to_end(f"{name}.toml", "-o", f"{name}-whole.h5", "--threads", 2)
                self.interrupt(f"{name}.toml", "--threads", 2, n=2, ranks=2, result=f"{name}.h5")
                self.run_to_end(f"{name}.toml", "-o", f"{name}.h5", "--threads", 3)
                self.assertEqual(self.digest(f"{name}.h5"), self.digest(f"{name}-whole.h5"))
                self.assertEqual(self.leftovers(f"{name}.h5"), [])


class Refused(ProgramTest):
    def test_pictures_larger_than_the_disk_are_refused_with_the_number(self):
        if shutil.disk_usage(self.folder).free > 3e12:
            self.skipTest("the disk is too large")
        self.write("p.toml", HEAD + 'width = 1_000_000\nheight = 1_000_000\noutputs = ["smooth", "distance"]\n')
        ended = self.run_to_end("p.toml", code=IO)
        self.assert_one_line(ended, "of disk (", "Nothing was run")
        self.assertEqual([path.name for path in self.folder.iterdir()], ["p.toml"])

    def test_pictures_larger_than_the_memory_are_refused_with_the_number(self):
        self.write("p.toml", HEAD + 'width = 1_000_000\nheight = 1_000_000\nstorage = "memory"\n')
        ended = self.run_to_end("p.toml", code=UNSUITABLE)
        self.assert_one_line(ended, "of memory on the first host (", "Nothing was run")

    def test_a_full_disk_is_one_line(self):
        self.write("p.toml", FILES)
        ended = self.run_to_end("p.toml", "-o", "r.h5", "--threads", 1, code=IO, prefix=["prlimit", "--fsize=100000"])
        self.assertEqual(len(list(own_lines(ended.err))), 1, ended)
        self.run_to_end("p.toml", "-o", "r.h5")


if __name__ == "__main__":
    shoal_program.main()

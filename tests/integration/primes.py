#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Primes with the real program: the same bits on any layout and after any interruption, extension, verification, bad input."""

import ctypes
import ctypes.util
import random
import resource
import signal
import time
import unittest

import h5py
import numpy as np

import shoal_program
from shoal_program import COMPLETE, IO, RESUMABLE, SEED, ProgramTest

CHUNKS = ["auto", "static_block", "static_cyclic", "guided", "factoring", "trapezoid", "one"]
HEAD = 'workload = "primes"\n'
# Everything, over 80 windows.
COUNT = HEAD + """
start = 5
stop = 40_000_005
window = 500_000
outputs = ["count", "twins", "triplets", "quadruplets", "quintuplets", "sextuplets", "sum", "xor", "residues", "first", "last", "max_gap"]
"""
GAPS = HEAD + 'task = "gaps"\nstop = 2e7\nwindow = 3e5\n'
LIST = HEAD + 'task = "list"\nstart = 1_000_000_000_000\nstop = 1_000_003_000_000\nwindow = 50_000\n'
NTH = HEAD + 'task = "nth"\nn = 1_000_000\nwindow = 200_000\n'
TEST = HEAD + 'task = "test"\n[test]\nmethods = ["naive", "miller_rabin", "bpsw"]\nsmallest_factor = true\nrange = [10_000_000, 10_100_000]\n'


UINT64_PRIMES = 13  # of primesieve.h


class Layouts(ProgramTest):
    def test_every_task_on_ranks_and_threads(self):
        for name, text in {"count": COUNT, "gaps": GAPS, "list": LIST, "nth": NTH, "test": TEST}.items():
            self.write(f"{name}.toml", text)
            self.run_to_end(f"{name}.toml", "-o", f"{name}.h5", "--threads", 1)
            reference = self.digest(f"{name}.h5")
            for ranks in (1, 2, 3):
                for threads in (1, 3):
                    if ranks * threads == 1 or (name != "count" and ranks * threads in (2, 9)):
                        continue
                    with self.subTest(task=name, ranks=ranks, threads=threads):
                        self.run_to_end(f"{name}.toml", "-o", "again.h5", "--new", "--threads", threads, ranks=ranks)
                        self.assertEqual(self.digest("again.h5"), reference)

    def test_every_chunk_rule(self):
        self.write("count.toml", COUNT)
        self.run_to_end("count.toml", "--threads", 1)
        for chunk in CHUNKS:
            with self.subTest(chunk):
                self.run_to_end("count.toml", "-o", f"{chunk}.h5", "--threads", 3, "--set", f'schedule.chunk="{chunk}"', "--set",
                                'schedule.order="bit_reversed"')
                self.assertEqual(self.digest(f"{chunk}.h5"), self.digest("count.h5"))

    def test_windows_of_any_length_hold_the_same_primes(self):
        self.write("count.toml", COUNT)
        quantities = ["count", "twins", "sextuplets", "sum_mod_2_64", "xor", "residue_1_mod_4", "first", "last", "max_gap", "max_gap_start"]
        known = None
        for window in (0, 31, 7_000_000, 40_000_000):
            stop = 1e5 if window == 31 else 4e7
            self.run_to_end("count.toml", "-o", f"{window}.h5", "--set", f"window={window}", "--set", f"stop={stop}")
            found = [int(self.result(f"{window}.h5")[f"results/{name}"]) for name in quantities]
            if stop == 4e7:
                known = known or found
                self.assertEqual(found, known)
        self.assertEqual(known[0], 2433654 - 2)  # without 2 and 3


class Interruptions(ProgramTest):
    def setUp(self):
        super().setUp()
        self.random = random.Random(SEED)

    def check_kills(self, text, rounds):
        self.write("p.toml", text)
        self.run_to_end("p.toml", "-o", "reference.h5", "--threads", 1)
        for _ in range(rounds):
            running = self.start("run", "p.toml", "-o", "r.h5", "--threads", self.random.choice([1, 3]), ranks=self.random.choice([1, 2, 3]))
            running.wait_for_ranks()
            time.sleep(self.random.uniform(0, 1.0))
            running.signal(self.random.choice([signal.SIGKILL, signal.SIGUSR1]))
            running.wait()
            shoal_program.wait_until(lambda: not running.orphans(), shoal_program.PATIENCE, "ranks to leave")
        self.run_to_end("p.toml", "-o", "r.h5")
        self.assertEqual(self.digest("r.h5"), self.digest("reference.h5"))
        self.assertFalse(self.path("r.h5.journal").exists())

    def test_a_count_that_is_killed_goes_on(self):
        self.check_kills(COUNT.replace("40_000_005", "300_000_005"), 4)

    def test_a_list_that_is_killed_goes_on(self):
        self.check_kills(LIST.replace("003_000_000", "100_000_000"), 2)

    def test_an_nth_prime_that_is_stopped_goes_on(self):
        self.write("p.toml", NTH.replace("1_000_000", "100_000_000"))
        stopped = self.shoal("run", "p.toml", "-o", "r.h5", "--max-time", "0:00:01", "--threads", 1)
        self.assertIn(stopped.code, (COMPLETE, RESUMABLE), stopped)
        self.run_to_end("p.toml", "-o", "r.h5")
        self.assertEqual(int(self.result("r.h5")["results/nth_prime"]), 2038074743)


class Extension(ProgramTest):
    def test_a_longer_interval_is_as_if_it_had_been_counted_at_once(self):
        for name, text in {"count": COUNT, "gaps": GAPS, "list": LIST}.items():
            with self.subTest(name):
                self.write("p.toml", text)
                stop = {"count": 41_234_567, "gaps": 20_000_001, "list": 1_000_004_444_444}[name]
                self.run_to_end("p.toml", "-o", f"{name}.h5")
                longer = ["--set", f"stop={stop}"]
                refused = self.shoal("run", "p.toml", "-o", f"{name}.h5", *longer)
                self.assertEqual(refused.code, 76, refused)
                self.assertIn("--extend", refused.err)
                self.run_to_end("p.toml", "-o", f"{name}.h5", "--extend", *longer)
                self.run_to_end("p.toml", "-o", f"{name}-fresh.h5", *longer)
                self.assertEqual(self.digest(f"{name}.h5"), self.digest(f"{name}-fresh.h5"))

    def test_an_interval_shorter_than_a_window_can_grow_too(self):
        for name, task in {"count": "", "gaps": 'task = "gaps"\n', "list": 'task = "list"\n'}.items():
            with self.subTest(name):
                self.write("p.toml", HEAD + task + "stop = 1_000_000\nwindow = 2_000_000\n")
                self.run_to_end("p.toml", "-o", f"{name}.h5")
                for stop in (1_500_000, 5_000_001):
                    longer = ["--set", f"stop={stop}"]
                    self.run_to_end("p.toml", "-o", f"{name}.h5", "--extend", *longer)
                    self.run_to_end("p.toml", "-o", f"{name}-fresh.h5", "--new", *longer)
                    self.assertEqual(self.digest(f"{name}.h5"), self.digest(f"{name}-fresh.h5"))

    def test_a_list_that_was_not_finished_can_grow(self):
        self.write("p.toml", LIST.replace("003_000_000", "100_000_000").replace("50_000", "500_000"))
        self.interrupt("p.toml", n=200, act=lambda running: self.wait_for_tiles(running))
        longer = ["--set", "stop=1_000_120_000_000"]
        self.run_to_end("p.toml", "-o", "r.h5", "--extend", *longer)
        self.run_to_end("p.toml", "-o", "fresh.h5", *longer)
        self.assertEqual(self.digest("r.h5"), self.digest("fresh.h5"))

    def wait_for_tiles(self, running):
        shoal_program.wait_until(lambda: list(self.folder.glob("r.h5.tiles.*")) or not running.alive(), 300, "the first tile")
        shoal_program.kill_all(running)

    def test_without_given_windows_nothing_can_grow(self):
        self.write("p.toml", HEAD + "stop = 1e6\n")
        self.run_to_end("p.toml")
        refused = self.shoal("run", "p.toml", "--extend", "--set", "stop=2e6")
        self.assertEqual(refused.code, 76, refused)
        self.assertIn("stop: was 1000000, now 2000000", refused.err)


class Lists(ProgramTest):
    """A list of 400 MB, which is nowhere in memory as a whole."""

    STOP = 1_000_000_000
    COUNT = 50847534

    def test_a_long_list_in_little_memory_killed_and_shown(self):
        self.write("p.toml", HEAD + f'task = "list"\nstop = {self.STOP}\n')
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        for ranks in (0, 2):
            running = self.start("run", "p.toml", "-o", "r.h5", "--threads", 2 if ranks == 0 else 1, ranks=ranks)
            known = set(self.folder.glob("r.h5.tiles.*"))
            shoal_program.wait_until(lambda: set(self.folder.glob("r.h5.tiles.*")) - known or not running.alive(), 300, "a tile")
            shoal_program.kill_all(running)
            running.wait()
            shoal_program.wait_until(lambda: not running.orphans(), 300, "ranks to leave")
        self.run_to_end("p.toml", "-o", "r.h5", "--threads", 2)
        self.assertEqual([path.name for path in self.folder.glob("r.h5.*")], [])
        shown = self.shoal("show", "r.h5")
        self.assertIn(f"(prime: {self.COUNT})", shown.out)
        self.assertIn("999999937", shown.out)
        self.assertEqual(self.shoal("diff", "r.h5", "r.h5").code, 0)
        verified = self.shoal("verify", "r.h5", "--fraction", 0.1, "--seed", 1)
        self.assertEqual(verified.code, 0, verified)
        after = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        self.assertLess(max(before, after), 200 * 1024, "kilobytes")
        self.compare_with_primesieve()

    def compare_with_primesieve(self):
        name = ctypes.util.find_library("primesieve")
        if not name:
            self.skipTest("libprimesieve is not there as a shared library")
        library = ctypes.CDLL(name)
        library.primesieve_generate_primes.restype = ctypes.c_void_p
        library.primesieve_generate_primes.argtypes = [ctypes.c_uint64, ctypes.c_uint64, ctypes.POINTER(ctypes.c_size_t), ctypes.c_int]
        library.primesieve_free.argtypes = [ctypes.c_void_p]
        with h5py.File(self.path("r.h5"), "r") as file:
            primes = file["results/primes"]
            self.assertEqual(primes.shape, (self.COUNT,))
            done = 0
            for begin in range(0, self.STOP, 100_000_000):
                size = ctypes.c_size_t()
                found = library.primesieve_generate_primes(begin, begin + 99_999_999, ctypes.byref(size), UINT64_PRIMES)
                expected = np.ctypeslib.as_array(ctypes.cast(found, ctypes.POINTER(ctypes.c_uint64)), (size.value,))
                np.testing.assert_array_equal(primes[done:done + size.value], expected)
                library.primesieve_free(found)
                done += size.value
            self.assertEqual(done, self.COUNT)


class Verification(ProgramTest):
    def test_windows_are_counted_again_with_other_cuts(self):
        for name, text in {"count": COUNT, "gaps": GAPS, "test": TEST, "nth": NTH, "list": LIST}.items():
            with self.subTest(name):
                self.write(f"{name}.toml", text)
                self.run_to_end(f"{name}.toml")
                ended = self.shoal("verify", f"{name}.h5", "--fraction", 0.2, "--seed", 3)
                self.assertEqual(ended.code, 0, ended)
                self.assertIn("as stored", ended.out)


class BadInput(ProgramTest):
    def refused(self, text, *parts, code=65):
        self.write("bad.toml", HEAD + text)
        for command in ("check", "run"):
            ended = self.shoal(command, "bad.toml")
            self.assertEqual(ended.code, code, ended)
            for part in parts:
                self.assertIn(part, ended.err)
        self.assertEqual(sorted(path.name for path in self.folder.iterdir() if path.suffix == ".h5"), [])

    def test_numbers_that_make_no_interval(self):
        self.refused("start = 10\nstop = 5\n", "`stop` is 5, below `start`, which is 10", "bad.toml:3:")
        self.refused("stop = 18446744073709551616\n", "value out of range", "18446744073709551615")
        self.refused("stop = -1\n", "value out of range")
        self.refused("stop = 1e9\noutputs = []\n", "at least 1 element")

    def test_files_with_something_else_than_numbers(self):
        self.write("numbers.txt", "2\n3\nfive\n")
        self.refused('task = "test"\n[test]\nfile = "numbers.txt"\n', "numbers.txt, line 3: `five` is not a whole number below 2^64")
        self.write("numbers.csv", "n;p\n1;2\n2;18446744073709551616\n")
        self.refused('task = "test"\n[test]\nfile = "numbers.csv"\ncolumn = "p"\n', "line 3: `18446744073709551616`")
        self.refused('task = "test"\n[test]\nfile = "none.txt"\n', "none.txt does not exist", code=66)

    def test_a_list_that_fits_nowhere_is_refused_with_the_number_before_anything_is_done(self):
        self.write("bad.toml", HEAD + 'task = "list"\nstop = 1e18\nwindow = 1e15\n')
        ended = self.shoal("run", "bad.toml")
        self.assertEqual(ended.code, IO, ended)
        self.assert_one_line(ended, "bytes)", "of disk", "Nothing was run.")
        self.assertEqual([path.name for path in self.folder.iterdir()], ["bad.toml"])
        checked = self.shoal("check", "bad.toml")
        self.assertEqual(checked.code, 0, checked)
        self.assertIn("disk", checked.out)


if __name__ == "__main__":
    shoal_program.main()

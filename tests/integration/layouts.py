#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The same input gives the same bits: on any ranks and threads, by any chunk rule and order, with or without MPI."""

import shutil
import subprocess
import unittest

import shoal_program
from shoal_program import ROOT, ROUNDS, SMALL, ProgramTest

CHUNKS = ["auto", "static_block", "static_cyclic", "guided", "factoring", "trapezoid", "one"]
ORDERS = ["natural", "bit_reversed", "longest"]


class Layouts(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("small.toml", SMALL)
        self.run_to_end("small.toml", "-o", "reference.h5", "--threads", 1)
        self.reference = self.digest("reference.h5")

    def check_equal(self, name, *options, **how):
        self.run_to_end("small.toml", "-o", name, *options, **how)
        self.assertEqual(self.digest(name), self.reference, f"{options} {how}")

    def test_all_ranks_times_threads(self):
        most = ROUNDS or 4  # the campaign: many more ranks than cores
        for ranks in range(0, most + 1):  # 0: without a launcher
            for threads in (1, 2, 3):
                with self.subTest(ranks=ranks, threads=threads):
                    self.check_equal(f"r{ranks}t{threads}.h5", "--threads", threads, ranks=ranks)

    def test_every_chunk_rule_and_every_order(self):
        for chunk in CHUNKS:
            for order in ORDERS:
                with self.subTest(chunk=chunk, order=order):
                    self.check_equal(f"{chunk}-{order}.h5", "--threads", 2, "--set", f'schedule.chunk="{chunk}"',
                                     "--set", f'schedule.order="{order}"', ranks=2)

    def test_random_search_with_a_window_of_its_own(self):
        space = ["--set", 'search.algorithm="random"', "--set", "search.trials=12", "--set", "search.repeats=1"]
        self.run_to_end("small.toml", "-o", "a.h5", *space, "--threads", 1)
        self.run_to_end("small.toml", "-o", "b.h5", *space, "--threads", 2, ranks=3)
        self.assertEqual(self.digest("a.h5"), self.digest("b.h5"))
        self.assertNotEqual(self.digest("a.h5"), self.reference)

    def test_diff_agrees(self):
        self.check_equal("again.h5", "--threads", 2)
        same = self.shoal("diff", "reference.h5", "again.h5")
        self.assertEqual(same.code, 0, same)
        self.run_to_end("small.toml", "-o", "other.h5", "--set", "seed=4")
        other = self.shoal("diff", "reference.h5", "other.h5")
        self.assertEqual(other.code, 1, other)
        self.assertIn("/results/best/loss: ", other.out)


class Builds(ProgramTest):
    """Programs built otherwise, and other instruction sets: tests/run.sh --full makes the builds."""

    def setUp(self):
        super().setUp()
        self.write("small.toml", SMALL)
        self.run_to_end("small.toml", "-o", "reference.h5")
        self.reference = self.digest("reference.h5")

    def check_build(self, build, **how):
        program = ROOT / "build" / build / "shoal"
        self.assertTrue(program.exists(), f"{program} is missing: tests/run.sh --full builds it")
        self.run_to_end("small.toml", "-o", f"{build}.h5", program=program, **how)
        self.assertEqual(self.digest(f"{build}.h5"), self.reference)
        return program

    def test_debug(self):
        self.check_build("debug", ranks=2, seconds=300)

    def test_clang_without_mpi(self):
        program = self.check_build("clang")
        libraries = subprocess.run(["ldd", program], capture_output=True, text=True).stdout
        self.assertNotIn("libmpi", libraries)
        refused = self.shoal("run", "small.toml", "-o", "x.h5", program=program, ranks=2)
        self.assertEqual(refused.code, 69, refused)

    @unittest.skipUnless(shutil.which("qemu-x86_64"), "no qemu-x86_64 here")
    def test_a_processor_without_avx512_gives_the_same_bits(self):
        self.run_to_end("small.toml", "-o", "haswell.h5", "--threads", 1, prefix=["qemu-x86_64", "-cpu", "Haswell"], seconds=300)
        self.assertEqual(self.digest("haswell.h5"), self.reference)

    @unittest.skipUnless(shutil.which("qemu-x86_64"), "no qemu-x86_64 here")
    def test_a_processor_without_fma_gets_one_clear_line(self):
        ended = self.shoal("run", "small.toml", "-o", "old.h5", prefix=["qemu-x86_64", "-cpu", "Nehalem"])
        self.assertEqual(ended.code, 69, ended)
        said = [line for line in ended.err.splitlines() if not line.startswith("qemu-x86_64: warning")]
        self.assertEqual(len(said), 1, ended)
        self.assertIn("AVX2", said[0])
        self.assertFalse(self.path("old.h5").exists())


if __name__ == "__main__":
    shoal_program.main()

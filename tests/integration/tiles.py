#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Large fields: tiles in side files, streamed into the result at the end. Killed while tiles are written and while the
result is streamed, on a disk that is too small, and larger than the memory allowed."""

import os
import pathlib
import random
import resource
import signal
import subprocess
import time
import unittest

import h5py
import numpy as np

import shoal_program
from shoal_program import COMPLETE, IO, PATIENCE, SEED, ProgramTest, own_lines

import shoal_digest  # shoal_program says where it is

PROGRAM = os.environ.get("SHOAL_TILE_PROGRAM", "")


@unittest.skipUnless(PROGRAM, "SHOAL_TILE_PROGRAM names no program")
class Tiles(ProgramTest):
    program = pathlib.Path(PROGRAM)

    def job(self, width, height, task_seconds=0.0):
        self.write("job.toml", f'workload = "tiles"\ntitle = "Tiles"\nseed = 1\nwidth = {width}\nheight = {height}\n'
                               f"task_seconds = {task_seconds}\n[output]\nsnapshot_seconds = 1\n")

    def check(self, name, width, height):
        """Every element is what it must be, and HDF5 finds every checksum right; returns the digest."""
        with h5py.File(self.path(name), "r") as file:
            smooth = file["results/smooth"]
            self.assertEqual(smooth.shape, (height, width))
            self.assertTrue(smooth.fletcher32 and smooth.shuffle and smooth.compression == "gzip")
            self.assertEqual([d[0].name for d in smooth.dims], ["/results/y", "/results/x"])
            for row in range(0, height, 500):
                block = smooth[row:row + 500]
                first = row * width
                index = np.arange(first, first + block.size, dtype=np.uint64)
                np.testing.assert_array_equal(block.ravel(), (index // 1000 * 7).astype(np.uint32))
            index = np.arange(width, dtype=np.uint64)
            np.testing.assert_array_equal(file["results/rough"][()], (index * 2654435761 % 1000003).astype(np.float64) / 1000003)
            self.assertIn(file.attrs["status"], (b"complete", "complete"))
            self.assertNotIn("preview", file["results"])
            digest = file.attrs["digest"]
            return digest.decode() if isinstance(digest, bytes) else str(digest)

    def run_job(self, code=COMPLETE, ranks=0, threads=2, name="r.h5", **how):
        ended = self.shoal("job.toml", name, threads, ranks=ranks, **how)
        self.assertEqual(ended.code, code, ended)
        return ended

    def test_every_layout_gives_the_same_file_and_the_digest_of_an_ordinary_one(self):
        self.job(1500, 2500)
        digests = set()
        for ranks, threads in ((0, 1), (0, 3), (2, 1), (3, 2)):
            with self.subTest(ranks=ranks, threads=threads):
                name = f"r{ranks}{threads}.h5"
                self.run_job(ranks=ranks, threads=threads, name=name)
                digests.add(self.check(name, 1500, 2500))
        self.assertEqual(len(digests), 1)
        with h5py.File(self.path("r01.h5"), "r") as file:
            self.assertEqual(shoal_digest.digest(file["results"]), digests.pop())
        self.assertEqual(self.leftovers(), [])

    def test_small_fields_go_the_same_way(self):
        self.job(10, 7)
        self.run_job()
        self.check_small()

    def check_small(self):
        with h5py.File(self.path("r.h5"), "r") as file:
            self.assertEqual(file["results/smooth"].shape, (7, 10))
            self.assertEqual(int(file["results/smooth"][6, 9]), 0)
            np.testing.assert_array_equal(file["results/rough"][()], (np.arange(10, dtype=np.uint64) * 2654435761 % 1000003).astype(np.float64) / 1000003)

    def test_kills_while_tiles_are_written(self):
        self.job(4000, 3000, 0.02)
        chance = random.Random(SEED)
        for attempt in range(30):
            running = self.start("job.toml", "r.h5", 2, ranks=chance.choice([0, 2]))
            running.wait_for_ranks()
            end = time.monotonic() + chance.uniform(0.2, 1.2)
            while time.monotonic() < end and running.alive():
                time.sleep(0.01)
            if not running.alive():
                break
            for pid in running.rank_pids():
                running.signal(signal.SIGKILL, pid)
            running.wait()
            shoal_program.wait_until(lambda: not running.orphans(), PATIENCE, "killed ranks to leave")
        self.run_job(ranks=2)
        self.check("r.h5", 4000, 3000)
        self.assertEqual(self.leftovers(), [])

    def test_kills_while_the_result_is_streamed(self):
        self.job(6000, 9000)
        part = self.path("r.h5.part")
        kills = 0
        for attempt in range(30):  # six at growing times, until one of them came before the end
            running = self.start("job.toml", "r.h5", 2)
            while running.alive() and not part.exists():
                time.sleep(0.001)
            time.sleep(0.02 * (attempt % 6))
            running.signal(signal.SIGKILL)
            if running.wait().code == COMPLETE:
                self.path("r.h5").unlink()
            else:
                kills += 1
            if attempt >= 5 and kills > 0:
                break
        self.assertGreater(kills, 0)
        self.run_job()
        self.check("r.h5", 6000, 9000)
        self.assertEqual(self.leftovers(), [])

    def test_a_file_that_may_not_become_so_large_gives_74_and_the_next_attempt_ends_well(self):
        self.job(3000, 6000)
        limit = 2_000_000
        ended = self.run_job(code=IO, threads=1, prefix=["prlimit", f"--fsize={limit}"])
        self.assertEqual(len(list(own_lines(ended.err))), 1, ended)
        self.run_job(ranks=2)
        self.check("r.h5", 3000, 6000)
        self.assertEqual(self.leftovers(), [])

    @unittest.skipUnless(os.geteuid() == 0, "mounting needs root")
    def test_a_full_disk_gives_74_and_the_next_attempt_ends_well(self):
        place = self.folder / "disk"
        place.mkdir()
        try:
            subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", place], check=True, capture_output=True)
        except subprocess.CalledProcessError:
            self.skipTest("no right to mount here")
        self.addCleanup(subprocess.run, ["umount", "-l", place], check=True)
        self.job(3000, 6000)
        for ranks in (0, 2):
            ended = self.run_job(code=IO, ranks=ranks, name="disk/r.h5")
            self.assertEqual(sum("no space left" in line for line in own_lines(ended.err)), 1, ended)
            self.assertNotRegex(ended.out, "digest +[0-9a-f]", "nothing is there that has this digest")
        subprocess.run(["mount", "-o", "remount,size=64m", place], check=True)
        self.run_job(ranks=2, name="disk/r.h5")
        self.check("disk/r.h5", 3000, 6000)
        self.assertEqual(sorted(os.listdir(place)), ["r.h5"])

    def test_memory_does_not_grow_with_the_field(self):
        self.job(20000, 20000)  # 1.6 GB
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        self.run_job(seconds=1500)
        after = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        self.assertLess(max(before, after), 300 * 1024, "kilobytes")
        with h5py.File(self.path("r.h5"), "r") as file:
            last = file["results/smooth"][-1]
        np.testing.assert_array_equal(last, ((np.arange(20000, dtype=np.uint64) + 19999 * 20000) // 1000 * 7).astype(np.uint32))


if __name__ == "__main__":
    shoal_program.main()

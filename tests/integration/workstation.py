#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The scripts for people: one command from input to pictures, from any folder; again without work; stopped and continued."""

import os
import pathlib
import shutil
import signal
import subprocess
import time
import unittest

import shoal_program
from shoal_program import ROOT, SMALL, ProgramTest, wait_until

# The scripts use build/release of their own tree. A tree of links whose program is the one under test leaves it alone.
SCRIPT_PARTS = ["jobs", "analysis", "inputs"]


class Workstation(ProgramTest):
    def setUp(self):
        super().setUp()
        self.tree = self.base / "tree"
        (self.tree / "build/release").mkdir(parents=True)
        for part in SCRIPT_PARTS:
            (self.tree / part).symlink_to(ROOT / part)
        # `jobs` itself is copied: the script finds its tree from its own place.
        (self.tree / "jobs").unlink()
        shutil.copytree(ROOT / "jobs", self.tree / "jobs")
        shutil.copy(self.program, self.tree / "build/release/shoal")
        # A build that has nothing to do.
        (self.tree / "build/release/build.ninja").write_text("rule none\n  command = true\nbuild shoal: phony\n")
        self.write("small.toml", SMALL)

    def workstation(self, *words, environment=None):
        full = {**os.environ, **shoal_program.mpi_environment(self.base / "t"), "NO_COLOR": "1", **(environment or {})}
        del full["OMPI_MCA_rmaps_base_oversubscribe"], full["OMPI_MCA_hwloc_base_binding_policy"]
        return subprocess.Popen([str(self.tree / "jobs/workstation.sh"), *words], cwd=self.folder, env=full, text=True,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def finish(self, process, code=0, seconds=180):
        said, _ = process.communicate(timeout=seconds)
        self.assertEqual(process.returncode, code, said)
        return said

    def test_result_and_pictures_go_to_the_current_folder_and_the_second_time_is_quick(self):
        said = self.finish(self.workstation("small.toml"))
        names = sorted(path.name for path in self.folder.iterdir())
        self.assertIn("small.h5", names)
        pictures = [name for name in names if name.endswith((".png", ".svg"))]
        self.assertGreaterEqual(len(pictures), 4, said)
        for name in pictures:
            self.assertIn(name, said)
        before = self.path("small.h5").read_bytes()
        began = time.monotonic()
        self.finish(self.workstation("small.toml"))
        self.assertLess(time.monotonic() - began, 20)
        self.assertEqual(self.path("small.h5").read_bytes(), before)

    def test_any_layout_gives_the_same_digest(self):
        digests = set()
        for name, layout in {"a": {"RANKS": "1", "THREADS": "2"}, "b": {"RANKS": "3", "THREADS": "1"}, "c": {}}.items():
            self.finish(self.workstation("small.toml", "-o", f"{name}.h5", environment=layout))
            digests.add(self.digest(f"{name}.h5"))
        self.assertEqual(len(digests), 1)

    def test_ctrl_c_stops_in_order_and_the_same_command_goes_on(self):
        options = ["small.toml", "--set", "network.epochs=8000"]
        process = self.workstation(*options)
        self.addCleanup(lambda: process.poll() is None and process.kill())
        wait_until(lambda: self.status("small.h5").get("tasks_done", 0) >= 1, 60, "a finished task")
        process.send_signal(signal.SIGINT)
        said = self.finish(process, code=75, seconds=60)
        self.assertIn("the same command continues", said)
        self.assertEqual(self.status("small.h5")["status"], "partial")
        self.finish(self.workstation(*options))
        self.run_to_end("small.toml", "-o", "reference.h5", "--set", "network.epochs=8000", ranks=2)
        self.assertEqual(self.digest("small.h5"), self.digest("reference.h5"))

    def test_a_missing_input_is_said_with_the_inputs_that_exist(self):
        said = self.finish(self.workstation("none.toml"), code=66)
        self.assertIn("no input file none.toml", said)
        self.assertIn("inputs/tune.toml", said)

    def test_an_invalid_input_ends_with_65_and_without_pictures(self):
        said = self.finish(self.workstation("small.toml", "--set", "network.epoch=3"), code=65)
        self.assertIn("epochs", said)
        self.assertFalse(self.path("small.h5").exists())


if __name__ == "__main__":
    shoal_program.main()

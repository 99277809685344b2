#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""How runs end: by signals and time limits, on full disks and read-only folders, beside another run, with another input."""

import os
import signal
import subprocess
import unittest

import h5py

import shoal_program
from shoal_program import (ENDLESS, IO, LOCKED, OTHER_INPUT, PATIENCE, PERMISSION, RESUMABLE, SMALL, ProgramTest, own_lines,
                           wait_until)

ENDLESS = [*ENDLESS, "--threads", "1"]
MIDDLE = ["--set", "network.epochs=15000", "--threads", "1"]  # some seconds: mpirun passes a signal on after up to one


class Endings(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("small.toml", SMALL)

    def begin(self, *options, **how):
        """A run in the middle of its work, which does not end by itself."""
        before = self.tasks_done()
        running = self.start("run", "small.toml", "-o", "r.h5", *ENDLESS, *options, **how)
        self.wait_for_tasks(running, before + 1)
        self.assertTrue(running.alive(), running.ended())
        return running

    def content(self):
        return {path.name: path.read_bytes() for path in sorted(self.folder.glob("r.h5*")) if path.suffix != ".lock"}


class Stops(Endings):
    def check_stops(self, number, ranks=0):
        running = self.begin(ranks=ranks)
        running.signal(number)
        ended = running.wait()
        self.assertEqual(ended.code, RESUMABLE, ended)
        self.assertEqual(self.status("r.h5")["status"], "partial")
        self.assertFalse(self.path("r.h5.lock").exists())
        return ended

    def test_usr1_alone(self):
        ended = self.check_stops(signal.SIGUSR1)
        self.assertIn("same command", ended.out + ended.err)

    def test_usr1_under_mpirun(self):
        self.check_stops(signal.SIGUSR1, ranks=3)

    def test_ctrl_c_and_term_alone(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(number):
                self.check_stops(number)

    def test_ctrl_c_under_mpirun_keeps_what_was_finished(self):
        before = []

        def ctrl_c(running):
            before.append(self.tasks_done())
            running.signal(signal.SIGINT)

        self.interrupt("small.toml", *MIDDLE, n=2, act=ctrl_c, ranks=2)
        self.assertGreaterEqual(self.tasks_done(), before[-1])
        self.run_to_end("small.toml", "-o", "r.h5", *MIDDLE, ranks=2)
        self.run_to_end("small.toml", "-o", "reference.h5", *MIDDLE, ranks=2)
        self.assertEqual(self.digest("r.h5"), self.digest("reference.h5"))

    def test_max_time_stops_in_time_and_the_same_command_goes_on(self):
        self.run_to_end("small.toml", "-o", "r.h5", *ENDLESS, "--max-time", "0:00:02", code=RESUMABLE, ranks=2)
        self.assertEqual(self.status("r.h5")["status"], "partial")
        self.run_to_end("small.toml", "-o", "r.h5", *ENDLESS, "--max-time", "0:00:02", code=RESUMABLE)
        self.assertEqual(len(self.result("r.h5")["provenance/segments/ranks"]), 2)

    def test_usr2_writes_a_snapshot_and_goes_on(self):
        running = self.begin("--set", "output.snapshot_seconds=0")
        self.path("r.h5").unlink(missing_ok=True)
        running.signal(signal.SIGUSR2)
        wait_until(self.path("r.h5").exists, PATIENCE, "the snapshot")
        with h5py.File(self.path("r.h5"), "r") as file:
            self.assertEqual(file.attrs["status"], b"partial")
        self.assertTrue(running.alive())

    def test_a_complete_result_is_said_to_be_complete_and_left_alone(self):
        self.run_to_end("small.toml", "-o", "r.h5")
        before = self.content()
        ended = self.run_to_end("small.toml", "-o", "r.h5")
        self.assertIn("complete", ended.out + ended.err)
        self.assertEqual(self.content(), before)


class InTheWay(Endings):
    def test_a_second_run_on_the_same_result_is_refused_and_disturbs_nothing(self):
        running = self.begin()
        second = self.shoal("run", "small.toml", "-o", "r.h5", *ENDLESS)
        self.assertEqual(second.code, LOCKED, second)
        self.assert_one_line(second, "r.h5", str(running.pid))
        self.assertTrue(running.alive())
        running.signal(signal.SIGUSR1)
        self.assertEqual(running.wait().code, RESUMABLE)

    def test_under_mpirun_the_one_line_is_always_heard(self):
        self.run_to_end("small.toml", "-o", "r.h5")
        for _ in range(5):  # mpirun ends all ranks at the first one's code: rank 0 must have spoken before
            ended = self.run_to_end("small.toml", "-o", "r.h5", "--set", "seed=4", ranks=3, code=OTHER_INPUT)
            self.assertEqual(ended.err.count("belongs to another input"), 1, ended)

    def test_the_lock_of_a_dead_process_is_taken_over_and_said(self):
        running = self.begin()
        running.signal(signal.SIGKILL)
        running.wait()
        self.assertTrue(self.path("r.h5.lock").exists())
        ended = self.run_to_end("small.toml", "-o", "r.h5", *ENDLESS, "--max-time", "1", code=RESUMABLE)
        self.assertRegex(ended.out + ended.err, "(?i)stale|no longer|dead|gone|ended")

    def test_another_input_is_refused_naming_each_changed_key(self):
        self.run_to_end("small.toml", "-o", "r.h5")
        before = self.content()
        ended = self.run_to_end("small.toml", "-o", "r.h5", "--set", "seed=4", "--set", "network.epochs=21", code=OTHER_INPUT)
        self.assertIn("seed", ended.err)
        self.assertIn("network.epochs", ended.err)
        self.assertNotIn("search.repeats", ended.err)
        self.assertEqual(self.content(), before)

    def test_execution_keys_may_change_freely(self):
        self.run_to_end("small.toml", "-o", "r.h5")
        self.run_to_end("small.toml", "-o", "r.h5", "--set", 'title="Another"', "--set", 'schedule.chunk="one"',
                        "--set", "output.snapshot_seconds=5")

    def test_a_partial_result_of_another_input_is_refused(self):
        self.run_to_end("small.toml", "-o", "r.h5", *ENDLESS, "--max-time", "1", code=RESUMABLE)
        before = self.content()
        ended = self.run_to_end("small.toml", "-o", "r.h5", "--set", "network.epochs=7", code=OTHER_INPUT)
        self.assertIn("network.epochs", ended.err)
        self.assertEqual(self.content(), before)

    def test_new_keeps_what_was_there(self):
        self.run_to_end("small.toml", "-o", "r.h5")
        first = self.path("r.h5").read_bytes()
        self.run_to_end("small.toml", "-o", "r.h5", "--new", "--set", "seed=4")
        self.run_to_end("small.toml", "-o", "r.h5", "--new", "--set", "seed=5")
        self.assertEqual(self.path("r.h5.1").read_bytes(), first)
        self.assertEqual(len({self.digest(name) for name in ("r.h5", "r.h5.1", "r.h5.2")}), 3)

    def test_a_file_of_something_else_is_refused(self):
        self.write("r.h5", "my own notes\n")
        ended = self.shoal("run", "small.toml", "-o", "r.h5")
        self.assertIn(ended.code, (LOCKED, OTHER_INPUT), ended)
        self.assertEqual(self.path("r.h5").read_text(), "my own notes\n")

    def test_a_changed_data_file_is_another_input(self):
        rows = ["x,y,label"] + [f"{i % 7},{i % 5},{i % 2}" for i in range(60)]
        self.write("points.csv", "\n".join(rows) + "\n")
        self.write("csv.toml", SMALL.replace('source = "lorenz"', 'source = "csv"\nfile = "points.csv"\ntarget = "label"')
                   .replace("batch = 100", 'batch = 10\nloss = "binary_crossentropy"'))
        self.run_to_end("csv.toml", "-o", "r.h5")
        self.write("points.csv", "\n".join(rows[:-1] + ["6,4,1"]) + "\n")
        ended = self.run_to_end("csv.toml", "-o", "r.h5", code=OTHER_INPUT)
        self.assertIn("data.file", ended.err)


@unittest.skipUnless(os.geteuid() == 0, "mounting and dropping privileges need root")
class Disks(Endings):
    def mount(self, kilobytes):
        place = self.folder / "disk"
        place.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", place], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", place], check=True)
        return place

    def test_a_full_disk_gives_74_and_after_making_room_the_run_goes_on(self):
        try:
            place = self.mount(256)
        except subprocess.CalledProcessError:
            self.skipTest("no right to mount here")
        options = ["--set", "network.epochs=400", "--set", "output.snapshot_seconds=0.2", "--threads", "1"]
        self.run_to_end("small.toml", "-o", "reference.h5", *options)
        (place / "ballast").write_bytes(b"x" * (250 * 1024))
        for ranks in (0, 2):
            with self.subTest(ranks=ranks):
                ended = self.run_to_end("small.toml", "-o", "disk/r.h5", *options, code=IO, ranks=ranks)
                self.assertEqual(len(list(own_lines(ended.err))), 1, ended)
                self.assertIn("space", ended.err)
        (place / "ballast").unlink()
        subprocess.run(["mount", "-o", "remount,size=64m", place], check=True)
        self.run_to_end("small.toml", "-o", "disk/r.h5", *options, ranks=2)
        self.assertEqual(self.digest("disk/r.h5"), self.digest("reference.h5"))

    def test_a_read_only_folder_gives_one_line(self):
        try:
            place = self.mount(1024)
        except subprocess.CalledProcessError:
            self.skipTest("no right to mount here")
        subprocess.run(["mount", "-o", "remount,ro", place], check=True)
        ended = self.shoal("run", "small.toml", "-o", "disk/r.h5")
        self.assertIn(ended.code, (IO, PERMISSION), ended)
        self.assert_one_line(ended, "disk/r.h5")

    def test_a_folder_without_permission_gives_77(self):
        place = self.folder / "locked"
        place.mkdir()
        place.chmod(0o555)
        for folder in (self.base, self.folder, self.base / "t"):
            folder.chmod(0o777)
        ended = self.shoal("run", "small.toml", "-o", "locked/r.h5", prefix=["setpriv", "--reuid=65534", "--clear-groups"])
        self.assertEqual(ended.code, PERMISSION, ended)
        self.assert_one_line(ended, "locked/r.h5")


class Missing(Endings):
    def test_a_result_in_a_folder_that_does_not_exist(self):
        ended = self.shoal("run", "small.toml", "-o", "nowhere/r.h5")
        self.assertIn(ended.code, (IO, LOCKED, 66), ended)
        self.assert_one_line(ended, "nowhere")


if __name__ == "__main__":
    shoal_program.main()

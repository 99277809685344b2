#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The scripts for people: one command from input to pictures, from any folder; again without work; stopped and continued."""

import os
import shutil
import signal
import subprocess

import shoal_program
from shoal_program import PATIENCE, ROOT, SMALL, ProgramTest, wait_until

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

    def finish(self, process, code=0):
        said, _ = process.communicate(timeout=PATIENCE)
        self.assertEqual(process.returncode, code, said)
        return said

    def test_result_and_pictures_go_to_the_current_folder_and_the_second_time_nothing_is_computed(self):
        said = self.finish(self.workstation("small.toml"))
        names = sorted(path.name for path in self.folder.iterdir())
        self.assertIn("small.h5", names)
        pictures = [name for name in names if name.endswith((".png", ".svg"))]
        self.assertGreaterEqual(len(pictures), 4, said)
        for name in pictures:
            self.assertIn(name, said)
        before = self.path("small.h5").read_bytes()
        self.assertIn("complete", self.finish(self.workstation("small.toml")))
        self.assertEqual(self.path("small.h5").read_bytes(), before)

    def test_any_layout_gives_the_same_digest(self):
        digests = set()
        for name, layout in {"a": {"RANKS": "1", "THREADS": "2"}, "b": {"RANKS": "3", "THREADS": "1"}, "c": {}}.items():
            self.finish(self.workstation("small.toml", "-o", f"{name}.h5", environment=layout))
            digests.add(self.digest(f"{name}.h5"))
        self.assertEqual(len(digests), 1)

    def test_ctrl_c_stops_in_order_and_the_same_command_goes_on(self):
        options = ["small.toml", "--set", "network.epochs=8000"]
        for _ in range(30):  # until it was stopped before its end
            process = self.workstation(*options)
            self.addCleanup(lambda started=process: started.poll() is None and started.kill())
            wait_until(lambda: self.tasks_done("small.h5") >= 1 or process.poll() is not None, PATIENCE, "a finished task")
            process.send_signal(signal.SIGINT)
            said, _ = process.communicate(timeout=PATIENCE)
            if process.returncode == 75:
                break
            self.path("small.h5").unlink()
        self.assertEqual(process.returncode, 75, said)
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


class Packages(ProgramTest):
    """Setting up, with a dpkg-query and an apt-get that only write down what they were asked."""

    def fake(self, name, script):
        path = self.folder / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def need(self, *names, root=True, tools="bin:/usr/bin:/bin"):
        folder = self.folder / "bin"
        self.fake("id", f"echo {0 if root else 1000}")
        path = ":".join(str(folder) if part == "bin" else part for part in tools.split(":"))
        return subprocess.run(["/bin/bash", "-c", f'. {ROOT}/jobs/common.sh; root={self.folder}; need_packages "$@"', "-", *names],
                              env={"PATH": path, "LOG": str(self.folder / "log")}, capture_output=True, text=True)

    def setUp(self):
        super().setUp()
        self.fake("dpkg-query", 'for last; do :; done; case $last in present*) printf installed;; *) exit 1;; esac')
        self.fake("apt-get", 'echo "apt-get $*" >>"$LOG"')
        self.fake("sudo", 'echo "sudo $*" >>"$LOG"; exec "$@"')

    def log(self):
        return self.path("log").read_text().splitlines() if self.path("log").exists() else []

    def test_nothing_missing_calls_nothing_and_says_nothing(self):
        ended = self.need("present-a", "present-b")
        self.assertEqual((ended.returncode, ended.stdout + ended.stderr, self.log()), (0, "", []))

    def test_what_is_missing_is_named_and_installed(self):
        ended = self.need("present-a", "absent-b", "absent-c")
        self.assertEqual(ended.returncode, 0, ended.stderr)
        self.assertIn("installing 2 missing packages with apt: absent-b absent-c", ended.stdout)
        self.assertEqual(self.log(), [
            "apt-get -o DPkg::Lock::Timeout=300 -qq update",
            "apt-get -o DPkg::Lock::Timeout=300 -qq install -y --no-install-recommends absent-b absent-c"])

    def test_sudo_is_used_only_by_others_than_root_and_said(self):
        ended = self.need("absent-b", root=False)
        self.assertEqual(ended.returncode, 0, ended.stderr)
        self.assertIn("sudo is needed for this step only", ended.stdout)
        self.assertTrue(self.log()[0].startswith("sudo env DEBIAN_FRONTEND=noninteractive apt-get"), self.log())

    def test_an_apt_that_fails_ends_with_69_and_names_the_packages(self):
        self.fake("apt-get", 'echo "apt-get $*" >>"$LOG"; case "$*" in *install*) exit 100;; esac')
        ended = self.need("absent-b")
        self.assertEqual(ended.returncode, 69)
        self.assertIn("apt-get could not install: absent-b", ended.stderr)

    def test_a_system_without_apt_is_told_what_it_needs(self):
        folder = self.folder / "bin"
        for name in ("dpkg-query", "apt-get"):
            (folder / name).unlink()
        for name in ("bash", "dirname", "grep", "cat"):  # of the system nothing but these
            (folder / name).symlink_to(shutil.which(name))
        ended = self.need("libhdf5-dev", "libfmt-dev", tools="bin")
        self.assertEqual(ended.returncode, 69)
        self.assertIn("only Debian 12 is tested, elsewhere please install the equivalents of: libhdf5-dev libfmt-dev", ended.stdout)
        self.assertIn("these commands are missing: cmake ninja c++ mpirun", ended.stderr)


if __name__ == "__main__":
    shoal_program.main()

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The job scripts under a real Slurm of two nodes: time limit, USR1, requeue, the same result as without interruption."""

import os
import shutil
import subprocess
import time
import unittest

import shoal_program
from shoal_program import ENDLESS, PATIENCE, ROOT, SMALL, ProgramTest, wait_until

SLURM = ROOT / "tests/integration/slurm.sh"
# Twenty trainings: a job is told to stop after the first one, and submitted again if it came to its end before.
LONG = ["--set", "network.epochs=30000", "--set", "output.snapshot_seconds=1"]


@unittest.skipUnless(os.geteuid() == 0 and shutil.which("slurmctld") and shutil.which("munged"), "needs root, slurm-wlm and munge")
class UnderSlurm(ProgramTest):
    @classmethod
    def setUpClass(cls):
        cls.holder = ProgramTest("run")
        cls.holder.setUp()
        cls.place = cls.holder.base / "s"
        made = subprocess.run([SLURM, cls.place, "start", "2", "1"], capture_output=True, text=True, timeout=2 * PATIENCE)
        cls.holder.addCleanup(subprocess.run, [SLURM, cls.place, "stop"], check=True)
        if made.returncode:
            cls.holder.doCleanups()
            raise AssertionError(made.stderr)

    @classmethod
    def tearDownClass(cls):
        cls.holder.doCleanups()

    def setUp(self):
        super().setUp()
        self.write("small.toml", SMALL)

    def slurm(self, *words, check=True):
        environment = {**os.environ, **shoal_program.mpi_environment(self.base / "t"), "SHOAL": str(self.program),
                       "OMPI_MCA_btl": "tcp,vader,self", "OMPI_MCA_btl_tcp_if_include": "eth0",
                       "OMPI_MCA_oob_tcp_if_include": "eth0", "NO_COLOR": "1"}
        ended = subprocess.run([str(word) for word in (SLURM, self.place, "exec", *words)], cwd=self.folder, env=environment,
                               capture_output=True, text=True, timeout=PATIENCE)
        if check:
            self.assertEqual(ended.returncode, 0, ended.stderr)
        # A busy controller may not answer in time; a job that it has forgotten is another matter.
        self.answered = ended.returncode == 0 or "Invalid job id" in ended.stderr
        return ended.stdout

    def submit(self, script, *words, options=()):
        return self.slurm("sbatch", "--parsable", "--nodes=2", "--ntasks-per-node=1", *options, ROOT / "jobs" / script, *words).strip()

    def state(self, job):
        """State and number of restarts of a job; ("", 0) once Slurm has forgotten it, ("UNKNOWN", 0) if it does not answer."""
        shown = self.slurm("scontrol", "show", "job", job, check=False)
        if not self.answered:
            return "UNKNOWN", 0
        fields = dict(part.split("=", 1) for part in shown.split() if "=" in part)
        return fields.get("JobState", ""), int(fields.get("Restarts", 0))

    def wait_for(self, job, to_requeue=False):
        """Until the job has ended; a requeued job is told not to wait its two minutes. While Slurm requeues a job it can look
        ended for a moment: of a job that will be requeued no end but COMPLETED after that counts, unless it lasts half a minute."""
        end = time.monotonic() + 2 * PATIENCE
        ended_since = None
        while time.monotonic() < end:
            state, restarts = self.state(job)
            if state not in ("COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL", ""):
                ended_since = None
            elif ended_since is None:
                ended_since = time.monotonic()
            elif time.monotonic() - ended_since > (30 if to_requeue and (not restarts or state != "COMPLETED") else 3):
                return state, restarts
            if state == "PENDING" and restarts:
                self.slurm("scontrol", "update", f"JobId={job}", "StartTime=now", check=False)
            time.sleep(0.5)
        raise AssertionError(f"job {job} is {state}\n{self.log()}")

    def wait_for_first_task(self, job):
        """Until a first task is finished and recorded, or the job has ended."""
        wait_until(lambda: self.tasks_done("small.h5") >= 1 or self.state(job)[0] in ("COMPLETED", "FAILED", "TIMEOUT", "NODE_FAIL"),
                   PATIENCE, "a finished task")

    def log(self):
        return "\n".join(path.read_text() for path in sorted(self.folder.glob("*.out")))

    def reference(self, *options):
        self.run_to_end("small.toml", "-o", "reference.h5", *options, ranks=2, seconds=300)
        return self.digest("reference.h5")

    def test_a_job_told_of_its_time_limit_requeues_itself_and_ends_with_the_same_result(self):
        for _ in range(10):
            job = self.submit("run.sbatch", "small.toml", *LONG)
            self.wait_for_first_task(job)
            # What Slurm does before the time limit, when `--signal=B:USR1@300` asked for it: its moment depends on no machine's speed.
            self.slurm("scancel", "--batch", "--signal=USR1", job, check=False)
            state, restarts = self.wait_for(job, to_requeue=True)
            log = self.log()
            if "USR1: stopping in order" in log and restarts:
                break
            for path in [*self.folder.glob("small.h5*"), *self.folder.glob("*.out")]:
                path.unlink()
        self.assertEqual(state, "COMPLETED", log)
        self.assertEqual(restarts, 1, log)
        self.assertIn("USR1: stopping in order", log)
        self.assertIn("requeueing to continue", log)
        self.assertEqual(self.digest("small.h5"), self.reference(*LONG), log)
        result = self.result("small.h5")
        self.assertEqual(len(result["provenance/segments/ranks"]), restarts + 1)
        self.assertEqual(sorted(set(result["provenance/ranks/host"])), ["h1", "h2"])

    def test_the_mpirun_variant(self):
        job = self.submit("run.sbatch", "small.toml", options=["--export=ALL,LAUNCHER=mpirun"])
        self.assertEqual(self.wait_for(job)[0], "COMPLETED", self.log())
        self.assertEqual(self.digest("small.h5"), self.reference())

    def test_scancel_keeps_what_was_finished_and_does_not_requeue(self):
        job = self.submit("run.sbatch", "small.toml", *ENDLESS)
        self.wait_for_first_task(job)
        self.slurm("scancel", job)
        self.wait_for(job)
        self.assertEqual(self.status("small.h5")["status"], "partial", self.log())
        self.assertNotIn("requeueing", self.log())

    def test_an_array_gives_one_result_for_each_seed(self):
        job = self.submit("array.sbatch", "small.toml", options=["--array=1-2"])
        wait_until(lambda: not self.slurm("squeue", "-h", "-j", job, check=False).strip() and self.answered, PATIENCE, "the array")
        self.assertTrue(self.path("small-seed1.h5").exists() and self.path("small-seed2.h5").exists(), self.log())
        self.assertNotEqual(self.digest("small-seed1.h5"), self.digest("small-seed2.h5"), self.log())
        self.run_to_end("small.toml", "-o", "reference.h5", "--set", "seed=2")
        self.assertEqual(self.digest("small-seed2.h5"), self.digest("reference.h5"))

    def test_the_scaling_variant_compares_its_results(self):
        job = self.submit("scaling.sbatch", "small.toml")
        self.assertEqual(self.wait_for(job)[0], "COMPLETED", self.log())
        self.assertIn("identical to small-ranks1.h5", self.log())

    def test_a_misspelt_key_costs_a_second(self):
        job = self.submit("run.sbatch", "small.toml", "--set", "network.epoch=3")
        self.assertEqual(self.wait_for(job)[0], "FAILED")
        self.assertIn("epochs", self.log())
        self.assertFalse(self.path("small.h5").exists())


if __name__ == "__main__":
    shoal_program.main()

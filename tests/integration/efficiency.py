#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Where the time of real runs went: states that sum, models whose identities hold, a report that says so."""

import json
import signal

import numpy as np

import shoal_program
from shoal_program import ENDLESS, RESUMABLE, SMALL, ProgramTest

STATES = ["useful", "serial", "wait_task", "wait_horizon", "wait_team", "io"]


class Efficiency(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("small.toml", SMALL)

    def check_performance(self, result):
        """The identities of every run, recomputed from what the file holds."""
        get = {name: result[f"performance/states/{name}"] for name in STATES + ["rank", "tail"]}
        wall = float(result["performance/wall_seconds"])
        workers = int(result["performance/workers"])
        self.assertEqual(len(get["rank"]), workers)
        all_states = sum(get[name] for name in STATES)
        np.testing.assert_allclose(all_states, wall, rtol=1e-9)          # every thread, exactly
        useful = get["useful"] + get["serial"]
        efficiency = useful.sum() / (wall * workers)
        idle = sum(float(result[f"performance/idle/{cause}"]) for cause in ("horizon", "tail", "io", "imbalance", "handing_out"))
        self.assertAlmostEqual(idle, wall * workers - useful.sum(), delta=1e-8 * wall * workers)
        outside, serial, openmp = (result[f"performance/processes/{name}"] for name in ("mpi", "serial", "openmp"))
        np.testing.assert_allclose(outside + serial + openmp, wall, rtol=1e-9)

        pop = lambda name: float(result[f"performance/pop/{name}"])  # noqa: E731
        for model in ("pure_mpi", "hybrid_multiplicative", "hybrid_additive", "talp"):
            self.assertAlmostEqual(pop(f"{model}/parallel_efficiency"), efficiency, delta=1e-9)
        for model in ("pure_mpi", "hybrid_multiplicative"):
            self.assertAlmostEqual(pop(f"{model}/load_balance") * pop(f"{model}/communication_efficiency"), efficiency, delta=1e-9)
        self.assertAlmostEqual(pop("pure_mpi/load_balance"), useful.mean() / useful.max(), delta=1e-9)
        hybrid = "hybrid_multiplicative/"
        self.assertAlmostEqual(pop(hybrid + "mpi_parallel_efficiency"), np.mean(wall - outside) / wall, delta=1e-9)
        self.assertAlmostEqual(pop(hybrid + "mpi_parallel_efficiency") * pop(hybrid + "openmp_parallel_efficiency"), efficiency, delta=1e-9)
        additive = "hybrid_additive/"
        self.assertAlmostEqual(pop(additive + "process_efficiency") + pop(additive + "thread_efficiency") - 1, efficiency, delta=1e-9)
        times = sum(pop(f"talp/{name}_seconds") for name in ("useful", "mpi", "serialisation", "load_imbalance", "scheduling"))
        self.assertAlmostEqual(times, wall * workers, delta=1e-8 * wall * workers)
        self.assertAlmostEqual(pop("talp/mpi_parallel_efficiency_1") * pop("talp/openmp_parallel_efficiency"), efficiency, delta=1e-9)
        self.assertLess(pop("identity_error"), 1e-9)
        self.assertGreater(pop("cpu_over_wall"), 0)
        # The log and the states were kept apart: they agree on the time inside tasks.
        busy = result["performance/tasks/busy"].sum()
        self.assertAlmostEqual(busy, useful.sum() + get["io"].sum(), delta=1e-3 * busy + 1e-3)
        self.assertEqual(result["performance/tasks/count"].sum(), result["performance/tasks_computed"])

    def test_states_sum_and_identities_hold_on_every_layout_and_results_do_not_change(self):
        digests = set()
        for ranks, threads in ((0, 1), (1, 3), (2, 2), (3, 1)):
            with self.subTest(ranks=ranks, threads=threads):
                name = f"r{ranks}t{threads}.h5"
                self.run_to_end("small.toml", "-o", name, "--threads", threads, ranks=ranks)
                digests.add(self.digest(name))
                self.check_performance(self.result(name))
        self.assertEqual(len(digests), 1)

    def test_a_search_that_must_wait_says_how_much_was_for_the_horizon(self):
        search = ["--set", 'search.algorithm="tpe"', "--set", "search.trials=12", "--set", "search.repeats=1", "--set", "search.window=1"]
        ended = self.run_to_end("small.toml", "-o", "w.h5", *search, "--threads", 4, "--json")
        report = json.loads(ended.out)
        self.assertGreater(report["idle_seconds"]["horizon"], 0)
        result = self.result("w.h5")
        self.check_performance(result)
        self.assertGreater(result["performance/states/wait_horizon"].sum(), 0)

    def test_the_report_names_models_causes_and_core_hours(self):
        ended = self.run_to_end("small.toml", "-o", "a.h5", "--threads", 2, ranks=2)
        for phrase in ("core-hours: ", " useful (", " idle (", "POP pure MPI", "POP hybrid multiplicative", "POP hybrid additive",
                       "CPU time over wall time", "tasks, CPU time"):
            self.assertIn(phrase, ended.out)
        ended = self.run_to_end("small.toml", "-o", "b.h5", "--threads", 2, "--json")
        report = json.loads(ended.out)
        self.assertAlmostEqual(sum(report["state_seconds"].values()), 3600 * report["core_hours"], places=6)
        self.assertAlmostEqual(report["useful_seconds"] + sum(report["idle_seconds"].values()), 3600 * report["core_hours"], places=6)
        self.assertEqual(set(report["pop"]), {"pure_mpi", "hybrid_multiplicative", "hybrid_additive", "talp", "cube_advisor"})
        self.assertIn("core-hours", report["summary"])

    def test_a_stopped_run_accounts_for_its_time_and_its_successor_for_its_own(self):
        done = 0
        for how in ({"ranks": 0}, {"ranks": 2}):
            running = self.start("run", "small.toml", "-o", "s.h5", *ENDLESS, "--threads", 2, **how)
            self.wait_for_tasks(running, done + 4, "s.h5")
            running.signal(signal.SIGUSR1)
            ended = running.wait()
            self.assertEqual(ended.code, RESUMABLE, ended)
            self.check_performance(self.result("s.h5"))
            done = self.tasks_done("s.h5")

    def test_measuring_recommends_and_leaves_nothing_behind(self):
        before = sorted(path.name for path in self.folder.iterdir())
        for seconds in (0.3, 3, 30):  # longer if the machine stood still: without one finished task nothing can be said
            ended = self.shoal("check", "small.toml", "--measure", seconds, "--threads", 2, "--json", ranks=2)
            self.assertEqual(ended.code, 0, ended)
            found = json.loads(ended.out)
            if found["measured"]["tasks"] > 0:
                break
        self.assertEqual((found["measured"]["ranks"], found["measured"]["threads"]), (2, 2))
        self.assertTrue(0 < found["measured"]["useful_share"] <= 1)
        self.assertTrue(0 <= found["measured"]["horizon_share"] < 1)
        self.assertRegex(found["suggested"]["sbatch"], r"^sbatch --ntasks=\d+ --cpus-per-task=\d+ --time=")
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), before)
        text = self.shoal("check", "small.toml", "--measure", seconds, "--threads", 1).out
        self.assertRegex(text, "% of their time inside tasks|no task ended in this time")


if __name__ == "__main__":
    shoal_program.main()

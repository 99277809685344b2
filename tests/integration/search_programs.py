#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Programs as objectives of searches with schedulers: values on the way, legs that continue from checkpoints or begin anew,
and CPUs of their own."""

import signal
import unittest

import numpy

import shoal_program
from shoal_program import INVALID, RESUMABLE, ROOT, ProgramTest, processors, wait_until

OK, PRUNED = 0, 1

INPUT = """
workload = "tune"
seed = 3
[objective]
kind = "command"
command = {command}
{keys}
[space]
level = {{ uniform = [1.0, 40.0] }}
[search]
{search}
"""

# A model whose loss falls step by step; what it has learned is a file. Each leg writes down what it was asked to do.
PROGRAM = """
import json, os, sys
level, trial, begin, steps, folder = float(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), sys.argv[5]
state = {"origin": trial, "done": 0}
if begin > 0:
    with open(folder + "/deep/state.json") as file: state = json.load(file)
if state["done"] != begin: sys.exit(f"the state has {state['done']} steps instead of {begin}")
with open("ran.txt", "a") as file: file.write(f"{trial} {begin} {steps}\\n")
print("a line for people")
for step in range(begin + 1, steps + 1):
    print(json.dumps({"loss": level / step}), flush=True)
if folder != "-":
    os.makedirs(folder + "/deep", exist_ok=True)
    with open(folder + "/deep/state.json", "w") as file: json.dump({"origin": state["origin"], "done": steps}, file)
print(json.dumps({"loss": level / steps, "origin": state["origin"], "done": True}))
"""

WORKER = """
import json, os
def train(level, trial, steps, report, begin=0, checkpoint=None):
    origin = trial
    if begin > 0:
        with open(checkpoint + "/state.json") as file: state = json.load(file)
        if state["done"] != begin: raise ValueError(f"the state has {state['done']} steps instead of {begin}")
        origin = state["origin"]
    with open("ran.txt", "a") as file: file.write(f"{trial} {begin} {steps}\\n")
    for step in range(begin + 1, steps + 1):
        if not report(loss=level / step): return {"loss": level / step, "origin": origin}
    if checkpoint:
        with open(checkpoint + "/state.json", "w") as file: json.dump({"origin": origin, "done": steps}, file)
    return {"loss": level / steps, "origin": origin}
"""

SCHEDULERS = {
    "promotion": 'trials = 20\nwindow = 4\nscheduler = "asha"\nasha.form = "promotion"\nasha.reduction = 3',
    "hyperband": 'trials = 12\nscheduler = "hyperband"',
    "pbt": 'trials = 6\nscheduler = "pbt"\npbt.interval = 3',
}


class Programs(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("train.py", PROGRAM)
        self.write("model.py", WORKER)

    def command(self, begin="{begin}", folder="{checkpoint}"):
        return f'["/usr/bin/python3", "train.py", "{{level}}", "{{trial}}", "{begin}", "{{steps}}", "{folder}"]'

    def worker(self):
        return f'["/usr/bin/python3", "{ROOT}/analysis/shoal_worker.py", "model.py", "train"]'

    def search(self, command, keys, search, **how):
        self.path("ran.txt").unlink(missing_ok=True)
        self.write("s.toml", INPUT.format(command=command, keys=keys, search=search))
        self.run_to_end("s.toml", "--new", **how)
        return self.result("s.h5").file["results"]

    def legs(self):
        """(trial, begin, steps) of every leg, in the order in which they began."""
        return [tuple(int(word) for word in line.split()) for line in self.path("ran.txt").read_text().splitlines()]

    def check_search(self, results, name):
        trials = results["trials"]
        self.assertLessEqual(set(trials["state"][:]), {OK, PRUNED}, [str(reason) for reason in trials["fail_reason"][:]])
        for trial, reached in enumerate(trials["reached"][:]):
            known = results["history/loss"][trial]
            self.assertEqual(int((known == known).sum()), reached, "a value for each step")
        if name != "pbt":
            level = trials["params/level"][:]
            for trial, reached in enumerate(trials["reached"][:]):
                self.assertAlmostEqual(trials["loss"][trial], level[trial] / reached)

    def test_trials_go_on_from_their_checkpoints(self):
        for name, search in SCHEDULERS.items():
            for kind in ("command", "worker"):
                for ranks in (0, 2) if name != "hyperband" else (2,):
                    with self.subTest(scheduler=name, kind=kind, ranks=ranks):
                        worker = kind == "worker"
                        results = self.search(self.worker() if worker else self.command(),
                                              "steps = 9\ncheckpoint = true" + ("\npersistent = true" if worker else ""), search,
                                              ranks=ranks)
                        self.check_search(results, name)
                        legs = self.legs()
                        self.assertTrue(any(begin > 0 for _, begin, _ in legs), legs)
                        ends = {(trial, steps) for trial, _, steps in legs}
                        for trial, begin, _ in legs:
                            if name != "pbt":
                                self.assertTrue(begin == 0 or (trial, begin) in ends, "it goes on from where it was")
                        origins = list(results["trials/values/origin"][:])
                        if name == "pbt":
                            self.assertNotEqual(origins, list(range(6)), "somebody took over the state of another")
                        else:
                            self.assertEqual(origins, list(range(len(origins))))

    def test_without_a_checkpoint_a_trial_runs_again_from_its_beginning(self):
        results = self.search(self.command(begin="0", folder="-"), "steps = 9", SCHEDULERS["promotion"])
        self.check_search(results, "promotion")
        lengths = {}
        for trial, begin, steps in self.legs():
            self.assertEqual(begin, 0)
            lengths.setdefault(trial, []).append(steps)
        self.assertTrue(any(len(of_trial) > 1 for of_trial in lengths.values()))
        for of_trial in lengths.values():
            self.assertEqual(of_trial, sorted(set(of_trial)), "each time with more steps")

    def test_a_program_is_ended_where_its_values_are_bad(self):
        search = 'trials = 30\nwindow = 4\nscheduler = "asha"\nasha.reduction = 3'
        results = self.search(self.command(begin="0", folder="-"), "steps = 9", search)
        trials = results["trials"]
        self.assertEqual(set(trials["state"][:]), {OK, PRUNED})
        for trial, state in enumerate(trials["state"][:]):
            self.assertEqual(trials["reached"][trial] < 9, state == PRUNED)
        self.check_search(results, "asha")

    def test_without_values_on_the_way_only_whole_trials_are_compared(self):
        results = self.search('["echo", "{level}"]', "steps = 9", SCHEDULERS["promotion"])
        self.assertLessEqual({1, 3}, set(results["trials/rungs/resource"][:]))
        results = self.search('["echo", "{level}"]', "steps = 9", 'trials = 20\nscheduler = "asha"')
        self.assertEqual(set(results["trials/state"][:]), {OK})

    def test_a_checkpoint_that_is_too_much_asked_of_is_refused(self):
        for keys, command, words in (("", self.command(), "it needs checkpoint = true"),
                                     ("tied = [\"level\"]", '["true"]', "without checkpoints nothing is tied to them"),
                                     ('checkpoint = true\ntied = ["levl"]', '["true"]', "did you mean `level`?")):
            self.write("bad.toml", INPUT.format(command=command, keys=keys, search="trials = 3"))
            ended = self.shoal("check", "bad.toml")
            self.assertEqual(ended.code, INVALID, ended)
            self.assertIn(words, ended.err)


# Counts the trials that run now, by their folders; says what it was given.
COUNT = """#!/bin/sh
mkdir -p now/$1; ls now | wc -l > $1.count; sleep 0.05; rmdir now/$1
echo "threads $OMP_NUM_THREADS"; grep Cpus_allowed_list /proc/self/status
cat $1.count
"""


class Cpus(ProgramTest):
    def search(self, keys, *more, persistent=False, **how):
        self.write("count.sh", COUNT).chmod(0o755)
        command = '["./count.sh", "{trial}"]'
        self.write("c.toml", INPUT.format(command=command, keys=keys, search="trials = 12"))
        self.run_to_end("c.toml", "--new", *more, **how)
        result = self.result("c.h5")
        said = [text.decode() for text in result.file["measurements/trials/stdout"][:]]
        return list(result.file["results/trials/loss"][:]), said

    def test_a_trial_takes_as_many_threads_as_it_needs_cpus(self):
        for ranks, threads, cpus, most in ((0, 4, 2, 2), (0, 5, 2, 2), (0, 2, 4, 1), (2, 2, 2, 2)):
            with self.subTest(ranks=ranks, threads=threads, cpus=cpus):
                together, said = self.search(f"cpus = {cpus}", "--threads", threads, ranks=ranks)
                self.assertLessEqual(max(together), most)
                for text in said:
                    self.assertIn(f"threads {cpus}\n", text)

    def test_teams_of_the_schedule_count_too(self):
        together, said = self.search("", "--threads", 4, "--set", "schedule.threads_per_task=2")
        self.assertLessEqual(max(together), 2)
        self.assertIn("threads 2\n", said[0])
        _, said = self.search("", "--threads", 2)
        self.assertIn("threads 1\n", said[0])

    @unittest.skipUnless(processors() >= 2, "two processors")
    def test_programs_are_bound_to_cpus_of_their_own(self):
        _, said = self.search("cpus = 1", "--threads", 2)
        bound = {text.split("Cpus_allowed_list:")[1].split()[0] for text in said}
        self.assertLessEqual(len(bound), 2)
        for cpus in bound:
            self.assertTrue(cpus.isdigit(), "one CPU")
        _, said = self.search("cpus = 2", "--threads", 2)
        lists = {text.split("Cpus_allowed_list:")[1].split()[0] for text in said}
        self.assertEqual(len(lists), 1)
        # More threads than CPUs: no CPU belongs to a trial alone.
        _, free = self.search("cpus = 1", "--threads", processors() + 1)
        lists = {text.split("Cpus_allowed_list:")[1].split()[0] for text in free}
        self.assertEqual(len(lists), 1)
        self.assertFalse(lists.pop().isdigit())


FORMULA = """
workload = "tune"
seed = 4
[objective]
kind = "expression"
expression = "(x - 1)^2 / step + y^2"
steps = {steps}
[space]
x = {{ uniform = [-5.0, 5.0] }}
y = {{ uniform = [-5.0, 5.0] }}
[search]
algorithm = "tpe"
{search}
"""


class Trials(ProgramTest):
    def formula(self, name, search, steps=9):
        self.write(f"{name}.toml", FORMULA.format(search=search, steps=steps))
        return self.run_to_end(f"{name}.toml", "--new")

    def test_when_and_where_trials_ran_is_a_measurement_of_every_kind(self):
        self.formula("f", 'trials = 30\nscheduler = "asha"')
        digest = self.digest("f.h5")
        times = self.result("f.h5").file["measurements/trials"]
        self.assertEqual(set(times) - {"trial"}, {"start", "end", "seconds", "rank", "thread"})
        self.assertTrue((times["seconds"][:] >= 0).all())
        self.assertTrue((times["end"][:] >= times["start"][:]).all())
        self.assertEqual(set(times["rank"][:]), {0})
        self.assertNotIn("seconds", self.result("f.h5").file["results/trials"])
        self.run_to_end("f.toml", "--new", ranks=2)
        self.assertEqual(self.digest("f.h5"), digest, "times are no part of the result")

    def test_times_of_trials_before_a_stop_are_kept(self):
        self.write("wait.sh", '#!/bin/sh\necho $1 >> ran.txt\nwhile [ $1 -ge 5 ] && [ ! -e go ]; do sleep 0.05; done\necho $1\n').chmod(0o755)
        self.write("w.toml", INPUT.format(command='["./wait.sh", "{trial}"]', keys="",
                                          search="trials = 8\n[schedule]\nstop_grace_seconds = 0"))
        running = self.start("run", "w.toml", "--threads", 1)
        # The sixth waits for a file that is not there.
        wait_until(lambda: self.path("ran.txt").exists() and len(self.path("ran.txt").read_text().split()) == 6, 300, "trials")
        running.signal(signal.SIGUSR1)
        self.assertEqual(running.wait(300).code, RESUMABLE)
        before = self.result("w.h5").file["measurements/trials/start"][:]
        self.assertEqual(list(numpy.isfinite(before)), [True] * 5 + [False] * (len(before) - 5))
        self.write("go", "")
        self.run_to_end("w.toml", "--threads", 1)
        times = self.result("w.h5").file["measurements/trials"]
        self.assertEqual(list(times["start"][:5]), list(before[:5]))
        self.assertTrue(numpy.isfinite(times["seconds"][:]).all())

    def test_what_was_pruned_is_not_bad_for_a_warm_start(self):
        self.formula("first", 'trials = 60\nscheduler = "asha"\nasha.reduction = 3')
        states = self.result("first.h5").file["results/trials/state"][:]
        pruned = int((states == PRUNED).sum())
        self.assertGreater(pruned, 10)
        rungs = len(self.result("first.h5").file["results/trials/rungs/loss"])
        # Without rungs only what ran to its end tells something; with them, what each trial reached at each.
        self.write("second.toml", FORMULA.format(steps=9, search='trials = 5\nwarm_start = "first.h5"'))
        ended = self.shoal("check", "second.toml")
        self.assertIn(f"{60 - pruned} losses of earlier trials; 0 trials are outside of this space, {pruned} were stopped", ended.out)
        self.write("third.toml", FORMULA.format(steps=9, search='trials = 5\nscheduler = "asha"\nwarm_start = "first.h5"'))
        ended = self.shoal("check", "third.toml")
        self.assertIn(f"{rungs + 60 - pruned} losses of earlier trials", ended.out)
        self.run_to_end("second.toml")
        self.run_to_end("third.toml")

    def test_progress_says_what_ends_a_search_whose_length_is_not_known(self):
        self.formula("p", "trials = 50\nno_progress = 40\nmetric_reached = -1.0")
        said = self.status("p.h5")
        self.assertIn("of at most 50 trials ended, or loss -1, or 40 without a better one", said["headline"])


if __name__ == "__main__":
    shoal_program.main()

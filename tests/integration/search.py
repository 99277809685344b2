#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Searches by the real program: the same trials on any ranks and threads and after kills; extended, limited and failing ones.

Networks of 2 to 48 units make trials whose times differ tenfold, so that results never come in the order of trials.
"""

import random

import shoal_program
from shoal_program import ROOT, SEED, ProgramTest

TOO_MANY_FAILED = 80

NETWORK = """
workload = "tune"
seed = 4
[objective]
segment_flop = 1e7
[data]
source = "lorenz"
points = 2000
t_end = 4.0
steps_ahead = 20
train_points = [0, 200]
validation_points = [1000, 1200]
[network]
epochs = 27
batch = 50
[space]
hidden = { choice = [[2], [48, 48], [8], [24, 24]] }
learning_rate = { loguniform = [1e-4, 1e-1] }
[search]
trials = 24
window = 6
"""

FORMULA = """
workload = "tune"
seed = 4
[objective]
kind = "expression"
expression = "(x - 1)^2 + (y - 2)^2 + 0 * log(x + 4)"
[space]
x = { uniform = [-5.0, 5.0] }
y = { uniform = [-5.0, 5.0] }
[search]
trials = 60
"""

SEARCHES = {
    "tpe": ["--set", "search.algorithm=tpe"],
    "anneal": ["--set", "search.algorithm=anneal"],
    "stopping": ["--set", "search.algorithm=tpe", "--set", "search.scheduler=asha", "--set", "search.asha.reduction=3"],
    "promotion": ["--set", "search.scheduler=asha", "--set", "search.asha.reduction=3", "--set", "search.asha.form=promotion"],
    "bohb": ["--set", "search.scheduler=bohb", "--set", "search.trials=0"],
    "pbt": ["--set", "search.scheduler=pbt", "--set", "search.trials=8", "--set", "search.pbt.interval=5"],
}


# Trials of random length: they come back in another order each time.
WORKER = '''
import os, random, time
def valley(x, y, steps, report):
    chance = random.Random(os.urandom(8))
    for step in range(1, steps + 1):
        time.sleep(chance.uniform(0, 0.004))
        if not report(loss=(x - 1) ** 2 / step + y ** 2): break
    return (x - 1) ** 2 / step + y ** 2
'''

SHUFFLED = """
workload = "tune"
seed = 5
[objective]
kind = "command"
command = ["/usr/bin/python3", "{root}/analysis/shoal_worker.py", "model.py", "valley"]
persistent = true
steps = {steps}
[space]
x = {{ {x} }}
y = {{ uniformint = [-3, 3] }}
[search]
algorithm = "{algorithm}"
trials = 28
window = 5
{more}
"""


class Search(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("network.toml", NETWORK)
        self.write("formula.toml", FORMULA)

    def run_search(self, name, result, *more, **how):
        return self.run_to_end("network.toml", "-o", result, *SEARCHES[name], *more, **how)

    def test_any_ranks_and_threads_find_the_same_trials(self):
        for name in SEARCHES:
            with self.subTest(search=name):
                self.run_search(name, f"{name}.h5", "--threads", "1")
                expected = self.digest(f"{name}.h5")
                for ranks, threads in ((0, 2), (2, 2), (4, 1)):
                    result = f"{name}_{ranks}_{threads}.h5"
                    self.run_search(name, result, "--threads", threads, ranks=ranks)
                    self.assertEqual(self.digest(result), expected, f"{ranks} ranks, {threads} threads")

    def test_any_algorithm_proposes_the_same_whatever_comes_back_first(self):
        self.write("model.py", WORKER)
        algorithms = ("grid", "random", "sobol", "anneal", "tpe", "atpe", "cmaes")
        for name, more in [(name, "") for name in algorithms] + [("random", 'scheduler = "hyperband"')]:
            with self.subTest(algorithm=name, more=more):
                x = "grid = [-4, 4], step = 0.5" if name == "grid" else "uniform = [-4, 4]"
                self.write("s.toml", SHUFFLED.format(root=ROOT, steps=9 if more else 1, x=x, algorithm=name, more=more))
                found = []
                for ranks, threads in ((0, 1), (2, 2)):
                    self.run_to_end("s.toml", "--new", "--threads", threads, ranks=ranks)
                    trials = self.result("s.h5").file["results/trials"]
                    found.append([list(map(float, trials[column][:])) for column in ("params/x", "params/y", "loss", "reached")])
                self.assertEqual(*found)

    def test_check_shows_the_space_its_size_and_ten_points(self):
        for space, size in (("x = { uniform = [-5.0, 5.0] }", "infinitely many points"), ("x = { uniformint = [1, 40] }", "40 different points")):
            self.write("s.toml", FORMULA.split("[space]")[0].replace(" + (y - 2)^2", "") + f"[space]\n{space}\n[search]\ntrials = 30\n")
            said = self.shoal("check", "s.toml")
            self.assertEqual(said.code, 0, said)
            self.assertIn(f"space       1 parameters, {size}", said.out)
            self.assertIn(space.split("=")[1].split()[1], said.out)
            lines = said.out.splitlines()
            first = lines.index("first points (10 shown)")
            for number, line in enumerate(lines[first + 1:first + 11]):
                self.assertRegex(line, rf"^ +{number}  x=")

    def test_show_lists_the_ten_best_trials(self):
        self.run_to_end("formula.toml", "-o", "f.h5")
        said = self.shoal("show", "f.h5").out.splitlines()
        first = said.index("best trials") + 2
        numbers = [int(line.split()[0]) for line in said[first:first + 10]]
        loss = self.result("f.h5")["results/trials/loss"]
        self.assertEqual(numbers, sorted(range(len(loss)), key=lambda trial: loss[trial])[:10])
        self.assertFalse(said[first + 10].strip())

    def test_killed_searches_go_on_as_if_nothing_had_happened(self):
        chance = random.Random(SEED)
        longer = ["--set", "network.epochs=243", "--threads", "1"]
        for name in ("tpe", "promotion", "pbt"):
            with self.subTest(search=name, seed=SEED):
                self.run_search(name, "whole.h5", *longer, "--new", ranks=2)
                self.interrupt("network.toml", *SEARCHES[name], *longer, n=chance.randrange(1, 20), result=f"{name}.h5", ranks=2)
                self.run_search(name, f"{name}.h5", *longer)
                self.assertEqual(self.digest(f"{name}.h5"), self.digest("whole.h5"))

    def test_an_extended_search_equals_a_long_one(self):
        for name in ("tpe", "stopping"):
            with self.subTest(search=name):
                self.run_search(name, "whole.h5", "--new")
                self.run_search(name, f"{name}.h5", "--set", "search.trials=15")
                self.run_search(name, f"{name}.h5", "--extend")
                self.assertEqual(self.digest(f"{name}.h5"), self.digest("whole.h5"))

    def test_searches_that_depend_on_time_say_so(self):
        for more in (["--set", "search.window=free"], ["--set", "search.seconds=0.3", "--set", "search.trials=1e7"],
                     ["--set", "search.seconds=1e-9"]):  # over before the first trial
            with self.subTest(more=more):
                self.run_to_end("formula.toml", "-o", "r.h5", "--new", "--set", "search.algorithm=tpe", *more, ranks=2)
                found = self.result("r.h5")
                self.assertEqual(found.status, "complete")
                self.assertFalse(found.reproducible)
                again = self.run_to_end("formula.toml", "-o", "r.h5", "--set", "search.algorithm=tpe", *more)
                self.assertIn("complete", again.out)

    def test_failures_count_as_bad_or_end_the_search(self):
        # log of a negative number: a fifth of the trials.
        ended = self.run_to_end("formula.toml", "-o", "all.h5")
        losses = self.result("all.h5")["results/trials/loss"]
        failed = sum(1 for loss in losses if loss == float("inf"))
        self.assertGreater(failed, 0, ended)
        self.run_to_end("formula.toml", "-o", "few.h5", "--set", "search.max_failed=1", code=TOO_MANY_FAILED)
        stopped = self.run_to_end("formula.toml", "-o", "stop.h5", "--set", "search.on_failure=stop", code=TOO_MANY_FAILED)
        self.assertIn("on_failure", stopped.out + stopped.err)
        self.assertLess(len(self.result("stop.h5")["results/trials/loss"]), len(losses))


if __name__ == "__main__":
    shoal_program.main()

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Small trainings side by side in the lanes: which of them meet depends on threads, ranks and interruptions, and changes no bit.

`schedule.chunk = "one"` trains each alone: the reference.
"""

import numpy as np

import shoal_program
from shoal_program import ProgramTest, kill_all

# Some learning rates end in NaN; batches of 32, two shapes.
SEARCH = """
workload = "tune"
title = "Together"
seed = 5
[data]
source = "lorenz"
[network]
batch = 32
epochs = 8
validate_every = 2
optimizer = "sgd"
[space]
learning_rate = { choice = [1e-3, 1e-2, 1e6] }
hidden = { choice = [[5, 8, 5], [4, 4]] }
[search]
algorithm = "random"
trials = 300
"""

ALONE = ["--set", 'schedule.chunk="one"', "--threads", 1]
LAYOUTS = [(ranks, threads) for ranks in (1, 2, 3) for threads in (1, 3)]
# Groups whose members leave at rungs, and groups that go on from states that groups left.
KINDS = {
    "plain": [],
    "repeats": ["--set", "search.trials=8", "--set", "search.repeats=20"],
    "asha": ["--set", "search.scheduler=\"asha\"", "--set", "search.asha.min_resource=2", "--set", "search.window=200"],
    "pbt": ["--set", "search.scheduler=\"pbt\"", "--set", "search.pbt.interval=2", "--set", "search.trials=200"],
}


def grouped(result):
    """How many trials shared their time equally with a neighbour: those of a group do, to the last bits of a Unix time."""
    seconds = np.asarray(result["measurements/trials/seconds"])
    shared = [sum(abs(seconds - one) < 2e-6) > 8 for one in seconds]
    return sum(shared)


class Together(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("search.toml", SEARCH)

    def reference(self, *options):
        self.run_to_end("search.toml", "-o", "alone.h5", "--new", *options, *ALONE)
        return self.digest("alone.h5")

    def test_groups_of_every_kind_of_search_on_every_layout_give_the_same_bits(self):
        for kind, options in KINDS.items():
            expected = self.reference(*options)
            for ranks, threads in LAYOUTS if kind == "plain" else [(1, 1), (2, 1), (2, 3)]:
                with self.subTest(kind=kind, ranks=ranks, threads=threads):
                    name = f"{kind}-{ranks}-{threads}.h5"
                    self.run_to_end("search.toml", "-o", name, *options, "--threads", threads, ranks=ranks)
                    self.assertEqual(self.digest(name), expected)
                    if kind == "plain" or ranks * threads == 1:  # else it depends on who has come when
                        self.assertGreater(grouped(self.result(name)), 0, "no group was formed")

    def test_groups_are_formed_and_their_time_adds_up(self):
        self.run_to_end("search.toml", "-o", "one.h5", "--threads", 1)
        one = self.result("one.h5")
        self.assertGreater(grouped(one), 60)
        states = np.asarray(one["results/trials/state"])
        self.assertGreater(len(set(states.tolist())), 1, "some should have gone bad")
        busy = one["performance/tasks/busy"].sum()
        useful = one["performance/states/useful"].sum() + one["performance/states/io"].sum()
        self.assertAlmostEqual(busy, useful, delta=1e-3 * busy + 1e-3)
        self.assertEqual(one["performance/tasks/count"].sum(), one["performance/tasks_computed"])
        self.assertLessEqual(np.asarray(one["measurements/trials/seconds"]).sum(), busy + 1e-3)

    def test_killed_and_continued(self):
        longer = ["--set", "network.epochs=150"]
        expected = self.reference(*longer)
        for ranks, threads in ((1, 1), (2, 2)):
            with self.subTest(ranks=ranks, threads=threads):
                result = f"killed-{ranks}.h5"
                self.interrupt("search.toml", *longer, "--threads", threads, ranks=ranks, result=result, act=kill_all)
                self.run_to_end("search.toml", "-o", result, *longer, "--threads", 3)
                self.assertEqual(self.digest(result), expected)


if __name__ == "__main__":
    shoal_program.main()

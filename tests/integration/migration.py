#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every row of the migration table: Shoal takes its right side, and what that draws is distributed as what the left side draws
(where hyperopt or optuna is installed)."""

import math
import re
import unittest

from shoal_program import ROOT, ProgramTest

try:
    import hyperopt
    from hyperopt import hp
except ImportError:
    hyperopt = None
try:
    import optuna
except ImportError:
    optuna = None

N = 2000
# Kolmogorov's two-sample bound at the level 1e-6, for rows that are tested once each with fixed seeds.
LARGEST_DISTANCE = math.sqrt(math.log(2 / 1e-6)) / math.sqrt(N)

INPUT = """
workload = "tune"
seed = 1
[objective]
kind = "expression"
expression = "{expression}"
steps = 27
[space]
{space}
[search]
{search}
"""


def rows(heading):
    """The cells of every table row below a heading, as the codes they hold."""
    text = (ROOT / "src/search/MIGRATION.md").read_text().split(f"## {heading}\n")[1].split("\n## ")[0]
    for line in text.splitlines():
        if line.startswith("| `") or line.startswith("| |"):
            yield [re.findall(r"`([^`]+)`", cell) for cell in re.split(r"(?<!\|)\|(?!\|)", line)[1:-1]]


def distance(first, second):
    """Kolmogorov's: the largest difference between two empirical distributions."""
    values = sorted(set(first) | set(second))
    share = lambda sample, value: sum(1 for x in sample if x <= value) / len(sample)
    return max(abs(share(first, value) - share(second, value)) for value in values[:: max(1, len(values) // 400)] + values[-1:])


class Migration(ProgramTest):
    def check_row(self, space, search, expression="1"):
        self.write("row.toml", INPUT.format(space=space, search=search, expression=expression))
        said = self.shoal("check", "row.toml")
        self.assertEqual(said.code, 0, f"{space} {search}\n{said}")

    def drawn(self, space):
        """What N random trials draw for x."""
        self.write("row.toml", INPUT.format(space=space, search=f'algorithm = "random"\ntrials = {N}', expression="x"))
        self.run_to_end("row.toml", "-o", "row.h5", "--new")
        return [float(value) for value in self.result("row.h5")["results/trials/loss"]]

    def test_the_table_is_there(self):
        self.assertGreaterEqual(len(list(rows("Spaces"))), 15)
        self.assertGreaterEqual(len(list(rows("Searches"))), 15)

    def test_every_space_is_taken(self):
        for row in rows("Spaces"):
            self.check_row(row[-1][0], 'algorithm = "random"\ntrials = 10')

    def test_every_search_is_taken(self):
        for *_, codes in rows("Searches"):
            lines = list(codes)
            if not any(line.startswith("trials") for line in lines):
                lines.append("trials = 10")
            if lines[0] == 'algorithm = "grid"':
                lines = lines[:1]
            self.check_row("x = [1, 2, 4]" if lines[0] == 'algorithm = "grid"' else "x = { uniform = [-5, 5] }", "\n".join(lines), "x^2")

    def test_every_number_is_distributed_alike(self):
        if not hyperopt and not optuna:
            self.skipTest("needs hyperopt or optuna")
        for left, *others in rows("Spaces"):
            if len(others) < 2 or '"a"' in others[-1][0]:
                continue
            ours = self.drawn(others[-1][0])
            if hyperopt and left:
                import numpy
                space = eval(left[0], {"hp": hp, "log": math.log})
                generator = numpy.random.default_rng(1)
                theirs = [float(hyperopt.pyll.stochastic.sample(space, rng=generator)) for _ in range(N)]
                self.assertLess(distance(ours, theirs), LARGEST_DISTANCE, left)
            if optuna and others[0]:
                optuna.logging.set_verbosity(optuna.logging.ERROR)
                study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=1))
                theirs = [float(eval(others[0][0], {"trial": study.ask()})) for _ in range(N)]
                self.assertLess(distance(ours, theirs), LARGEST_DISTANCE, others[0])


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every file of inputs/bad gives exactly its message, from `check` and from `run`, and leaves nothing behind.

`bad_inputs.py --write` writes the messages of the present program as the expected ones: read the difference before you commit it.
"""

import sys
import unittest

from shoal_program import ROOT, ProgramTest

BAD = ROOT / "inputs/bad"
INPUTS = sorted(BAD.glob("*.toml"))
INVALID_INPUT, INPUT_MISSING = 65, 66


def code_of(name):
    return INPUT_MISSING if name == "data_file" else INVALID_INPUT


class BadInputs(ProgramTest):
    def judge(self, *words, code):
        ended = self.shoal(*words, folder=BAD)
        self.assertEqual(ended.code, code, ended)
        self.assertEqual(ended.out, "")
        return ended.err

    def test_each_input_gives_exactly_its_message(self):
        self.assertGreaterEqual(len(INPUTS), 11)
        self.maxDiff = None
        for path in INPUTS:
            with self.subTest(path.stem):
                expected = path.with_suffix(".expected").read_text()
                result = self.folder / "r.h5"
                self.assertEqual(self.judge("check", path.name, code=code_of(path.stem)), expected)
                self.assertEqual(self.judge("run", path.name, "-o", result, code=code_of(path.stem)), expected)
                self.assertEqual(self.judge("slurm", path.name, code=code_of(path.stem)), expected)
                self.assertEqual(list(self.folder.iterdir()), [])

    def test_under_a_launcher_the_message_comes_once(self):
        path = BAD / "out_of_range.toml"
        ended = self.shoal("run", path.name, "-o", self.folder / "r.h5", ranks=2, folder=BAD)
        self.assertEqual(ended.code, INVALID_INPUT, ended)
        self.assertEqual(ended.err.count("Nothing was run."), 1, ended)

    def test_the_kinds_of_error_are_all_there(self):
        text = "".join(path.with_suffix(".expected").read_text() for path in INPUTS)
        for number in (1, 2, 11, 12, 20, 21, 22, 30, 40):
            self.assertIn(f"error E{number:03}:", text)

    def test_a_missing_input_is_said_in_one_line(self):
        for command in ("check", "run", "slurm"):
            self.assert_one_line(self.shoal(command, "none.toml"), "none.toml")
            self.assertEqual(self.shoal(command, "none.toml").code, INPUT_MISSING)


def write_expected():
    test = BadInputs()
    test.setUp()
    for path in INPUTS:
        path.with_suffix(".expected").write_text(test.judge("check", path.name, code=code_of(path.stem)))
    test.doCleanups()


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        write_expected()
    else:
        unittest.main(verbosity=2)

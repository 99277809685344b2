#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The command line as users meet it: help, exit codes, one clear line, JSON, prediction. (bad_inputs.py: invalid inputs.)"""

import json
import subprocess

import shoal_program
from shoal_program import MISSING, OTHER_INPUT, SMALL, USAGE, ProgramTest

COMMANDS = ["run", "check", "init", "status", "watch", "show", "diff", "verify", "predict", "picture", "slurm", "version"]


class Commands(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("small.toml", SMALL)

    def test_help_lists_every_command_and_each_has_an_example(self):
        general = self.shoal("--help")
        self.assertEqual(general.code, 0, general)
        for command in COMMANDS:
            self.assertIn(command, general.out)
            with self.subTest(command):
                ended = self.shoal(command, "--help")
                self.assertEqual((ended.code, ended.err), (0, ""), ended)
                self.assertRegex(ended.out, rf"(?s)Example.*shoal {command}")

    def test_wrong_words_give_64_and_one_line_with_a_suggestion(self):
        for words, hint in ((["rum", "small.toml"], "`run`"), (["run", "small.toml", "--thread", "2"], "--threads"), (["run"], "INPUT"),
                            (["run", "small.toml", "--threads", "0"], "threads"), (["run", "small.toml", "--max-time", "soon"], "soon"),
                            ([], "help")):
            with self.subTest(words):
                ended = self.shoal(*words)
                self.assertEqual(ended.code, USAGE, ended)
                self.assert_one_line(ended, hint)

    def test_missing_files_give_66_and_name_the_file(self):
        for words in (["run", "none.toml"], ["check", "none.toml"], ["status", "none.h5"], ["show", "none.h5"], ["diff", "none.h5", "none.h5"]):
            with self.subTest(words):
                ended = self.shoal(*words)
                self.assertEqual(ended.code, MISSING, ended)
                self.assert_one_line(ended, words[1])

    def test_other_files_give_76(self):
        self.write("notes.h5", "my notes\n")
        for words in (["show", "notes.h5"], ["verify", "notes.h5"], ["diff", "notes.h5", "notes.h5"]):
            with self.subTest(words):
                ended = self.shoal(*words)
                self.assertEqual(ended.code, OTHER_INPUT, ended)
                self.assert_one_line(ended, "notes.h5")

    def test_json_is_json(self):
        ended = self.run_to_end("small.toml", "--json")
        self.assertEqual(json.loads(ended.out)["status"], "complete")
        for words in (["check", "small.toml", "--json"], ["status", "small.h5", "--json"], ["show", "small.h5", "/results/best", "--json"],
                      ["version", "--json"]):
            with self.subTest(words):
                ended = self.shoal(*words)
                self.assertEqual(ended.code, 0, ended)
                json.loads(ended.out)

    def test_init_gives_an_input_that_runs(self):
        ended = self.shoal("init", "tune")
        self.assertEqual(ended.code, 0, ended)
        self.write("new.toml", ended.out)
        self.assertEqual(self.shoal("check", "new.toml").code, 0)
        self.assertIn("tune", self.shoal("init", "--list").out)

    def test_slurm_prints_a_script_that_bash_accepts(self):
        ended = self.shoal("slurm", "small.toml", "--nodes", 2, "--ntasks-per-node", 4, "--cpus-per-task", 8, "--time", "2:00:00")
        self.assertEqual(ended.code, 0, ended)
        for part in ("#SBATCH --nodes=2", "#SBATCH --ntasks-per-node=4", "#SBATCH --cpus-per-task=8", "--signal=B:USR1@", "scontrol requeue"):
            self.assertIn(part, ended.out)
        checked = subprocess.run(["bash", "-n"], input=ended.out, text=True, capture_output=True)
        self.assertEqual((checked.returncode, checked.stderr), (0, ""))

    def test_the_best_network_predicts(self):
        self.run_to_end("small.toml")
        self.write("points.csv", "x,y,z\n1.0,2.0,20.0\n-3.0,-4.0,25.0\n")
        ended = self.shoal("predict", "small.h5", "--data", "points.csv")
        self.assertEqual(ended.code, 0, ended)
        rows = [line for line in ended.out.splitlines() if line.strip()]
        self.assertEqual(len(rows), 3, ended)


if __name__ == "__main__":
    shoal_program.main()

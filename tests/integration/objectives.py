#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Objectives outside of the program: commands and workers. Every way to fail is provoked, and becomes a state with a reason."""

import os
import unittest

import shoal_program
from shoal_program import ROOT, INVALID, ProgramTest, wait_until

TOO_MANY_FAILED = 80
OK, PRUNED, NAN, FAILED, TIMEOUT, OUT_OF_MEMORY = range(6)

INPUT = """
workload = "tune"
seed = 3
[objective]
kind = "command"
command = {command}
{keys}
[space]
{space}
[search]
algorithm = "grid"
{search}
"""

# What each trial does, by its number.
ACTS = """#!/bin/sh
echo "a line for people"; echo "trouble $1" >&2
case $1 in
  0) echo '{"loss": 0.5, "steps_taken": 12, "good": true}';;
  1) exit 7;;
  2) kill -9 $$;;
  3|33) sleep 3000;;
  4) python3 -c 'x = bytearray(400000000)
for i in range(0, len(x), 4096): x[i] = 1
import time; time.sleep(3000)';;
  5) echo 'this is no result';;
  6) echo '{"loss": NaN}';;
  7) echo '{"status": "failed", "message": "no convergence"}';;
  8) echo 0.25;;
  9) env | grep -c -E '^(OMPI_|PMI|PMIX)';;
esac
"""

WORKER = """
import os, signal, time
def act(act, report=None, steps=1):
    if act == 1: os._exit(7)
    if act == 2: os.kill(os.getpid(), signal.SIGKILL)
    if act == 3: time.sleep(3000)
    if act == 6: return float("nan")
    if act == 7: raise ValueError("no convergence")
    return {"loss": 0.5, "pid": os.getpid()}
def climb(level, report, steps):
    for step in range(1, steps + 1):
        if not report(loss=level / step): break
    return {"loss": level / steps, "taken": step}
"""


class Objectives(ProgramTest):
    def search(self, name, command, keys="", space="act = { randint = 9 }", search="", threads=None, **how):
        self.write(f"{name}.toml", INPUT.format(command=command, keys=keys, space=space, search=search))
        how.setdefault("code", 0)
        return self.run_to_end(f"{name}.toml", "--new", *(["--threads", threads] if threads else []), **how)

    def trials(self, result):
        return self.result(result).file["results/trials"]

    def reasons(self, trials):
        return [text.decode() if isinstance(text, bytes) else text for text in trials["fail_reason"][:]]

    def test_every_failure_of_a_program_is_a_state_with_a_reason(self):
        self.write("act.sh", ACTS).chmod(0o755)
        for ranks in (0, 2):
            with self.subTest(ranks=ranks):
                self.search("act", '["./act.sh", "{act}"]', "timeout_seconds = 1000\nmemory_mb = 200", ranks=ranks,
                            space="act = [0, 1, 2, 4, 5, 6, 7, 8]")
                trials = self.trials("act.h5")
                self.assertEqual(list(trials["state"][:]), [OK, FAILED, FAILED, OUT_OF_MEMORY, FAILED, NAN, FAILED, OK])
                reasons = self.reasons(trials)
                for number, words in {1: "exit code 7; its last words: trouble 1", 2: "killed by signal 9",
                                      3: "more than 200 MB of memory",
                                      4: "the last line of standard output is no result: this is no result",
                                      5: "`loss` is nan", 6: 'the program says "failed": no convergence'}.items():
                    self.assertIn(words, reasons[number])
                self.assertEqual(trials["loss"][0], 0.5)
                self.assertEqual(trials["loss"][7], 0.25)
                self.assertEqual(trials["values/steps_taken"][0], 12)
                said = self.result("act.h5").file["measurements/trials"]
                self.assertIn(b"a line for people", bytes(said["stdout"][1]))
                self.assertIn(b"trouble 5", bytes(said["stderr"][4]))

    def test_a_program_that_never_ends_meets_its_limit(self):
        self.write("act.sh", ACTS).chmod(0o755)
        for ranks in (0, 2):
            with self.subTest(ranks=ranks):
                self.search("act", '["./act.sh", "{act}"]', "timeout_seconds = 0.7", ranks=ranks, space="act = [3, 33]",
                            code=TOO_MANY_FAILED)
                trials = self.trials("act.h5")
                self.assertEqual(list(trials["state"][:]), [TIMEOUT, TIMEOUT])
                self.assertIn("not finished within 0.7 s", self.reasons(trials)[1])
                self.assertGreater(self.result("act.h5").file["measurements/trials/wall_seconds"][0], 0.69)

    def test_a_missing_program_fails_every_trial_and_says_so(self):
        ended = self.search("none", '["./not_there", "{act}"]', code=TOO_MANY_FAILED)
        self.assertIn("not_there", ended.err + ended.out)

    def test_nothing_of_the_launcher_reaches_a_program(self):
        self.write("act.sh", ACTS).chmod(0o755)
        self.search("clean", '["./act.sh", "{act}"]', space="act = [8, 9]", ranks=2)
        self.assertEqual(self.result("clean.h5").file["measurements/trials/stdout"][1].decode().split()[-1], "0")

    def test_folders_templates_and_result_files(self):
        self.write("model.in", "x = {x}\nseed = {seed}\n")
        self.write("solve.sh", '#!/bin/sh\n. ./model.in 2>/dev/null\nsed -n "s/x = //p" model.in > out.txt\n').chmod(0o755)
        self.search("files", '["{input_folder}/solve.sh"]', 'folder = "trials/{trial}"\ntemplates = ["model.in"]\nresult_file = "out.txt"',
                    space="x = [1.5, 0.5]")
        self.assertEqual(list(self.trials("files.h5")["loss"][:]), [1.5, 0.5])
        self.assertIn("x = 0.5", self.path("trials/1/model.in").read_text())

    def test_a_line_for_the_shell_never_reads_a_value_as_syntax(self):
        self.search("shell", "'echo {word} >&2; echo 1'", space='word = ["$(touch gotcha)", "b; touch gotcha"]')
        self.assertFalse(self.path("gotcha").exists())
        self.assertEqual(list(self.trials("shell.h5")["loss"][:]), [1, 1])

    def worker(self, function):
        return f'["/usr/bin/python3", "{ROOT}/analysis/shoal_worker.py", "model.py", "{function}"]'

    def test_every_failure_of_a_worker_is_a_state_and_the_next_trial_gets_a_new_one(self):
        self.write("model.py", WORKER)
        states = []
        for limit in (1, 5, 25, 125):  # a busy machine may need longer to start Python anew
            self.search("work", self.worker("act"), f"persistent = true\ntimeout_seconds = {limit}", space="act = [0, 1, 2, 3, 6, 7, 8]",
                        search="repeats = 1")
            trials = self.trials("work.h5")
            states = list(trials["state"][:])
            if states.count(TIMEOUT) == 1:
                break
        self.assertEqual(states, [OK, FAILED, FAILED, TIMEOUT, NAN, FAILED, OK])
        reasons = self.reasons(trials)
        self.assertIn("exit code 7", reasons[1])
        self.assertIn("killed by signal 9", reasons[2])
        self.assertIn("no convergence", reasons[5])

    def test_one_worker_serves_many_trials(self):
        self.write("model.py", WORKER)
        self.search("many", self.worker("act"), "persistent = true", space="act = { grid = [10, 29], step = 1 }", threads=2)
        self.assertLessEqual(len(set(self.trials("many.h5")["values/pid"][:])), 3)

    def test_values_on_the_way_are_kept_and_prune(self):
        self.write("model.py", WORKER)
        self.search("climb", self.worker("climb"), "persistent = true\nsteps = 9",
                    space="level = { grid = [1, 40], step = 1 }", search='scheduler = "asha"\nwindow = 4\nasha.reduction = 3')
        trials = self.trials("climb.h5")
        self.assertEqual(set(trials["state"][:]), {OK, PRUNED})
        history = self.result("climb.h5").file["results/history/loss"][0]
        self.assertAlmostEqual(history[8], 1 / 9)
        self.assertGreater(len(trials["rungs/loss"]), 40)

    def test_a_restart_runs_only_what_was_interrupted(self):
        # The first five trials end at once; those after them wait for a file.
        self.write("slow.sh", "#!/bin/sh\necho $1 >> ran.txt\nwhile [ $1 -ge 5 ] && [ ! -e go ]; do sleep 0.05; done\necho $1\n").chmod(0o755)
        self.write("slow.toml", INPUT.format(command='["./slow.sh", "{act}"]', keys="", space="act = { randint = 12 }", search=""))
        running = self.start("run", "slow.toml", "--threads", 2)
        ran = lambda: self.path("ran.txt").read_text().split() if self.path("ran.txt").exists() else []  # noqa: E731
        wait_until(lambda: len(ran()) == 7 and self.tasks_done("slow.h5") == 5, 60, "five trials that are done and two that run")
        running.end()
        self.write("go", "")
        self.run_to_end("slow.toml", "--threads", 2)
        self.assertEqual(list(self.trials("slow.h5")["loss"][:]), list(range(12)))
        self.assertEqual(sorted(ran(), key=int), sorted([*map(str, range(12)), "5", "6"], key=int), "only those that ran when it was killed ran twice")

    def test_losses_of_programs_are_not_called_reproducible(self):
        ended = self.search("world", '["echo", "1"]', space="x = [1, 2]")
        self.assertNotIn("digest", ended.out)
        self.assertEqual(self.shoal("verify", "world.h5").code, 69)


class Formulas(ProgramTest):
    def test_a_formula_is_the_same_on_any_layout(self):
        shipped = ROOT / "inputs/tune_expression.toml"
        self.run_to_end(shipped, "-o", "a.h5", "--threads", 1)
        for ranks, threads in ((0, 3), (2, 1), (3, 2)):
            self.run_to_end(shipped, "-o", f"{ranks}{threads}.h5", "--threads", threads, ranks=ranks)
            self.assertEqual(self.digest(f"{ranks}{threads}.h5"), self.digest("a.h5"))
        self.assertLess(self.result("a.h5").file["results/best/loss"][()], 0.45)

    def test_names_that_are_none_are_shown_at_their_place(self):
        text = ('workload = "tune"\n[objective]\nkind = "expression"\nexpression = "alpha^2 + bta"\n'
                '[space]\nalpha = { uniform = [0, 1] }\nbeta = { uniform = [0, 1] }\n[search]\ntrials = 3\n')
        self.write("bad.toml", text)
        ended = self.shoal("check", "bad.toml")
        self.assertEqual(ended.code, INVALID, ended)
        self.assertIn("bad.toml:4:25", ended.err)
        self.assertIn("did you mean `beta`?", ended.err)

    def test_warm_start_and_given_points(self):
        text = ('workload = "tune"\n[objective]\nkind = "expression"\nexpression = "(x - 3)^2"\n[space]\nx = { uniform = [-10.0, 10.0] }\n'
                '[search]\nalgorithm = "tpe"\ntrials = 40\n')
        self.write("first.toml", text)
        self.run_to_end("first.toml")
        self.write("second.toml", text.replace("trials = 40", 'trials = 10\nwarm_start = "first.h5"\npoints = [{ x = -4.5 }]'))
        self.run_to_end("second.toml")
        found = self.result("second.h5").file["results/trials/params/x"][:]
        self.assertEqual(found[0], -4.5)
        self.assertLess(sum(abs(x - 3) for x in found[1:]) / 9, 3, "it knows where to look")
        self.write("outside.toml", text.replace("[-10.0, 10.0]", "[50.0, 60.0]").replace("trials = 40", 'trials = 5\nwarm_start = "first.h5"'))
        ended = self.shoal("check", "outside.toml")
        self.assertEqual(ended.code, INVALID, ended)
        self.assertIn("no trial of first.h5 is a point of this [space]", ended.err)


@unittest.skipUnless("SHOAL_ROSENBROCK" in os.environ, "SHOAL_ROSENBROCK names the example program")
class Functions(ProgramTest):
    """A C++ function in a program of its own, without a launcher and under one."""

    def setUp(self):
        super().setUp()
        self.program = os.environ["SHOAL_ROSENBROCK"]
        self.write("rosenbrock.toml", (ROOT / "tests/install/rosenbrock.toml").read_text())

    def test_a_function_is_searched_on_any_layout(self):
        self.run_to_end("rosenbrock.toml", "-o", "a.h5", "--threads", 1)
        self.run_to_end("rosenbrock.toml", "-o", "b.h5", "--threads", 2, ranks=2)
        self.assertEqual(self.digest("a.h5"), self.digest("b.h5"))
        self.run_to_end("rosenbrock.toml", "-o", "c.h5", "--threads", 2, "--set", "schedule.threads_per_task=2")
        self.assertEqual(self.digest("a.h5"), self.digest("c.h5"), "a team of threads gives the same")
        trials = self.result("a.h5").file["results/trials"]
        failed = [i for i, state in enumerate(trials["state"][:]) if state == FAILED]
        self.assertTrue(failed)
        self.assertEqual(trials["fail_reason"][failed[0]], b"this kind is broken")
        self.assertLess(self.result("a.h5").file["results/best/loss"][()], 1)
        self.assertEqual(len(trials["values/distance"]), 100)

    def test_steps_are_pruned(self):
        self.run_to_end("rosenbrock.toml", "-o", "p.h5", "--set", "objective.steps=9", "--set", 'search.scheduler="asha"')
        self.assertIn(PRUNED, self.result("p.h5").file["results/trials/state"][:])

    def test_an_unknown_function_is_named_with_those_that_there_are(self):
        ended = self.shoal("check", "rosenbrock.toml", "--set", 'objective.function="rosenbrok"')
        self.assertEqual(ended.code, INVALID)
        self.assertIn("did you mean `rosenbrock`?", ended.err)


if __name__ == "__main__":
    shoal_program.main()

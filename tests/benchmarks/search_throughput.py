#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What a search costs beside its trials: whole runs of `shoal run` whose trial is a sum of ten parameters.

1. 100,000 trials proposed by tpe, record and result included: seconds, limit 60.
2. Memory a trial and parameter: difference of the peaks of two sizes, limit 100 bytes; while trials run, and with the result
   assembled, written and read back.
3. 1,000,000 random trials, killed near their end and resumed: seconds of the resumed run, from its start to its complete
   result, limit 10.

    search_throughput.py [--shoal PROGRAM] [--threads T] [--folder F] [--json FILE] [1] [2] [3]
"""

import argparse
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

NAMES = "abcdefghij"
INPUT = """workload = "tune"
seed = 1
[objective]
kind = "expression"
expression = "{sum}"
[space]
{space}
[search]
algorithm = "{algorithm}"
trials = {trials}
"""


def peak_of(pid):
    """The largest resident memory of a process so far, in bytes; 0 if it has ended."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return 1024 * int(line.split()[1])
    return 0


class Runs:
    def __init__(self, arguments, folder):
        self.arguments, self.folder = arguments, pathlib.Path(folder)

    def command(self, name, algorithm, trials):
        space = "\n".join(f"{letter} = {{ uniform = [0.0, 1.0] }}" for letter in NAMES)
        text = INPUT.format(sum=" + ".join(NAMES), space=space, algorithm=algorithm, trials=trials)
        (self.folder / f"{name}.toml").write_text(text)
        return [self.arguments.shoal, "run", f"{name}.toml", "--threads", str(self.arguments.threads), "--progress", "off"]

    def run(self, name, algorithm, trials):
        """Seconds by the clock, those of the CPUs, and the peak of memory in bytes, of a run to its end."""
        began = time.monotonic()
        process = subprocess.Popen(self.command(name, algorithm, trials), cwd=self.folder, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        if status != 0:
            sys.exit(f"shoal run ended with status {status}")
        return time.monotonic() - began, usage.ru_utime + usage.ru_stime, 1024 * usage.ru_maxrss

    def peaks(self, name, algorithm, trials):
        """Peaks of memory in bytes: while the journal grew, and of the whole run."""
        journal, size, while_running = self.folder / f"{name}.h5.journal", 0, 0
        process = subprocess.Popen(self.command(name, algorithm, trials), cwd=self.folder, stdout=subprocess.DEVNULL)
        while True:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            now = journal.stat().st_size if journal.exists() else size
            if now > size:
                size, while_running = now, peak_of(process.pid) or while_running
            time.sleep(0.002)
        if status != 0:
            sys.exit(f"shoal run ended with status {status}")
        return while_running, 1024 * usage.ru_maxrss

    def kill_near_the_end(self, name, algorithm, trials):
        """Kills a run once most of its trials are in the journal; gives their share."""
        small, journal = trials // 50, self.folder / f"{name}.h5.journal"
        bytes_a_trial = self.journal_bytes(f"{name}_small", algorithm, small) / small
        process = subprocess.Popen(self.command(name, algorithm, trials), cwd=self.folder, stdout=subprocess.DEVNULL)
        while process.poll() is None:
            done = journal.stat().st_size / bytes_a_trial if journal.exists() else 0
            if done > 0.95 * trials:
                os.kill(process.pid, signal.SIGKILL)
                process.wait()
                return min(1.0, journal.stat().st_size / bytes_a_trial / trials)
            time.sleep(0.01)
        sys.exit("the run ended before it could be killed: try again")

    def journal_bytes(self, name, algorithm, trials):
        """The longest that the journal of a run was before it went."""
        journal, longest = self.folder / f"{name}.h5.journal", 0
        process = subprocess.Popen(self.command(name, algorithm, trials), cwd=self.folder, stdout=subprocess.DEVNULL)
        while process.poll() is None:
            try:
                longest = max(longest, journal.stat().st_size)
            except FileNotFoundError:
                pass
            time.sleep(0.002)
        return longest


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", default=["1", "2", "3"], help="which of 1, 2, 3")
    parser.add_argument("--shoal", default="shoal")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--folder")
    parser.add_argument("--json")
    arguments = parser.parse_args()
    holder = tempfile.TemporaryDirectory() if not arguments.folder else None
    runs = Runs(arguments, arguments.folder or holder.name)
    figures = {}
    if "1" in arguments.parts:
        seconds, cpu, _ = runs.run("tpe", "tpe", 100_000)
        figures |= {"seconds_of_100000_tpe_trials": seconds, "cpu_seconds_of_100000_tpe_trials": cpu}
        print(f"100,000 trials x 10 parameters, tpe, {arguments.threads} threads: {seconds:.1f} s (limit 60 s), CPU {cpu:.1f} s")
    if "2" in arguments.parts:
        few, many = 20_000, 80_000
        small, large = runs.peaks("few", "tpe", few), runs.peaks("many", "tpe", many)
        for what, a, b in zip(("while trials run", "with the result"), small, large):
            each = (b - a) / (many - few) / len(NAMES)
            figures[f"bytes_a_trial_and_parameter_{what.replace(' ', '_')}"] = each
            print(f"memory {what}: {a / 1e6:.1f} MB with {few} trials, {b / 1e6:.1f} MB with {many}: "
                  f"{each:.1f} bytes a trial and parameter (limit 100)")
    if "3" in arguments.parts:
        trials = 1_000_000
        done = runs.kill_near_the_end("million", "random", trials)
        seconds, cpu, peak = runs.run("million", "random", trials)
        figures |= {"share_done_when_killed": done, "seconds_of_resume": seconds, "cpu_seconds_of_resume": cpu, "peak_bytes_of_resume": peak}
        print(f"1,000,000 trials, killed at {100 * done:.0f} %, resumed to the complete result in {seconds:.1f} s (limit 10 s), "
              f"CPU {cpu:.1f} s, peak {peak / 1e6:.0f} MB: {peak / trials / len(NAMES):.0f} bytes a trial and parameter")
    if arguments.json:
        pathlib.Path(arguments.json).write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: Apache-2.0
"""Drives the real program: start it on ranks and threads, signal or kill it, look at what it left.

No test may depend on how fast or busy the machine is. So they wait for events (a file, a line, a state), never for a time;
what must be interrupted is ENDLESS, or is started again until it was caught (`interrupt`); and limits in seconds only end
what hangs.

Every test case runs in a folder of its own and ends what it started, by process id. Environment:
    SHOAL_PROGRAM   the program under test (default: build/release/shoal of this tree)
    SHOAL_ROUNDS    how many rounds the random tests take (default: a few; campaigns: many)
    SHOAL_SEED      where their random numbers start (default: 1; printed on failure)
"""

import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "analysis"))

import shoal_results

PROGRAM = pathlib.Path(os.environ.get("SHOAL_PROGRAM", ROOT / "build/release/shoal")).resolve()
ROUNDS = int(os.environ.get("SHOAL_ROUNDS", "0"))
SEED = int(os.environ.get("SHOAL_SEED", "1"))

# Exit codes of include/shoal/error.hpp.
COMPLETE, USAGE, INVALID, MISSING, UNSUITABLE = 0, 64, 65, 66, 69
LOCKED, IO, RESUMABLE, OTHER_INPUT, PERMISSION = 73, 74, 75, 76, 77

PATIENCE = 300  # seconds for what takes a few: only what hangs may fail by time

# A search whose trainings take milliseconds: five networks, several repeats each.
SMALL = """
workload = "tune"
title = "Small"
seed = 3
[data]
source = "lorenz"
[network]
batch = 100
epochs = 20
[space]
hidden = { choice = [[5, 8, 5], [4, 4], [6], [5, 8, 8, 5], [3, 3, 3]] }
[search]
algorithm = "grid"
repeats = 4
"""

# The same for a quarter of an hour on one thread, in small tasks: it runs whenever a test wants to stop it, and stops at once.
ENDLESS = ["--set", "search.repeats=1000", "--set", "network.epochs=100", "--set", "network.batch=1"]


def mpi_environment(folder):
    """Open MPI for tests: as root, more ranks than cores, nothing beyond the loopback, temporary files in `folder`."""
    return {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
            "OMPI_MCA_rmaps_base_oversubscribe": "1", "OMPI_MCA_hwloc_base_binding_policy": "none",
            "OMPI_MCA_mpi_yield_when_idle": "1", "OMPI_MCA_btl": "self,vader", "OMPI_MCA_oob_tcp_if_include": "lo",
            "OMPI_MCA_btl_vader_single_copy_mechanism": "none", "OMPI_MCA_btl_vader_backing_directory": str(folder),
            "OMPI_MCA_orte_tmpdir_base": str(folder)}


class Ended:
    """How a command ended: code, out (standard output), err (standard error)."""

    def __init__(self, code, out, err, seconds):
        self.code, self.out, self.err, self.seconds = code, out, err, seconds

    def __str__(self):
        return f"code {self.code} after {self.seconds:.1f} s\n--- out\n{self.out[-3000:]}\n--- err\n{self.err[-3000:]}"


class Running:
    """A started command: mpirun and its ranks, or the program alone."""

    def __init__(self, arguments, folder, environment, ranks, said):
        self.began = time.monotonic()
        self.ranks = ranks
        self.said = said  # the files that standard output and standard error go to
        with open(said[0], "w") as out, open(said[1], "w") as err:
            self.process = subprocess.Popen([str(part) for part in arguments], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                                            stdout=out, stderr=err, start_new_session=True)
        self.pid = self.process.pid
        self.seen = {}  # pid -> start time, of every rank ever seen

    def rank_pids(self):
        """Pids of the ranks that are alive, rank by rank: the children of mpirun, or the program itself."""
        if not self.ranks:
            return [self.pid] if self.alive() else []
        found = {}
        for pid, parent, start in processes():
            if parent == self.pid:
                self.seen[pid] = start
                found[rank_of(pid), pid] = pid
        return [found[key] for key in sorted(found)]

    def wait_for_ranks(self):
        """Waits until all ranks are there, or the run has ended; their pids, rank by rank."""
        wait_until(lambda: len(self.rank_pids()) >= max(1, self.ranks) or not self.alive(), PATIENCE, "ranks")
        return self.rank_pids()

    def signal(self, number, pid=None):
        """To what was started, or to one of its ranks; nothing happens if that has ended."""
        if pid in (None, self.pid):
            self.process.send_signal(number)
        elif self.seen.get(pid) == start_time(pid):
            os.kill(pid, number)

    def alive(self):
        return self.process.poll() is None

    def wait(self, seconds=PATIENCE):
        try:
            self.process.wait(max(seconds, PATIENCE))
        except subprocess.TimeoutExpired:
            self.end()
            raise AssertionError(f"still running\n{self.ended()}") from None
        return self.ended()

    def ended(self):
        texts = []
        for path in self.said:
            texts.append(path.read_text(errors="replace"))
        return Ended(self.process.poll(), *texts, time.monotonic() - self.began)

    def orphans(self):
        """Ranks that are still alive although mpirun is not."""
        alive = {pid: start for pid, _, start in processes()}
        return [pid for pid, start in self.seen.items() if alive.get(pid) == start]

    def end(self):
        """Ends it and its ranks, whatever they do."""
        self.rank_pids()
        self.signal(signal.SIGKILL)
        self.process.wait()
        for pid in self.orphans():
            self.signal(signal.SIGKILL, pid)


def processes():
    """(pid, parent, start time) of every process that is no zombie."""
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat") as file:
                    fields = file.read().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            if fields[0] not in "ZX":
                yield int(entry), int(fields[1]), int(fields[19])


def start_time(pid):
    """Of a living process; None of any other."""
    return next((start for other, _, start in processes() if other == pid), None)


def rank_of(pid):
    """The number that the launcher gave to a process; a thousand if it cannot be read (any more)."""
    try:
        variables = pathlib.Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        variables = []
    return next((int(v.partition(b"=")[2]) for v in variables if v.startswith(b"OMPI_COMM_WORLD_RANK=")), 1000)


def wait_until(condition, seconds, what):
    """Waits for a condition that comes true sooner or later, at least PATIENCE however few seconds it takes; its value."""
    end = time.monotonic() + max(seconds, PATIENCE)
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.01)
    raise AssertionError(f"waited for {what} in vain")


class ProgramTest(unittest.TestCase):
    """A test with a folder, `self.folder`, and commands that run in it."""

    program = PROGRAM
    environment = {}

    def setUp(self):
        # Short names: Open MPI puts sockets below, whose paths may have 107 characters.
        holder = tempfile.TemporaryDirectory(prefix="st-")
        self.addCleanup(holder.cleanup)
        self.base = pathlib.Path(holder.name)
        self.folder = self.base / "w"
        self.folder.mkdir()
        (self.base / "t").mkdir()
        self.n_started = 0

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def start(self, *arguments, ranks=0, launch=(), program=None, environment=None, folder=None, prefix=()):
        """Starts the program; ranks > 0: under mpirun with further options `launch`; `prefix`: in front of everything."""
        full = {**os.environ, **mpi_environment(self.base / "t"), "NO_COLOR": "1", **self.environment, **(environment or {})}
        for name in ("OMP_NUM_THREADS", "OMP_PLACES", "OMP_PROC_BIND"):
            full.pop(name, None)
        line = [*prefix, *(["mpirun", "-n", ranks, *launch] if ranks else []), program or self.program, *arguments]
        self.n_started += 1
        said = [self.base / "t" / f"{self.n_started}.{kind}" for kind in ("out", "err")]
        running = Running(line, folder or self.folder, full, ranks, said)
        self.addCleanup(lambda: running.end() if running.alive() or running.orphans() else None)
        return running

    def shoal(self, *arguments, seconds=PATIENCE, **how):
        return self.start(*arguments, **how).wait(seconds)

    def run_to_end(self, *arguments, code=COMPLETE, **how):
        """`shoal run ...`, which must end with `code`."""
        ended = self.shoal("run", *arguments, **how)
        self.assertEqual(ended.code, code, ended)
        return ended

    def path(self, name):
        return self.folder / name

    def digest(self, result):
        """The digest of a complete, intact result."""
        with shoal_results.open_result(self.path(result)) as found:
            self.assertEqual(found.status, "complete")
            return found.digest

    def result(self, name):
        found = shoal_results.open_result(self.path(name))
        self.addCleanup(found.close)
        return found

    def status(self, result, code=None):
        """`shoal status --json` as a dictionary."""
        ended = self.shoal("status", result, "--json")
        if code is not None:
            self.assertEqual(ended.code, code, ended)
        return json.loads(ended.out) if ended.out.strip() else {}

    def tasks_done(self, result="r.h5"):
        """Finished tasks that the result and its journal hold now."""
        return self.status(result).get("tasks_done", 0)

    def wait_for_tasks(self, running, n=1, result="r.h5"):
        """Waits until so many tasks are finished and recorded, or the run has ended."""
        wait_until(lambda: self.tasks_done(result) >= n or not running.alive(), PATIENCE, f"{n} finished tasks")

    def interrupt(self, *arguments, n=1, act=None, result="r.h5", **how):
        """Starts `shoal run ... -o result` and lets `act(running)` interrupt it (default: SIGKILL to all) once n tasks are finished,
        again and again until it was interrupted before its end. Returns how it ended; `result` is partial then."""
        for _ in range(30):
            running = self.start("run", *arguments, "-o", result, **how)
            self.wait_for_tasks(running, n, result)
            (act or kill_all)(running)
            ended = running.wait()
            wait_until(lambda: not running.orphans(), PATIENCE, "ranks to leave")
            if self.status(result).get("status") == "partial":
                return ended
            for path in self.path(result).parent.glob(self.path(result).name + "*"):
                path.unlink()
        raise AssertionError(f"it always came to its end before it could be interrupted\n{ended}")

    def leftovers(self, result="r.h5"):
        """Names of files beside a result that are not the user's. A process that is killed while it takes the lock may leave the
        draft of it, a line of text under a name of its own, which disturbs nobody."""
        names = [path.name for path in self.path(result).parent.glob(self.path(result).name + ".*")]
        return sorted(name for name in names if not re.search(r"\.lock\.[0-9a-f]{32}$", name))

    def assert_one_line(self, ended, *parts):
        """Exactly one line on standard error, with these parts in it; mpirun's own remarks do not count."""
        said = [line for line in ended.err.splitlines() if line.strip()]
        if len(said) != 1:
            said = [line for line in own_lines(ended.err)]
        self.assertEqual(len(said), 1, ended)
        for part in parts:
            self.assertIn(part, said[0])


def kill_all(running):
    for pid in running.wait_for_ranks():
        running.signal(signal.SIGKILL, pid)


def own_lines(text):
    """Lines without mpirun's remarks: framed ones about exit codes, and those about signals that it passed on."""
    framed = False
    for line in text.splitlines():
        if line.startswith("-----"):
            framed = not framed
        elif not framed and line.strip() and not line.startswith("mpirun: Forwarding signal"):
            yield line


def processors():
    return len(os.sched_getaffinity(0))


def main():
    unittest.main(verbosity=2)

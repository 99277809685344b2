#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Kill it, run the same command again: nothing finished is lost or computed twice, and the end is the same, bit for bit.

A few rounds in the test suite, a hundred in the campaign (tests/run.sh --campaign crash).
"""

import random
import signal
import time

import shoal_program
from shoal_program import COMPLETE, OTHER_INPUT, PATIENCE, ROUNDS, SEED, SMALL, ProgramTest, wait_until

# Long enough to be hit: some seconds on one core.
LONGER = ["--set", "network.epochs=4000", "--set", "output.snapshot_seconds=0.3", "--threads", "1"]

HEADER = 128  # bytes of a journal's header; its records, each behind length and checksum, follow


def end_of_input(journal):
    """Where the first record of a journal ends: it names the input."""
    return HEADER + 8 + int.from_bytes(journal[HEADER:HEADER + 4], "little")


class Crash(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("small.toml", SMALL)
        self.random = random.Random(SEED)
        began = time.monotonic()
        self.run_to_end("small.toml", "-o", "reference.h5", *LONGER, ranks=2)
        self.seconds = time.monotonic() - began
        self.reference = self.digest("reference.h5")
        self.total = self.status("reference.h5")["tasks_total"]

    def kill_somewhere(self, running):
        """After a random time kills a random rank, all of them, or mpirun; returns what was killed, None if it had ended."""
        running.wait_for_ranks()
        until = time.monotonic() + self.random.uniform(0, 0.8 * self.seconds)
        while time.monotonic() < until and running.alive():
            time.sleep(0.01)
        pids = running.rank_pids()
        if not running.alive() or not pids:
            return None
        victim = self.random.choice(["rank", "rank", "rank 0", "all ranks", "mpirun"])
        targets = {"rank": [self.random.choice(pids)], "rank 0": pids[:1], "all ranks": pids, "mpirun": [running.pid]}[victim]
        for pid in targets:
            running.signal(signal.SIGKILL, pid)
        return victim

    def settle(self, running):
        """Waits until the ranks are gone, as a user's next command finds it."""
        running.wait()
        wait_until(lambda: not running.orphans(), PATIENCE, "ranks whose mpirun was killed to leave")

    def test_random_kills_then_the_same_command(self):
        rounds = ROUNDS or 10
        kills, starts, known = 0, 0, 0
        say = []
        while kills < rounds:
            ranks = self.random.choice([1, 2, 3])
            running = self.start("run", "small.toml", "-o", "r.h5", *LONGER, ranks=ranks)
            starts += 1
            victim = self.kill_somewhere(running)
            self.settle(running)
            done = self.tasks_done()
            say.append(f"{ranks} ranks, killed {victim}: {done} of {self.total}")
            if victim is None:  # it came to its end: check, then begin anew
                self.check_end(running.ended(), say)
                known = 0
                continue
            kills += 1
            self.assertGreaterEqual(done, known, f"finished work was lost (seed {SEED})\n" + "\n".join(say))
            known = done
        ended = self.shoal("run", "small.toml", "-o", "r.h5", *LONGER, ranks=2)
        self.check_end(ended, say)
        print(f"{kills} kills in {starts} starts (seed {SEED}):", *say, sep="\n  ")

    def check_end(self, ended, say):
        self.assertEqual(ended.code, COMPLETE, "\n".join([str(ended), f"seed {SEED}", *say]))
        self.assertEqual(self.digest("r.h5"), self.reference, "\n".join([f"seed {SEED}", *say]))
        self.assertEqual(self.leftovers(), [])
        for path in self.folder.glob("r.h5*"):
            path.unlink()

    def test_a_restart_computes_exactly_what_is_missing(self):
        self.interrupt("small.toml", *LONGER, n=5, ranks=2)
        done = self.tasks_done()
        self.assertGreaterEqual(done, 5)
        self.run_to_end("small.toml", "-o", "r.h5", *LONGER, ranks=2)
        result = self.result("r.h5")
        self.assertEqual(result.digest, self.reference)
        self.assertEqual(list(result["provenance/segments/tasks_reused"]), [0, done])
        self.assertEqual(sum(result["performance/tasks/count"]), self.status("r.h5")["tasks_total"] - done)

    def test_with_recovery_the_same_run_outlives_a_killed_worker(self):
        for _ in range(30):  # until the worker was killed with work in its hands
            running = self.start("run", "small.toml", "-o", "r.h5", "--new", *LONGER, "--set", "schedule.lost_seconds=5", ranks=3,
                                 launch=["--enable-recovery"])
            self.wait_for_tasks(running, 3)
            for pid in running.rank_pids()[2:3]:
                running.signal(signal.SIGKILL, pid)
            ended = running.wait()
            if "lost" in ended.out + ended.err:
                break
        self.assertIn("lost", ended.out + ended.err)
        self.assertEqual(self.digest("r.h5"), self.reference, ended)
        self.assertEqual(list(self.result("r.h5")["provenance/segments/tasks_reused"]), [0])

    def test_the_journal_cut_anywhere_gives_the_same_end(self):
        self.interrupt("small.toml", *LONGER, n=8)
        journal = self.path("r.h5.journal").read_bytes()
        partial = self.path("r.h5").read_bytes() if self.path("r.h5").exists() else None
        for round_ in range(max(3, (ROUNDS or 3) // 10)):
            for path in self.folder.glob("r.h5*"):
                path.unlink()
            # Once right after the header: killed before the journal had named its input.
            kept = HEADER if round_ == 0 else self.random.randrange(HEADER, len(journal) + 1)
            self.path("r.h5.journal").write_bytes(journal[:kept])
            if partial is not None and round_ % 2 and kept >= end_of_input(journal):
                self.path("r.h5").write_bytes(partial)
            with self.subTest(kept=kept, of=len(journal)):
                self.run_to_end("small.toml", "-o", "r.h5", *LONGER)
                self.assertEqual(self.digest("r.h5"), self.reference)

    def test_damage_inside_the_journal_is_noticed(self):
        self.interrupt("small.toml", *LONGER, n=4)
        sound = self.path("r.h5.journal").read_bytes()
        begin = end_of_input(sound)
        self.write_damaged(sound, HEADER + 8, begin)
        ended = self.run_to_end("small.toml", "-o", "r.h5", *LONGER, code=OTHER_INPUT)
        self.assertIn("r.h5.journal is damaged at its beginning", ended.err)
        self.write_damaged(sound, begin, len(sound))
        self.run_to_end("small.toml", "-o", "r.h5", *LONGER)
        self.assertEqual(self.digest("r.h5"), self.reference)

    def write_damaged(self, sound, begin, end):
        journal = bytearray(sound)
        journal[self.random.randrange(begin, end)] ^= 0x40
        self.path("r.h5.journal").write_bytes(journal)


if __name__ == "__main__":
    shoal_program.main()

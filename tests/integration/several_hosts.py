#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""One run over several hosts joined by TCP: the same bits, a lost worker, a cable pulled and plugged in again."""

import os
import signal
import subprocess
import time
import unittest

import shoal_program
from shoal_program import COMPLETE, ROOT, SMALL, ProgramTest, processes

HOSTS = ROOT / "tests/integration/hosts.sh"
LONGER = ["--set", "network.epochs=6000", "--threads", "1", "--set", "schedule.lost_seconds=2"]


@unittest.skipUnless(os.geteuid() == 0, "network namespaces need root")
class SeveralHosts(ProgramTest):
    environment = {"OMPI_MCA_btl": "tcp,self", "OMPI_MCA_btl_tcp_if_include": "eth0", "OMPI_MCA_oob_tcp_if_include": "eth0"}

    def setUp(self):
        super().setUp()
        self.place = self.base / "h"
        made = subprocess.run([HOSTS, self.place, "start", "3"], capture_output=True, text=True)
        self.addCleanup(subprocess.run, [HOSTS, self.place, "stop"], check=True)
        self.assertEqual(made.returncode, 0, made.stderr)
        self.write("hostfile", "".join(f"h{i} slots=1\n" for i in (1, 2, 3)))
        self.write("small.toml", SMALL)

    def start_on_hosts(self, name, *options, ranks=3):
        launch = ["--mca", "plm_rsh_agent", f"{HOSTS} {self.place} rsh", "--hostfile", self.path("hostfile"), "--map-by", "node",
                  "--enable-recovery"]
        return self.start("run", self.path("small.toml"), "-o", self.path(name), *options, ranks=ranks, launch=launch,
                          prefix=[HOSTS, self.place, "exec", "h1"])

    def reference(self, *options):
        self.run_to_end("small.toml", "-o", "reference.h5", *options, environment={"OMPI_MCA_btl": "self,vader"})
        return self.digest("reference.h5")

    def ranks_on(self, host):
        """Pids of the program on a host: by the host's own namespace, and only there."""
        holder = (self.place / f"{host}.id").read_text().split()[0]
        home = os.stat(f"/proc/{holder}/ns/uts").st_ino
        found = []
        for pid, _, _ in processes():
            try:
                if os.stat(f"/proc/{pid}/ns/uts").st_ino == home and os.readlink(f"/proc/{pid}/exe") == str(self.program):
                    found.append(pid)
            except OSError:
                pass
        return found

    def test_three_hosts_give_the_same_bits_and_are_named_in_the_result(self):
        ended = self.start_on_hosts("r.h5", "--threads", "2", ranks=6).wait()
        self.assertEqual(ended.code, COMPLETE, ended)
        self.assertEqual(self.digest("r.h5"), self.reference())
        self.assertEqual(sorted(set(self.result("r.h5")["provenance/ranks/host"])), ["h1", "h2", "h3"])

    def test_a_worker_killed_on_another_host_does_not_end_the_run(self):
        running = self.start_on_hosts("r.h5", *LONGER)
        self.wait_for_tasks(running, 2)
        for pid in self.ranks_on("h3"):
            os.kill(pid, signal.SIGKILL)
        ended = running.wait()
        self.assertEqual(self.digest("r.h5"), self.reference(*LONGER), ended)

    def test_a_cable_pulled_for_some_seconds_changes_nothing(self):
        running = self.start_on_hosts("r.h5", *LONGER)
        self.wait_for_tasks(running, 2)
        subprocess.run([HOSTS, self.place, "cut", "h2"], check=True)
        time.sleep(4)  # longer than lost_seconds; whatever the machine does meanwhile, the bits are the same
        subprocess.run([HOSTS, self.place, "join", "h2"], check=True)
        ended = running.wait()
        self.assertEqual(self.digest("r.h5"), self.reference(*LONGER), ended)


if __name__ == "__main__":
    shoal_program.main()

# SPDX-License-Identifier: Apache-2.0
"""shoal_worker.py, spoken to as Shoal does it."""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

WORKER = pathlib.Path(__file__).resolve().parent.parent / "shoal_worker.py"
MODEL = """
import numpy
def train(rate, report, size=2):
    print("on the side")
    if rate < 0:
        raise ValueError("rate is negative")
    for epoch in range(size):
        if not report(epoch=epoch, loss=numpy.float64(rate)):
            break
    return {"loss": numpy.float32(0.5), "weights": numpy.arange(3)}
"""


class Worker(unittest.TestCase):
    def answers(self, *lines):
        """What the worker says to these lines, and what it leaves on standard error."""
        with tempfile.TemporaryDirectory() as folder:
            model = pathlib.Path(folder) / "model.py"
            model.write_text(MODEL)
            done = subprocess.run([sys.executable, WORKER, model, "train"], input="".join(json.dumps(line) + "\n" for line in lines),
                                  capture_output=True, text=True, timeout=600)
        self.assertEqual(done.returncode, 0, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()], done.stderr

    def test_intermediate_values_and_the_final_line_with_numpy_numbers(self):
        said, aside = self.answers({"rate": 0.25}, {"continue": True}, {"continue": True})
        self.assertEqual(said, [{"epoch": 0, "loss": 0.25, "ask": True}, {"epoch": 1, "loss": 0.25, "ask": True},
                                {"loss": 0.5, "weights": [0, 1, 2], "done": True}])
        self.assertEqual(aside, "on the side\n")

    def test_it_stops_when_asked_and_takes_the_next_task(self):
        said, _ = self.answers({"rate": 1, "size": 9}, {"continue": False}, {"rate": -1}, {"rat": 1})
        self.assertEqual([line.get("done", False) for line in said], [False, True, True, True])
        self.assertEqual(said[2]["error"], "ValueError: rate is negative")
        self.assertIn("rat", said[3]["error"])

    def test_the_end_of_its_input_ends_a_running_task_too(self):
        said, _ = self.answers({"rate": 1, "size": 9})
        self.assertEqual([line.get("done", False) for line in said], [False, True])


if __name__ == "__main__":
    unittest.main()

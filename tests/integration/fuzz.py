#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Inputs that nobody meant: every mutation of the shipped inputs is accepted or refused with its place, never a crash.

A hundred mutations in the test suite, many more in the campaign (tests/run.sh --campaign fuzz).
"""

import concurrent.futures
import random
import re
import subprocess

import shoal_program
from shoal_program import PATIENCE, ROOT, ROUNDS, SEED, ProgramTest, processors

MUTATIONS = ROUNDS or 100
TOKENS = [b"[", b"]", b"{", b"}", b"=", b'"', b"'", b"#", b",", b".", b"\n", b"\0", b"\xff\xfe", b"\xc3", b"-", b"+", b"nan", b"inf",
          b"1e999", b"-0", b"9223372036854775808", b"0x", b"true", b"[[", b"]]", b'"""', b"1979-05-27", b"_", b"\r", b"\t", "ü".encode()]


def mutate(text, draw):
    """One to four changes: a byte, a token, a piece left out, doubled or moved, a number replaced."""
    for _ in range(draw.randint(1, 4)):
        place = draw.randrange(len(text) + 1)
        end = min(len(text), place + draw.choice([1, 2, 5, 20, 200]))
        kind = draw.randrange(6)
        if kind == 0:
            text = text[:place] + draw.choice(TOKENS) + text[place:]
        elif kind == 1:
            text = text[:place] + text[end:]
        elif kind == 2:
            text = text[:end] + text[place:end] * draw.choice([1, 3, 200]) + text[end:]
        elif kind == 3:
            other = draw.randrange(len(text) + 1)
            text = text[:other] + text[place:end] + text[other:]
        elif kind == 4 and end > place:
            text = text[:place] + bytes([draw.randrange(256)]) + text[place + 1:]
        else:
            numbers = list(re.finditer(rb"[0-9][0-9.e+-]*", text))
            if numbers:
                found = draw.choice(numbers)
                text = text[:found.start()] + draw.choice([b"0", b"-1", b"1e30", b"4294967296", b"1.5", b"1e-320", b"nan"]) + text[found.end():]
    return text


class Fuzz(ProgramTest):
    def judge(self, number, text):
        path = self.folder / f"input{number}.toml"
        path.write_bytes(text)
        try:
            ended = subprocess.run([self.program, "check", path], cwd=ROOT / "inputs", capture_output=True, timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            return f"no answer: {self.keep(number, text)}"
        said = ended.stderr.decode("utf-8", "replace")
        if ended.returncode in (0, 65, 66, 69):
            if ended.returncode == 65 and not re.search(r"error E\d+: ", said):
                return f"code 65 without a numbered error: {self.keep(number, text)}\n{said[:500]}"
            path.unlink()
            return None
        return f"code {ended.returncode}: {self.keep(number, text)}\n{said[:500]}"

    @staticmethod
    def keep(number, text):
        """The offending input stays in the build folder, to be run again."""
        folder = ROOT / "build/fuzz"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"seed{SEED}-{number}.toml"
        path.write_bytes(text)
        return path

    def test_no_mutation_of_an_input_crashes_check(self):
        draw = random.Random(SEED)
        inputs = [path.read_bytes() for path in sorted((ROOT / "inputs").glob("*.toml"))]
        self.assertTrue(inputs)
        with concurrent.futures.ThreadPoolExecutor(processors()) as pool:
            texts = (mutate(draw.choice(inputs), draw) for _ in range(MUTATIONS))
            problems = [problem for problem in pool.map(self.judge, range(MUTATIONS), texts) if problem]
        self.assertEqual(problems, [], f"seed {SEED}")


if __name__ == "__main__":
    shoal_program.main()

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs two builds of one benchmark alternately and compares every number that both print.

    compare.py [--rounds 5] BEFORE AFTER [-- OPTIONS OF THE BENCHMARK]

A number is known by the words of its line and its place among the numbers there; of lines with equal words the n-th are compared.
Printed are both medians, the median of the ratios of neighbouring runs, and their range.
"""

import argparse
import collections
import re
import statistics
import subprocess
import sys

NUMBER = re.compile(r"(?<![\w.^\[(+-])[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?(?![\d^]|\.\d|[A-Za-wyz_])")


def numbers_of(text):
    """{(words of the line, how many such lines came before, place in the line): (number, line)}"""
    found, seen = {}, collections.Counter()
    for line in text.splitlines():
        words = " ".join(NUMBER.sub("#", line).split())
        for place, number in enumerate(NUMBER.findall(line)):
            found[words, seen[words], place] = float(number), " ".join(line.split())
        seen[words] += 1
    return found


def run(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{command[0]} ended with code {done.returncode}")
    return numbers_of(done.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("before")
    parser.add_argument("after")
    parser.add_argument("options", nargs="*")
    options = parser.parse_args()
    pairs, lines = {}, {}
    for _ in range(options.rounds):
        before, after = (run([program, *options.options]) for program in (options.before, options.after))
        for key, (number, _) in before.items():
            if key in after:
                pairs.setdefault(key, []).append((number, after[key][0]))
                lines.setdefault(key, after[key][1])
    print(f"{'before':>12} {'after':>12} {'ratio':>7}   range of ratios    line, as first printed [place in it]")
    for key, values in pairs.items():
        if all(b == a for b, a in values):
            continue  # sizes, and what depends on the input alone
        ratios = sorted(a / b for b, a in values if b != 0)
        middle = [statistics.median(side) for side in zip(*values)]
        spread = f"{statistics.median(ratios):>7.3f}   {ratios[0]:.3f} to {ratios[-1]:.3f}" if ratios else ""
        print(f"{middle[0]:>12.5g} {middle[1]:>12.5g} {spread:<26} {lines[key]} [{key[2] + 1}]")


if __name__ == "__main__":
    main()

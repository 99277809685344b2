#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""math_numexpr.py: a peer for the benchmark math_expression. Reads lines "N FORMULA", answers each with the seconds that
numexpr took on one thread for x = (i + 0.5)/N, y = 2 - x: the values of given points, and the sum over points that it
makes itself from i. The formula is compiled before; "nan nan" if numexpr lacks a function."""
import re
import sys
import time

import numexpr
import numpy

numexpr.set_num_threads(1)


def seconds(formula, columns, **options):
    numexpr.evaluate(formula, local_dict=columns, **options)
    begin = time.perf_counter()
    numexpr.re_evaluate(local_dict=columns)
    return time.perf_counter() - begin


columns = {}
for line in sys.stdin:
    n, formula = line.split(maxsplit=1)
    formula = formula.replace("^", "**").strip()
    n = int(n)
    if len(columns.get("i", [])) != n:
        i = numpy.arange(n, dtype=float)
        columns = {"i": i, "x": (i + 0.5) / n, "y": 2 - (i + 0.5) / n}
        out = numpy.empty(n)
    point = f"((i + 0.5) * {1 / n!r})"
    summed = re.sub(r"\bx\b", point, re.sub(r"\by\b", f"(2 - {point})", formula))
    try:
        print(seconds(formula, columns, out=out), seconds(f"sum({summed})", columns), flush=True)
    except TypeError:
        print("nan nan", flush=True)

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""math_numexpr.py: a peer for the benchmark math_expression. Reads lines "N FORMULA", answers each with the seconds that
numexpr took on one thread for x = (i + 0.5)/N, y = 2 - x; the formula is compiled before. "nan" if it lacks a function."""
import sys
import time

import numexpr
import numpy

numexpr.set_num_threads(1)

columns = {}
for line in sys.stdin:
    n, formula = line.split(maxsplit=1)
    formula = formula.replace("^", "**").strip()
    n = int(n)
    if len(columns.get("x", [])) != n:
        x = (numpy.arange(n) + 0.5) / n
        columns, out = {"x": x, "y": 2 - x}, numpy.empty(n)
    try:
        numexpr.evaluate(formula, local_dict=columns, out=out)
    except TypeError:
        print("nan", flush=True)
        continue
    begin = time.perf_counter()
    numexpr.evaluate(formula, local_dict=columns, out=out)
    print(time.perf_counter() - begin, flush=True)

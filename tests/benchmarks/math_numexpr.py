#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""math_numexpr.py: a peer for the benchmark math_expression. Reads lines "N FORMULA", answers each with the seconds that
numexpr took on one thread for x = (i + 0.5)/N, y = 2 - x; the formula is compiled before."""
import sys
import time

import numexpr
import numpy

numexpr.set_num_threads(1)
points = {}
for line in sys.stdin:
    n, formula = line.split(maxsplit=1)
    formula = formula.replace("^", "**").strip()
    if n not in points:
        x = (numpy.arange(int(n)) + 0.5) / int(n)
        points[n] = {"x": x, "y": 2 - x}, numpy.empty(int(n))
    columns, out = points[n]
    try:
        numexpr.evaluate(formula, local_dict=columns, out=out)
        begin = time.perf_counter()
        numexpr.re_evaluate(local_dict=columns)
        print(time.perf_counter() - begin, flush=True)
    except Exception as reason:  # a function that numexpr has not (erf)
        print("nan", flush=True)

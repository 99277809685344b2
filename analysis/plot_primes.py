#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Figures of a `primes` result, as PNG and SVG beside it:

    prime_count        the number of primes up to x, the logarithmic integral and x / log x, and how far they are from each other
    window_density     primes a number in each window, and 1 / log x
    gap_histogram      how often each gap comes, and the law of independent primes (task = "gaps")
    record_gaps        the records against the prime before them, and log(x)^2 (task = "gaps")
    window_time        time of each window against where it is

    plot_primes.py RESULT.h5 [--folder FOLDER] [--only FIGURE]
"""

import sys

from shoal_figures import COLOURS, GREY, draw_figures, new_figure, np

EULER = 0.5772156649015329


def logarithmic_integral(x):
    """li(x) for x > 1 by Ramanujan's series."""
    x = np.asarray(x, dtype=float)
    log = np.log(x)
    total, term, inner = np.zeros_like(x), np.full_like(x, -2.0), 0.0
    for n in range(1, 250):
        term = term * (-log / (2 * n))
        inner += n % 2 / n
        total += term * inner
    return EULER + np.log(log) + np.sqrt(x) * total


class Windows:
    """The windows of a result: bounds, counts and the running count at their ends."""

    def __init__(self, result):
        self.start = result["results/windows/start"].astype(float)
        self.stop = result["results/windows/stop"].astype(float)
        self.count = result["results/windows/count"].astype(float)
        self.total = np.cumsum(self.count)

    @property
    def middle(self):
        return (self.start + self.stop) / 2


def _has_windows(result, least):
    return "results/windows/count" in result and len(result["results/windows/count"]) >= least


def _position_axis(axis, start, stop):
    """x itself, or the distance from the first number where the interval is short against its place."""
    if stop - start < 0.2 * start:
        axis.set_xlabel(f"x - {start:.15g}")
        return lambda x: x - start
    axis.set_xlabel("x")
    return lambda x: x


def prime_count(result):
    if not _has_windows(result, 5):
        return None
    windows = Windows(result)
    begin = max(windows.start[0], 2.0)
    figure, (above, below) = new_figure(8, 7.4, 2, 1, sharex=True, gridspec_kw={"height_ratios": [1.2, 1]})
    place = _position_axis(below, windows.start[0], windows.stop[-1])
    x = place(windows.stop)
    li = logarithmic_integral(windows.stop) - (logarithmic_integral(begin) if begin > 2 else 0)
    simple = windows.stop / np.log(windows.stop) - (begin / np.log(begin) if begin > 2 else 0)
    above.plot(x, windows.total, color="black", linewidth=3, alpha=0.4, label="counted")
    above.plot(x, li, "--", color=COLOURS[0], label="logarithmic integral")
    above.plot(x, simple, ":", color=COLOURS[1], label="x / log x")
    above.set_ylabel("Primes from the start on" if begin > 2 else "Primes below x")
    above.set_title(result.title or "Number of primes")
    above.legend(loc="upper left")
    below.plot(x, li - windows.total, color=COLOURS[0], marker="." if len(x) < 60 else None)
    below.axhline(0, color="black", linewidth=0.8)
    scale = np.sqrt(windows.stop) / np.log(windows.stop)
    if begin == 2:
        below.plot(x, scale, "-", color=GREY, linewidth=1, label="sqrt(x) / log x")
        below.legend(loc="upper left")
    below.set_ylabel("Logarithmic integral - counted")
    return figure


def window_density(result):
    if not _has_windows(result, 5):
        return None
    windows = Windows(result)
    full = windows.stop - windows.start > 0.5 * np.median(windows.stop - windows.start)
    figure, axis = new_figure(8, 4.6)
    place = _position_axis(axis, windows.start[0], windows.stop[-1])
    x = place(windows.middle)[full]
    axis.plot(x, (windows.count / (windows.stop - windows.start))[full], "o", color=COLOURS[0], markersize=4, markeredgewidth=0, alpha=0.7, label="window")
    axis.plot(x, 1 / np.log(windows.middle[full]), color=COLOURS[1], label="1 / log x")
    axis.set_ylabel("Primes a number")
    axis.set_title(result.title or "Density of primes")
    axis.legend(loc="upper right")
    return figure


def gap_histogram(result):
    if "results/histogram/gap" not in result:
        return None
    gaps, counts = result["results/histogram/gap"].astype(float), result["results/histogram/count"].astype(float)
    figure, axis = new_figure(9, 5)
    by_six = gaps % 6 == 0
    for chosen, colour, name in ((by_six, COLOURS[1], "multiples of 6"), (~by_six, COLOURS[0], "others")):
        axis.vlines(gaps[chosen], 0.7, counts[chosen], color=colour, linewidth=max(0.8, 260 / gaps.max()), label=name)
    mean = (gaps * counts).sum() / counts.sum()
    spaced = np.arange(2, gaps.max() + 1, 2)
    law = counts.sum() * (np.exp(-(spaced - 1) / mean) - np.exp(-(spaced + 1) / mean))
    axis.plot(spaced, law, color="black", linewidth=1.2, label=f"exponential law with the mean gap, {mean:.4g}")
    axis.set_yscale("log")
    axis.set_ylim(0.7, 2 * counts.max())
    axis.set_xlim(0, gaps.max() + 2)
    axis.set_xlabel("Gap between neighbouring primes")
    axis.set_ylabel("How often")
    axis.set_title(result.title or "Gaps between primes")
    axis.legend(loc="upper right")
    return figure


def record_gaps(result):
    if "results/records/gap" not in result:
        return None
    gaps, starts = result["results/records/gap"].astype(float), result["results/records/start"].astype(float)
    if len(gaps) < 3 or starts[-1] < 2 * starts[0]:
        return None
    figure, axis = new_figure(8, 4.8)
    axis.step(np.append(starts, result["results/last"].astype(float)), np.append(gaps, gaps[-1]), where="post", color=COLOURS[0], alpha=0.5)
    axis.plot(starts, gaps, "o", color=COLOURS[0], label="gap larger than all before it")
    x = np.geomspace(max(starts[0], 2), max(starts[-1], 3), 200)
    axis.plot(x, np.log(x) ** 2, color=COLOURS[1], label="log(x) squared")
    axis.set_xscale("log")
    axis.set_yscale("log")
    axis.set_xlabel("Prime before the gap")
    axis.set_ylabel("Gap")
    axis.set_title(result.title or "Record gaps")
    axis.legend(loc="upper left")
    return figure


def window_time(result):
    if not _has_windows(result, 5) or "performance/tasks/start" not in result:
        return None
    windows = Windows(result)
    first, count = result["performance/tasks/first"], result["performance/tasks/count"]
    seconds = (result["performance/tasks/end"] - result["performance/tasks/start"]) / count
    threads = result["performance/tasks/rank"] * (1 + result["performance/tasks/thread"].max()) + result["performance/tasks/thread"]
    inside = first + count <= len(windows.middle)
    if not inside.any():
        return None
    figure, axis = new_figure(8, 4.6)
    place = _position_axis(axis, windows.start[0], windows.stop[-1])
    lanes = np.unique(threads[inside])
    for number, thread in enumerate(lanes):
        rows = np.flatnonzero(inside & (threads == thread))
        left, right = place(windows.start[first[rows]]), place(windows.stop[first[rows] + count[rows] - 1])
        axis.hlines(1e3 * seconds[rows], left, right, color=COLOURS[number % len(COLOURS)], linewidth=2.5,
                    label=f"worker {number}" if len(lanes) <= 8 else None)
    axis.set_ylim(0, 1.15 * 1e3 * np.quantile(seconds[inside], 0.99))
    axis.set_ylabel("Time of a window [ms]")
    axis.set_title(result.title or "Time of windows")
    axis.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return figure


FIGURES = {"prime_count": prime_count, "window_density": window_density, "gap_histogram": gap_histogram, "record_gaps": record_gaps,
           "window_time": window_time}


if __name__ == "__main__":
    sys.exit(draw_figures("primes", FIGURES, lambda result: result, lambda result: [("task", result.parameters["task"])]))

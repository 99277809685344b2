#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Figures of a `mandelbrot` result, as PNG and SVG beside it:

    picture        escape times in logarithmic colours, what is inside in black (large ones by every so-manieth pixel)
    distribution   how many pixels escape after how many iterations
    row_work       iterations of each row: why blocks of rows are uneven work
    balance        load balance efficiency by iterations of the classic schedules, over rows in natural and in bit-reversed order
                   (outputs = ["balance"])
    measured       iterations of each worker of this run

    plot_mandelbrot.py RESULT.h5 [--folder FOLDER] [--only FIGURE]
"""

import sys

from shoal_figures import COLOURS, GREY, draw_figures, new_figure, np

MOST_PIXELS = 1600  # of a side of a picture


def _iterations(result):
    """Escape times in at most MOST_PIXELS x MOST_PIXELS pixels, and the edges of the picture; None if there are none."""
    if "results/iterations" not in result:
        return None
    data = result.file["results/iterations"]
    step = -(-max(data.shape) // MOST_PIXELS)
    x, y = result["results/x"], result["results/y"]
    half_x = (x[-1] - x[0]) / max(1, len(x) - 1) / 2 or 1e-9
    half_y = (y[-1] - y[0]) / max(1, len(y) - 1) / 2 or 1e-9
    return data[::step, ::step], [x[0] - half_x, x[-1] + half_x, y[0] - half_y, y[-1] + half_y]


def picture(result):
    found = _iterations(result)
    if found is None:
        return None
    iterations, extent = found
    values = np.ma.masked_equal(iterations, 0)
    figure, axis = new_figure(8, 1 + 6.1 * min(1.5, values.shape[0] / values.shape[1]))
    axis.grid(False)
    axis.set_facecolor("black")
    image = axis.imshow(np.ma.log10(values), origin="lower", extent=extent, cmap="viridis", interpolation="nearest", aspect="equal")
    bar = figure.colorbar(image, ax=axis, shrink=0.8)
    ticks = [tick for tick in bar.get_ticks() if values.count() and 0 <= tick <= np.log10(values.max())]
    bar.set_ticks(ticks, labels=[f"{10 ** tick:.3g}" for tick in ticks])
    bar.set_label("Iterations until |z| > 2")
    axis.set_xlabel("Real part of c")
    axis.set_ylabel("Imaginary part of c")
    axis.set_title(result.title or "Escape times")
    return figure


def distribution(result):
    found = _iterations(result)
    if found is None or not (found[0] > 0).any():
        return None
    escaped = found[0][found[0] > 0].astype(float)
    edges = np.unique(np.round(np.geomspace(1, escaped.max() + 1, 60)))
    counts, _ = np.histogram(escaped, edges)
    figure, axis = new_figure(8, 4.6)
    axis.stairs(counts / np.diff(edges) / found[0].size, edges, color=COLOURS[0], fill=True, alpha=0.7)
    axis.set_xscale("log")
    axis.set_yscale("log")
    axis.set_xlabel("Iterations until |z| > 2")
    axis.set_ylabel("Share of the pixels, for each n")
    axis.set_title(f"{result.title or 'Escape times'}: {100 * (found[0] == 0).mean():.2f} % inside")
    return figure


def row_work(result):
    if "results/row_iterations" not in result:
        return None
    work, y = result["results/row_iterations"].astype(float), result["results/y"]
    figure, axis = new_figure(8, 4.6)
    axis.fill_between(y, work, step="mid", color=COLOURS[0], alpha=0.35, linewidth=0)
    axis.step(y, work, where="mid", color=COLOURS[0], linewidth=1)
    axis.axhline(work.mean(), color=COLOURS[1], linestyle="--", label=f"mean; the largest is {work.max() / work.mean():.2f} times that")
    for share in np.linspace(0, 1, 5)[1:-1]:
        axis.axvline(y[int(share * len(y))], color=GREY, linewidth=0.8)
    axis.set_ylim(0, None)
    axis.set_xlabel("Imaginary part of c (grey: blocks of four workers)")
    axis.set_ylabel("Iterations of the row")
    axis.set_title(result.title or "Work of rows")
    axis.legend(loc="upper right")
    return figure


def balance(result):
    if "results/balance/efficiency" not in result:
        return None
    efficiency = result["results/balance/efficiency"]
    workers, rules, orders = (result["results/balance/workers"], result.labels("results/balance/rule"), result.labels("results/balance/order"))
    figure, axes = new_figure(9.5, 6.8, len(orders), 1, sharex=True, sharey=True)
    for number, (axis, order) in enumerate(zip(axes, orders)):
        width = 0.8 / len(rules)
        for k, rule in enumerate(rules):
            place = np.arange(len(workers)) + (k - (len(rules) - 1) / 2) * width
            bars = axis.bar(place, efficiency[:, k, number], width, color=COLOURS[k % len(COLOURS)], label=rule.replace("_", " "))
            axis.bar_label(bars, labels=[f"{100 * value:.1f}" for value in efficiency[:, k, number]], fontsize=7, padding=2)
        axis.set_xticks(range(len(workers)), [f"{n} workers" for n in workers])
        axis.set_title(f"Rows in {order.replace('_', '-')} order")
        axis.set_ylim(0, 1.1)
        axis.grid(axis="x", visible=False)
        axis.set_ylabel("Mean load / largest load")
    axes[0].legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return figure


def measured(result):
    if "performance/tasks/first" not in result or "results/row_iterations" not in result:
        return None
    parameters = result.parameters
    if parameters.get("tile_rows") != 1 or parameters.get("schedule.order") != "natural" or parameters.get("schedule.chunk") == "static_cyclic":
        return None  # which rows a slice holds is not told then
    work = np.concatenate([[0], np.cumsum(result["results/row_iterations"].astype(float))])
    log = {name: result[f"performance/tasks/{name}"] for name in ("rank", "thread", "first", "count")}
    if (log["first"] + log["count"]).max(initial=0) >= len(work):
        return None
    worker = log["rank"] * (1 + log["thread"].max()) + log["thread"]
    loads = np.array([(work[log["first"] + log["count"]] - work[log["first"]])[worker == w].sum() for w in np.unique(worker)])
    if len(loads) < 2:
        return None
    figure, axis = new_figure(8, 4)
    axis.bar(range(len(loads)), loads, color=COLOURS[0])
    axis.axhline(loads.mean(), color=COLOURS[1], linestyle="--", label=f"mean: {100 * loads.mean() / loads.max():.2f} % of the largest")
    axis.set_xlabel("Worker (threads of a rank side by side)")
    axis.set_ylabel("Iterations")
    axis.set_title(f"This run, chunks \"{parameters.get('schedule.chunk', 'auto')}\"")
    axis.legend(loc="lower right")
    return figure


FIGURES = {"picture": picture, "distribution": distribution, "row_work": row_work, "balance": balance, "measured": measured}


if __name__ == "__main__":
    sys.exit(draw_figures("mandelbrot", FIGURES, lambda result: result,
                          lambda result: [("", f"{result.parameters['width']}x{result.parameters['height']}"), ("n", result.parameters["max_iterations"])]))

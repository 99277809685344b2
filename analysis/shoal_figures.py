# SPDX-License-Identifier: Apache-2.0
"""What the figures of all workloads share: one look, colours that colour-blind readers can tell apart, file names."""

import argparse
import pathlib
import re
import sys

import shoal_results

try:
    import matplotlib
    matplotlib.use("Agg")  # files only: works without a display
    import matplotlib.pyplot as plt
    import numpy as np
    from matplotlib.lines import Line2D
except ImportError as missing:
    sys.exit(f"shoal: {missing.name} is missing for {sys.executable}, so there are no pictures; "
             "on Debian: apt-get install python3-matplotlib")

# Okabe and Ito (2008), "Color Universal Design", in an order in which neighbours differ in lightness too.
COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"]
GREY = "#7A7A7A"

STYLE = {
    "figure.dpi": 100, "savefig.dpi": 160, "font.size": 11, "axes.titlesize": 12, "axes.titleweight": "bold",
    "axes.titlelocation": "left", "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True,
    "grid.color": "#DDDDDD", "grid.linewidth": 0.6, "axes.axisbelow": True, "legend.frameon": False,
    "legend.fontsize": 10, "lines.linewidth": 1.6, "svg.fonttype": "none", "svg.hashsalt": "shoal",
}


def colours(n):
    """n colours: the palette of seven, or for more an even walk through viridis, which survives grey printing too."""
    if n <= len(COLOURS):
        return COLOURS[:n]
    return [matplotlib.colors.to_hex(plt.get_cmap("viridis")(0.92 * i / (n - 1))) for i in range(n)]


def new_figure(width, height, rows=1, columns=1, **options):
    plt.rcParams.update(STYLE)
    return plt.subplots(rows, columns, figsize=(width, height), constrained_layout=True, **options)


def file_stem(result, figure, parameters):
    """`tune-loss_curves-lorenz_trials40`: workload, figure and parameters; the result's name first if it says more."""
    name = pathlib.Path(result.path).stem
    words = [] if name == result.workload else [name]
    words += [result.workload, figure] + [f"{key}{value}" for key, value in parameters]
    return re.sub(r"[^A-Za-z0-9_.+-]+", "_", "-".join(words)).strip("_")


def save(figure, result, name, parameters, folder):
    """Writes PNG and SVG, and returns their paths."""
    folder = pathlib.Path(folder) if folder else pathlib.Path(result.path).resolve().parent
    folder.mkdir(parents=True, exist_ok=True)
    stem = file_stem(result, name, parameters)
    paths = [folder / f"{stem}.png", folder / f"{stem}.svg"]
    figure.savefig(paths[0])
    figure.savefig(paths[1], metadata={"Date": None})
    plt.close(figure)
    return paths


def label(name, units):
    """An axis label: the name, and its units unless it is a pure number."""
    name = name[:1].upper() + name[1:]
    return name if units in ("", "1") else f"{name} [{units}]"


def source_line(figure, result):
    """One grey line under a figure: where its numbers are from."""
    text = f"{pathlib.Path(result.path).name} · shoal {result.shoal_version} · digest {result.digest[:12]}"
    if result.status != "complete":
        text += f" · {result.status}"
    figure.get_layout_engine().set(rect=(0, 0.035, 1, 0.965))
    figure.text(0.995, 0.008, text, ha="right", va="bottom", fontsize=8, color=GREY)


def shown(path):
    """A path as short as it can be said from the current folder."""
    try:
        return pathlib.Path(path).resolve().relative_to(pathlib.Path.cwd().resolve())
    except ValueError:
        return path


def is_logarithmic(values):
    """Does a logarithmic axis show more: do positive values span decades, with the median nearer to their logarithmic middle?"""
    values = np.asarray(values, dtype=float)
    values = values[np.isfinite(values)]
    if values.size < 2 or values.min() <= 0 or values.max() / values.min() < 30:
        return False
    middle, half, root = np.median(values), (values.min() + values.max()) / 2, np.sqrt(values.min() * values.max())
    return bool(abs(np.log(middle / root)) < abs(np.log(middle / half)))


def draw_figures(workload, figures, make, parameters, arguments=None):
    """What a plot module does as a program: draws the figures of one result and prints where they are. Returns an exit code.

    figures: {name: function of what make(result) returned, giving a figure, or None where the data allow none};
    parameters: function of the same, giving the (word, value) pairs of the file names."""
    parser = argparse.ArgumentParser(description=f"Draws the figures of a result of {workload}.")
    parser.add_argument("result", metavar="RESULT.h5")
    parser.add_argument("--folder", help="where the pictures go (default: beside the result)")
    parser.add_argument("--only", choices=figures, help="draw one figure only")
    options = parser.parse_args(arguments)
    try:
        with shoal_results.open_result(options.result) as result:
            if result.workload != workload:
                raise shoal_results.ResultError(f"{options.result} is a result of {result.workload}, not of {workload}.")
            data = make(result)
            for name, draw in figures.items():
                figure = draw(data) if options.only in (None, name) else None
                if figure is not None:
                    source_line(figure, result)
                    for path in save(figure, result, name, parameters(data), options.folder):
                        print(shown(path))
    except shoal_results.ResultError as problem:
        print(f"shoal: {problem}", file=sys.stderr)
        return 76
    return 0

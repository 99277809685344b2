#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Figures of the networks of a `tune` result, as PNG and SVG beside it (plot_search.py draws the search):

    loss_curves              metrics against the epoch, one colour a configuration: median and middle half of the repeats
    loss_by_configuration    every repeat, median and 95 % interval of each configuration, best on top
    forecast                 Lorenz data: the best network's forecast of the validation points, and the truth
    forecast_3d              the same as curves in space
    confusion                classes: how many samples of each class the best network takes for which

    plot_tune.py RESULT.h5 [--folder FOLDER] [--only FIGURE]
"""

import sys

from shoal_figures import COLOURS, GREY, colours, draw_figures, is_logarithmic, label, Line2D, new_figure, np
from tune_result import TuneResult

MAX_CURVES = 12           # more configurations than this: the best ones, and a word on the rest
MAX_CONFIGURATIONS = 20
SPLITS = {"train": ("training", "--"), "validation": ("validation", "-"), "test": ("test", ":")}


def loss_curves(tune):
    """One panel a metric; solid: validation, dashed: training."""
    families = tune.metric_families()
    if not families:
        return None
    shown_configs = tune.ranking()[:MAX_CURVES]
    palette = dict(zip(shown_configs, colours(len(shown_configs))))
    columns = min(len(families), 3)
    rows = -(-len(families) // columns)
    figure, axes = new_figure(5.2 * columns + 2.6, 4.2 * rows + 0.4, rows, columns, squeeze=False)
    for axis in axes.flat[len(families):]:
        axis.set_visible(False)
    families = dict(sorted(families.items(), key=lambda family: family[0] != "loss"))
    for axis, (family, metrics) in zip(axes.flat, families.items()):
        everything = []
        for split, name in metrics.items():
            values = tune.history(name)
            for config in shown_configs:
                rows = values[tune.trials_of(config)]
                rows = rows[np.isfinite(rows).any(axis=1)]
                if len(rows):
                    everything.append(_curve(axis, rows, palette[config], SPLITS[split][1], fill=split != "train"))
        if everything and is_logarithmic(np.concatenate(everything)):
            axis.set_yscale("log")
        axis.set_xlim(1, max(2, tune.n_epochs))
        axis.set_xlabel("Epoch")
        axis.set_ylabel(label(tune.metric_name(family), tune.result.units(f"results/history/{next(iter(metrics.values()))}")))
    axes[0][0].set_title(tune.result.title or "Loss curves")
    _curve_legend(axes[0][columns - 1], tune, palette, {split for metrics in families.values() for split in metrics})
    return figure


def _curve(axis, rows, colour, style, fill):
    """Median over repeats and, where there are several, the middle half of them. Returns the medians drawn."""
    known = np.isfinite(rows).any(axis=0)  # epochs that some repeat computed
    epochs, rows = 1 + np.flatnonzero(known), rows[:, known]
    middle = np.nanmedian(rows, axis=0)
    axis.plot(epochs, middle, style, color=colour, linewidth=1.6 if fill else 1.0, alpha=1.0 if fill else 0.8)
    if fill and len(rows) > 1:
        low, high = np.nanquantile(rows, [0.25, 0.75], axis=0)
        axis.fill_between(epochs, low, high, color=colour, alpha=0.12, linewidth=0)
    return middle[np.isfinite(middle)]


def _curve_legend(axis, tune, palette, splits):
    handles = [Line2D([], [], color=colour, label=tune.short_label(config)) for config, colour in palette.items()]
    if len(splits) > 1:
        handles += [Line2D([], [], color=GREY, linestyle=SPLITS[split][1], label=SPLITS[split][0])
                    for split in SPLITS if split in splits]
    left_out = tune.n_configs - len(palette)
    axis.legend(handles=handles, loc="upper left", bbox_to_anchor=(1.01, 1.0),
                title=f"best {len(palette)} of {tune.n_configs}" if left_out else None)


def loss_by_configuration(tune):
    """Dots: repeats; large mark: median; bar: the 95 % interval stored in the result."""
    if tune.n_configs < 2:
        return None
    order = tune.ranking()[:MAX_CONFIGURATIONS]
    labels = [tune.label(config) for config in order]
    if any(len(text) > 32 for text in labels):  # the curves' legend then gives numbers
        labels = [f"{config}: {text}" for config, text in zip(order, labels)]
    figure, axis = new_figure(7 + 0.085 * max(len(text) for text in labels), 1.6 + 0.42 * len(order))
    for row, config in enumerate(order):
        _configuration(axis, tune, config, row, COLOURS[1] if row == 0 else COLOURS[0])
    axis.set_yticks(range(len(order)), labels)
    axis.invert_yaxis()
    axis.grid(axis="y", visible=False)
    if is_logarithmic(tune.shown[np.isfinite(tune.shown)]):
        axis.set_xscale("log")
    axis.set_xlabel(label(tune.loss_name, tune.result.units("results/trials/loss")))
    axis.set_title(f"{tune.result.title or 'Loss by configuration'}\n", fontsize=12)
    notes = [f"diamond: median, bar: {tune.interval_name}, dots: repeats"] if tune.has_repeats else []
    notes += [f"the best {len(order)} of {tune.n_configs}"] if tune.n_configs > len(order) else []
    axis.text(0, 1.01, "; ".join(notes), transform=axis.transAxes, fontsize=9, color=GREY, va="bottom")
    return figure


def _configuration(axis, tune, config, row, colour):
    """One line of the figure above."""
    trials = tune.trials_of(config)
    values = tune.shown[trials][np.isfinite(tune.shown[trials])]
    statistics = tune.statistics(config)
    if tune.has_repeats:
        spread = np.linspace(-0.16, 0.16, len(values)) if len(values) > 1 else np.zeros(len(values))
        axis.plot(values, row + spread, "o", color=colour, alpha=0.8, markersize=5, markeredgecolor="white", markeredgewidth=0.6, zorder=3)
    if np.isfinite(statistics["ci_low"]) and np.isfinite(statistics["ci_high"]):
        axis.plot([statistics["ci_low"], statistics["ci_high"]], [row, row], color=colour, linewidth=7, alpha=0.3, solid_capstyle="butt")
    axis.plot(statistics["median"], row, "D", color=colour, markersize=9, markeredgecolor="white", zorder=4)
    lost = len(trials) - len(values)
    if lost:
        axis.annotate(f"{lost} without a loss", (1, row), xycoords=("axes fraction", "data"), ha="right", va="center", fontsize=9, color=GREY)


def forecast(tune):
    """Truth and forecast of x, y and z over the validation points, and the distance between them."""
    found = tune.lorenz_forecast()
    if found is None:
        return None
    time, truth, predicted, steps, interval = found
    figure, axes = new_figure(10, 7.4, 4, 1, sharex=True, gridspec_kw={"height_ratios": [2, 2, 2, 1.2]})
    for axis, name, row in zip(axes, "xyz", range(3)):
        axis.plot(time, truth[:, row], color="black", linewidth=2.4, alpha=0.35, label="truth")
        axis.plot(time, predicted[:, row], "--", color=COLOURS[1], linewidth=1.5, label="forecast")
        axis.set_ylabel(name)
    distance = np.sqrt(((predicted - truth) ** 2).sum(axis=1))
    axes[3].plot(time, distance, color=COLOURS[0])
    axes[3].set_ylim(bottom=0)
    axes[3].set_ylabel("distance")
    axes[3].set_xlabel("Time (all quantities of the system are dimensionless)")
    axes[3].set_xlim(time[0], time[-1])
    best = tune.best_trial
    axes[0].set_title(f"Lorenz system, {steps} steps ({steps * interval:.3g} time units) ahead: {tune.label(tune.config[best])}, "
                      f"RMSE {np.sqrt(((predicted - truth) ** 2).mean()):.3g}")
    axes[0].legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return figure


def forecast_3d(tune):
    """Truth and forecast of the validation points in space, side by side with the same view."""
    found = tune.lorenz_forecast()
    if found is None:
        return None
    _, truth, predicted, steps, interval = found
    figure, axes = new_figure(11, 5.4, 1, 2, subplot_kw={"projection": "3d"})
    low, high = np.minimum(truth, predicted).min(axis=0), np.maximum(truth, predicted).max(axis=0)
    for axis, points, colour, name in zip(axes, (truth, predicted), ("black", COLOURS[1]), ("truth", "forecast")):
        axis.plot(*points.T, color=colour, linewidth=1.2)
        axis.scatter(*points[0], color=colour, s=28)
        axis.locator_params(nbins=5)
        axis.yaxis.labelpad = 8
        axis.set(xlabel="x", ylabel="y", zlabel="z", xlim=(low[0], high[0]), ylim=(low[1], high[1]), zlim=(low[2], high[2]))
        axis.set_title(f"{name}", fontsize=11, fontweight="normal")
        axis.view_init(elev=18, azim=-62)
        axis.set_box_aspect(None, zoom=0.9)
    figure.suptitle(f"Lorenz system, {steps} steps ({steps * interval:.3g} time units) ahead; dots: first point", x=0.02, ha="left",
                    fontsize=12, fontweight="bold")
    return figure


def confusion(tune):
    """Rows: actual classes, columns: predicted ones; colour: share of the row."""
    path = next((path for path in ("results/best/test/confusion", "results/best/validation/confusion") if path in tune.result), None)
    if path is None:
        return None
    counts = np.asarray(tune.result[path])
    names = [str(c) for c in range(len(counts))]
    if "results/best/model/class_names" in tune.result:
        names = [str(name) for name in tune.result["results/best/model/class_names"]]
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    side = 2.6 + 0.52 * max(len(counts), 4)
    figure, axis = new_figure(side + 0.9, side)
    image = axis.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    axis.grid(visible=False)
    for row, column in np.ndindex(counts.shape):
        if counts[row, column]:
            axis.text(column, row, str(counts[row, column]), ha="center", va="center", fontsize=10,
                      color="white" if shares[row, column] > 0.6 else "black")
    axis.set_xticks(range(len(names)), names, rotation=0 if max(map(len, names)) < 4 else 30)
    axis.set_yticks(range(len(names)), names)
    axis.set_xlabel("Predicted")
    axis.set_ylabel("Actual")
    part = path.split("/")[-2]
    axis.set_title(f"{part} part: {np.trace(counts) / counts.sum():.1%} of {counts.sum()} samples right")
    figure.colorbar(image, ax=axis, label="share of the actual class", shrink=0.8)
    return figure


FIGURES = {"loss_curves": loss_curves, "loss_by_configuration": loss_by_configuration, "forecast": forecast,
           "forecast_3d": forecast_3d, "confusion": confusion}


if __name__ == "__main__":
    sys.exit(draw_figures("tune", FIGURES, TuneResult, TuneResult.file_parameters))

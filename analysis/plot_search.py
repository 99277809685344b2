#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Figures of the search behind a `tune` result, as PNG and SVG beside it:

    search_history           the loss of every trial in the order of proposal, and the best so far
    search_slice             the loss against each parameter, coloured by the trial's number
    search_parallel          parallel coordinates: each trial a line through its parameters to its loss
    search_contour           the loss over the two most important numbers
    search_importance        what matters for being among the best tenth (PED-ANOVA)
    search_timeline          when each trial ran on which worker
    search_genealogy         population-based training: whose weights each member continued, and its parameters

    plot_search.py RESULT.h5 [--folder FOLDER] [--only FIGURE]
"""

import sys

from importance import BEST_SHARE, importance
from search_space import priors_of
from shoal_figures import COLOURS, GREY, draw_figures, is_logarithmic, label, Line2D, matplotlib, new_figure, np, plt
from tune_result import TuneResult

MAX_LINES = 300     # of parallel coordinates: the best ones
MAX_PARAMETERS = 12
FEWEST_VALUES = 6    # of a number in a contour: between few there is nothing to see
STATE_COLOURS = {"ok": COLOURS[0], "work": COLOURS[0], "pruned": COLOURS[4], "unfinished": GREY}  # all others: failed
STATES_FAILED = COLOURS[1]


class Axis:
    """One parameter as the figures draw it: numbers as they are, or their logarithms; words at 0, 1, 2, ..."""

    def __init__(self, name, values, prior):
        self.name = name.replace("_", " ")
        numbers = all(isinstance(value, (int, float)) or value is None for value in values)
        self.words = [] if numbers else sorted({str(value) for value in values if value is not None})
        if numbers:
            self.values = np.array([np.nan if value is None else float(value) for value in values])
        else:
            self.values = np.array([np.nan if value is None else self.words.index(str(value)) for value in values])
        positive = self.values[np.isfinite(self.values)]
        self.logarithmic = numbers and len(positive) and positive.min() > 0 and (
            prior.logarithmic if prior else is_logarithmic(self.values))

    @property
    def varies(self):
        return len(set(self.values[np.isfinite(self.values)])) > 1

    @property
    def scaled(self):
        return np.log10(self.values) if self.logarithmic else self.values

    def dress(self, axis, which):
        """Scale, ticks and label of one side ("x" or "y") of a panel."""
        getattr(axis, f"set_{which}label")(self.name)
        if self.words:
            options = {"rotation": 30, "ha": "right"} if which == "x" and len("".join(self.words)) > 24 else {}
            getattr(axis, f"set_{which}ticks")(range(len(self.words)), self.words, **options)
            getattr(axis, f"set_{which}lim")(-0.5, len(self.words) - 0.5)
        elif self.logarithmic:
            getattr(axis, f"set_{which}scale")("log")


def axes_of(tune):
    """The parameters that vary, at most MAX_PARAMETERS, in the order of the input."""
    priors = priors_of(tune.result)
    found = [Axis(name, tune.values(name), priors.get(name)) for name in tune.parameter_names()]
    return [axis for axis in found if axis.varies][:MAX_PARAMETERS]


def loss_label(tune):
    return label(tune.loss_name, tune.result.units("results/trials/loss"))


def search_history(tune):
    """Dots: trials by how they ended; line: the best so far."""
    finite = np.isfinite(tune.shown)
    if finite.sum() < 2:
        return None
    figure, axis = new_figure(8, 4.6)
    states = np.array(tune.result.labels("results/trials/state"))
    trials = np.arange(len(states))
    for state in dict.fromkeys(states):
        chosen = (states == state) & finite
        if chosen.any():
            axis.plot(trials[chosen], tune.shown[chosen], "o", markersize=4, alpha=0.5, markeredgewidth=0,
                      color=STATE_COLOURS.get(state, STATES_FAILED), label=state)
    accumulate = np.maximum if tune.turned else np.minimum
    best = accumulate.accumulate(np.where((states == "ok") & finite, tune.shown, -np.inf if tune.turned else np.inf))
    axis.plot(trials[np.isfinite(best)], best[np.isfinite(best)], drawstyle="steps-post", color="black", label="best so far")
    failed = int((~finite & (states != "unfinished")).sum())
    if is_logarithmic(tune.shown[finite]):
        axis.set_yscale("log")
    axis.set_xlabel("Trial")
    axis.set_ylabel(loss_label(tune))
    axis.set_title(f"{tune.result.title or 'Search'}: {len(states)} trials" + (f", {failed} without a loss" if failed else ""))
    axis.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0))
    return figure


def search_slice(tune):
    """One panel a parameter; dark: early trials, light: late ones; diamond: the best."""
    parameters = axes_of(tune)
    finite = np.isfinite(tune.shown)
    if not parameters or finite.sum() < 2:
        return None
    columns = min(3, len(parameters))
    rows = -(-len(parameters) // columns)
    figure, axes = new_figure(4.2 * columns + 0.8, 3.4 * rows, rows, columns, squeeze=False, sharey=True)
    trials = np.arange(len(finite))
    for axis, parameter in zip(axes.flat, parameters):
        active = finite & np.isfinite(parameter.values)
        dots = axis.scatter(parameter.values[active], tune.shown[active], c=trials[active], cmap="viridis", s=22, alpha=0.75,
                            vmin=0, vmax=len(finite) - 1, linewidths=0)
        best = tune.best_trial
        if best is not None and np.isfinite(parameter.values[best]):
            axis.plot(parameter.values[best], tune.shown[best], "D", color=COLOURS[1], markersize=8, markeredgecolor="white")
        parameter.dress(axis, "x")
    for axis in axes.flat[len(parameters):]:
        axis.set_visible(False)
    for axis in axes[:, 0]:
        axis.set_ylabel(loss_label(tune))
    if is_logarithmic(tune.shown[finite]):
        axes[0][0].set_yscale("log")
    figure.colorbar(dots, ax=axes, label="Trial")
    return figure


def search_parallel(tune):
    """The best lines are dark and on top."""
    parameters = axes_of(tune)
    order = [int(trial) for trial in np.argsort(tune.loss, kind="stable") if np.isfinite(tune.loss[trial])][:MAX_LINES]
    if len(parameters) < 2 or len(order) < 2:
        return None
    figure, axis = new_figure(1.7 * (len(parameters) + 1) + 1.6, 4.8)
    ranks = np.linspace(0, 1, len(order))
    columns = [_unit(parameter.scaled[order], len(parameter.words)) for parameter in parameters]
    loss = Axis(tune.loss_name, list(tune.shown), None)
    columns.append(_unit(loss.scaled[order], 0))
    lines = np.array(columns).T  # (trial, column); a line passes by its inactive parameters
    colours = plt.get_cmap("viridis")(0.95 * ranks)
    for row, colour, z in list(zip(lines, colours, -ranks))[::-1]:
        active = np.flatnonzero(np.isfinite(row))
        axis.plot(active, row[active], color=colour, alpha=0.55, linewidth=0.9, zorder=3 + z)
    for position, parameter in enumerate([*parameters, loss]):
        axis.axvline(position, color="black", linewidth=0.8)
        for height, text in _marks(parameter, order):
            axis.text(position + 0.04, height, text, fontsize=8, va="center", zorder=6,
                      bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.7, "pad": 0.8})
    axis.set_xticks(range(len(columns)), [*(parameter.name for parameter in parameters), tune.loss_name],
                    rotation=20 if len(columns) > 6 else 0, ha="right" if len(columns) > 6 else "center")
    axis.set_yticks([])
    axis.grid(False)
    axis.spines[["left", "bottom"]].set_visible(False)
    axis.set_xlim(-0.1, len(columns) - 0.4)
    left_out = int(np.isfinite(tune.loss).sum()) - len(order)
    axis.set_title((tune.result.title or "Parallel coordinates") + (f": the best {len(order)} trials" if left_out else ""))
    return figure


def _unit(values, n_words):
    low, high = (0, n_words - 1) if n_words else (np.nanmin(values), np.nanmax(values))
    return (values - low) / (high - low) if high > low else np.where(np.isfinite(values), 0.5, np.nan)


def _marks(parameter, order):
    """Heights and texts of one axis: every word, or the ends of the range."""
    if parameter.words:
        return [(i / max(1, len(parameter.words) - 1), word) for i, word in enumerate(parameter.words)]
    values = parameter.values[order]
    return [(0, f"{np.nanmin(values):.3g}"), (1, f"{np.nanmax(values):.3g}")]


def importances(tune):
    """{Axis: share}, the most important first."""
    parameters = axes_of(tune)
    shares = importance({i: (parameter.scaled, bool(parameter.words)) for i, parameter in enumerate(parameters)}, tune.loss)
    return {parameters[i]: shares[i] for i in sorted(shares, key=lambda i: -shares[i])}


def search_importance(tune):
    found = importances(tune) if np.isfinite(tune.loss).sum() >= 20 else {}
    if len(found) < 2 or not any(found.values()):
        return None
    figure, axis = new_figure(7, 1.5 + 0.42 * len(found))
    axis.barh(range(len(found)), list(found.values()), color=COLOURS[0])
    for row, share in enumerate(found.values()):
        axis.text(share + 0.005, row, f"{share:.0%}", va="center", fontsize=9)
    axis.set_yticks(range(len(found)), [parameter.name for parameter in found])
    axis.invert_yaxis()
    axis.grid(axis="y", visible=False)
    axis.set_xlim(0, 1.1 * max(found.values()))
    axis.set_xlabel(f"Share of the importance for the best {BEST_SHARE:.0%} of the trials (PED-ANOVA)")
    axis.set_title(tune.result.title or "Importance of parameters")
    return figure


def search_contour(tune):
    """Linear interpolation between trials of the median loss; only numbers of many values that were active together."""
    numbers = [parameter for parameter in importances(tune)
               if not parameter.words and len(set(parameter.values[np.isfinite(parameter.values)])) >= FEWEST_VALUES]
    finite = np.isfinite(tune.shown)
    for first in range(len(numbers)):
        for second in range(first + 1, len(numbers)):
            x, y = numbers[first], numbers[second]
            both = finite & np.isfinite(x.values) & np.isfinite(y.values)
            if both.sum() >= 10 and len(set(zip(x.values[both], y.values[both]))) >= 10:
                return _contour(tune, x, y, both)
    return None


def _contour(tune, x, y, both):
    figure, axis = new_figure(6.6, 5.2)
    loss = tune.shown[both]
    low, high = np.quantile(loss, [0, 0.9] if not tune.turned else [0.1, 1])  # the bad tail would take all colours
    logarithmic = is_logarithmic(loss)
    clipped = np.clip(loss, low, high)
    levels = np.geomspace(low, high, 15) if logarithmic else 14
    try:
        triangles = matplotlib.tri.Triangulation(_unit(x.scaled[both], 0), _unit(y.scaled[both], 0)).triangles
        field = axis.tricontourf(x.values[both], y.values[both], triangles, clipped, levels=levels,
                                 cmap="viridis" if tune.turned else "viridis_r",
                                 norm=matplotlib.colors.LogNorm() if logarithmic else None, extend="both" if logarithmic else "neither")
    except (RuntimeError, ValueError):  # all points on a line
        plt.close(figure)
        return None
    axis.plot(x.values[both], y.values[both], "o", color="black", markersize=2.5, alpha=0.5)
    best = tune.best_trial
    if best is not None and both[best]:
        axis.plot(x.values[best], y.values[best], "D", color=COLOURS[1], markersize=9, markeredgecolor="white")
    x.dress(axis, "x")
    y.dress(axis, "y")
    axis.grid(False)
    bar = figure.colorbar(field, ax=axis, label=loss_label(tune))
    if logarithmic:
        bar.set_ticks(levels[::2], labels=[f"{level:.2g}" for level in levels[::2]])
        bar.ax.minorticks_off()
    axis.set_title(tune.result.title or "Loss over two parameters")
    return figure


def search_timeline(tune):
    """A bar from start to end of each piece of work, a line a worker."""
    pieces = tune.pieces()
    if pieces is None:
        return None
    workers, start, end, states = pieces
    names = sorted(set(workers))
    figure, axis = new_figure(9, 1.4 + min(8, 0.32 * len(names) + 0.6))
    rows = [names.index(worker) for worker in workers]
    for state in dict.fromkeys(states):
        chosen = [i for i, s in enumerate(states) if s == state]
        axis.barh([rows[i] for i in chosen], [end[i] - start[i] for i in chosen], left=[start[i] for i in chosen], height=0.8,
                  color=STATE_COLOURS.get(state, STATES_FAILED), edgecolor="white", linewidth=0.4, label=state)
    step = max(1, len(names) // 24)
    axis.set_yticks(range(0, len(names), step), [f"rank {rank}, thread {thread}" for rank, thread in names[::step]])
    axis.invert_yaxis()
    axis.grid(axis="y", visible=False)
    axis.set_xlabel("Time since the start [s]")
    axis.set_title(tune.result.title or "Timeline")
    axis.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0))
    return figure


def search_genealogy(tune):
    """Generations to the right; colour: the loss at their end; a line to the member whose weights were continued."""
    found = tune.genealogy()
    if found is None:
        return None
    parent, loss = found
    n_generations, n_members = loss.shape
    figure, axis = new_figure(2.6 + 0.5 * min(24, n_generations), 1.6 + 0.3 * min(40, n_members))
    for g in range(1, n_generations):
        for m in range(n_members):
            if np.isfinite(loss[g, m]):
                moved = parent[g, m] != m
                axis.plot([g - 1, g], [parent[g, m], m], color=COLOURS[1] if moved else "#BBBBBB", linewidth=1.3 if moved else 0.8,
                          zorder=2 if moved else 1)
    generations, members = np.meshgrid(range(n_generations), range(n_members), indexing="ij")
    finite = np.isfinite(loss)
    norm = matplotlib.colors.LogNorm() if is_logarithmic(loss[finite]) else None
    dots = axis.scatter(generations[finite], members[finite], c=loss[finite], cmap="viridis" if tune.turned else "viridis_r",
                        norm=norm, s=42, zorder=3, edgecolors="white", linewidths=0.5)
    figure.colorbar(dots, ax=axis, label=loss_label(tune))
    axis.set_xlabel("Generation")
    axis.set_ylabel("Member")
    axis.set_title(tune.result.title or "Population-based training")
    axis.legend(handles=[Line2D([], [], color="#BBBBBB", label="own weights"), Line2D([], [], color=COLOURS[1], label="another's")],
                loc="upper center", bbox_to_anchor=(0.5, -0.55 / (0.3 * min(40, n_members) + 0.4)), ncols=2)
    return figure


FIGURES = {figure.__name__: figure for figure in (search_history, search_slice, search_parallel, search_contour,
                                                  search_importance, search_timeline, search_genealogy)}


if __name__ == "__main__":
    sys.exit(draw_figures("tune", FIGURES, TuneResult, TuneResult.file_parameters))

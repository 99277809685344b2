#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Figures of an `integrate` result, as PNG and SVG beside it:

    estimates      value and error bar of every estimate, by method, and the exact value where it is known
    convergence    error against the number of samples, with the fitted slope
    study_values   the estimates of the convergence study themselves

    plot_integrate.py RESULT.h5 [--folder FOLDER] [--only FIGURE]
"""

import sys

from shoal_figures import GREY, colours, draw_figures, new_figure, np

MANY_LEVELS = 200  # more levels than this are drawn as dots


class IntegrateResult:
    """A result whose arrays have all their dimensions again: (method, repeat) and (method, level, repeat)."""

    def __init__(self, result):
        self.result = result
        flags = result.flags("results/method")
        self.methods = [flags[int(number)] for number in np.atleast_1d(result["results/method"])]
        self.exact = float(result["results/exact"]) if "results/exact" in result else None
        self.value = self._estimates("value")
        self.error = self._estimates("error_estimate")

    def _estimates(self, name):
        return np.reshape(self.result[f"results/{name}"], (len(self.methods), -1))

    @property
    def has_study(self):
        return "results/convergence/samples" in self.result

    @property
    def samples(self):
        return np.atleast_1d(self.result["results/convergence/samples"])

    def study(self, name):
        values = self.result[f"results/convergence/{name}"]
        return np.reshape(values, (len(self.methods), len(self.samples), -1))

    def of_method(self, name):
        return np.atleast_1d(self.result[f"results/convergence/{name}"])


def estimates(integral):
    """Every estimate with its error bar; a dashed line at the exact value."""
    finite = np.isfinite(integral.value).any(axis=1)
    if not finite.any():
        return None
    figure, axis = new_figure(8.0, 1.6 + 0.75 * len(integral.methods))
    for row, (colour, values, errors) in enumerate(zip(colours(len(integral.methods)), integral.value, integral.error)):
        places = row + (np.linspace(-0.3, 0.3, len(values)) if len(set(values)) > 1 else np.zeros(len(values)))
        errors = np.where(np.isfinite(errors), errors, 0)
        axis.errorbar(values, places, xerr=errors, fmt="o", color=colour, markersize=4, capsize=2, linewidth=1.2)
    if integral.exact is not None:
        axis.axvline(integral.exact, color=GREY, linestyle="--", linewidth=1.0)
        axis.text(integral.exact, 1.01, "exact", transform=axis.get_xaxis_transform(), ha="center", va="bottom", color=GREY, fontsize=9)
    axis.set_yticks(range(len(integral.methods)), integral.methods)
    axis.set_ylim(len(integral.methods) - 0.5, -0.5)
    axis.grid(axis="y", visible=False)
    axis.set_xlabel("Value and error estimate")
    axis.set_title(integral.result.title or "Estimates", pad=18)
    return figure


def convergence(integral):
    """RMS error by level, and the line that was fitted to it."""
    if not integral.has_study:
        return None
    samples = integral.samples
    errors = np.reshape(integral.result["results/convergence/rms_error"], (len(integral.methods), -1))
    figure, axis = new_figure(8.0, 5.2)
    drawn = False
    for m, (method, colour) in enumerate(zip(integral.methods, colours(len(integral.methods)))):
        good = (samples >= 2) & np.isfinite(errors[m]) & (errors[m] > 0)
        if not good.any():
            continue
        drawn = True
        slope, low, high = (integral.of_method(name)[m] for name in ("slope", "slope_low", "slope_high"))
        text = method if np.isnan(slope) else f"{method}: slope {slope:.3f} [{low:.3f}, {high:.3f}]"
        x, y = samples[good], errors[m][good]
        if len(x) > MANY_LEVELS:
            axis.plot(x, y, ".", color=colour, markersize=2, alpha=0.25, rasterized=True)
        else:
            axis.plot(x, y, "o", color=colour, markersize=5)
        if np.isfinite(slope):
            middle = np.mean(np.log2(y)) - slope * np.mean(np.log2(x))
            ends = np.array([x.min(), x.max()], dtype=float)
            axis.plot(ends, 2.0 ** (middle + slope * np.log2(ends)), "-", color=colour, linewidth=2.0, label=text)
        else:
            axis.plot([], [], "-", color=colour, label=text)
    if not drawn:
        return None
    axis.set_xscale("log")
    axis.set_yscale("log")
    axis.set_xlabel("Samples")
    axis.set_ylabel("Root mean square error" if integral.exact is not None else "Standard deviation over repeats")
    axis.set_title(integral.result.title or "Convergence")
    axis.legend(loc="lower left")
    return figure


def study_values(integral):
    """The estimates of the study against the number of samples, one panel a method, all on one scale."""
    if not integral.has_study:
        return None
    samples, values = integral.samples, integral.study("value")
    if not np.isfinite(values).any():
        return None
    n = len(integral.methods)
    figure, axes = new_figure(4.2 * n + 1.0, 4.2, 1, n, squeeze=False, sharey=True)
    for m, (axis, method, colour) in enumerate(zip(axes[0], integral.methods, colours(n))):
        x = np.repeat(samples, values.shape[2])
        y = values[m].ravel()
        good = (x > 0) & np.isfinite(y)
        axis.plot(x[good], y[good], ".", color=colour, markersize=2 if len(x) > MANY_LEVELS else 5, alpha=0.5, rasterized=True)
        if integral.exact is not None:
            axis.axhline(integral.exact, color=GREY, linestyle="--", linewidth=1.0)
        axis.set_xscale("log")
        axis.set_xlabel("Samples")
        axis.set_title(method)
    reference = integral.exact if integral.exact is not None else np.nanmedian(values[:, -1])
    spread = np.nanquantile(np.abs(values - reference), 0.98)
    if spread > 0:
        axes[0][0].set_ylim(reference - 1.5 * spread, reference + 1.5 * spread)
    axes[0][0].set_ylabel("Estimate")
    return figure


FIGURES = {"estimates": estimates, "convergence": convergence, "study_values": study_values}


if __name__ == "__main__":
    sys.exit(draw_figures("integrate", FIGURES, IntegrateResult, lambda integral: [("methods", len(integral.methods))]))

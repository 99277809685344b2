# SPDX-License-Identifier: Apache-2.0
"""How much each parameter matters for being among the best trials: PED-ANOVA.

S. Watanabe, A. Bansal, F. Hutter: PED-ANOVA: Efficiently Quantifying Hyperparameter Importance in Arbitrary Subspaces,
IJCAI 2023. The importance of a parameter is the Pearson divergence between its density among the best share of the trials
and its density among all of them; both are Parzen estimates on a grid.
"""

import numpy as np

BEST_SHARE = 0.1
CELLS = 50


def importance(columns, loss, share=BEST_SHARE):
    """columns: {name: values, one a trial, NaN where inactive; already on the axis they vary on, categories as 0, 1, 2 ...
    with `categorical`}: {name: (values, categorical)}. loss: one a trial, lower is better. Returns {name: share of the sum}."""
    loss = np.where(np.isfinite(loss), loss, np.inf)
    best = np.zeros(len(loss), dtype=bool)
    best[np.argsort(loss, kind="stable")[:max(2, int(np.ceil(share * np.isfinite(loss).sum())))]] = True
    divergence = {name: _divergence(np.asarray(values, dtype=float), categorical, best)
                  for name, (values, categorical) in columns.items()}
    total = sum(divergence.values())
    return {name: value / total if total > 0 else 0.0 for name, value in divergence.items()}


def _divergence(values, categorical, best):
    active = np.isfinite(values)
    if not (active & best).any() or len(set(values[active])) < 2:
        return 0.0
    if categorical:
        codes = np.unique(values[active], return_inverse=True)[1]
        n = codes.max() + 1
        among_all, among_best = (np.bincount(codes[mask], minlength=n) + 1.0 for mask in (slice(None), best[active]))
    else:
        low, high = values[active].min(), values[active].max()
        cells = (np.arange(CELLS) + 0.5) / CELLS
        among_all, among_best = (_parzen(((values[mask] - low) / (high - low)), cells) for mask in (active, active & best))
    p, q = among_best / among_best.sum(), among_all / among_all.sum()
    return float((q * (p / q - 1) ** 2).sum())


def _parzen(values, cells):
    """Gaussian kernels of Scott's width, and one observation's weight of the uniform density, which keeps it off zero."""
    width = max(1.06 * min(values.std(), (np.quantile(values, 0.75) - np.quantile(values, 0.25)) / 1.34 or 1.0)
                * len(values) ** -0.2, 0.5 / len(cells))
    return 1 / len(cells) + np.exp(-0.5 * ((cells[:, None] - values) / width) ** 2).sum(axis=1) / (width * np.sqrt(2 * np.pi) * len(cells))

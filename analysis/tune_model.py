# SPDX-License-Identifier: Apache-2.0
"""The best network of a `tune` result in numpy, and the Lorenz points it was trained to forecast: slow, short and obvious."""

import numpy as np

ACTIVATIONS = {
    "linear": lambda x: x,
    "relu": lambda x: np.maximum(x, 0),
    "tanh": np.tanh,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "softmax": lambda x: np.exp(x - x.max(axis=1, keepdims=True)) / np.exp(x - x.max(axis=1, keepdims=True)).sum(axis=1, keepdims=True),
}


class Model:
    """results/best/model: dense layers, inputs standardised where training standardised them."""

    def __init__(self, result, group="results/best/model"):
        self.layers = [(np.asarray(result[f"{group}/layer_{i}/weights"], dtype=float), np.asarray(result[f"{group}/layer_{i}/bias"], dtype=float),
                        result[f"{group}/layer_{i}/activation"]) for i in range(int(result[f"{group}/layers"]))]
        scaled = f"{group}/standardisation/mean" in result
        self.mean = np.asarray(result[f"{group}/standardisation/mean"], dtype=float) if scaled else 0.0
        self.factor = np.asarray(result[f"{group}/standardisation/factor"], dtype=float) if scaled else 1.0

    def __call__(self, inputs):
        """(row, output) for (row, input)."""
        values = (np.asarray(inputs, dtype=float) - self.mean) * self.factor
        for weights, bias, activation in self.layers:
            values = ACTIVATIONS[activation](values @ weights.T + bias)
        return values


def lorenz_points(sigma, rho, beta, start, t_end, points, first=None, steps=4):
    """Times and states (point, 3) of the Lorenz system at equal distances in [0, t_end]; only the `first` ones if given.

    Classical Runge-Kutta with `steps` steps a point: far better than a picture shows, though not the digits of the program,
    which integrates with a controlled error.
    """
    def slope(state):
        x, y, z = state
        return np.array([sigma * (y - x), x * (rho - z) - y, x * y - beta * z])

    n = points if first is None else min(first, points)
    interval = t_end / (points - 1)
    h = interval / steps
    states = np.empty((n, 3))
    states[0] = state = np.array(start, dtype=float)
    for i in range(1, n):
        for _ in range(steps):
            a = slope(state)
            b = slope(state + h / 2 * a)
            c = slope(state + h / 2 * b)
            d = slope(state + h * c)
            state = state + h / 6 * (a + 2 * b + 2 * c + d)
        states[i] = state
    return interval * np.arange(n), states

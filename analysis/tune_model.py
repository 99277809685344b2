# SPDX-License-Identifier: Apache-2.0
"""The best network of a `tune` result in numpy, and the Lorenz points it was trained to forecast: slow, short and obvious."""

import math

import numpy as np

# The second argument is the constant of leaky_relu and elu.
ACTIVATIONS = {
    "linear": lambda x, c: x,
    "relu": lambda x, c: np.maximum(x, 0),
    "leaky_relu": lambda x, c: np.where(x > 0, x, c * x),
    "elu": lambda x, c: np.where(x > 0, x, c * np.expm1(np.minimum(x, 0))),
    "gelu": lambda x, c: 0.5 * x * (1 + np.vectorize(math.erf)(x / math.sqrt(2))),
    "silu": lambda x, c: x / (1 + np.exp(-x)),
    "softplus": lambda x, c: np.logaddexp(0, x),
    "tanh": lambda x, c: np.tanh(x),
    "sigmoid": lambda x, c: 1 / (1 + np.exp(-x)),
    "softmax": lambda x, c: np.exp(x - x.max(axis=1, keepdims=True)) / np.exp(x - x.max(axis=1, keepdims=True)).sum(axis=1, keepdims=True),
}


class Model:
    """results/best/model: dense layers, inputs standardised where training standardised them."""

    def __init__(self, result, group="results/best/model"):
        self.layers = [(np.asarray(result[f"{group}/layer_{i}/weights"], dtype=float), np.asarray(result[f"{group}/layer_{i}/bias"], dtype=float),
                        result[f"{group}/layer_{i}/activation"], self._constant(result, f"{group}/layer_{i}")) for i in range(int(result[f"{group}/layers"]))]
        scaled = f"{group}/standardisation/mean" in result
        self.mean = np.asarray(result[f"{group}/standardisation/mean"], dtype=float) if scaled else 0.0
        self.factor = np.asarray(result[f"{group}/standardisation/factor"], dtype=float) if scaled else 1.0

    @staticmethod
    def _constant(result, layer):
        path = f"{layer}/activation_constant"
        return float(result[path]) if path in result else 0.0

    def __call__(self, inputs):
        """(row, output) for (row, input)."""
        values = (np.asarray(inputs, dtype=float) - self.mean) * self.factor
        for weights, bias, activation, constant in self.layers:
            values = ACTIVATIONS[activation](values @ weights.T + bias, constant)
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

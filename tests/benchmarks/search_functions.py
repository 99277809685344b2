# SPDX-License-Identifier: Apache-2.0
"""The test functions of search_quality, for the reference programs; search_functions.hpp has the same for Shoal.

FUNCTIONS: name -> (space, function of the point, evaluations). A space is {name: (expression, arguments...)}; the last
argument of `choice` may be dicts, whose members exist only in that branch. A point has one entry an active parameter.
"""
import math

HARTMANN_A = [[10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8], [17, 8, 0.05, 10, 0.1, 14]]
HARTMANN_P = [[0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886], [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
              [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650], [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381]]
HARTMANN_C = [1.0, 1.2, 3.0, 3.2]


def box(n, low, high):
    return {f"x{i}": ("uniform", low, high) for i in range(n)}


def vector(p, n):
    return [p[f"x{i}"] for i in range(n)]


def gauss_wave(p):
    t = p["x"] + (0.0, math.pi)[p["shift"]]
    return -(math.sin(t) + 2 * math.exp(-((t / 5) ** 2)))


def branin(p):
    x, y = p["x"], p["y"]
    return (y - 5.1 / (4 * math.pi**2) * x * x + 5 / math.pi * x - 6) ** 2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10


def hartmann6(p):
    x = vector(p, 6)
    return -sum(c * math.exp(-sum(a[j] * (x[j] - q[j]) ** 2 for j in range(6)))
                for a, q, c in zip(HARTMANN_A, HARTMANN_P, HARTMANN_C))


def distractor(p):
    x = p["x"]
    return -(1 / (1 + math.exp(-x)) + 2 * math.exp(-((x + 10) ** 2)))


def sphere4(p):
    return sum((x - 0.5 * i) ** 2 for i, x in enumerate(vector(p, 4)))


def conditional(p):
    if p["method"] == 0:
        return 1.0 + (p["linear_a"] - 1) ** 2
    if p["method"] == 1:
        return 0.3 + 0.02 * (p["tree_depth"] - 7) ** 2 + 0.3 * (math.log10(p["tree_rate"]) + 1.5) ** 2
    return (0.25 * (math.log10(p["net_rate"]) + 3) ** 2 + 2 * (p["net_momentum"] - 0.9) ** 2
            + (0.2, 0.0, 0.1)[p["net_layers"]])


def rosenbrock10(p):
    x = vector(p, 10)
    return sum(100 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2 for i in range(9))


def ackley20(p):
    y = [x - 3 for x in vector(p, 20)]
    return (-20 * math.exp(-0.2 * math.sqrt(sum(v * v for v in y) / 20))
            - math.exp(sum(math.cos(2 * math.pi * v) for v in y) / 20) + 20 + math.e)


def rastrigin6(p):
    y = [x - 1 for x in vector(p, 6)]
    return 60 + sum(v * v - 10 * math.cos(2 * math.pi * v) for v in y)


def integers(p):
    target = (3, 11, 17, 24, 29)
    return sum(abs(p[f"k{i}"] - t) / 10 for i, t in enumerate(target)) + (0.5, 0.0, 1.0, 0.2)[p["mode"]]


def ellipsoid8(p):
    y = [x - 1 for x in vector(p, 8)]
    return sum(10 ** (2 * i / 7) * (y[i] + (0.9 * y[i - 1] if i else 0.0)) ** 2 for i in range(8))


def many_dists(p):
    return math.log(1e-12 + sum(p.values()) ** 2)


def priors6(p):
    return (sum((p[f"n{i}"] - t) ** 2 for i, t in enumerate((0.3, -0.8, 1.2)))
            + sum((math.log(p[f"l{i}"]) - t) ** 2 for i, t in enumerate((0.5, -1.0, 0.0))))


# From here to the next: functions on which no setting was ever tried (HELD_OUT).


def levy5(p):
    w = [1 + (x - 1) / 4 for x in vector(p, 5)]
    inner = sum((v - 1) ** 2 * (1 + 10 * math.sin(math.pi * v + 1) ** 2) for v in w[:-1])
    return math.sin(math.pi * w[0]) ** 2 + inner + (w[-1] - 1) ** 2 * (1 + math.sin(2 * math.pi * w[-1]) ** 2)


def styblinski7(p):
    return sum(x**4 - 16 * x**2 + 5 * x for x in vector(p, 7)) / 2


def trap3(p):
    """Each coordinate leads away from its narrow best."""
    return sum((1 - x) / 0.15 if x >= 0.85 else 0.2 + 0.8 * x / 0.85 for x in vector(p, 3))


def training(p):
    """As networks behave: the best rate depends on batch and momentum, and too large a rate diverges."""
    rate = math.log10(p["rate"] / (1 - p["momentum"]))
    if rate > 0:
        return 5.0
    best = -2 + 0.3 * p["batch"]
    return 0.3 * (rate - best) ** 2 + 0.05 * (p["layers"] - 4) ** 2 + (p["dropout"] - 0.2) ** 2


def kernels(p):
    if p["kernel"] == 0:
        return 0.4 + 0.1 * (math.log10(p["linear_c"]) - 1) ** 2
    if p["kernel"] == 1:
        c, width = math.log10(p["rbf_c"]), math.log10(p["rbf_width"])
        return 0.1 * (c - 1.5) ** 2 + 0.2 * (width + 2 + 0.5 * c) ** 2
    return 0.2 + 0.1 * (math.log10(p["poly_c"]) + 1) ** 2 + 0.1 * (p["poly_degree"] - 3) ** 2


def zakharov12(p):
    x = vector(p, 12)
    s = sum(0.5 * (i + 1) * v for i, v in enumerate(x))
    return math.log10(1 + sum(v * v for v in x) + s**2 + s**4)


MANY_DISTS = {
    "a": ("choice", 0, 1, 2), "b": ("randint", 0, 10), "bb": ("randint", 12, 25), "c": ("uniform", 4, 7),
    "d": ("loguniform", math.exp(-2), 1.0), "e": ("quniform", 0, 10, 3), "f": ("qloguniform", 1.0, math.exp(3), 2),
    "g": ("normal", 4, 7), "h": ("lognormal", -2, 2), "i": ("qnormal", 0, 10, 2), "j": ("qlognormal", 0, 2, 1),
    "k": ("pchoice", (0.1, 0), (0.9, 1)),
}
CONDITIONAL = {"method": ("choice", {"linear_a": ("uniform", -3, 3)},
                          {"tree_depth": ("uniformint", 1, 12), "tree_rate": ("loguniform", 1e-3, 1.0)},
                          {"net_rate": ("loguniform", 1e-5, 1.0), "net_momentum": ("uniform", 0, 0.99),
                           "net_layers": ("choice", 0, 1, 2)})}
INTEGERS = {**{f"k{i}": ("uniformint", 0, 30) for i in range(5)}, "mode": ("choice", 0, 1, 2, 3)}
PRIORS6 = {**{f"n{i}": ("normal", 0, 1) for i in range(3)}, **{f"l{i}": ("lognormal", 0, 1) for i in range(3)}}
TRAINING = {"rate": ("loguniform", 1e-5, 1.0), "momentum": ("uniform", 0, 0.99), "batch": ("choice", 0, 1, 2, 3),
            "layers": ("uniformint", 1, 8), "dropout": ("uniform", 0, 0.9)}
KERNELS = {"kernel": ("choice", {"linear_c": ("loguniform", 1e-3, 1e3)},
                      {"rbf_c": ("loguniform", 1e-3, 1e3), "rbf_width": ("loguniform", 1e-5, 10.0)},
                      {"poly_c": ("loguniform", 1e-3, 1e3), "poly_degree": ("uniformint", 1, 6)})}

FUNCTIONS = {
    "quadratic1": ({"x": ("uniform", -5, 5)}, lambda p: (p["x"] - 3) ** 2, 1000),
    "q1_lognormal": ({"x": ("lognormal", 0, 2)}, lambda p: min(0.1 * (p["x"] - 10) ** 2, 10), 250),
    "gauss_wave": ({"x": ("uniform", -20, 20), "shift": ("choice", 0, 1)}, gauss_wave, 50),
    "branin": ({"x": ("uniform", -5, 10), "y": ("uniform", 0, 15)}, branin, 200),
    "many_dists": (MANY_DISTS, many_dists, 200),
    "square": ({"x": ("uniform", -10, 10)}, lambda p: p["x"] ** 2, 100),
    "hartmann6": (box(6, 0, 1), hartmann6, 100),
    "distractor": ({"x": ("uniform", -15, 15)}, distractor, 150),
    "noisy4": (box(4, -5, 5), sphere4, 150),
    "conditional": (CONDITIONAL, conditional, 100),
    "rosenbrock10": (box(10, -2, 2), rosenbrock10, 200),
    "ackley20": (box(20, -10, 10), ackley20, 200),
    "rastrigin6": (box(6, -5.12, 5.12), rastrigin6, 150),
    "integers": (INTEGERS, integers, 120),
    "ellipsoid8": (box(8, -5, 5), ellipsoid8, 200),
    "priors6": (PRIORS6, priors6, 120),
    "levy5": (box(5, -10, 10), levy5, 120),
    "styblinski7": (box(7, -5, 5), styblinski7, 150),
    "trap3": (box(3, 0, 1), trap3, 120),
    "training": (TRAINING, training, 120),
    "kernels": (KERNELS, kernels, 100),
    "zakharov12": (box(12, -5, 10), zakharov12, 150),
    "noisy_branin": ({"x": ("uniform", -5, 10), "y": ("uniform", 0, 15)}, branin, 120),
}
HELD_OUT = ("levy5", "styblinski7", "trap3", "training", "kernels", "zakharov12", "noisy_branin")
# Deviation of the normal noise added to what the search sees; the table holds the loss without it.
NOISE = {"noisy4": 1.0, "noisy_branin": 5.0}

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes color_maps.def: color_maps.py > color_maps.def

viridis, magma, inferno and plasma are by Nathaniel J. Smith, Stefan van der Walt and (viridis) Eric Firing, dedicated to the
public domain (CC0); cividis, for all kinds of colour vision, is by Jamie R. Nunez, Christopher R. Anderton and Ryan S. Renslow
(PLoS ONE 13(7): e0199239, 2018, free of all copyright, CC0). Their tables are taken from matplotlib. All others are computed here, with lightness and colour in Oklab
(Bjorn Ottosson, 2020): lagoon goes from dark blue to light yellow, and can be read with any colour vision; tide is a cycle of
all hues, dark and light once each; stripes is a cycle of blue, white, orange and near black, as
escape times are often shown.
"""
import math

import matplotlib

FROM_MATPLOTLIB = ["viridis", "magma", "inferno", "plasma", "cividis"]


def srgb(lightness, a, b):
    """Oklab to 0xrrggbb, clipped to the gamut."""
    cube = [(lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3, (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3,
            (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3]
    rows = [(4.0767416621, -3.3077115913, 0.2309699292), (-1.2684380046, 2.6097574011, -0.3413193965),
            (-0.0041960863, -0.7034186147, 1.7076147010)]
    linear = [min(1.0, max(0.0, sum(r * c for r, c in zip(row, cube)))) for row in rows]
    parts = [12.92 * v if v <= 0.0031308 else 1.055 * v ** (1 / 2.4) - 0.055 for v in linear]
    return [round(255 * v) for v in parts]


def lagoon(t):
    lightness = 0.20 + 0.75 * t
    return srgb(lightness, -0.02 * math.sin(math.pi * t), -0.11 + 0.23 * t)


def tide(t):
    lightness = 0.55 - 0.25 * math.cos(2 * math.pi * t)
    angle = 2 * math.pi * t + 4.4
    return srgb(lightness, 0.11 * math.cos(angle), 0.11 * math.sin(angle))


def stripes(t):
    """Straight lines in sRGB between given colours."""
    knots = [(0.0, (8, 12, 60)), (0.2, (30, 90, 180)), (0.45, (240, 250, 255)), (0.65, (250, 170, 40)), (0.85, (70, 20, 10)),
             (1.0, (8, 12, 60))]
    for (t0, c0), (t1, c1) in zip(knots, knots[1:]):
        if t <= t1:
            return [round(p + (q - p) * (t - t0) / (t1 - t0)) for p, q in zip(c0, c1)]
    return list(knots[-1][1])


def grey(t):
    return [round(255 * t)] * 3


def show(name, is_cyclic, colors):
    print(f"SHOAL_COLOR_MAP({name}, {'true' if is_cyclic else 'false'},")
    words = ["0x%02x%02x%02x" % tuple(c) for c in colors]
    lines = [", ".join(words[i:i + 12]) for i in range(0, 256, 12)]
    print("  " + ",\n  ".join(lines) + ")")


def main():
    print("// SPDX-License-Identifier: Apache-2.0")
    print("// Made by color_maps.py, which says where each comes from: SHOAL_COLOR_MAP(name, is_cyclic, 256 colours as 0xrrggbb).")
    for name in FROM_MATPLOTLIB:
        colors = matplotlib.colormaps[name].colors
        show(name, False, [[round(255 * v) for v in c] for c in colors])
    for function in (lagoon, grey):
        show(function.__name__, False, [function(k / 255) for k in range(256)])
    for function in (tide, stripes):
        show(function.__name__, True, [function(k / 256) for k in range(256)])


main()

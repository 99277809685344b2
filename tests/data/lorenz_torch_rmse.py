#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Writes lorenz_torch_rmse.txt: final RMSE of the Lorenz forecaster [5, 8, 8, 5] trained with PyTorch, 50 seeds.

Task, initial law and optimiser are those of the defaults of `shoal`: inputs are point i, targets point i + 99 of 9999
points on [0, 20]; trained on i < 900, RMSE on 5000 <= i < 5900; relu, Glorot uniform weights, zero biases, Adam with
learning rate 1e-3 and epsilon 1e-7, batches of 100 shuffled every epoch, 999 epochs, mean squared error.
The 50 trainings run side by side as batched products: their losses are summed, so that each has its own gradient, and
Adam works on each number alone.
"""
import pathlib

import numpy as np
import torch
from scipy.integrate import solve_ivp

HIDDEN, SEEDS, EPOCHS, BATCH = [5, 8, 8, 5], 50, 999, 100


def lorenz_points():
    def rhs(_, p):
        x, y, z = p
        return [10 * (y - x), x * (28 - z) - y, x * y - 8 / 3 * z]
    times = np.linspace(0, 20, 9999)
    return solve_ivp(rhs, (0, 20), [1.0, 1.0, 1.0], "DOP853", times, rtol=1e-13, atol=1e-13).y.T.astype(np.float32)


def forward(layers, x):
    for i, (weight, bias) in enumerate(layers):
        x = torch.baddbmm(bias, x, weight)  # (seed, sample, unit)
        if i + 1 < len(layers):
            x = torch.relu(x)
    return x


def main():
    torch.manual_seed(2026)
    torch.set_num_threads(1)
    points = torch.from_numpy(lorenz_points())
    inputs, targets = points[0:900], points[99:999]
    layers = []
    widths = [3] + HIDDEN + [3]
    for a, b in zip(widths, widths[1:]):
        limit = (6 / (a + b)) ** 0.5
        weight = (torch.rand(SEEDS, a, b) * 2 - 1) * limit
        layers.append((weight.requires_grad_(), torch.zeros(SEEDS, 1, b, requires_grad=True)))
    optimizer = torch.optim.Adam([p for layer in layers for p in layer], lr=1e-3, eps=1e-7)
    for _ in range(EPOCHS):
        order = torch.argsort(torch.rand(SEEDS, 900), dim=1)
        for begin in range(0, 900, BATCH):
            index = order[:, begin:begin + BATCH]
            optimizer.zero_grad()
            loss = ((forward(layers, inputs[index]) - targets[index]) ** 2).mean(dim=(1, 2)).sum()
            loss.backward()
            optimizer.step()
    with torch.no_grad():
        outputs = forward(layers, points[5000:5900].expand(SEEDS, -1, -1))
        rmse = ((outputs - points[5099:5999]) ** 2).mean(dim=(1, 2)).sqrt()
    lines = ["# final RMSE of 50 PyTorch trainings; made by lorenz_torch_rmse.py"] + [f"{v:.7g}" for v in sorted(rmse.tolist())]
    pathlib.Path(__file__).with_suffix(".txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()

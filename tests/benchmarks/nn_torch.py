#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""nn_torch.py: a peer for the benchmark nn. Reads lines "EPOCHS WIDTH WIDTH ...", answers each with the CPU seconds that
PyTorch took for that many epochs: eager, and per model with functorch.vmap over 16 models. 900 samples, batch 100, Adam,
mean squared error, one thread; the first epoch warms up and does not count. A line "shape SAMPLES BATCH EPOCHS WIDTH WIDTH
..." is answered with the seconds of eager alone.
"""
import sys
import time

import torch

SAMPLES, BATCH, MODELS = 900, 100, 16


def make_model(widths):
    layers = []
    for i, (a, b) in enumerate(zip(widths, widths[1:])):
        layers.append(torch.nn.Linear(a, b))
        if i + 2 < len(widths):
            layers.append(torch.nn.ReLU())
    return torch.nn.Sequential(*layers)


def eager(widths, epochs, samples=SAMPLES, batch=BATCH):
    model = make_model(widths)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, eps=1e-7)
    loss_of = torch.nn.MSELoss()
    inputs, targets = torch.randn(samples, widths[0]), torch.randn(samples, widths[-1])
    for epoch in range(epochs + 1):
        if epoch == 1:
            begin = time.process_time()
        order = torch.randperm(samples)
        for i in range(0, samples, batch):
            index = order[i:i + batch]
            optimizer.zero_grad()
            loss_of(model(inputs[index]), targets[index]).backward()
            optimizer.step()
    return time.process_time() - begin


def vmapped(widths, epochs):
    from functorch import combine_state_for_ensemble, grad, vmap
    function, parameters, buffers = combine_state_for_ensemble([make_model(widths) for _ in range(MODELS)])
    parameters = [p.detach().requires_grad_() for p in parameters]
    optimizer = torch.optim.Adam(parameters, lr=1e-3, eps=1e-7)

    def loss_of(p, x, y):
        return ((function(p, buffers, x) - y) ** 2).mean()

    gradients = vmap(grad(loss_of))
    inputs, targets = torch.randn(SAMPLES, widths[0]), torch.randn(SAMPLES, widths[-1])
    for epoch in range(epochs + 1):
        if epoch == 1:
            begin = time.process_time()
        order = torch.argsort(torch.rand(MODELS, SAMPLES), dim=1)
        for i in range(0, SAMPLES, BATCH):
            index = order[:, i:i + BATCH]
            for p, g in zip(parameters, gradients(parameters, inputs[index], targets[index])):
                p.grad = g
            optimizer.step()
    return (time.process_time() - begin) / MODELS


def main():
    torch.set_num_threads(1)
    for line in sys.stdin:
        if line.startswith("shape"):
            samples, batch, epochs, *widths = map(int, line.split()[1:])
            print(eager(widths, epochs, samples, batch), flush=True)
            continue
        epochs, *widths = map(int, line.split())
        print(eager(widths, epochs), vmapped(widths, epochs), flush=True)


if __name__ == "__main__":
    main()

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""compare.py TRAININGS: runs the program, computes the same trainings with PyTorch, and compares.

Outputs, loss and gradient are compared in single precision; so are the weights after 100 steps, which PyTorch's own
optimisers make in double precision from the same start. Where Keras, and so shoal, puts epsilon in another place than
PyTorch, PyTorch gets the epsilon that makes both formulas the same.
"""
import json
import subprocess
import sys

import torch

ACTIVATIONS = {"relu": torch.relu, "tanh": torch.tanh, "sigmoid": torch.sigmoid, "linear": lambda x: x,
               "softmax": lambda x: torch.softmax(x, dim=1)}


def unpack(case, name):
    """[(weight, bias)] of a vector of (output, input + 1) matrices with the bias last."""
    layers, at, flat = [], 0, torch.tensor(case[name], dtype=torch.float64)
    for a, b in zip(case["widths"], case["widths"][1:]):
        rows = flat[at:at + (a + 1) * b].reshape(b, a + 1)
        layers.append((rows[:, :a].clone(), rows[:, a].clone()))
        at += (a + 1) * b
    assert at == len(flat)
    return layers


def flat(pairs):
    return torch.cat([torch.cat([w, b[:, None]], dim=1).flatten() for w, b in pairs])


def forward(case, layers, x):
    for i, (weight, bias) in enumerate(layers):
        x = torch.nn.functional.linear(x, weight, bias)
        if i + 1 < len(layers):
            x = ACTIVATIONS[case["activation"]](x)
    return x


def loss_of(case, sums, targets):
    if case["loss"] == "mse":
        return torch.nn.functional.mse_loss(ACTIVATIONS[case["output_activation"]](sums), targets)
    if case["loss"] == "binary_crossentropy":
        return torch.nn.functional.binary_cross_entropy_with_logits(sums, targets)
    return torch.nn.functional.cross_entropy(sums, targets[:, 0].long())


def make_optimizer(o, parameters):
    if o["name"] == "sgd":
        return torch.optim.SGD(parameters, lr=o["learning_rate"], momentum=o["momentum"], nesterov=o["nesterov"])
    if o["name"] == "rmsprop":
        return KerasRmsprop(parameters, o)
    return torch.optim.Adam(parameters, lr=o["learning_rate"], betas=(o["beta_1"], o["beta_2"]), eps=o["epsilon"])


class KerasRmsprop(torch.optim.RMSprop):
    """PyTorch divides by sqrt(s) + eps, Keras by sqrt(s + epsilon): start from the step without eps, then scale it."""

    def __init__(self, parameters, o):
        super().__init__(parameters, lr=o["learning_rate"], alpha=o["rho"], eps=0.0)
        self.epsilon = o["epsilon"]

    def step(self):
        before = [p.detach().clone() for group in self.param_groups for p in group["params"]]
        super().step()
        with torch.no_grad():
            for p, old in zip((p for group in self.param_groups for p in group["params"]), before):
                s = self.state[p]["square_avg"]
                factor = (s / (s + self.epsilon)).sqrt()
                p.copy_(old + torch.where(s > 0, (p - old) * factor, torch.zeros_like(p)))


def difference(ours, exact):
    ours, exact = torch.as_tensor(ours, dtype=torch.float64).flatten(), exact.detach().flatten()
    assert len(ours) == len(exact)
    return ((ours - exact).abs().max() / exact.abs().max().clamp(min=1e-3)).item()


def compare(case):
    n = case["n_samples"]
    inputs = torch.tensor(case["inputs"], dtype=torch.float64).reshape(n, -1)
    targets = torch.tensor(case["targets"], dtype=torch.float64).reshape(n, case["n_targets"])
    layers = unpack(case, "weights")
    parameters = [p.requires_grad_() for layer in layers for p in layer]
    sums = forward(case, layers, inputs)
    worst = {"outputs": difference(case["outputs"], ACTIVATIONS[case["output_activation"]](sums))}
    loss = loss_of(case, sums, targets)
    worst["loss"] = difference([case["first_loss"]], loss)
    loss.backward()
    worst["gradient"] = difference(case["gradient"], flat([(w.grad, b.grad) for w, b in layers]))
    optimizer = make_optimizer(case["optimizer"], parameters)
    for step in range(1, case["steps"] + 1):
        if case["optimizer"]["name"] == "adam":
            correction = (1 - case["optimizer"]["beta_2"] ** step) ** 0.5
            optimizer.param_groups[0]["eps"] = case["optimizer"]["epsilon"] / correction
        optimizer.zero_grad()
        loss_of(case, forward(case, layers, inputs), targets).backward()
        optimizer.step()
    worst["weights after 100 steps"] = difference(case["final_weights"], flat(layers))
    return worst


# Relative to the largest number of the array. Rounding errors of single precision grow over the steps, most where a relu
# changes sides or a small mean square is divided by.
BOUNDS = {"outputs": 2e-6, "loss": 2e-6, "gradient": 5e-6, "weights after 100 steps": 1e-3}


def main():
    cases = json.loads(subprocess.run([sys.argv[1]], check=True, capture_output=True, text=True).stdout)
    assert len(cases) == 45
    worst, failures = dict.fromkeys(BOUNDS, 0.0), 0
    for case in cases:
        for name, value in compare(case).items():
            worst[name] = max(worst[name], value)
            if not value <= BOUNDS[name]:
                failures += 1
                print(f"{case['loss']}, {case['activation']}, {case['optimizer']}: {name} differ by {value:.2g}")
    print(f"{len(cases)} trainings; largest differences: " + ", ".join(f"{k} {v:.2g}" for k, v in worst.items()))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())

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

F = torch.nn.functional
ACTIVATIONS = {"gelu": F.gelu, "silu": F.silu, "softplus": F.softplus, "relu": torch.relu, "tanh": torch.tanh, "sigmoid": torch.sigmoid, "linear": lambda x: x,
               "softmax": lambda x: torch.softmax(x, dim=1)}


def unpack(case, name):
    """[(weight, bias)] of a vector of (output, input + 1) matrices with the bias last, then [(scale, shift)]."""
    layers, normal, at, flat = [], [], 0, torch.tensor(case[name], dtype=torch.float64)
    for a, b in zip(case["widths"], case["widths"][1:]):
        rows = flat[at:at + (a + 1) * b].reshape(b, a + 1)
        layers.append((rows[:, :a].clone(), rows[:, a].clone()))
        at += (a + 1) * b
    for width in case["widths"][1:-1] if case["batch_normalisation"] else []:
        normal.append((flat[at:at + width].clone(), flat[at + width:at + 2 * width].clone()))
        at += 2 * width
    assert at == len(flat)
    return layers, normal


def flat(pairs, normal):
    return torch.cat([torch.cat([w, b[:, None]], dim=1).flatten() for w, b in pairs] + [x for pair in normal for x in pair])


def activate(case, x):
    if case["activation"] == "leaky_relu":
        return F.leaky_relu(x, case["negative_slope"])
    if case["activation"] == "elu":
        return F.elu(x, case["alpha"])
    return ACTIVATIONS[case["activation"]](x)


def forward(case, layers, normal, x):
    for i, (weight, bias) in enumerate(layers):
        x = F.linear(x, weight, bias)
        if i + 1 < len(layers):
            if normal:
                x = F.batch_norm(x, None, None, *normal[i], training=True, eps=1e-3)
            x = activate(case, x)
    return x


def loss_of(case, sums, targets):
    smooth = case["label_smoothing"]
    if case["loss"] == "mse":
        return F.mse_loss(ACTIVATIONS[case["output_activation"]](sums), targets)
    if case["loss"] == "mae":
        return F.l1_loss(sums, targets)
    if case["loss"] == "huber":
        return F.huber_loss(sums, targets, delta=case["delta"])
    if case["loss"] == "binary_crossentropy":
        return F.binary_cross_entropy_with_logits(sums, targets * (1 - smooth) + smooth / 2)
    if case["loss"] == "categorical_crossentropy":
        return F.cross_entropy(sums, targets, label_smoothing=smooth)
    return F.cross_entropy(sums, targets[:, 0].long(), label_smoothing=smooth)


def penalty(case, layers):
    return sum(case["l1"] * w.abs().sum() + case["l2"] * (w ** 2).sum() for w, _ in layers)


def backward(case, layers, normal, inputs, targets):
    """Gradients as the optimiser gets them."""
    parameters = [p for pair in layers + normal for p in pair]
    for p in parameters:
        p.grad = None
    loss = loss_of(case, forward(case, layers, normal, inputs), targets)
    (loss + penalty(case, layers)).backward()
    if case["clip_norm"] > 0:
        torch.nn.utils.clip_grad_norm_(parameters, case["clip_norm"])
    if case["clip_value"] > 0:
        torch.nn.utils.clip_grad_value_(parameters, case["clip_value"])
    return loss


def make_optimizer(o, parameters):
    if o["name"] in ("sgd", "momentum", "nesterov"):
        return torch.optim.SGD(parameters, lr=o["learning_rate"], momentum=o["momentum"],
                               nesterov=o["nesterov"] or o["name"] == "nesterov")
    if o["name"] == "rmsprop":
        return KerasRmsprop(parameters, o)
    if o["name"] == "adagrad":  # the root of initial + epsilon + sum, and nothing beside it
        return torch.optim.Adagrad(parameters, lr=o["learning_rate"], eps=0, initial_accumulator_value=o["initial"] + o["epsilon"])
    if o["name"] == "nadam":
        return torch.optim.NAdam(parameters, lr=o["learning_rate"], betas=(o["beta_1"], o["beta_2"]), eps=o["epsilon"], momentum_decay=1)
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
    layers, normal = unpack(case, "weights")
    parameters = [p.requires_grad_() for pair in layers + normal for p in pair]
    worst = {}
    if case["outputs"]:
        sums = forward(case, layers, normal, inputs)
        worst["outputs"] = difference(case["outputs"], ACTIVATIONS[case["output_activation"]](sums))
    worst["loss"] = difference([case["first_loss"]], backward(case, layers, normal, inputs, targets))
    worst["gradient"] = difference(case["gradient"], flat([(w.grad, b.grad) for w, b in layers], [(w.grad, b.grad) for w, b in normal]))
    o = case["optimizer"]
    optimizer = make_optimizer(o, parameters)
    for step in range(1, case["steps"] + 1):
        if o["name"] in ("adam", "adamw"):
            correction = (1 - o["beta_2"] ** step) ** 0.5
            optimizer.param_groups[0]["eps"] = o["epsilon"] / correction
        backward(case, layers, normal, inputs, targets)
        with torch.no_grad():
            for p in parameters:  # as torch.optim.AdamW does it, for every optimiser
                p.mul_(1 - o["learning_rate"] * o["weight_decay"])
        optimizer.step()
    worst["weights after 100 steps"] = difference(case["final_weights"], flat(layers, normal))
    return worst


# Relative to the largest number of the array. Rounding errors of single precision grow over the steps, most where a relu
# changes sides or a small mean square is divided by.
BOUNDS = {"outputs": 2e-6, "loss": 2e-6, "gradient": 5e-6, "weights after 100 steps": 1e-3}


def main():
    cases = json.loads(subprocess.run([sys.argv[1]], check=True, capture_output=True, text=True).stdout)
    assert len(cases) == 6 * (10 * 3 + 8)
    worst, failures = dict.fromkeys(BOUNDS, 0.0), 0
    for case in cases:
        for name, value in compare(case).items():
            worst[name] = max(worst[name], value)
            bound = BOUNDS[name]
            if name.startswith("weights") and (case["loss"] == "mae" or case["l1"] > 0):
                bound *= 10  # derivatives that change their sign at 0: where a number is near it depends on rounding
            if not value <= bound:
                failures += 1
                print(f"{case['loss']}, {case['activation']}, {case['optimizer']}: {name} differ by {value:.2g}")
    print(f"{len(cases)} trainings; largest differences: " + ", ".join(f"{k} {v:.2g}" for k, v in worst.items()))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())

# SPDX-License-Identifier: Apache-2.0
"""The objective of tune_worker.toml: heavy-ball descent on x^2/2 + 25 y^2 from (10, 1)."""


def descend(rate, momentum, steps, report):
    x, y, vx, vy = 10.0, 1.0, 0.0, 0.0
    loss = 0.0
    for step in range(1, steps + 1):
        vx, vy = momentum * vx - rate * x, momentum * vy - rate * 50 * y
        x, y = x + vx, y + vy
        loss = min(x * x / 2 + 25 * y * y, 1e12)
        if not report(epoch=step, loss=loss):
            break
    return {"loss": loss, "x": x, "y": y}

# SPDX-License-Identifier: Apache-2.0
"""The search space of a `tune` result: what each parameter could have been, read from the expressions of its input."""

import dataclasses
import tomllib

# Expressions whose arguments are bounds; the others are unbounded or lists.
_BOUNDED = ("uniform", "loguniform", "quniform", "qloguniform", "uniformint", "randint")
_LISTS = ("choice", "pchoice", "grid")


@dataclasses.dataclass
class Prior:
    """One parameter: its expression, such as "loguniform", and the numbers of it."""
    expression: str
    arguments: list = dataclasses.field(default_factory=list)

    @property
    def logarithmic(self):
        return self.expression in ("loguniform", "qloguniform", "lognormal", "qlognormal")

    @property
    def bounds(self):
        """(low, high), or None for unbounded ones and lists."""
        if self.expression == "randint" and len(self.arguments) == 1:
            return 0, self.arguments[0] - 1
        if self.expression not in _BOUNDED or len(self.arguments) < 2:
            return None
        low, high = self.arguments[:2]
        return (low, high - 1) if self.expression == "randint" else (low, high)

    @property
    def step(self):
        """The distance of neighbouring values; None if there is none."""
        if self.expression in ("uniformint", "randint"):
            return 1
        return self.arguments[2] if self.expression.startswith("q") and len(self.arguments) > 2 else None


def priors_of(result):
    """Prior by the parameter's name as under /results/trials/params."""
    found = {}
    for key, text in result.parameters.items():
        if key.startswith("space.") and isinstance(text, str):
            try:
                _collect(key.removeprefix("space."), tomllib.loads(f"value = {text}")["value"], found)
            except tomllib.TOMLDecodeError:  # a text constant
                pass
    return found


def _collect(name, value, found):
    if isinstance(value, list):
        found[name] = Prior("choice", value)
        return
    if not isinstance(value, dict):
        return
    word = next((key for key in value if key in _BOUNDED + _LISTS or key.endswith("normal")), None)
    if word is None:  # a group
        for key, inner in value.items():
            _collect(f"{name}.{key}", inner, found)
        return
    arguments = value[word] if isinstance(value[word], list) else [value[word]]
    found[name] = Prior(word, arguments)
    for option in arguments if word in ("choice", "pchoice") else []:
        if isinstance(option, dict):  # a branch with parameters of its own
            for key, inner in option.items():
                _collect(f"{name}.{key}", inner, found)

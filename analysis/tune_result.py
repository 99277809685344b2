# SPDX-License-Identifier: Apache-2.0
"""A `tune` result as figures and reports need it: configurations, their names, trials and statistics."""

import numpy as np

import shoal_results
import tune_model

_SPLIT_PREFIXES = {"train_": "train", "training_": "train", "validation_": "validation", "val_": "validation",
                   "valid_": "validation", "test_": "test"}


def plain_name(long_name):
    """What an axis says of a metric: "validation_rmse after each epoch; NaN: not computed" -> "validation RMSE"."""
    name = long_name.split(";")[0].split(" after ")[0].replace("_", " ")
    return " ".join(word.upper() if word in ("rmse", "mse", "mae", "auc", "f1", "r2") else word for word in name.split())


class TuneResult:
    def __init__(self, result):
        self.result = result
        if "results/trials/loss" not in result:
            raise shoal_results.ResultError(f"{result.path} holds no trial: none was started.")
        self.loss = np.asarray(result["results/trials/loss"], dtype=float)
        # Metrics to be maximised are stored with the other sign; people see them as they are.
        self.turned = result.long_name("results/trials/loss").startswith("minus ")
        self.shown = -self.loss if self.turned else self.loss
        self.has_configs = "results/trials/config" in result
        self.config = np.asarray(result["results/trials/config"]) if self.has_configs else np.arange(len(self.loss))
        self.n_configs = int(self.config.max()) + 1 if len(self.config) else 0
        self._values = {}
        self._rungs = {}

    @property
    def loss_name(self):
        """What `shown` is: "validation RMSE", "validation accuracy"."""
        return plain_name(self.result.long_name("results/trials/loss")).removeprefix("minus ")

    @property
    def best_trial(self):
        """The trial of lowest loss, as the result says; None if no trial has a loss."""
        if "results/best/trial" in self.result:
            best = int(self.result["results/best/trial"])
            return best if 0 <= best < len(self.loss) else None
        return int(np.nanargmin(self.loss)) if np.isfinite(self.loss).any() else None

    def states(self):
        """How many trials ended how: {"ok": 40}."""
        words = self.result.labels("results/trials/state")
        return {word: words.count(word) for word in dict.fromkeys(words)}

    def parameter_names(self):
        return self.result.names("results/trials/params")

    def values(self, name):
        """One value a trial: a number or a word; None where the parameter is inactive."""
        if name not in self._values:
            self._values[name] = self.result.labels(f"results/trials/params/{name}")
        return self._values[name]

    def label(self, config):
        """A configuration in words: the value alone if one parameter varies, else name=value of each that does."""
        trial = self.trials_of(config)[0]
        names = [name for name in self.parameter_names() if len(set(self.values(name))) > 1]
        values = [(name, self.values(name)[trial]) for name in names]
        values = [(name, f"{value:.4g}" if isinstance(value, float) else str(value)) for name, value in values if value is not None]
        if not values:
            return f"configuration {config}"
        if len(names) == 1:
            return values[0][1]
        return ", ".join(f"{name.rsplit('.', 1)[-1]}={value}" for name, value in values)

    def short_label(self, config):
        """The label, or the number of a configuration whose label would crowd out the curves."""
        text = self.label(config)
        return text if len(text) <= 32 else f"configuration {config}"

    def trials_of(self, config):
        return np.flatnonzero(self.config == config)

    def statistics(self, config):
        """median, mean, ci_low, ci_high and n of what is shown; of its only trial where the result has no statistics."""
        if "results/configs/median" not in self.result:
            value = float(self.shown[self.trials_of(config)[0]])
            return {"median": value, "mean": value, "ci_low": np.nan, "ci_high": np.nan, "n": 1}
        found = {name: float(self.result[f"results/configs/{name}"][config]) for name in ("median", "mean", "ci_low", "ci_high", "n")}
        if self.turned:
            found.update(median=-found["median"], mean=-found["mean"], ci_low=-found["ci_high"], ci_high=-found["ci_low"])
        return found

    @property
    def has_repeats(self):
        return len(self.loss) > self.n_configs

    @property
    def interval_name(self):
        path = "results/configs/ci_low"
        text = self.result.long_name(path) if path in self.result else ""
        return "95 % interval of the " + ("median" if "median" in text else "mean")

    def ranking(self):
        """Configurations with trials, lowest median first, those without a loss last."""
        present = [int(config) for config in np.unique(self.config)]
        if "results/configs/median" in self.result:
            medians = self.result["results/configs/median"]
        else:
            medians = [self.loss[self.trials_of(config)[0]] for config in range(self.n_configs)]
        return sorted(present, key=lambda config: (not np.isfinite(medians[config]), medians[config], config))

    @property
    def n_epochs(self):
        return max((self.result[f"results/history/{name}"].shape[1] for name in self.result.names("results/history")), default=0)

    def history(self, metric):
        return np.asarray(self.result[f"results/history/{metric}"], dtype=float)

    def metric_families(self):
        """{"loss": {"train": "train_loss", "validation": "validation_loss"}}: which metrics belong in one panel."""
        families = {}
        for name in self.result.names("results/history"):
            prefix = next((prefix for prefix in _SPLIT_PREFIXES if name.startswith(prefix)), "")
            family, split = name[len(prefix):], _SPLIT_PREFIXES.get(prefix, "train")
            families.setdefault(family, {})[split] = name
        return families

    def metric_name(self, family):
        """What the metrics of a family are called, without the split: "validation RMSE" -> "RMSE"."""
        name = plain_name(self.result.long_name(f"results/history/{next(iter(self.metric_families()[family].values()))}"))
        for word in ("training ", "validation ", "test "):
            name = name.removeprefix(word)
        return name

    def lorenz_forecast(self):
        """(time, truth, forecast, steps ahead, interval) of the validation points, three columns each; None for other data."""
        parameters = self.result.parameters
        windows = int(parameters.get("data.window", 1)) > 1
        if parameters.get("data.source") != "lorenz" or windows or "results/best/model/layers" not in self.result or self.best_trial is None:
            return None
        steps = int(parameters["data.steps_ahead"])
        first, last = (int(i) for i in parameters["data.validation_points"])
        system = {key: parameters[f"data.{key}"] for key in ("sigma", "rho", "beta", "start", "t_end", "points")}
        time, states = tune_model.lorenz_points(**system, first=last + steps)
        forecast = tune_model.Model(self.result)(states[first:last])
        return time[first + steps:last + steps], states[first + steps:last + steps], forecast, steps, time[1]

    def file_parameters(self):
        """What a file name states beside workload and figure."""
        parameters = self.result.parameters
        found = []
        network = parameters.get("objective.kind", "network") == "network"
        if network and "data.source" in parameters:
            found.append(("", parameters["data.source"]))
        found.append(("trials", len(self.loss)))
        for key, word in (("search.repeats", "repeats"), ("network.epochs", "epochs") if network else ("objective.steps", "steps"), ("seed", "seed")):
            if key in parameters and word not in self.parameter_names():
                found.append((word, parameters[key]))
        return found

    def extra_values(self):
        """{name: one value a trial} of what the objective attached; NaN where it did not."""
        return {name: self.result[f"results/trials/values/{name}"] for name in self.result.names("results/trials/values")}

    def intermediate_values(self, trial):
        """{resource: value} of what a trial had reached at its rungs, as people see it."""
        if "results/trials/rungs/trial" not in self.result:
            return {}
        if not self._rungs:
            columns = (self.result[f"results/trials/rungs/{name}"] for name in ("trial", "resource", "loss"))
            for number, resource, loss in zip(*columns):
                self._rungs.setdefault(int(number), {})[int(resource)] = float(-loss if self.turned else loss)
        return self._rungs.get(trial, {})

    def pieces(self):
        """(worker, start, end, state) of each piece of work, seconds from the first; None if nothing is known. Where every trial
        ran in one piece its state is told, with those of earlier runs of the same result; else it is "work" of the latest."""
        times = "measurements/trials"
        if f"{times}/start" in self.result:
            column = {name: np.asarray(self.result[f"{times}/{name}"]) for name in ("rank", "thread", "start", "end", "seconds")}
            known = np.isfinite(column["start"])
            if known.any() and np.allclose((column["end"] - column["start"])[known], column["seconds"][known], rtol=1e-3, atol=1e-6):
                states = self.result.labels("results/trials/state")
                workers = [(int(column["rank"][t]), int(column["thread"][t])) for t in np.flatnonzero(known)]
                begin = column["start"][known].min()
                return workers, column["start"][known] - begin, column["end"][known] - begin, [states[t] for t in np.flatnonzero(known)]
        log = "performance/tasks"
        if f"{log}/start" not in self.result or not len(self.result[f"{log}/start"]):
            return None
        columns = {name: self.result[f"{log}/{name}"] for name in ("rank", "thread", "start", "end")}
        workers = [(int(rank), int(thread)) for rank, thread in zip(columns["rank"], columns["thread"])]
        return workers, columns["start"], columns["end"], ["work"] * len(workers)

    def genealogy(self):
        """(parent, loss), each (generation, member), of a population; None if there is none."""
        if "results/population/parent" not in self.result:
            return None
        loss = np.asarray(self.result["results/population/loss"], dtype=float)
        return np.asarray(self.result["results/population/parent"]), -loss if self.turned else loss

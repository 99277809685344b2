# SPDX-License-Identifier: Apache-2.0
"""Writes small results by the format's description with h5py, without the C++ program: what the reader is tested on."""

import h5py
import numpy as np

import shoal_digest

CONFIGS = ["[5,8,5]", "[5,8,8,5]", "[5,8,8,8,5]", "[5,8,8,8,8,5]", "[5,8,8,8,8,8,5]"]


def add(group, name, values, dimensions=(), units="1", long_name=None, flags=None):
    """One dataset with units, name, scales for its dimensions, and flags if it is an enumeration."""
    values = np.asarray(values)
    if values.dtype == object:
        item = group.create_dataset(name, data=values, dtype=h5py.string_dtype("utf-8"))
    else:
        item = group.create_dataset(name, data=values)
    text(item, "long_name", long_name or name)
    if values.dtype != object:
        text(item, "units", units)
    if flags:
        item.attrs["flag_values"] = np.arange(len(flags), dtype=values.dtype)
        text(item, "flag_meanings", " ".join(flags))
    for axis, dimension in enumerate(dimensions):
        if dimension not in group:
            group.create_dataset(dimension, data=np.arange(values.shape[axis], dtype="f4")).make_scale(
                f"This is a netCDF dimension but not a netCDF variable.{values.shape[axis]:10d}")
        item.dims[axis].attach_scale(group[dimension])
    return item


def text(item, name, value):
    """A fixed-length UTF-8 attribute."""
    encoded = value.encode("utf-8")
    item.attrs.create(name, encoded, dtype=h5py.string_dtype("utf-8", max(1, len(encoded))))


def parameter(file, key, value):
    """A resolved parameter that is a text, by its dotted name."""
    group, _, name = ("parameters/" + key.replace(".", "/")).rpartition("/")
    encoded = value.encode("utf-8")
    item = file.require_group(group).create_dataset(name, data=encoded, dtype=h5py.string_dtype("utf-8", len(encoded)))
    text(item, "long_name", key)


def write_tune(path, repeats=8, epochs=60, lost=(), seed=1):
    """A tune result of five depths; `lost`: trials that ended without a loss."""
    draw = np.random.default_rng(seed)
    n = len(CONFIGS) * repeats
    config = np.repeat(np.arange(len(CONFIGS)), repeats)
    floor = 0.02 * (1 + np.abs(config - 2)) * np.exp(0.25 * draw.standard_normal(n))
    decay = np.exp(-np.arange(1, epochs + 1) / (epochs / 6))
    validation = floor[:, None] * (1 + 20 * decay) * np.exp(0.05 * draw.standard_normal((n, epochs)))
    validation[list(lost)] = np.nan
    loss = np.where(np.isin(np.arange(n), lost), np.inf, validation[:, -1])
    with h5py.File(path, "w", libver="v108") as file:
        results = file.create_group("results")
        trials = results.create_group("trials")
        add(trials, "loss", loss, ["trial"], long_name="validation_rmse after the last epoch, to be minimised; inf: failed, NaN: not finished")
        add(trials, "state", np.where(np.isinf(loss), 2, 0).astype("i1"), ["trial"], flags=["ok", "pruned", "nan"])
        add(trials, "config", config.astype("i8"), ["trial"])
        add(trials, "repeat", np.tile(np.arange(repeats), len(CONFIGS)), ["trial"])
        add(trials.create_group("params"), "hidden", config.astype("i4"), ["trial"], flags=CONFIGS)
        history = results.create_group("history")
        add(history, "validation_rmse", validation, ["trial", "epoch"],
            long_name="validation_rmse after each epoch; NaN: not computed")
        add(history, "loss", 0.7 * validation ** 2, ["trial", "epoch"], long_name="loss after each epoch; NaN: not computed")
        add(history, "validation_loss", validation ** 2, ["trial", "epoch"], long_name="validation_loss after each epoch; NaN: not computed")
        finite = [loss[config == c][np.isfinite(loss[config == c])] for c in range(len(CONFIGS))]
        by_config = [values if len(values) else np.array([np.nan]) for values in finite]
        configs = results.create_group("configs")
        for name, values in {"mean": [v.mean() for v in by_config], "median": [np.median(v) for v in by_config],
                             "ci_low": [np.quantile(v, 0.2) for v in by_config],
                             "ci_high": [np.quantile(v, 0.8) for v in by_config]}.items():
            add(configs, name, np.array(values), ["config"], long_name=f"{name} of the validation RMSE")
        add(configs, "n", np.array([len(v) for v in finite]), ["config"])
        best = results.create_group("best")
        add(best, "trial", np.int64(np.nanargmin(loss)))
        add(best, "loss", np.nanmin(loss))
        parameters = file.create_group("parameters")
        for key, value in {"seed": seed, "search/repeats": repeats, "network/epochs": epochs}.items():
            add(parameters.require_group(key.rpartition("/")[0] or "/parameters"), key.rpartition("/")[2], np.int64(value))
        parameter(file, "data.source", "lorenz")
        seal(file, "tune", "Lorenz forecast by depth")
    return path


def seal(file, workload, title="", version=(1, 0), status="complete"):
    file.attrs["version"] = np.array(version, dtype="i8")
    for name, value in {"filetype": "shoal-result", "shoal_version": "0.1.0", "title": title, "workload": workload,
                        "status": status, "created": "2026-01-31T12:00:00Z",
                        "digest": shoal_digest.digest(file["results"])}.items():
        text(file, name, value)
    file.attrs["complete"] = np.int64(status == "complete")

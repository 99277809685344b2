#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the trials of a `tune` result as a study of Optuna, for its dashboard and its other tools:

    export_optuna.py RESULT.h5 study.db [--name NAME]      then   optuna-dashboard sqlite:///study.db

Needs the package optuna. Trials keep their number, parameters, value, intermediate values and extra values; failed ones
are FAIL, pruned ones PRUNED, unfinished ones are left out.
"""

import argparse
import pathlib
import sys

import shoal_results
from search_space import priors_of
from tune_result import TuneResult

_STATES = {"ok": "COMPLETE", "pruned": "PRUNED"}


def distribution(optuna, prior, values):
    """The distribution of one parameter as Optuna knows it; what it does not know becomes the range of the values seen."""
    kinds = optuna.distributions
    seen = [value for value in values if value is not None]
    if any(isinstance(value, str) for value in seen):
        return kinds.CategoricalDistribution(sorted(set(seen)))
    bounds = prior.bounds if prior else None
    low, high = bounds or (min(seen), max(seen))
    low, high = min([low, *seen]), max([high, *seen])
    logarithmic = bool(prior and prior.logarithmic and low > 0)
    if all(isinstance(value, int) for value in seen):
        return kinds.IntDistribution(int(low), int(high), log=logarithmic)
    return kinds.FloatDistribution(float(low), float(high), log=logarithmic)


def frozen_trials(optuna, tune):
    """One frozen trial of Optuna for each finished trial."""
    priors = priors_of(tune.result)
    columns = {name: tune.values(name) for name in tune.parameter_names()}
    known = {name: distribution(optuna, priors.get(name), values) for name, values in columns.items()
             if any(value is not None for value in values)}
    extras = tune.extra_values()
    for trial, state in enumerate(tune.result.labels("results/trials/state")):
        if state in ("unfinished", "interrupted"):
            continue
        active = {name: columns[name][trial] for name in known if columns[name][trial] is not None}
        intermediate = tune.intermediate_values(trial)
        name = _STATES.get(state, "FAIL")
        value = float(tune.shown[trial]) if name == "COMPLETE" else None
        yield optuna.trial.create_trial(
            state=getattr(optuna.trial.TrialState, name), params=active, distributions={key: known[key] for key in active},
            value=value, intermediate_values=intermediate,
            user_attrs={"shoal_state": state, **{key: float(column[trial]) for key, column in extras.items()}})


def export(result, path, name=None):
    """Writes the study; returns its name. Raises ResultError if optuna is missing or the study exists."""
    try:
        import optuna
    except ImportError:
        raise shoal_results.ResultError("the Python package optuna is missing; install it for this Python "
                                        f"({sys.executable}).") from None
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    tune = TuneResult(result)
    name = name or result.title or pathlib.Path(result.path).stem
    try:
        study = optuna.create_study(storage=f"sqlite:///{path}", study_name=name,
                                    direction="maximize" if tune.turned else "minimize")
    except optuna.exceptions.DuplicatedStudyError:
        raise shoal_results.ResultError(f"{path} already has a study \"{name}\"; give another --name or file.") from None
    study.set_user_attr("shoal_digest", result.digest)
    study.add_trials(list(frozen_trials(optuna, tune)))
    return name


def main(arguments=None):
    parser = argparse.ArgumentParser(description="Writes the trials of a tune result as a study of Optuna.")
    parser.add_argument("result", metavar="RESULT.h5")
    parser.add_argument("database", metavar="STUDY.db")
    parser.add_argument("--name", help="of the study (default: the title of the run)")
    options = parser.parse_args(arguments)
    try:
        with shoal_results.open_result(options.result) as result:
            if result.workload != "tune":
                raise shoal_results.ResultError(f"{options.result} is a result of {result.workload}, not of tune.")
            name = export(result, options.database, options.name)
    except shoal_results.ResultError as problem:
        print(f"shoal: {problem}", file=sys.stderr)
        return 76
    print(f"{options.database}: study \"{name}\"")
    return 0


if __name__ == "__main__":
    sys.exit(main())

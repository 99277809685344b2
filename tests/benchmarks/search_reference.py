#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs hyperopt and Optuna on the test functions, and adds to data/search_reference.csv what they reach.

    python -m venv V && V/bin/pip install hyperopt optuna
    V/bin/python search_reference.py [--seeds N] [--minutes M] [--window W]... [--function NAME]...

Columns: function, reference, window, seed, loss: of the best trial after all evaluations. Window 0 is sequential; window W
proposes trial k from the results of trials 0 .. k - W - 1, while trials k - W .. k - 1 are pending, as Shoal does. Both
programs run with their defaults; the table was made with Optuna 5.0.0 and hyperopt 0.3.0. Optuna has no normal distributions
and leaves these functions out. Rows that exist are kept, so the program may be run again for more seeds; seeds advance
together over all functions.
"""
import argparse
import csv
import logging
import os
import time
import warnings

import hyperopt
import numpy as np
import optuna
from hyperopt import hp, tpe

from search_functions import FUNCTIONS, NOISE

TABLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "data", "search_reference.csv")
FIELDS = ["function", "reference", "window", "seed", "loss"]


def search(ask, tell, function, noise, n, window, rng):
    """Asks for n points, and tells the result of point k - window before asking for point k. The loss of the best."""
    points, seen = [], []

    def evaluate(k):
        loss = function(points[k])
        seen.append(loss + noise * rng.standard_normal() if noise else loss)
        tell(k, seen[k])

    for k in range(n):
        if k - window - 1 >= 0:
            evaluate(k - window - 1)
        points.append(ask(k))
    for k in range(len(seen), n):
        evaluate(k)
    return function(points[int(np.argmin(seen))])


def hyperopt_space(space):
    def expression(name, spec):
        kind, *a = spec
        if kind == "choice":
            return hp.choice(name, [{name: i, **hyperopt_space(b)} if isinstance(b, dict) else {name: b} for i, b in enumerate(a)])
        if kind == "pchoice":
            return hp.pchoice(name, [(p, {name: v}) for p, v in a])
        if kind in ("loguniform", "qloguniform"):
            a[0], a[1] = np.log(a[0]), np.log(a[1])
        return {name: getattr(hp, kind)(name, *a)}
    return {name: expression(name, spec) for name, spec in space.items()}


def flat(point):
    """{name: {name: value, ...}} of nested choices as {name: value}."""
    found = {}
    for key, value in point.items():
        if isinstance(value, dict):
            found.update(flat(value))
        else:
            found[key] = value
    return found


def run_hyperopt(space, function, noise, n, window, seed):
    domain = hyperopt.Domain(lambda p: 0.0, hyperopt_space(space))
    trials = hyperopt.Trials()
    rng = np.random.default_rng(seed)

    def ask(k):
        trials.refresh()
        docs = tpe.suggest(trials.new_trial_ids(1), domain, trials, int(rng.integers(2**31 - 1)))
        trials.insert_trial_docs(docs)
        trials.refresh()
        doc = trials._dynamic_trials[k]
        doc["state"] = hyperopt.JOB_STATE_RUNNING
        point = hyperopt.base.spec_from_misc(doc["misc"])
        return flat(hyperopt.space_eval(domain.expr, point))

    def tell(k, loss):
        doc = trials._dynamic_trials[k]
        doc["state"] = hyperopt.JOB_STATE_DONE
        doc["result"] = {"loss": float(loss), "status": hyperopt.STATUS_OK}

    return search(ask, tell, function, noise, n, window, rng)


def suggest(trial, space):
    point = {}
    for name, (kind, *a) in space.items():
        if kind == "uniform":
            point[name] = trial.suggest_float(name, *a)
        elif kind == "loguniform":
            point[name] = trial.suggest_float(name, *a, log=True)
        elif kind == "uniformint":
            point[name] = trial.suggest_int(name, *a)
        elif kind == "choice":
            point[name] = trial.suggest_categorical(name, list(range(len(a))))
            if isinstance(a[point[name]], dict):
                point.update(suggest(trial, a[point[name]]))
        else:
            return None
    return point


def run_optuna(space, function, noise, n, window, seed):
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed))
    trials = []

    def ask(k):
        trials.append(study.ask())
        return suggest(trials[k], space)

    return search(ask, lambda k, loss: study.tell(trials[k], float(loss)), function, noise, n, window,
                  np.random.default_rng(seed))


RUNNERS = {"hyperopt": run_hyperopt, "optuna": run_optuna}
OPTUNA_LACKS = ("q1_lognormal", "many_dists", "priors6")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--minutes", type=float, default=1e9, help="start no run after this time")
    parser.add_argument("--reference", choices=list(RUNNERS), action="append")
    parser.add_argument("--window", type=int, action="append", help="0, 16 and 64 unless told")
    parser.add_argument("--function", choices=list(FUNCTIONS), action="append")
    parser.add_argument("--table", default=TABLE)
    options = parser.parse_args()
    logging.disable(logging.INFO)
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.simplefilter("ignore")
    done = set()
    if os.path.exists(options.table):
        with open(options.table, newline="") as file:
            done = {tuple(row[:4]) for row in csv.reader(file)}
    begin = time.monotonic()
    with open(options.table, "a", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        if not done:
            writer.writerow(FIELDS)
        for seed in range(options.seeds):
            for name, (space, function, n) in FUNCTIONS.items():
                if options.function and name not in options.function:
                    continue
                for reference in options.reference or RUNNERS:
                    if reference == "optuna" and name in OPTUNA_LACKS:
                        continue
                    for window in options.window or (0, 16, 64):
                        if (name, reference, str(window), str(seed)) in done:
                            continue
                        if time.monotonic() - begin > 60 * options.minutes:
                            return
                        loss = RUNNERS[reference](space, function, NOISE.get(name, 0.0), n, window, 1000 + seed)
                        writer.writerow([name, reference, window, seed, f"{loss:.9g}"])
                        file.flush()


if __name__ == "__main__":
    main()

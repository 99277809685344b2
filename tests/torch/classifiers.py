#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""classifiers.py CLASSIFIERS: 20 trainings each of digits and breast cancer against scikit-learn's MLPClassifier with the same
data, network, optimiser, penalty, batch and epochs. Fails unless the mean test accuracy is at most one standard error of the
difference below scikit-learn's.
"""
import json
import subprocess
import sys
import warnings

import numpy as np
from sklearn.neural_network import MLPClassifier


def peer(case, seed):
    x = np.array(case["inputs"]).reshape(len(case["targets"]), -1)
    model = MLPClassifier(hidden_layer_sizes=case["hidden"], activation="relu", solver="adam", alpha=case["alpha"],
                          batch_size=case["batch"], learning_rate_init=case["learning_rate"], max_iter=case["epochs"], tol=0,
                          n_iter_no_change=case["epochs"], random_state=seed)
    model.fit(x.astype(np.float32), case["targets"])
    test = np.array(case["test_inputs"]).reshape(len(case["test_targets"]), -1).astype(np.float32)
    return model.score(test, case["test_targets"])


def main():
    warnings.filterwarnings("ignore")  # not converged: it has all the epochs that the other had
    cases = json.loads(subprocess.run([sys.argv[1]], check=True, capture_output=True, text=True).stdout)
    failures = 0
    print(f"{'data':<20} {'shoal':>8} {'s.e.':>7} {'sklearn':>8} {'s.e.':>7} {'difference':>11} {'its s.e.':>9}")
    for case in cases:
        ours = np.array(case["accuracy"])
        theirs = np.array([peer(case, seed) for seed in range(len(ours))])
        errors = [values.std(ddof=1) / np.sqrt(len(values)) for values in (ours, theirs)]
        difference, error = ours.mean() - theirs.mean(), np.hypot(*errors)
        print(f"{case['file']:<20} {ours.mean():8.4f} {errors[0]:7.4f} {theirs.mean():8.4f} {errors[1]:7.4f} {difference:11.4f} {error:9.4f}")
        failures += difference < -error
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())

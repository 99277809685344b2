#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A result as a page of text:  report.py RESULT.h5"""

import sys

import shoal_results

# Models of efficiency under /performance/pop, and what to show of them.
MODELS = [("pure_mpi", "POP pure MPI", ["parallel_efficiency", "load_balance", "communication_efficiency"]),
          ("hybrid_multiplicative", "POP hybrid multiplicative", ["mpi_parallel_efficiency", "openmp_parallel_efficiency"]),
          ("hybrid_additive", "POP hybrid additive", ["process_efficiency", "thread_efficiency"])]


def lines(result):
    """The report of an open result, line by line."""
    text = [f"{result.path}: {result.workload}, {result.status}" + (f" - {result.title}" if result.title else ""),
            f"  written by shoal {result.shoal_version}, {result.created}",
            f"  digest {result.digest} (checked)" if result.reproducible else
            "  not reproducible: depends on time or on programs outside (content checked)"]
    if result.workload == "tune":
        text += _tune(result)
    text += _where(result)
    return text


def _tune(result):
    from tune_result import TuneResult
    if "results/trials/loss" not in result:
        return ["  no trial was started"]
    tune = TuneResult(result)
    if len(tune.loss) == 0:
        return ["  no trial has finished yet"]
    text = ["  trials: " + ", ".join(f"{n} {word}" for word, n in tune.states().items())]
    best = tune.best_trial
    if best is not None:
        text.append(f"  best: trial {best}, {tune.loss_name} {tune.shown[best]:.6g}")
        text += [f"    {name} = {tune.values(name)[best]}" for name in tune.parameter_names() if tune.values(name)[best] is not None]
    if "results/configs/median" in result:
        text += ["", f"  {'median':>11} {'interval':>25} {'n':>4}  configuration"]
        for config in tune.ranking()[:10]:
            row = tune.statistics(config)
            interval = f"[{row['ci_low']:.5g}, {row['ci_high']:.5g}]"
            text.append(f"  {row['median']:>11.5g} {interval:>25} {int(row['n']):>4}  {tune.label(config)}")
        if tune.n_configs > 10:
            text.append(f"  ... and {tune.n_configs - 10} more")
    return text


def _where(result):
    segments = "provenance/segments/ranks"
    if segments not in result:
        return []
    ranks, threads = result[segments], result["provenance/segments/threads"]
    layouts = ", then ".join(f"{r} x {t}" for r, t in zip(ranks, threads))
    return ["", f"  computed on {layouts} (ranks x threads)"] + _efficiency(result)


def _efficiency(result):
    """Of the last segment: where the core-hours went, and what would help."""
    if "performance/summary" not in result:
        return []
    text = [f"  {_text(result['performance/summary'])}"]
    for model, label, parts in MODELS:
        factors = [f"{name.replace('_', ' ')} {100 * float(result[f'performance/pop/{model}/{name}']):.1f} %" for name in parts
                   if f"performance/pop/{model}/{name}" in result]
        text.append(f"    {label:<26} {', '.join(factors)}")
    if "performance/advice/text" in result:
        gains = result["performance/advice/gain"]
        for number, advice in enumerate(result["performance/advice/text"]):
            text.append(f"    advice {number + 1} (gain about {100 * gains[number]:.0f} %): {_text(advice)}")
    return text


def _text(value):
    value = value.item() if hasattr(value, "item") else value
    return value.decode() if isinstance(value, bytes) else str(value)


def main(arguments):
    if len(arguments) != 1 or arguments[0].startswith("-"):
        print("usage: report.py RESULT.h5", file=sys.stderr)
        return 64
    try:
        with shoal_results.open_result(arguments[0]) as result:
            print("\n".join(lines(result)))
    except shoal_results.ResultError as problem:
        print(f"shoal: {problem}", file=sys.stderr)
        return 76
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes any Python function a worker of Shoal: Python and its imports start once, then the function is called for task
after task. Nothing but Python's own library is needed.

    command = ["python3", "shoal_worker.py", "model.py", "train"]       calls train(rate=0.1, ...) of model.py

or, at the end of model.py itself, `shoal_worker.serve(train)`. The function gets the parameters by name and returns a
number (its "value") or a dict of numbers, texts and lists of them. If it has a parameter `report`, it may say
intermediate values and hear whether to go on:    if not report(epoch=3, loss=0.5): break
What it prints goes to standard error. An exception fails the task, not the worker.
"""
import importlib.util, inspect, json, os, sys, traceback

OF_THE_TRIAL = ("trial", "seed", "steps", "begin", "checkpoint")  # what a search says beside the parameters: for functions that ask for it


def serve(function):
    """Answers tasks, one JSON line each, until standard input ends."""
    tasks, answers = os.fdopen(os.dup(0), "rb"), os.dup(1)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)  # neither the function nor programs it starts may eat tasks
    os.dup2(2, 1)                                 # or spoil answers
    def say(line):
        text = json.dumps(line, default=lambda value: value.tolist()).encode() + b"\n"  # tolist: numpy, torch
        while text:
            text = text[os.write(answers, text):]

    def report(**values):
        say({**values, "ask": True})
        return json.loads(tasks.readline() or b'{"continue": false}')["continue"]
    known = inspect.signature(function).parameters
    extra = {"report": report} if "report" in known else {}
    for line in iter(tasks.readline, b""):
        try:
            task = {name: value for name, value in json.loads(line).items() if name in known or name not in OF_THE_TRIAL}
            result = function(**task, **extra)
            say({**(result if isinstance(result, dict) else {"value": result}), "done": True})
        except Exception as error:
            traceback.print_exc()
            say({"done": True, "error": f"{type(error).__name__}: {error}"})


if __name__ == "__main__":
    sys.path.insert(0, os.path.dirname(os.path.abspath(sys.argv[1])))
    spec = importlib.util.spec_from_file_location("model", sys.argv[1])
    spec.loader.exec_module(module := importlib.util.module_from_spec(spec))
    serve(getattr(module, sys.argv[2]))

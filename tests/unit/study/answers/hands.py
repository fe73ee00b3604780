"""Runs made by hand: two or three lakes, counts that a reader can add up."""

from __future__ import annotations

import numpy as np

from lakeseg.study.answers import Evidence
from lakeseg.study.results import Result
from lakeseg.study.runs import Run, Runs

DATASET = {"name": "tiny", "fingerprint": "f" * 64, "simulated": True}


def run(name, seed, scores, **changes):
    """Return a run whose `scores` are lists of [tp, fn, fp, tn], one a lake, by terms."""
    lakes = [f"L{row}" for row in range(len(next(iter(scores.values()))))]
    values = {
        "name": name,
        "title": name,
        "seed": seed,
        "key": f"{seed:012d}",
        "config": {"patch": 8, "epochs": 30, "batch_size": 16},
        "dataset": DATASET,
        "split": {"rule": "by group", "train": 7, "validation": 1, "test": len(lakes)},
        "parameters": 473_739,
        "training_pixels": 6400,
        "history": {"loss": [0.5, 0.25], "val_loss": [0.6, 0.3], "seconds": [2.0, 2.0]},
        "seconds_per_epoch": 2.0,
        "machine": {"processor": "an abacus", "cores": 1, "versions": {"python": "3.11"}},
        "threshold": 0.4,
        "validation": {"f1": 0.5, "f1_chosen": 0.6},
        "lakes": lakes,
        "groups": lakes,
        "scores": scores,
    }
    return Run(**(values | changes))


def runs_of(name, counts, seeds=5, terms=("study", "fair", "chosen"), **changes):
    """Return runs that differ in their seed alone, with the same counts on all terms."""
    return [run(name, seed, dict.fromkeys(terms, counts), **changes) for seed in range(seeds)]


def known(*groups, **parts):
    """Return evidence of runs, and of parts given as rows."""
    made = {
        name: rows if isinstance(rows, Result) else Result(name, DATASET, "test", rows) for name, rows in parts.items()
    }
    return Evidence(Runs([each for group in groups for each in group]), made)


def lakes(tp, fn, fp, tn, count=12):
    """Return the counts of `count` lakes, all alike."""
    return np.tile([tp, fn, fp, tn], (count, 1)).tolist()


def spaced(text):
    """Return text with plain spaces where a line must not break."""
    return text.replace("\u00a0", " ")

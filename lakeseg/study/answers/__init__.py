"""The questions of the study of 2018, answered from results.

A page, a report and `docs/study.md` show these sentences, tables and figures, and so cannot disagree.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from lakeseg.errors import ConfigError, unknown
from lakeseg.study.answers import better, context, naive, needed, networks, unclassified
from lakeseg.study.answers.shapes import Answer, Evidence, Figure, Table
from lakeseg.study.results import SHIPPED, Result, find
from lakeseg.study.runs import Runs

__all__ = ["Answer", "Evidence", "Figure", "Table", "answer", "answers", "evidence"]

PARTS: Final = ("subsets", "components", "search", "unclassified", "ceiling")
QUESTIONS: Final[Mapping[int, Callable[[Evidence], Answer]]] = {
    1: naive.answer,
    2: needed.answer,
    3: context.answer,
    4: networks.answer,
    5: unclassified.answer,
    6: better.answer,
}


def evidence(fingerprint: str) -> Evidence:
    """Return what is known of the dataset `fingerprint`: its runs and measurements, this machine's before shipped ones.

    Labels that say "unclassified" are another dataset's in the study (Dataset1): with shipped runs go those of the
    shipped measurement, if the runs are of simulated lakes too.
    """
    runs, found = Runs.of(fingerprint), {name: find(name, fingerprint) for name in PARTS}
    here = found["unclassified"]
    if (here is None or not here.rows) and runs.dataset.get("simulated") and _is_shipped(fingerprint):
        found["unclassified"] = _shipped("unclassified")  # made by the same simulator
    return Evidence(runs, {name: part for name, part in found.items() if part is not None})


def _is_shipped(fingerprint: str) -> bool:
    return any(SHIPPED.glob(f"*-{fingerprint[:12]}*"))


def _shipped(part: str) -> Result | None:
    """Return the first shipped measurement of a part, of whatever dataset."""
    import json

    for path in sorted(SHIPPED.glob(f"{part}-*.json")):
        found = find(part, str(json.loads(path.read_text(encoding="utf-8"))["dataset"]["fingerprint"]))
        if found is not None:
            return found
    return None


def answer(number: int, known: Evidence) -> Answer:
    """Return the answer to one question, from 1.

    Raises:
        ConfigError: There is no such question.
    """
    if number not in QUESTIONS:
        raise ConfigError(unknown("question", str(number), [str(each) for each in QUESTIONS]))
    return QUESTIONS[number](known)


def answers(known: Evidence) -> tuple[Answer, ...]:
    """Return the answers to the five questions, and what became of the search for a better network as a sixth."""
    return tuple(answer(number, known) for number in QUESTIONS)

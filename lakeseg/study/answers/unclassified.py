"""Question 5: what does the FCN say where two labellers disagree, and is it right there?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from lakeseg.metrics import Scores
from lakeseg.study.answers.shapes import Answer, Evidence, Figure, Row, Table
from lakeseg.study.answers.words import NONE, NOT_RUN, UNIT, capital, count, listed, origin, percent, score, signed
from lakeseg.study.results import Result

QUESTION: Final = "What does the FCN say on Dataset1, where two labellers disagree on many pixels?"
FAVOURITES: Final = ("fcn-lakeseg", "fcn-paper-32")  # the best we have, and the one that the study showed
EVERYWHERE: Final = ""
NOTHING: Final = "Nothing to ask: no pixel here is unclassified, or no model has all of the bands."
_NAMES: Final = {EVERYWHERE: "all domains"}


def answer(known: Evidence) -> Answer:
    """Answer question 5."""
    part = known.part("unclassified")
    main = favourite(part)
    if part is None or main is None:
        said = NOTHING if part else f"{capital(NOT_RUN)}."
        return Answer(5, "What of Dataset1?", QUESTION, said, missing=() if part else ("part unclassified",))
    rows = part.of_model(main)
    whole = next(row for row in rows if row["domain"] == EVERYWHERE)
    return Answer(
        5,
        "What of Dataset1?",
        QUESTION,
        verdict(whole),
        _figures(part, rows),
        (_models_table(part), _domains_table(part, main)),
        _tested(part, whole),
        _sure(whole),
        _change(whole),
    )


def favourite(part: Result | None) -> str | None:
    """Return the model that the sentences are of: the first of `FAVOURITES` that took part, else the first of all."""
    models = [row["model"] for row in part.rows if row["domain"] == EVERYWHERE] if part else []
    return next((name for name in FAVOURITES if name in models), models[0] if models else None)


def verdict(row: Row) -> str:
    """Return the sentence: agreement, what it calls the open pixels, and how often it is right there."""
    said = row["says"]
    pixels = sum(said.values())
    parts = [
        f"{row['title']} agrees with the labels on {_share(row['agreement'])} of the pixels where both labellers do",
        f"it calls {percent(said['water'] / pixels)} of the {count(pixels)} unclassified pixels water"
        if pixels
        else "no pixel is unclassified",
    ]
    truth = row.get("truth")
    if truth and pixels:
        parts.append(f"it is right on {_share(truth['right'])} of those, {_against_labellers(truth)}{_floor(truth)}")
    return f"{'; '.join(parts)}."


def _share(found: Mapping[str, Any]) -> str:
    if found["share"] is None:
        return NONE
    return f"{percent(found['share'])} [{_ends(found)}]"


def _ends(found: Mapping[str, Any]) -> str:
    low, high = (percent(found[name]).removesuffix(f"{UNIT}%") for name in ("low", "high"))
    return f"{low}, {high}"


def _against_labellers(truth: Mapping[str, Any]) -> str:
    """Return how often each labeller is right there, and whether that is surely less or more than the model."""
    found: dict[str, list[str]] = {"more often than": [], "about as often as": [], "less often than": []}
    for name, each in truth.get("labellers", {}).items():
        less = each["model_less_labeller"]
        word = "more often than" if less["low"] > 0 else "less often than" if less["high"] < 0 else "about as often as"
        found[word].append(f"the {name} ({percent(each['right']['share'])})")
    phrases = [f"{word} {listed(names)}" for word, names in found.items() if names]
    return listed(phrases) if phrases else "with no labeller to compare it to"


def _floor(truth: Mapping[str, Any]) -> str:
    """Return how often calling all of them the commoner class is right, and whether the model surely does otherwise."""
    land = 1 - truth["water"]["share"]
    common, share = ("land", land) if land >= 0.5 else ("water", 1 - land)
    low, high = truth["right"]["low"], truth["right"]["high"]
    words = "more often than" if low > share else "less often than" if high < share else "about as often as"
    return f", and {words} calling all of them {common} would be ({percent(share)})"


def found_water(truth: Mapping[str, Any]) -> Scores:
    """Return the scores of water on unclassified pixels, against the truth."""
    counts = truth["counts"]
    matrix = np.array([counts["water"], counts["land"], [0, 0, 0]], np.int64)
    return Scores.from_confusion(matrix)


def _figures(part: Result, rows: Sequence[Row]) -> tuple[Figure, ...]:
    title = rows[0]["title"]
    called = [row for each in rows for row in _called(each)]
    right = [row for each in rows for row in _right(each)]
    about = f"{origin(part.dataset)}, {part.split}."
    figures = [
        Figure(
            "dataset1-called",
            "called",
            tuple(called),
            f"How many unclassified pixels {title} calls water",
            f"Solid: called water; hollow: truly water (half of the pixel or more). {about}",
        )
    ]
    if right:
        caption = f"Share of the unclassified pixels whose class is right; bars are 95 % intervals over lakes. {about}"
        figures.append(
            Figure("dataset1-right", "right", tuple(right), "Who is right where labellers disagree", caption)
        )
    return tuple(figures)


def _domain(row: Row) -> str:
    return f"{_NAMES.get(row['domain'], row['domain'])} ({count(sum(row['says'].values()))} px)"


def _called(row: Row) -> list[Row]:
    pixels = sum(row["says"].values())
    if not pixels:
        return []
    rows: list[Row] = [{"domain": _domain(row), "who": "called water", "share": row["says"]["water"] / pixels}]
    if truth := row.get("truth"):
        water = truth["water"]
        ends = {"low": water["low"], "high": water["high"]}
        rows.append({"domain": _domain(row), "who": "truly water", "share": water["share"], **ends})
    return rows


def _right(row: Row) -> list[Row]:
    truth = row.get("truth")
    if not truth or truth["right"]["share"] is None:
        return []
    who = {row["title"]: truth["right"]}
    who |= {f"{name}": found["right"] for name, found in truth.get("labellers", {}).items()}
    return [
        {"domain": _domain(row), "who": name, **{key: found[key] for key in ("share", "low", "high")}}
        for name, found in who.items()
    ]


_COLUMNS: Final = (
    "Sure labels: pixels",
    "Agreement",
    "F1 of water there",
    "Unclassified",
    "Called water",
    "Truly water",
    "Right there",
    "F1 of water there, by truth",
)


def _cells(row: Row) -> tuple[str, ...]:
    said, sure = row["says"], row["agreement"]
    pixels = sum(said.values())
    f1 = Scores.from_confusion(np.array(row["confusion"], np.int64)).f1
    called = percent(said["water"] / pixels) if pixels else NONE
    start = (count(sure["pixels"]), _share(sure), score(f1), count(pixels), called)
    truth = row.get("truth")
    if not truth:
        return (*start, NONE, NONE, NONE)
    return (*start, percent(truth["water"]["share"]), _share(truth["right"]), score(found_water(truth).f1))


def _models_table(part: Result) -> Table:
    rows = [(str(row["title"]), *_cells(row)) for row in part.rows if row["domain"] == EVERYWHERE]
    whole = next(row for row in part.rows if row["domain"] == EVERYWHERE)
    lakes = f"{count(whole['lakes'])} of {count(whole['of_lakes'])} lakes ({whole['rule']})"
    alike = all(row["pixels"] == whole["pixels"] for row in part.rows if row["domain"] == EVERYWHERE)
    basis = f"{lakes}; {count(whole['pixels'])} pixels" if alike else "each on ground that it has not seen"
    note = (
        f"{origin(part.dataset)}; {basis}; one training each, […] is a 95 % bootstrap "
        "interval over ground groups of lakes."
    )
    return Table("Every model on Dataset1", ("Model", *_COLUMNS), tuple(rows), note)


def _domains_table(part: Result, main: str) -> Table:
    rows, title = part.of_model(main), ""
    cells = []
    for row in rows:
        title = str(row["title"])
        labellers = (row.get("truth") or {}).get("labellers", {})
        less = [_difference(found["model_less_labeller"]) for found in labellers.values()]
        cells.append((_NAMES.get(row["domain"], row["domain"]), count(row["lakes"]), *_cells(row), *less))
    names = ((rows[0].get("truth") or {}).get("labellers", {})) if rows else {}
    columns = ("Domain", "Lakes", *_COLUMNS, *(f"Right, less the {name}'s" for name in names))
    width = len(columns)
    padded = tuple((*row, *[NONE] * (width - len(row))) for row in cells)
    note = "Differences are shares of the same pixels, paired over lakes. Few lakes in a domain make a wide interval."
    return Table(f"{title} on Dataset1, by domain", columns, padded, note)


def _difference(found: Mapping[str, Any]) -> str:
    if found["value"] is None:
        return NONE
    return f"{signed(found['value'])} [{signed(found['low'])}, {signed(found['high'])}]"


def _tested(part: Result, whole: Row) -> tuple[str, ...]:
    said = [
        (
            f"Every model of all bands on {count(whole['lakes'])} lakes of {origin(part.dataset)}, those on ground "
            "that it has not seen: the study's Dataset2 overlaps its Dataset1, which it did not take out."
        )
    ]
    if whole.get("truth"):
        said.append(
            "The simulator knows the water fraction of each pixel; a pixel is water from "
            f"{part.made.get('water_from_percent', 50)} % on. The study had no such truth and looked at pictures."
        )
    return tuple(said)


def _sure(whole: Row) -> tuple[str, ...]:
    truth = whole.get("truth")
    if not truth:
        return ("Nobody knows the truth here, so that only agreement can be counted.",)
    water = found_water(truth)
    return (
        (
            f"Being right is accuracy, and {percent(truth['water']['share'])} of the unclassified pixels are water; "
            f"of these it finds {percent(water.recall)}, and {percent(water.precision)} of what it calls water is."
        ),
        (
            f"Labels that both labellers share are themselves right on {_share(truth['labels_right_on_sure'])} of "
            f"their pixels; the model is on {_share(truth['right_on_sure'])}."
        ),
        "One training each: the seed is not in these intervals.",
    )


def _change(whole: Row) -> tuple[str, ...]:
    tail = "The labellers are simulated after those of the study; real ones may err elsewhere."
    return (tail,) if whole.get("truth") else ("A truth from the ground or from finer images.",)

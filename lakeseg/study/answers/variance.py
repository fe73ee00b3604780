"""Principal components: what the study read from them (Figure 4), and what F1 they allow."""

from __future__ import annotations

from itertools import accumulate
from typing import Final

from lakeseg.study.answers.shapes import Figure, Row, Table
from lakeseg.study.answers.words import NONE, origin, percent, score
from lakeseg.study.published import facts
from lakeseg.study.results import Result

CLAIMED: Final = 0.99


def variance_sentence(components: Result) -> str:
    """Return why variance does not tell how well classes part, or that here it does."""
    from lakeseg.study.components import resolution

    return resolution(components)


def scree(components: Result) -> Figure:
    """Return Figure 4 of the study: the share of the variance along each component and what they hold together."""
    shares = [float(share) for share in components.made.get("shares", ())]
    together = list(accumulate(shares))
    rows: list[Row] = [
        {"k": k, "share": share, "together": held, "source": "ours"}
        for k, (share, held) in enumerate(zip(shares, together, strict=True), start=1)
    ]
    few = int(facts()["pca"]["components_for_99_percent"])
    rows.append({"k": few, "together": CLAIMED, "source": "published"})
    held = percent(together[few - 1], 2) if len(together) >= few else "less"
    caption = (
        f"Pixels of the training lakes of {origin(components.dataset)}. Hollow: the study's {few} components with over "
        f"{percent(CLAIMED, 0)}; ours hold {held}."
    )
    return Figure("bands-variance", "scree", tuple(rows), "Figure 4: variance held by principal components", caption)


def scree_table(components: Result) -> Table:
    """Return Figure 4 in numbers, and the F1 that as many components allow."""
    shares = [float(share) for share in components.made.get("shares", ())]
    few = int(facts()["pca"]["components_for_99_percent"])
    rows = tuple(
        (
            str(k),
            percent(share, 2),
            percent(held, 2),
            f"over {percent(CLAIMED, 0)}" if k == few else NONE,
            *(_f1(components, model, k) for model in ("logistic", "boosting")),
        )
        for k, (share, held) in enumerate(zip(shares, accumulate(shares), strict=True), start=1)
    )
    columns = ("Component", "Share of variance", "Together", "Together, 2018", "F1, regression", "F1, boosting")
    note = (
        f"{origin(components.dataset)}; components of the pixels of the training lakes, F1 on the test lakes, one "
        "training each, […] is a 95 % bootstrap interval over lakes. The study gave Figure 4 as a picture."
    )
    return Table("Figure 4 in numbers", columns, rows, note)


def _f1(components: Result, model: str, k: int) -> str:
    wanted = (model, "components", k)
    row = next((row for row in components.rows if (row["model"], row["basis"], row["k"]) == wanted), None)
    return NONE if row is None else f"{score(row['f1'])} [{score(row['low'], 2)}, {score(row['high'], 2)}]"


def puzzle(components: Result) -> Figure:
    """Return the variance held by k components beside F1 on them and on the k best bands."""
    fields = ("model", "basis", "k", "bands", "variance", "f1", "low", "high")
    rows = tuple({name: row[name] for name in fields} for row in components.rows)
    caption = (
        f"{origin(components.dataset)}: F1 on the test lakes of regression and boosting, learned from all pixels of "
        "the training lakes; bands were chosen on the validation lakes. Bars are 95 % intervals over lakes."
    )
    return Figure("bands-components", "components", rows, "Variance is not F1", caption)

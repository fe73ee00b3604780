"""The table that a reviewer decides on: what is shared, seen through his choices."""

from __future__ import annotations

from lakeseg.review import queue, ranking
from lakeseg.review.regions import Regions
from lakeseg.ui.cache import learned, review
from lakeseg.ui.cache import regions as kept
from lakeseg.ui.frame import View
from lakeseg.ui.review.choices import Choices
from lakeseg.ui.review.question import Table


def lay(view: View, regions: Regions, choices: Choices, reviewer: str) -> tuple[Table, str]:
    """Return the table as it is now, and why it may be out of date in one line; empty if it is not.

    Raises:
        ReviewError: The database was never reached.
    """
    dataset = view.dataset
    ledger = review.ledger(dataset)
    standing = kept.standing(regions, ledger)
    standing.refresh()
    shares = queue.reviewed(regions, dataset.lakes, standing.left_by_all)
    taught = learned.teacher(dataset, regions, ledger).ranking() if choices.rule == ranking.LEARNING else (0, None)
    components, order = kept.ranked(regions, dataset, choices.rule, shares, taught)
    table = Table(
        dataset,
        reviewer,
        ledger,
        regions,
        standing,
        components,
        ranking.rule(choices.rule),
        order,
        queue.select(regions, dataset.lakes, choices.filters),
        choices.key,
        choices.rates,
        choices.blind,
        choices.shown,
    )
    return table, ledger.offline

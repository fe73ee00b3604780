"""Everything that comes out of a review, as plain values: agreement, consensus, and what it changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lakeseg.analysis.selection import has_lakes
from lakeseg.cache import PredictionCache
from lakeseg.cards import Card
from lakeseg.data.dataset import Dataset
from lakeseg.evaluation import Progress
from lakeseg.review import truth
from lakeseg.review.agreement import SCALES, agreement
from lakeseg.review.consensus import Consensus, Rule, consensus
from lakeseg.review.disagreements import disagreements
from lakeseg.review.effect import changed, effect, table2
from lakeseg.review.opinions import Facts, facts, opinions, says
from lakeseg.review.reviewers import reviewers
from lakeseg.review.verdicts import Verdict
from lakeseg.review.votes import Votes, votes_of


def fitting(dataset: Dataset, cards: Sequence[Card]) -> list[Card]:
    """Return the models that run on a dataset's bands and have lakes there on ground that they have not seen.

    Of one that learned from single pixels nobody knows that.
    """
    able = [card for card in cards if card.fits(dataset.bands) and not card.of_pixels]
    return [card for card in able if has_lakes(card, dataset, "test")]


def report(
    dataset: Dataset,
    verdicts: Sequence[Verdict],
    rule: Rule,
    cards: Sequence[Card],
    cache: PredictionCache,
    progress: Progress | None = None,
) -> Mapping[str, Any]:
    """Return all numbers.

    Args:
        dataset: What was reviewed.
        verdicts: All verdicts on it, in the order of the log.
        rule: How they become labels.
        cards: Models to compare with; those that do not fit the dataset are passed over.
        cache: Where their predictions are.
        progress: Called with the share done after each model.
    """
    votes = votes_of(verdicts, dataset.lakes)
    found, known = consensus(votes, rule), facts(dataset, votes.pixels)
    change = changed(found, known)
    others, effects = dict(known.labellers), []
    able = fitting(dataset, cards)
    for done, card in enumerate(able, start=1):
        others[card.id] = says(dataset, votes.pixels, card, cache)
        effects.append(effect(dataset, card, cache, change).to_json())
        if progress is not None:
            progress(done / len(able), card.title)
    return {
        "dataset": {"name": dataset.name, "fingerprint": dataset.fingerprint, "simulated": dataset.simulated},
        "reviewers": [one.to_json() for one in reviewers(dataset, verdicts, votes)],
        "agreement": [agreement(votes, dataset.lakes, scale).to_json() for scale in SCALES],
        "opinions": [one.to_json() for one in opinions(votes, dataset, others)],
        "disagreements": [
            {"lake": one.lake, "runs": one.runs, "pixels": one.pixels, "apart": one.apart, "tied": one.tied}
            for one in disagreements(votes, dataset.lakes, found)
        ],
        "consensus": {"rule": rule.words, **found.counts},
        "table2": table2(dataset, change),
        "effects": effects,
        "truth": _truth(dataset, votes, found, known),
    }


def _truth(dataset: Dataset, votes: Votes, found: Consensus, known: Facts) -> dict[str, Any] | None:
    if known.truth is None:
        return None
    kinds = {"verdict": truth.by_verdict, "confidence": truth.by_confidence, "reviewer": truth.by_reviewer}
    tables = {
        f"by_{name}": [one.to_json() for one in make(votes, known.truth, dataset.lakes)] for name, make in kinds.items()
    }
    return tables | {"consensus": truth.of_consensus(found, known.truth, dataset.lakes).to_json()}

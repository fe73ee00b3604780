"""Learn from verdicts: a logistic regression while somebody waits, and what each hundred verdicts were worth.

It learns from regions, for the pixels of one are alike: their mean spectrum (as in `similar.py`) and the log odds of
water that each judge gives them. A verdict is so worth more than its pixels: on how far to trust which model, too. A
region weighs the square root of its settled pixels, since they are not independent; one that is mixed counts as water
and as land by its fraction. Verdicts of "can't tell" teach nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from lakeseg.data.dataset import Dataset
from lakeseg.metrics import Scores, bootstrap_interval, sum_by_group
from lakeseg.review.regions import Regions
from lakeseg.review.similar import Spectra
from lakeseg.review.verdicts import Verdict
from lakeseg.review.votes import HALF, NOTHING, votes_of
from lakeseg.segmenters.pixelwise import one_thread

FOLDS: Final = 5
EVERY: Final = 100
MOST_STEPS: Final = 20
VERDICTS_LATER, TRUTH = "what reviewers said", "true water"
LEARNER, MODELS = "learned from verdicts", "models' mean, nothing learned"
_ODDS: Final = 3.0  # log odds that count as much as one standard deviation of a band
_SUREST: Final = 1e-3  # probability beyond which a model's certainty counts no more
_SEED: Final = 0
_TOLERANCE: Final = 1e-4


@dataclass(frozen=True, eq=False)
class Lessons:
    """What verdicts say of regions, a row for each verdict and region that share pixels, n of them.

    Attributes:
        verdict: (n,) int64 number of the verdict, ascending.
        region: (n,) int64.
        pixels: (n,) int64 that they share.
        water: (n,) float64 share of water that the verdict gives them.
        verdicts: How many verdicts there are, those among them that teach nothing too.
    """

    verdict: np.ndarray
    region: np.ndarray
    pixels: np.ndarray
    water: np.ndarray
    verdicts: int

    def by_region(self, count: int, some: np.ndarray | slice = slice(None)) -> tuple[np.ndarray, np.ndarray]:
        """Return of `some` rows the votes (pixels × reviewers) on each of `count` regions, and their share of water."""
        region, pixels = self.region[some], self.pixels[some]
        votes = np.bincount(region, pixels, count)
        water = np.bincount(region, pixels * self.water[some], count)
        return votes, np.divide(water, votes, out=np.zeros(count), where=votes > 0)


@dataclass(frozen=True, eq=False)
class Learned:
    """A regression on what was settled so far.

    Attributes:
        water: (R,) float32 probability of water of every region.
        regions: How many regions it learned from.
        weights: What one standard deviation of a band, or `_ODDS` log odds of a model, adds to the log odds of water.
    """

    water: np.ndarray
    regions: int
    weights: dict[str, float]


@dataclass(frozen=True)
class Worth:
    """How good somebody is on ground from which nothing was learned, once `verdicts` verdicts stood.

    Attributes:
        verdicts: How many verdicts there were; the fit for each pixel left out those of the pixel's own ground.
        who: `LEARNER`, `MODELS`, or the title of one of the models.
        judged_by: `VERDICTS_LATER` or `TRUTH`.
        f1, low, high: Of water, with the 95 % bootstrap interval over ground groups; NaN where undefined.
        accuracy: Share of pixels.
        pixels: How many were judged.
    """

    verdicts: int
    who: str
    judged_by: str
    f1: float
    low: float
    high: float
    accuracy: float
    pixels: int


def lessons(regions: Regions, dataset: Dataset, verdicts: Sequence[Verdict]) -> Lessons:
    """Return what standing verdicts say of regions, whatever regions they were given on; in the order of the log."""
    votes = votes_of(verdicts, dataset.lakes)
    rows = np.repeat(dataset.lakes.offset[regions.lake], regions.pixels) + regions.positions
    order = np.argsort(rows, kind="stable")
    place = np.minimum(np.searchsorted(rows, votes.pixel, sorter=order), max(len(rows) - 1, 0))
    found = order[place] if len(rows) else place
    known = (votes.percent != NOTHING) & (rows[found] == votes.pixel) if len(rows) else np.zeros(len(votes), bool)
    region = np.repeat(np.arange(len(regions)), regions.pixels)[found[known]] if len(rows) else place[:0]
    keys, first, pixels = np.unique(votes.of[known] * np.int64(max(len(regions), 1)) + region, True, False, True)
    percent = votes.percent[known][first]
    return Lessons(*np.divmod(keys, max(len(regions), 1)), pixels, percent / 100, len(votes.verdicts))


def features(regions: Regions, spectra: Spectra | None = None) -> np.ndarray:
    """Return the (R, B + K) float64 values that are learned from."""
    sure = np.clip(regions.water.astype(np.float64), _SUREST, 1 - _SUREST)
    return np.hstack([(spectra or Spectra(regions)).standard, np.log(sure / (1 - sure)) / _ODDS])


def learn(regions: Regions, said: Lessons, values: np.ndarray | None = None) -> Learned | None:
    """Fit on what was said so far; None until both water and land were.

    Args:
        regions: Of the dataset.
        said: From `lessons`.
        values: From `features`, where they are at hand.
    """
    values = features(regions) if values is None else values
    votes, water = said.by_region(len(regions))
    fit = _fit(values, votes, water)
    if fit is None:
        return None
    names = [*(f"band {band}" for band in regions.bands), *(judge.title for judge in regions.judges)]
    weights = dict(zip(names, map(float, fit.coef_[0]), strict=True))
    return Learned(fit.predict_proba(values)[:, 1].astype(np.float32), int((votes > 0).sum()), weights)


def _fit(values: np.ndarray, votes: np.ndarray, water: np.ndarray) -> Any:
    """Return scikit-learn's regression on the regions with votes; None where these know one class only."""
    from sklearn.linear_model import LogisticRegression

    some = np.flatnonzero(votes > 0)
    size = np.sqrt(votes[some])
    weights = np.concatenate([size * (1 - water[some]), size * water[some]])
    classes = np.repeat([0, 1], len(some))
    counts = weights > 0
    if len(np.unique(classes[counts])) < 2:
        return None
    taught = np.tile(values[some], (2, 1))[counts]
    with one_thread():
        fit = LogisticRegression(solver="newton-cholesky", tol=_TOLERANCE)
        return fit.fit(taught, classes[counts], weights[counts] / size.mean())


def true_water(dataset: Dataset, regions: Regions) -> np.ndarray | None:
    """Return (R,) int64 pixels of each region that are truly water (from half their area on); None where unknown."""
    if not dataset.truth_available:
        return None
    found = np.zeros(len(regions), np.int64)
    lakes, starts = np.unique(regions.lake, return_index=True)
    for lake, low, high in zip(lakes, starts, [*starts[1:], len(regions)], strict=True):
        truth = dataset.lake(dataset.lake_ids[lake]).truth
        if truth is None:
            return None
        first = regions.first[low : high + 1]
        wet = truth.ravel()[regions.positions[first[0] : first[-1]]] >= HALF
        found[low:high] = np.add.reduceat(wet, first[:-1] - first[0], dtype=np.int64)
    return found


def bought(regions: Regions, dataset: Dataset, said: Lessons, truth: np.ndarray | None = None) -> list[Worth]:
    """Return what a fit was worth after each hundred verdicts, beside the models of which nothing was learned.

    Nobody is judged on ground that he learned from: the ground groups are in five parts, and the pixels of each are
    judged by a fit on verdicts from the other four. Judged are, at every step, the same pixels: all those that have a
    verdict by now, and where the true water is known, all.

    Args:
        regions: Of the dataset.
        dataset: For its ground groups.
        said: From `lessons`, of all standing verdicts.
        truth: From `true_water`.
    """
    votes, share = said.by_region(len(regions))
    goals = {VERDICTS_LATER: (np.where(votes > 0, regions.pixels, 0), np.rint(share * regions.pixels).astype(np.int64))}
    if truth is not None:
        goals[TRUTH] = (regions.pixels, truth)
    groups = _grounds(dataset)[regions.lake]
    alone = {judge.title: regions.water[:, place] for place, judge in enumerate(regions.judges)}
    before = {MODELS: regions.water.mean(axis=1)} | alone if alone and said.verdicts else {}
    found = [
        _worth(0, who, goal, water >= HALF / 100, *goals[goal], groups)
        for who, water in before.items()
        for goal in goals
    ]
    for count, water in _cross_fits(regions, said, groups):
        found += [_worth(count, LEARNER, goal, water, *goals[goal], groups) for goal in goals]
    return found


def _grounds(dataset: Dataset) -> np.ndarray:
    """Return (L,) names of the ground groups; a lake without one stands alone."""
    table = dataset.lakes
    return np.where(table.group == "", table.id, table.group)


def _cross_fits(regions: Regions, said: Lessons, groups: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """Yield after each hundred verdicts what is said of each region, (R,) bool, by fits on other ground alone."""
    values = features(regions)
    names, place = np.unique(groups, return_inverse=True)
    fold = (np.random.default_rng(_SEED).permutation(len(names)) % FOLDS)[place]
    for count in _steps(said.verdicts):
        some = said.verdict < count
        votes, share = said.by_region(len(regions), some)
        water = np.zeros(len(regions), bool)
        for part in range(FOLDS):
            here, taught = fold == part, np.where(fold == part, 0, votes)
            fit = _fit(values, taught, share)
            if fit is not None:
                water[here] = fit.predict(values[here]) == 1
            elif taught.any():
                water[here] = share[taught > 0].mean() >= 0.5  # one class is all that it has heard of
        yield count, water


def _steps(verdicts: int) -> list[int]:
    """Return after how many verdicts to look: each hundred; of long logs `MOST_STEPS`, which lie apart by a factor."""
    hundreds = verdicts // EVERY
    if hundreds > MOST_STEPS:
        chosen = {round(float(step)) for step in np.geomspace(1, hundreds, MOST_STEPS)}
    else:
        chosen = set(range(1, hundreds + 1))
    return sorted({*(EVERY * step for step in chosen), verdicts} - {0})


def _worth(
    count: int, who: str, goal: str, water: np.ndarray, pixels: np.ndarray, wet: np.ndarray, groups: np.ndarray
) -> Worth:
    """Return how good it is to call whole regions `water` (R,), of `pixels` (R,) each of which `wet` are water."""
    dry = pixels - wet
    table = np.zeros((len(pixels), 3, 3), np.int64)
    table[:, 0, 0], table[:, 0, 1] = np.where(water, wet, 0), np.where(water, 0, wet)
    table[:, 1, 0], table[:, 1, 1] = np.where(water, dry, 0), np.where(water, 0, dry)
    judged = pixels > 0
    by_group = sum_by_group(table[judged], groups[judged])
    interval = bootstrap_interval(by_group, np.random.default_rng(_SEED))
    scores = Scores.from_confusion(by_group.sum(axis=0))
    return Worth(count, who, goal, scores.f1, interval.low, interval.high, scores.accuracy, int(pixels.sum()))

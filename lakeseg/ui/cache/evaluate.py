"""What the page Evaluate keeps between runs. Keys are fingerprints and the rows of lakes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from lakeseg.analysis import calibration, comparing, shore, thresholds
from lakeseg.analysis.calibration import Reliability
from lakeseg.analysis.comparing import Difference, SizeBin
from lakeseg.analysis.thresholds import AreaIntervals, Curves, PixelScores
from lakeseg.bands import is_fill, to_reflectance
from lakeseg.cache import CacheKey
from lakeseg.cards import Card
from lakeseg.data.dataset import Dataset
from lakeseg.errors import ModelError
from lakeseg.evaluation import scored_labels
from lakeseg.figures.composites import composite, thumbnail
from lakeseg.metrics import Interval, Unclassified, bootstrap_intervals, classes, sum_by_group
from lakeseg.ui.cache import prediction_cache
from lakeseg.ui.viewer import Panel, classes_panel, image_panel

if TYPE_CHECKING:
    from lakeseg.ui.evaluate.subjects import Subject

TABLES = 64
PIXELS = 8
CHARTS = 128
PICTURES = 500
SEED = 0  # the seed of `evaluation.summarise`: the same draws, so the same interval
Key = tuple[str, str, bytes]


def confusions(dataset: Dataset, card: Card) -> np.ndarray:
    """Return (L, 3, 3): the confusion matrices of all lakes of a dataset, −1 where not known; do not change it."""
    stamp = prediction_cache().scores_stamp(dataset.fingerprint, card.fingerprint)
    return _confusions(dataset.fingerprint, card.fingerprint, stamp, len(dataset.lakes))


@st.cache_resource(max_entries=TABLES, show_spinner=False)
def _confusions(fingerprint: str, model: str, stamp: int, lakes: int) -> np.ndarray:  # noqa: ARG001  part of the key
    return prediction_cache().scores(fingerprint, model, lakes)


def intervals(subject: Subject, unclassified: Unclassified, metrics: tuple[str, ...]) -> dict[str, Interval]:
    """Return the intervals of metrics of a subject that is ready."""
    return _intervals(subject.key, unclassified, metrics, subject)


@st.cache_data(max_entries=CHARTS, show_spinner=False)
def _intervals(
    key: Key,  # noqa: ARG001  all that the subject depends on
    unclassified: Unclassified,
    metrics: tuple[str, ...],
    _subject: Subject,
) -> dict[str, Interval]:
    groups = sum_by_group(_subject.confusions, _subject.groups)
    return bootstrap_intervals(groups, np.random.default_rng(SEED), metrics, unclassified)


def pixels(subject: Subject) -> PixelScores:
    """Return the labelled pixels of a subject with their scores.

    Raises:
        ModelError: A prediction was removed since its lake was scored.
    """
    return _pixels(subject.key, subject)


@st.cache_resource(max_entries=PIXELS, show_spinner=False)
def _pixels(key: Key, _subject: Subject) -> PixelScores:  # noqa: ARG001  the key
    found = thresholds.read_scores(_subject.dataset, _subject.card.fingerprint, _subject.ids, prediction_cache())
    if found is None:
        raise _removed()
    return found


def _removed() -> ModelError:
    root = prediction_cache().root
    return ModelError(f"predictions were removed from {root}: delete that folder, and they are made anew")


def curves(subject: Subject, unclassified: Unclassified) -> tuple[Curves, tuple[float, float]] | None:
    """Return the thinned curves of a subject and its best threshold with its F1; None without water or land."""
    return _curves(subject.key, unclassified, subject)


@st.cache_data(max_entries=CHARTS, show_spinner=False)
def _curves(key: Key, unclassified: Unclassified, _subject: Subject) -> tuple[Curves, tuple[float, float]] | None:  # noqa: ARG001
    found = thresholds.curves(pixels(_subject), unclassified)
    return None if found is None else (found.thinned(), found.best)


def area_intervals(subject: Subject, unclassified: Unclassified) -> AreaIntervals | None:
    """Return the intervals of the areas under the curves of a subject; None without water or land."""
    return _area_intervals(subject.key, unclassified, subject)


@st.cache_data(max_entries=CHARTS, show_spinner=False)
def _area_intervals(key: Key, unclassified: Unclassified, _subject: Subject) -> AreaIntervals | None:  # noqa: ARG001
    return thresholds.area_intervals(pixels(_subject), _subject.groups, unclassified)


def reliability(subject: Subject, equal_mass: bool) -> Reliability:
    """Return the reliability of a subject's probabilities."""
    return _reliability(subject.key, equal_mass, subject)


@st.cache_data(max_entries=CHARTS, show_spinner=False)
def _reliability(key: Key, equal_mass: bool, _subject: Subject) -> Reliability:  # noqa: ARG001
    return calibration.reliability(pixels(_subject), _subject.groups, equal_mass=equal_mass)


def bands(subject: Subject) -> np.ndarray:
    """Return (FAR, n, 3, 3): the confusions of a subject's lakes at each distance from a border of classes."""
    return _bands(subject.key, subject)


@st.cache_data(max_entries=CHARTS, show_spinner=False)
def _bands(key: Key, _subject: Subject) -> np.ndarray:  # noqa: ARG001
    return shore.band_confusions(pixels(_subject), _distances(_subject.key[0], _subject.key[2], _subject))


@st.cache_resource(max_entries=PIXELS, show_spinner=False)
def _distances(fingerprint: str, rows: bytes, _subject: Subject) -> np.ndarray:  # noqa: ARG001
    return shore.read_distances(_subject.dataset, _subject.ids)


def by_size(subject: Subject, unclassified: Unclassified) -> list[SizeBin]:
    """Return F1 of a subject in classes of lake size."""
    return _by_size(subject.key, unclassified, subject)


@st.cache_data(max_entries=CHARTS, show_spinner=False)
def _by_size(key: Key, unclassified: Unclassified, _subject: Subject) -> list[SizeBin]:  # noqa: ARG001
    sizes = _subject.dataset.lakes.size[_subject.rows]
    return comparing.f1_by_size(_subject.confusions, _subject.groups, sizes, unclassified=unclassified)


def difference(
    first: Subject, second: Subject, rows: np.ndarray, metric: str, unclassified: Unclassified
) -> Difference:
    """Return the paired difference of two subjects on the lakes `rows`, which both have."""
    return _difference(first.key, second.key, rows.tobytes(), metric, unclassified, (first, second, rows))


@st.cache_data(max_entries=CHARTS, show_spinner=False)
def _difference(
    first: Key,  # noqa: ARG001  this and the next two are the key
    second: Key,  # noqa: ARG001
    rows: bytes,  # noqa: ARG001
    metric: str,
    unclassified: Unclassified,
    _pair: tuple[Subject, Subject, np.ndarray],
) -> Difference:
    one, other, both = _pair
    groups = [one.groups[place] for place in np.searchsorted(one.rows, both)]
    return comparing.paired_difference(one.at(both), other.at(both), groups, metric, unclassified)


@dataclass(frozen=True)
class CellPicture:
    """A lake with the pixels of one cell of its confusion matrix marked, and the place where they are densest."""

    webp: bytes
    pixel: tuple[int, int] | None


@st.cache_data(max_entries=PICTURES, show_spinner=False)
def cell_picture(
    fingerprint: str, model: str, lake_id: str, cell: tuple[int, int], colour: tuple[int, int, int], _dataset: Dataset
) -> CellPicture:
    """Return the picture of a lake with the pixels of class `cell[0]` that the model calls `cell[1]` marked.

    Raises:
        ModelError: The prediction was removed since the lake was scored.
    """
    lake = _dataset.lake(lake_id)
    said = prediction_cache().get(CacheKey(fingerprint, lake_id, model))
    if said is None or said.shape[:2] != lake.shape:
        raise _removed()
    marked = (scored_labels(lake, _dataset.fill) == cell[0]) & (classes(said) == cell[1])
    reflectance = to_reflectance(lake.image, _dataset.scale, _dataset.fill)
    valid = ~is_fill(lake.image, _dataset.fill)
    picture = thumbnail(reflectance, _dataset.bands, valid, marked=marked, colour=colour)
    return CellPicture(picture, comparing.densest(marked))


@st.cache_resource(max_entries=PIXELS, show_spinner=False)
def ground_panels(fingerprint: str, lake_id: str, _dataset: Dataset) -> tuple[Panel, Panel]:  # noqa: ARG001
    """Return the viewer's panels of a lake in natural colour (or its first band) and of its labels."""
    lake = _dataset.lake(lake_id)
    rgb = (1, 4, 3) if {1, 3, 4} <= set(_dataset.bands) else (_dataset.bands[0],) * 3
    reflectance = to_reflectance(lake.image, _dataset.scale, _dataset.fill)
    picture = composite(reflectance, _dataset.bands, rgb, valid=~is_fill(lake.image, _dataset.fill))
    title = "Natural colour" if rgb == (1, 4, 3) else f"Band {rgb[0]}"
    return image_panel("picture", title, picture), classes_panel("labels", "Labels", lake.labels)

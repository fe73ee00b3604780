"""What the page Bands keeps between runs."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import streamlit as st

from lakeseg.analysis.moments import Components, components
from lakeseg.analysis.selection import KnownSplit, split_of
from lakeseg.analysis.survey import Survey
from lakeseg.analysis.survey import survey as make_survey
from lakeseg.bands import is_fill, to_reflectance
from lakeseg.cards import Card
from lakeseg.data.dataset import Dataset
from lakeseg.study import results
from lakeseg.study.results import Result
from lakeseg.ui.bands.fits import Fits

SURVEYS = 16
SPLITS = 32
LAKES = 8  # some megabytes each, more of a large lake


@st.cache_resource(max_entries=SURVEYS, show_spinner="Reading every pixel once…")
def survey(fingerprint: str, _dataset: Dataset) -> Survey:  # noqa: ARG001  the fingerprint is the key
    """Return moments and histograms of the bands of a dataset; do not change them."""
    return make_survey(_dataset)


def split(dataset: Dataset, cards: Mapping[str, Card], network: Card | None) -> KnownSplit:
    """Return the split that regressions on this dataset learn from."""
    key = tuple(card.fingerprint for card in cards.values()), network.fingerprint if network else ""
    return _split(dataset.fingerprint, key, dataset, cards, network)


@st.cache_resource(max_entries=SPLITS, show_spinner=False)
def _split(
    fingerprint: str,  # noqa: ARG001  part of the key
    models: tuple,  # noqa: ARG001  part of the key
    _dataset: Dataset,
    _cards: Mapping[str, Card],
    _network: Card | None,
) -> KnownSplit:
    return split_of(_dataset, _cards.values(), _network)


@st.cache_resource(show_spinner=False)
def fits() -> Fits:
    """Return what fits regressions in the background, shared by every session."""
    return Fits()


def result(part: str, dataset: Dataset) -> Result | None:
    """Return the result of a part of the study for a dataset, or None where it was not measured."""
    return _result(part, dataset.fingerprint, results.stamp(part, dataset.fingerprint))


@st.cache_resource(max_entries=SPLITS, show_spinner=False)
def _result(part: str, fingerprint: str, stamp: tuple[int, ...]) -> Result | None:  # noqa: ARG001  part of the key
    return results.find(part, fingerprint)


def principal(
    dataset: Dataset, domain: str | None, codes: tuple[int, ...], standardised: bool
) -> tuple[Components, int]:
    """Return the principal components of the pixels of some classes in a domain (None: all), and how many they are.

    Raises:
        ConfigError: There are fewer than two of them.
    """
    made = survey(dataset.fingerprint, dataset)
    moments = made.moments.union(made.rows(domain), codes)
    return components(moments, dataset.scale, standardised), int(moments.pixels)


@st.cache_resource(max_entries=LAKES, show_spinner=False)
def lake_scores(
    fingerprint: str,  # noqa: ARG001  part of the key
    lake_id: str,
    domain: str | None,
    codes: tuple[int, ...],
    standardised: bool,
    _dataset: Dataset,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the scores of a lake on principal components, (H, W, k) float32, and which pixels have every value."""
    lake = _dataset.lake(lake_id)
    axes, _ = principal(_dataset, domain, codes, standardised)
    return axes.scores(to_reflectance(lake.image, _dataset.scale, _dataset.fill)), ~is_fill(lake.image, _dataset.fill)

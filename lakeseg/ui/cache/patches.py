"""What the page Patches keeps between runs: encoded pictures, grids, curves over all sizes, flips."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from hashlib import sha256

import numpy as np
import streamlit as st

from lakeseg.analysis.flips import flip_counts
from lakeseg.analysis.patch_curves import PatchCurve, patch_curves, split_parts
from lakeseg.bands import CLASS_NAMES, COMPOSITES, is_fill, to_reflectance
from lakeseg.cards import Card
from lakeseg.data.dataset import Dataset
from lakeseg.figures.composites import composite
from lakeseg.metrics import classes
from lakeseg.patches import grid, is_single_class, label_counts
from lakeseg.ui.viewer import Panel, PatchOverlay, classes_panel, image_panel

PICTURES = 64
CURVES = 64
OVERLAYS = 512
ANSWERS = 128


@st.cache_resource(max_entries=PICTURES, show_spinner=False)
def picture_panel(fingerprint: str, lake_id: str, name: str, _dataset: Dataset) -> Panel:  # noqa: ARG001  the key
    """Return the composite `name` of a lake as a panel; where the bands are missing, the first band in grey."""
    lake = _dataset.lake(lake_id)
    rgb = COMPOSITES.get(name, (_dataset.bands[0],) * 3)
    reflectance = to_reflectance(lake.image, _dataset.scale, _dataset.fill)
    picture = composite(reflectance, _dataset.bands, rgb, valid=~is_fill(lake.image, _dataset.fill))
    return image_panel("picture", name, picture)


@st.cache_resource(max_entries=PICTURES, show_spinner=False)
def labels_panel(fingerprint: str, lake_id: str, _dataset: Dataset) -> Panel:
    """Return the labels of a lake as a panel."""
    return classes_panel("labels", "Labels", _labels(fingerprint, lake_id, _dataset))


@st.cache_resource(max_entries=PICTURES, show_spinner=False)
def _labels(fingerprint: str, lake_id: str, _dataset: Dataset) -> np.ndarray:  # noqa: ARG001  as above
    return _dataset.lake(lake_id).labels


def label_totals(fingerprint: str, lake_id: str, dataset: Dataset) -> np.ndarray:
    """Return the pixels of a lake with label 0, 1, 2, 3, (4,) int64."""
    return np.bincount(_labels(fingerprint, lake_id, dataset).ravel(), minlength=len(CLASS_NAMES))


@st.cache_resource(max_entries=OVERLAYS, show_spinner=False)
def overlay(fingerprint: str, lake_id: str, size: int, gap: int, prune: bool, _dataset: Dataset) -> PatchOverlay:
    """Return the patch grid of a lake; do not change it."""
    labels = _labels(fingerprint, lake_id, _dataset)
    height, width = labels.shape
    counts = label_counts(labels, grid(height, width, size, gap))
    states = is_single_class(counts) if prune else np.zeros(counts.shape[:2], bool)
    return PatchOverlay(size, gap, states.astype(np.uint8), counts)


def parts(dataset: Dataset, cards: Collection[Card]) -> dict[str, tuple[str, ...]]:
    """Return the lakes of each part of the split that the models trained on the dataset have; do not change them."""
    return _parts(dataset.fingerprint, tuple(card.fingerprint for card in cards), dataset, cards)


@st.cache_resource(max_entries=CURVES, show_spinner=False)
def _parts(
    fingerprint: str,  # noqa: ARG001  part of the key
    models: tuple[str, ...],  # noqa: ARG001  part of the key
    _dataset: Dataset,
    _cards: Collection[Card],
) -> dict[str, tuple[str, ...]]:
    return split_parts(_dataset, _cards)


def curves(dataset: Dataset, lakes: Mapping[str, Sequence[str]], gap: int, prune: bool) -> dict[str, PatchCurve]:
    """Return the curves over all patch sizes for the lakes of each part of a split; do not change them."""
    key = sha256("\n".join(f"{name}\t{chr(9).join(ids)}" for name, ids in lakes.items()).encode()).hexdigest()
    return _curves(dataset.fingerprint, key, gap, prune, dataset, lakes)


@st.cache_resource(max_entries=CURVES, show_spinner="Laying 57 grids over every lake…")
def _curves(
    fingerprint: str,  # noqa: ARG001  part of the key
    key: str,  # noqa: ARG001  as above: Streamlit takes long to hash thousands of ids
    gap: int,
    prune: bool,
    _dataset: Dataset,
    _lakes: Mapping[str, Sequence[str]],
) -> dict[str, PatchCurve]:
    return patch_curves(_dataset, _lakes, gap, prune)


@st.cache_resource(max_entries=ANSWERS, show_spinner=False)
def flip_map(
    fingerprint: str,  # noqa: ARG001  part of the key
    lake_id: str,  # noqa: ARG001  part of the key
    model: str,  # noqa: ARG001  part of the key
    _answers: Sequence[np.ndarray],
    _valid: np.ndarray,
) -> np.ndarray:
    """Return how many sizes change each pixel's class, (H, W) float32, NaN where not `_valid`.

    `_answers` of one whole pass and of each size are (H, W, 3).
    """
    whole, *by_size = [classes(probabilities) for probabilities in _answers]
    return np.where(_valid, flip_counts(whole, by_size), np.float32(np.nan)).astype(np.float32)


@st.cache_resource(max_entries=ANSWERS, show_spinner=False)
def answer_panel(
    key: str,
    title: str,
    fingerprint: str,  # noqa: ARG001  part of the key
    lake_id: str,  # noqa: ARG001  part of the key
    way: tuple[str, str],  # noqa: ARG001  part of the key
    _probabilities: np.ndarray,
) -> Panel:
    """Return what a model said of a lake as a panel; `way` is its fingerprint and the key of its options."""
    return classes_panel(key, title, classes(_probabilities), _probabilities.max(axis=-1))

"""The only place of `st.cache_data` and `st.cache_resource`.

Keys are fingerprints and ids, never arrays: Streamlit samples large arrays when it hashes them. Arguments that start
with an underscore are not part of the key.
"""

from __future__ import annotations

import gc
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st

from lakeseg.bands import is_fill, to_reflectance
from lakeseg.cache import PredictionCache
from lakeseg.catalogue import add_disagreement, lake_table
from lakeseg.data.dataset import Dataset, open_dataset
from lakeseg.data.statistics import ClassSpectra, class_spectra, dataset_spectra
from lakeseg.errors import DatasetError
from lakeseg.figures.composites import thumbnail
from lakeseg.places import data_dir, models_dir, predictions_dir
from lakeseg.serving import PredictionService
from lakeseg.store import BrokenModel, Card, ModelStore
from lakeseg.ui.jobs import DemoJob, DeviceProbe, Warmer

DATASETS = 64  # of a folder with more, every run would open all anew
LAKES = 256
MANY_MODULES = 200
THUMBNAILS = 5000


@dataclass(frozen=True)
class Broken:
    """A file or folder that cannot be used; `reason` is one line."""

    name: str
    reason: str


def settle_memory() -> None:
    """Take what was imported so far out of garbage collection, whenever many modules have come.

    Streamlit collects after every run; to walk all modules each time takes longer than most answers.
    """
    _settle_memory(len(sys.modules) // MANY_MODULES)


@st.cache_resource(max_entries=LAKES, show_spinner=False)
def _settle_memory(modules: int) -> None:  # noqa: ARG001  what was done is the key
    gc.collect()
    gc.freeze()


def datasets() -> tuple[dict[str, Dataset], list[Broken]]:
    """Return the datasets of the data folder by file name, and the files there that cannot be read.

    Those of single pixels come last, so that no page starts with one that it cannot show.
    """
    good: dict[str, Dataset] = {}
    broken: list[Broken] = []
    for path in sorted(data_dir().glob("*.h5")):
        try:
            good[path.stem] = _dataset(str(path), path.stat().st_mtime_ns, path.stat().st_size)
        except (DatasetError, OSError) as error:
            broken.append(Broken(path.name, str(error)))
    return dict(sorted(good.items(), key=lambda item: item[1].of_pixels)), broken


@st.cache_resource(max_entries=DATASETS, show_spinner=False)
def _dataset(path: str, modified: int, size: int) -> Dataset:  # noqa: ARG001  the stamp is the key
    return open_dataset(path)


def models() -> tuple[dict[str, Card], list[BrokenModel]]:
    """Return the cards of the models folder by id, and the models there that cannot be used."""
    files = sorted(models_dir().glob("*/*"))
    stamps = tuple((str(path), path.stat().st_mtime_ns, path.stat().st_size) for path in files if path.is_file())
    return _models(str(models_dir()), stamps)


@st.cache_resource(max_entries=4, show_spinner=False)
def _models(folder: str, stamps: tuple) -> tuple[dict[str, Card], list[BrokenModel]]:  # noqa: ARG001  as above
    cards, broken = ModelStore(Path(folder)).cards()
    titles = Counter(card.title for card in cards)
    named = [replace(card, title=f"{card.title} ({card.id})") if titles[card.title] > 1 else card for card in cards]
    return {card.id: card for card in named}, broken


def prediction_cache() -> PredictionCache:
    """Return the prediction cache of this server."""
    return _prediction_cache(str(predictions_dir()))


@st.cache_resource(show_spinner=False)
def _prediction_cache(folder: str) -> PredictionCache:
    return PredictionCache(folder)


def service() -> PredictionService:
    """Return the model layer: loaded models and the thread that runs them, shared by every session."""
    return _service(str(models_dir()), str(predictions_dir()))


@st.cache_resource(show_spinner=False)
def _service(models: str, predictions: str) -> PredictionService:
    return PredictionService(ModelStore(models), _prediction_cache(predictions))


@st.cache_data(max_entries=DATASETS, show_spinner="Reading the dataset's spectra…")
def spectra(fingerprint: str, _dataset: Dataset) -> ClassSpectra:  # noqa: ARG001  the fingerprint is the key
    """Return the class spectra of a dataset."""
    return dataset_spectra(_dataset)


@st.cache_data(max_entries=LAKES, show_spinner=False)
def lake_spectra(fingerprint: str, lake_id: str, _dataset: Dataset) -> ClassSpectra:  # noqa: ARG001  as above
    """Return the class spectra of one lake."""
    lake = _dataset.lake(lake_id)
    counts = lake.image.reshape(-1, len(_dataset.bands))
    return class_spectra(counts, lake.labels.ravel(), _dataset.scale, _dataset.fill)


def table(dataset: Dataset, cards: Sequence[Card]) -> pd.DataFrame:
    """Return the lake table of a dataset with the F1 of every model that has predicted it; do not change it."""
    cache = prediction_cache()
    stamps = tuple(
        (card.id, card.fingerprint, cache.scores_stamp(dataset.fingerprint, card.fingerprint)) for card in cards
    )
    return _table(dataset.fingerprint, stamps, dataset)


@st.cache_resource(max_entries=DATASETS, show_spinner=False)
def _table(fingerprint: str, stamps: tuple, _dataset: Dataset) -> pd.DataFrame:
    cache = prediction_cache()
    lakes = len(_dataset.lakes)
    return lake_table(_dataset, {key: cache.scores(fingerprint, model, lakes) for key, model, _ in stamps})


def unscored(dataset: Dataset, card: Card) -> bool:
    """Say whether a model has not predicted every lake of a dataset yet."""
    stamp = prediction_cache().scores_stamp(dataset.fingerprint, card.fingerprint)
    return stamp == 0 or _unscored(dataset.fingerprint, card.fingerprint, stamp, len(dataset.lakes))


@st.cache_data(max_entries=LAKES, show_spinner=False)
def _unscored(fingerprint: str, model: str, stamp: int, lakes: int) -> bool:  # noqa: ARG001  the stamp is in the key
    return bool((prediction_cache().scores(fingerprint, model, lakes)[:, 0, 0] < 0).any())


def disagreements(dataset: Dataset, cards: Sequence[Card]) -> np.ndarray:
    """Return the disagreement of `cards` on each lake, in percent, (L,); NaN where not all have predicted it yet."""
    fingerprints = tuple(sorted(card.fingerprint for card in cards))
    known = _disagreements(dataset.fingerprint, fingerprints, len(dataset.lakes))
    with st.spinner("Comparing the models on every lake…"):
        add_disagreement(known, dataset, prediction_cache(), fingerprints)
    return known


@st.cache_resource(max_entries=DATASETS, show_spinner=False)
def _disagreements(fingerprint: str, models: tuple[str, ...], lakes: int) -> np.ndarray:  # noqa: ARG001  as above
    return np.full(lakes, np.nan)


@st.cache_data(max_entries=THUMBNAILS, show_spinner=False)
def thumb(fingerprint: str, lake_id: str, _dataset: Dataset) -> bytes:  # noqa: ARG001  as above
    """Return a small natural-colour picture of a lake as WebP."""
    lake = _dataset.lake(lake_id)
    reflectance = to_reflectance(lake.image, _dataset.scale, _dataset.fill)
    return thumbnail(reflectance, _dataset.bands, ~is_fill(lake.image, _dataset.fill))


@st.cache_resource(show_spinner=False)
def _demo_job(folder: str) -> DemoJob:
    return DemoJob(Path(folder))


def demo_job() -> DemoJob:
    """Return the one job of this server that makes the demo data, started by the first call."""
    return _demo_job(str(data_dir()))


def forget_demo_job() -> None:
    """Let the next call of `demo_job` start anew."""
    _demo_job.clear()


@st.cache_resource(show_spinner=False)
def device() -> DeviceProbe:
    """Return what tells the device of the networks; asked once in the life of the server."""
    return DeviceProbe()


def warmer() -> Warmer:
    """Return what predicts whole datasets in the background for this server."""
    return _warmer(str(models_dir()))


@st.cache_resource(show_spinner=False)
def _warmer(models: str) -> Warmer:
    return Warmer(Path(models))

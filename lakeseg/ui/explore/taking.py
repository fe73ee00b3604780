"""What can be taken away of the lake in view: arrays, maps for a GIS, pictures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Final

import streamlit as st

from lakeseg.cards import Card
from lakeseg.data.dataset import Dataset, Lake
from lakeseg.evaluation import scored_labels
from lakeseg.exports.arrays import predictions_npz
from lakeseg.exports.bundle import Said, maps_zip, pictures_zip
from lakeseg.exports.content import Content, Origin, of_prediction
from lakeseg.exports.maps import file_name, has_place
from lakeseg.serving import Ready
from lakeseg.ui.explore.panels import Opinion

_ARRAYS: Final = "For each model MODEL/classes (H, W) and MODEL/probabilities (H, W, 3): water, land, unclassified."
_MAPS: Final = "Labels and each model's classes and probabilities where the lake lies: opens in QGIS with its legend."
_PICTURES: Final = "Labels, and each model's classes and probability of water, with legend and scale bar."


@dataclass(frozen=True)
class _File:
    """A file to offer: key of its button, label, name and help."""

    key: str
    label: str
    name: str
    about: str


def offer_downloads(dataset: Dataset, lake: Lake, opinions: Sequence[Opinion], cards: Mapping[str, Card]) -> None:
    """Offer what labels and models say of this lake as files, put together when they are asked for."""
    ready = {opinion.model: opinion.answer.probabilities for opinion in opinions if isinstance(opinion.answer, Ready)}
    meta = {
        "dataset": dataset.name,
        "dataset_fingerprint": dataset.fingerprint,
        "lake": lake.id,
        "simulated": dataset.simulated,
    }

    def said() -> Said:
        labels = Content(lake, scored_labels(lake, dataset.fill))
        models = [
            (model, of_prediction(lake, made, dataset.fill), Origin(cards[model].title, cards[model]))
            for model, made in ready.items()
        ]
        return [("labels", labels, Origin("Labels")), *models]

    stem = f"{dataset.path.stem}-{file_name(lake.id)}"
    why = _no_maps(dataset, lake)
    with st.container(horizontal=True, gap="small"):
        arrays = _File("npz", "Predictions as NPZ", f"{stem}.npz", _ARRAYS)
        _offer(arrays, lambda: predictions_npz(ready.items(), meta), not ready)
        _offer(
            _File("maps", "Maps as GeoTIFF", f"{stem}-maps.zip", why or _MAPS),
            lambda: maps_zip(dataset, said()),
            bool(why),
        )
        _offer(
            _File("pictures", "Pictures as PNG", f"{stem}-pictures.zip", _PICTURES),
            lambda: pictures_zip(dataset, said()),
        )


def _no_maps(dataset: Dataset, lake: Lake) -> str:
    """Say why there is no map of the lake, empty where there is one."""
    if find_spec("rasterio") is None:
        return "GeoTIFF needs rasterio: run `pip install -r requirements-geo.txt`"
    return "" if has_place(dataset, lake.id) else "The dataset does not say where this lake lies."


def _offer(file: _File, make: Callable[[], bytes], disabled: bool = False) -> None:
    st.download_button(
        file.label,
        make,
        file.name,
        icon=":material/download:",
        disabled=disabled,
        on_click="ignore",
        key=f"download_{file.key}",
        help=file.about,
    )

"""The models that can be trained, as data, and the way back from stored weights to a segmenter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from lakeseg.bands import INDICES, RGB_BANDS, WATER_INDICES
from lakeseg.data.dataset import Dataset
from lakeseg.errors import ConfigError, ModelError, unknown
from lakeseg.segmenters.base import Segmenter, State, positions
from lakeseg.segmenters.config import LAKESEG, NETWORKS, PAPER, PIXELWISE, SegmenterConfig


@dataclass(frozen=True)
class Preset:
    """A model by name: title for a list, description for a card, and the settings to train it with."""

    name: str
    title: str
    description: str
    config: SegmenterConfig


def _index(name: str) -> Preset:
    index = INDICES[name]
    text = f"Water where {index.formula} reaches the threshold of the best F1 on the training lakes. doi:{index.doi}"
    return Preset(name.lower(), f"{name} threshold", text, SegmenterConfig("index", name, bands=index.bands))


def _paper(kind: str, title: str, patch: int, bands: tuple[int, ...] = ()) -> Preset:
    """Return a network of the study for patches of one size; `bands` are red, green and blue, or by default all."""
    text = f"The study's {title}, trained as in 2018 on patches of {patch}×{patch} px with single-class patches pruned"
    name, title = f"{kind}-{PAPER}-{patch}", f"{title} paper {patch}×{patch}"
    config = SegmenterConfig(kind, PAPER, patch=patch, bands=bands)
    if not bands:
        return Preset(name, title, f"{text}.", config)
    return Preset(f"{name}-rgb", f"{title} RGB", f"{text}, on red, blue and green alone.", config)


_LAKESEG: Final[Mapping[str, Any]] = {
    "patch": 32,
    "prune": False,
    "epochs": 15,
    "schedule": "cosine",
    "augment": True,
    "keep": "best",
}
# The winner of the search that `study/results/search-….json` logs; only its length was set here.
_FOUND: Final[Mapping[str, Any]] = {
    "patch": 32,
    "prune": False,
    "epochs": 24,
    "schedule": "cosine",
    "augment": True,
    "calibrate": True,
    "precision": "bfloat16",
}
_ALL: Final = (
    Preset("naive", "All land", "Calls every pixel land: the least that a model must beat.", SegmenterConfig("naive")),
    *(_index(name) for name in WATER_INDICES),
    Preset(
        "logistic",
        "Logistic regression",
        "Logistic regression on the standardised bands of single pixels.",
        SegmenterConfig("logistic"),
    ),
    Preset(
        "logistic-rgb",
        "Logistic regression RGB",
        "Logistic regression on red, blue and green alone.",
        SegmenterConfig("logistic", bands=RGB_BANDS),
    ),
    Preset(
        "boosting",
        "Gradient boosting",
        "Gradient-boosted trees on the bands of single pixels.",
        SegmenterConfig("boosting"),
    ),
    *(_paper("fcn", "FCN", patch) for patch in (8, 16, 32, 64)),
    Preset(
        "fcn-lakeseg",
        "FCN lakeseg",
        "What a search on validation lakes made of the study's FCN: equal layers, channels normalised, linear logits, "
        "images of any size in one pass, probabilities calibrated.",
        SegmenterConfig("fcn", LAKESEG, **_FOUND, width=96, dilations=(1, 1, 2, 2, 1)),
    ),
    Preset(
        "fcn-pixel",
        "FCN 1×1",
        "The control of what neighbours are worth: as deep and as large as FCN lakeseg and trained alike, but with "
        "kernels of one pixel.",
        SegmenterConfig("fcn", LAKESEG, **_FOUND, width=288, dilations=(1, 1, 1, 1, 1), kernel=1),
    ),
    Preset(
        "fcn-bands",
        "FCN any bands",
        "The mended FCN for any of the bands: trained with bands left out at random, told which it has.",
        SegmenterConfig("fcn", LAKESEG, **{**_LAKESEG, "epochs": 40}, any_bands=True),
    ),
    *(_paper("fcn", "FCN", patch, RGB_BANDS) for patch in (8, 16, 32, 64)),
    Preset(
        "fcn-lakeseg-rgb",
        "FCN lakeseg RGB",
        "The mended FCN on red, blue and green alone.",
        SegmenterConfig("fcn", LAKESEG, bands=RGB_BANDS, **_LAKESEG),
    ),
    *(_paper("unet", "U-Net", patch) for patch in (16, 32)),
    Preset(
        "unet-lakeseg",
        "U-Net lakeseg",
        "The study's U-Net with channels normalised and linear logits, learned from 32×32 px windows of whole lakes.",
        SegmenterConfig("unet", LAKESEG, **_LAKESEG),
    ),
)
PRESETS: Final[Mapping[str, Preset]] = {preset.name: preset for preset in _ALL}


def preset(name: str) -> Preset:
    """Return a preset; an unknown name raises a `ConfigError` that lists the valid ones."""
    if name not in PRESETS:
        raise ConfigError(unknown("model", name, list(PRESETS)))
    return PRESETS[name]


def resolve(name: str, dataset_bands: Sequence[int], **overrides: Any) -> SegmenterConfig:
    """Return the config of preset `name` for a dataset: bands filled in, `overrides` applied (None leaves a default).

    Raises:
        ConfigError: The name or a setting is unknown, or a value is outside its range.
        ModelError: The dataset lacks a band that the model needs.
    """
    settings = {key: value for key, value in overrides.items() if value is not None}
    config = SegmenterConfig.from_json(preset(name).config.to_json() | settings)
    positions(config.bands, dataset_bands, name)
    if not config.bands and config.kind != "naive":
        config = replace(config, bands=tuple(int(band) for band in dataset_bands))
    return config


def check_neighbours(kind: str, dataset: Dataset, name: str) -> None:
    """Raise a `ModelError` where a dataset of single pixels is put to a model that looks at neighbours: any network.

    Args:
        kind: Of the model's config.
        dataset: What it is to learn from or to be run on.
        name: What the message calls the model.
    """
    if dataset.of_pixels and kind in NETWORKS:
        able = ", ".join(preset.name for preset in PRESETS.values() if not preset.config.is_network)
        raise ModelError(f"{name} needs images, {dataset.path} holds single pixels: take a model of pixels ({able})")


def rebuild(config: SegmenterConfig, state: State) -> Segmenter:
    """Return the segmenter that `state` came from.

    Raises:
        ModelError: The weights are damaged, or not those of this config.
    """
    if config.kind in PIXELWISE:
        from lakeseg.segmenters import pixelwise

        return pixelwise.rebuild(config, _expect(state, bytes))
    arrays = _expect(state, dict)
    if config.is_network:
        from lakeseg.segmenters import network

        return network.rebuild(config, arrays)
    from lakeseg.segmenters import rules

    return rules.rebuild(config, arrays)


def _expect(state: Any, kind: type) -> Any:
    if not isinstance(state, kind):
        raise ModelError("weights of another kind of model: train the model again, or restore its folder")
    return state

"""What the search may choose: settings of an FCN of equal layers, and which networks are too large."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from lakeseg.segmenters.config import LAKESEG, LOSSES, SegmenterConfig
from lakeseg.segmenters.layered import parameters

LIMIT: Final = 473_739
"""Parameters of the study's FCN at 32 px and seven bands: the winner may have no more."""

SAMPLES: Final[Mapping[str, Mapping[str, Any]]] = {
    "windows of 24 px": {"windows": "random", "patch": 24, "prune": False},
    "windows of 32 px": {"windows": "random", "patch": 32, "prune": False},
    "windows of 48 px": {"windows": "random", "patch": 48, "prune": False},
    "windows of 64 px": {"windows": "random", "patch": 64, "prune": False},
    "patches of 32 px": {"windows": "grid", "patch": 32, "prune": False},
    "pruned patches of 32 px": {"windows": "grid", "patch": 32, "prune": True},
    "pruned patches of 64 px": {"windows": "grid", "patch": 64, "prune": True},
}
CHOICES: Final[Mapping[str, Sequence[Any]]] = {
    "depth": (3, 4, 5, 6, 7, 8),
    "farthest": (1, 2, 4, 8),
    "width": (32, 48, 64, 80, 96, 112),
    "residual": (False, True),
    "loss": LOSSES,
    "augment": (False, True),
    "samples": tuple(SAMPLES),
    "schedule": ("constant", "cosine"),
    "batch_size": (4, 8, 16, 32),
    "norms": ("every", "first"),
}
RATES: Final = (3e-4, 1e-2)
"""Lowest and highest learning rate; drawn evenly on a logarithmic scale."""

_GOOD: Final[Mapping[str, Any]] = {
    "depth": 5,
    "farthest": 2,
    "width": 96,
    "residual": False,
    "loss": "crossentropy",
    "augment": True,
    "samples": "windows of 32 px",
    "schedule": "cosine",
    "batch_size": 16,
    "learning_rate": 1e-3,
    "norms": "every",
}
FIRST: Final[Sequence[Mapping[str, Any]]] = (
    _GOOD,
    {**_GOOD, "depth": 6, "farthest": 4},
    {**_GOOD, "loss": "lovasz"},
    {**_GOOD, "loss": "weighted"},
    {**_GOOD, "samples": "patches of 32 px"},
    {**_GOOD, "samples": "pruned patches of 32 px"},
    {**_GOOD, "depth": 4, "width": 112},
    {**_GOOD, "residual": True},
    {**_GOOD, "loss": "focal"},
    {**_GOOD, "loss": "dice"},
    {**_GOOD, "augment": False},
    {**_GOOD, "norms": "first"},
    {**_GOOD, "schedule": "constant"},
    {**_GOOD, "samples": "windows of 64 px"},
    {**_GOOD, "depth": 3, "width": 112},
    {**_GOOD, "depth": 7, "farthest": 4, "width": 80},
    {**_GOOD, "depth": 8, "farthest": 8, "width": 64},
)
"""Settings tried before any others: a likely one, and its neighbours in one direction each."""


def dilations(depth: int, farthest: int) -> tuple[int, ...]:
    """Return the dilations of `depth` layers: two of 1, doubling up to `farthest` and back to a last one of 1.

    Layers to spare are given to the largest step, so that (6, 4) gives 1, 1, 2, 4, 2, 1 and (6, 1) six ones. A network
    too shallow for the step stays below it.
    """
    rising = [1, 1]
    falling = [1]
    step = 2
    while step < farthest and len(rising) + len(falling) + 2 < depth:
        rising.append(step)
        falling.insert(0, step)
        step *= 2
    return (*rising, *[min(step, farthest)] * (depth - len(rising) - len(falling)), *falling)


def config_of(settings: Mapping[str, Any], bands: Sequence[int], epochs: int, seed: int = 0) -> SegmenterConfig:
    """Return what the settings of a trial ask for, as a config that trains in bfloat16 for `epochs`."""
    taken = {
        name: settings[name] for name in ("width", "residual", "loss", "augment", "schedule", "batch_size", "norms")
    }
    return SegmenterConfig(
        "fcn",
        LAKESEG,
        bands=tuple(bands),
        dilations=dilations(settings["depth"], settings["farthest"]),
        learning_rate=float(settings["learning_rate"]),
        epochs=epochs,
        seed=seed,
        precision="bfloat16",
        **SAMPLES[settings["samples"]],
        **taken,
    )


def baseline(bands: Sequence[int], epochs: int, seed: int = 0) -> SegmenterConfig:
    """Return the config of trial 0: the study's layers with their faults mended, trained on windows of whole lakes."""
    config = SegmenterConfig(
        "fcn", LAKESEG, patch=32, prune=False, schedule="cosine", augment=True, keep="best", precision="bfloat16"
    )
    return replace(config, bands=tuple(bands), epochs=epochs, seed=seed)


def too_large(config: SegmenterConfig) -> int:
    """Return the parameters of a network of layers where they exceed the limit, else 0."""
    count = parameters(config)
    return count if count > LIMIT else 0

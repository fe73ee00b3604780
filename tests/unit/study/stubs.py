"""A store of models that need no training: what they say depends on the window in which they see a pixel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from lakeseg.cards import Card
from lakeseg.data.dataset import Dataset
from lakeseg.segmenters.config import SegmenterConfig

BANDS = (1, 2, 3, 4, 5, 6, 7)


@dataclass
class Stub:
    """Says water in windows of at most `limit` px, else land; a pixel model that says land."""

    config: SegmenterConfig
    limit: int = 16
    runs: int = 0

    bands = BANDS
    parameters = 0
    margin = 0
    multiple = 1

    @property
    def reach(self) -> str:
        return self.config.reach

    def predict_windows(self, images: np.ndarray) -> np.ndarray:
        self.runs += 1
        said = np.zeros((*images.shape[:3], 3), np.float32)
        said[..., 0 if images.shape[1] <= self.limit else 1] = 1
        return said

    predict_padded = predict_windows

    def predict_pixels(self, reflectance: np.ndarray) -> np.ndarray:
        self.runs += 1
        return np.tile(np.array([0, 1, 0], np.float32), (len(reflectance), 1))


class StubStore:
    """What the parts of the study ask of a `ModelStore`."""

    def __init__(self, cards: list[Card]) -> None:
        self._cards = cards
        self.models = {card.id: Stub(SegmenterConfig.from_json(card.config)) for card in cards}

    def cards(self) -> tuple[list[Card], list[Any]]:
        return self._cards, []

    def load(self, model_id: str, _fingerprint: str = "") -> Stub:
        return self.models[model_id]


def make_card(
    dataset: Dataset, model_id: str, kind: str, variant: str = "", test: tuple[str, ...] = (), **more: Any
) -> Card:
    """A card of a model trained on the other lakes of `dataset`."""
    config = SegmenterConfig(kind, variant, bands=BANDS, **more).to_json()
    split = {"train": [i for i in dataset.lake_ids if i not in test], "validation": [], "test": list(test)}
    about = {"fingerprint": dataset.fingerprint}
    title = (
        f"{kind} {variant} {config['patch']}×{config['patch']}" if variant == "paper" else f"{kind} {variant}".strip()
    )
    return Card(title, "", config, BANDS, 0, about, split, id=model_id, fingerprint=f"print of {model_id}")

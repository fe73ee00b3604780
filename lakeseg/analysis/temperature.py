"""What a temperature did to a network's probabilities: the calibration error before and after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from lakeseg.analysis.calibration import reliability
from lakeseg.analysis.predicted import pixel_scores
from lakeseg.analysis.selection import ground_groups
from lakeseg.data.dataset import Dataset

if TYPE_CHECKING:
    from lakeseg.segmenters.base import Segmenter
    from lakeseg.segmenters.network import Network


@dataclass(frozen=True)
class Improvement:
    """Expected calibration errors of p(water) on some lakes, and the pixels labelled water or land they rest on."""

    before: float
    after: float
    pixels: int


def improvement(network: Network, dataset: Dataset, ids: Sequence[str]) -> Improvement | None:
    """Return the calibration errors without and with a network's temperature; None without labelled pixels."""
    plain = {name: value for name, value in network.state().items() if name != "temperature"}
    before, after = (_error(each, dataset, ids) for each in (_rebuilt(network, plain), network))
    return Improvement(before[0], after[0], after[1]) if after[1] else None


def _rebuilt(network: Network, state: Mapping[str, Any]) -> Network:
    from lakeseg.segmenters.network import rebuild

    return rebuild(network.config, dict(state))


def _error(segmenter: Segmenter, dataset: Dataset, ids: Sequence[str]) -> tuple[float, int]:
    """Return the calibration error on the lakes and its pixels."""
    rows = np.array([dataset.lakes.position(lake) for lake in ids], np.int64)
    found = reliability(pixel_scores(segmenter, dataset, ids), ground_groups(dataset, rows))
    return found.error, int(found.pixels.sum())


def calibration(segmenter: Segmenter, dataset: Dataset, parts: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Return what a card says: the temperature, and `before`, `after` and `pixels` for each part that has pixels.

    Nothing of a segmenter that was not calibrated.
    """
    if not (segmenter.config.is_network and segmenter.config.calibrate):
        return {}
    network = cast("Network", segmenter)
    found = {name: improvement(network, dataset, ids) for name, ids in parts.items() if ids}
    return {"temperature": network.temperature} | {name: vars(each) for name, each in found.items() if each}

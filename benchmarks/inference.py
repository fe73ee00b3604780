"""Pixels a second of every kind of model over whole lakes, beside the plain call that does the same work.

The plain call is `keras.Model.predict` on the same windows for networks, `predict_proba` for models of pixels. Both run
on the same lakes in turn, several rounds, and medians are printed with the median ratio of the rounds. Networks are
untrained: their weights do not change the time.

Run: python benchmarks/inference.py [rounds]
"""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Sequence
from functools import partial
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np

from lakeseg.bands import ALL_BANDS
from lakeseg.inference import predict_lake
from lakeseg.segmenters import backend
from lakeseg.segmenters.network import Network
from lakeseg.segmenters.normalise import Normaliser
from lakeseg.segmenters.pixelwise import PixelModel, fit_pixels
from lakeseg.segmenters.registry import resolve

NETWORKS = ("fcn-lakeseg", "fcn-paper-16", "fcn-paper-32", "unet-paper-16", "unet-lakeseg")
PIXEL_MODELS = ("logistic", "boosting")
# Heights and widths as in the demo's Dataset2 (12×28 to 132×132 px, 37×37 at the median), and one scene of Dataset1.
SMALL = ((12, 28), (16, 22), (21, 21), (24, 30), (29, 26), (33, 40), (37, 37), (41, 33), (46, 52), (58, 49), (66, 66))
LARGE = ((132, 132), (170, 162))
ROUNDS = 7


class PlainNetwork(Network):
    """The same network run by `Model.predict`."""

    def predict_padded(self, images: np.ndarray) -> np.ndarray:
        """Return what `Model.predict` gives for the same windows."""
        return np.asarray(self.model.predict(images, verbose=0))


class PlainPixelModel(PixelModel):
    """The same estimator run by `predict_proba` with the threads that OpenMP takes by itself."""

    def predict_pixels(self, reflectance: np.ndarray) -> np.ndarray:
        """Return (N, 3) float32 from `predict_proba`."""
        two = self.estimator.predict_proba(reflectance)
        return np.pad(two, ((0, 0), (0, 1))).astype(np.float32)


def lakes(shapes: Sequence[tuple[int, int]]) -> list[np.ndarray]:
    """Return images of random counts."""
    rng = np.random.default_rng(0)
    return [rng.integers(0, 6_000, (*shape, len(ALL_BANDS))).astype(np.int16) for shape in shapes]


def pair(name: str) -> tuple[Any, Any]:
    """Return the segmenter and its plain double."""
    config = resolve(name, ALL_BANDS)
    rng = np.random.default_rng(0)
    if config.is_network:
        return Network(config, Normaliser.identity(7)), PlainNetwork(config, Normaliser.identity(7))
    reflectance = rng.uniform(0, 0.6, (20_000, 7)).astype(np.float32)
    labels = np.where(reflectance[:, 1] + rng.normal(0, 0.1, 20_000) < 0.1, 1, 2).astype(np.uint8)
    model = fit_pixels(config, reflectance, labels)
    return model, PlainPixelModel(config, model.estimator)


def seconds(segmenter: Any, images: Sequence[np.ndarray]) -> float:
    """Return how long one pass over the images takes."""
    start = perf_counter()
    for image in images:
        predict_lake(segmenter, image, ALL_BANDS)
    return perf_counter() - start


def compare(name: str, images: Sequence[np.ndarray], rounds: int) -> str:
    """Return a line of the table: pixels a second of both calls and the ratio, over rounds taken in turn."""
    pixels = sum(image.shape[0] * image.shape[1] for image in images)
    calls = [partial(seconds, segmenter, images) for segmenter in pair(name)]
    times = [[call() for call in calls] for _ in range(rounds + 1)][1:]  # the first round compiles
    ours, plain = (pixels / median(column) for column in zip(*times, strict=True))
    return f"{name:14} {ours:12,.0f} {plain:12,.0f} {median(b / a for a, b in times):8.1f}×"


def main() -> None:
    """Print the machine and a table for small and large lakes."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    versions = ", ".join(f"{name} {version}" for name, version in backend.versions().items())
    print(
        f"{_processor()}, {os.cpu_count()} cores, {platform.system()}; networks on {backend.device_name()}; {versions}"
    )
    print(f"load before the run: {os.getloadavg()[0]:.1f}; medians of {rounds} rounds, both calls in turn\n")
    for title, shapes in (("lakes of 12×28 to 66×66 px", SMALL), ("lakes of 132×132 and 170×162 px", LARGE)):
        print(f"{title:34}\n{'model':14} {'lakeseg px/s':>12} {'plain px/s':>12} {'ratio':>9}")
        for name in NETWORKS + PIXEL_MODELS:
            print(compare(name, lakes(shapes), rounds), flush=True)
        print()


def _processor() -> str:
    """Return the name of the processor as Linux gives it."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:  # noqa: PTH123  one line of a special file
            return next(line.partition(":")[2].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


if __name__ == "__main__":
    main()

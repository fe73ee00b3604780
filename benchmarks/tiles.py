"""Whole tiles part by part, beside one pass over the same pixels: seconds, memory, and how far the answers differ.

The one pass is `predict_lake` on the whole raster in memory; part by part is what `predict TILE --probabilities` does,
reading and writing included. Each runs in a process of its own, once, after the model has answered something small.
Memory is the most that the process held, TensorFlow included. Networks are untrained: it does not change the time.

Run: python benchmarks/tiles.py [side of the tile in pixels] [model …]
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import rasterio

from lakeseg.bands import ALL_BANDS, DEFAULT_FILL
from lakeseg.cards import Card
from lakeseg.data.readers.options import ReadOptions
from lakeseg.data.scenes.opening import open_scene
from lakeseg.inference import predict_lake
from lakeseg.segmenters.network import Network
from lakeseg.segmenters.normalise import Normaliser
from lakeseg.segmenters.pixelwise import fit_pixels
from lakeseg.segmenters.registry import resolve
from lakeseg.tiles.here import Here
from lakeseg.tiles.rasters import Goal
from lakeseg.tiles.tile import Tile, predict_tile

SIDE = 2400
MODELS = ("logistic", "boosting", "fcn-lakeseg", "fcn-paper-16", "unet-lakeseg")
MEGABYTE = 1 << 20


def write_tile(path: Path, side: int) -> None:
    """Write a GeoTIFF of random counts, a tenth of its rows without data, as a swath's end leaves them."""
    rng = np.random.default_rng(0)
    place = {"crs": "EPSG:32633", "transform": rasterio.Affine(500, 0, 0, 0, -500, 6_000_000)}
    profile = {"width": side, "height": side, "count": 7, "dtype": "int16", "nodata": DEFAULT_FILL} | place
    with rasterio.open(path, "w", driver="GTiff", **profile) as file:
        for band in range(1, 8):
            counts = rng.integers(0, 6_000, (side, side)).astype(np.int16)
            counts[: side // 10] = DEFAULT_FILL
            file.write(counts, band)


@cache
def segmenter_of(name: str) -> Any:
    """Return a model that has answered once: a network without training (of one seed), or one fitted on noise."""
    config = resolve(name, ALL_BANDS)
    if config.is_network:
        from lakeseg.segmenters import backend

        backend.load().utils.set_random_seed(0)
        segmenter: Any = Network(config, Normaliser.identity(7))
    else:
        reflectance = np.random.default_rng(0).uniform(0, 0.6, (20_000, 7)).astype(np.float32)
        segmenter = fit_pixels(config, reflectance, np.where(reflectance[:, 1] < 0.1, 1, 2).astype(np.uint8))
    predict_lake(segmenter, np.zeros((64, 64, 7), np.int16), ALL_BANDS)
    return segmenter


def one_pass(name: str, folder: Path) -> None:
    """Predict the whole raster at once, and keep the probabilities."""
    segmenter = segmenter_of(name)
    with rasterio.open(folder / "tile.tif") as file:
        image = np.moveaxis(file.read(), 0, -1)
    start = perf_counter()
    said = predict_lake(segmenter, image, ALL_BANDS)
    _report(perf_counter() - start)
    np.save(folder / "once.npy", said)


def by_parts(name: str, folder: Path) -> None:
    """Predict the raster as the command line does."""
    segmenter, config = segmenter_of(name), resolve(name, ALL_BANDS)
    card = Card(name, "", config.to_json(), config.bands, 0, id=name, fingerprint=name)
    goal, start = Goal(folder / "classes.tif", folder / "shares.tif"), perf_counter()
    with open_scene(folder / "tile.tif", ReadOptions()) as scene:
        predict_tile(Tile(scene, folder / "tile.tif", {}), Here(card, lambda: segmenter), goal, lambda *_: None, True)
    _report(perf_counter() - start)


def _report(seconds: float) -> None:
    print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / MEGABYTE)


def difference(folder: Path) -> float:
    """Return how far probabilities differ at most, where there is data."""
    once, most = np.load(folder / "once.npy", mmap_mode="r"), 0.0
    with rasterio.open(folder / "shares.tif") as file:
        for top in range(0, file.height, 256):
            rows = min(256, file.height - top)
            parts = np.moveaxis(file.read(window=((top, top + rows), (0, file.width))), 0, -1)
            there = ~np.isnan(parts)
            most = max(most, float(np.abs(parts - once[top : top + rows])[there].max(initial=0)))
    return most


def compare(name: str, folder: Path) -> str:
    """Return a line of the table."""
    found = []
    for kind in ("one_pass", "by_parts"):
        line = [sys.executable, __file__, kind, name, str(folder)]
        ran = subprocess.run(line, capture_output=True, text=True, check=True, env=os.environ)
        found.append([float(word) for word in ran.stdout.split()])
    (once, once_memory), (parts, memory) = found
    return (
        f"{name:14} {once:9.1f} s {parts:9.1f} s {parts / once:7.2f}× {once_memory:9,.0f} MB {memory:9,.0f} MB "
        f"{difference(folder):9.1e}"
    )


def main() -> None:
    """Print a table."""
    if len(sys.argv) > 1 and sys.argv[1] in ("one_pass", "by_parts"):
        {"one_pass": one_pass, "by_parts": by_parts}[sys.argv[1]](sys.argv[2], Path(sys.argv[3]))
        return
    side = int(sys.argv[1]) if len(sys.argv) > 1 else SIDE
    print(f"{side}×{side} px, {os.cpu_count()} cores, load before the run {os.getloadavg()[0]:.1f}\n")
    print(f"{'model':14} {'one pass':>11} {'by parts':>11} {'ratio':>8} {'memory':>12} {'by parts':>12} {'differ':>9}")
    with tempfile.TemporaryDirectory() as folder:
        write_tile(Path(folder) / "tile.tif", side)
        for name in sys.argv[2:] or MODELS:
            print(compare(name, Path(folder)), flush=True)


if __name__ == "__main__":
    main()

"""Tiles in memory, models without training, and what reads a raster back."""

from functools import cache

import numpy as np
import rasterio

from lakeseg.bands import ALL_BANDS
from lakeseg.cards import Card
from lakeseg.data.scenes.scene import Grid
from lakeseg.segmenters.network import Network
from lakeseg.segmenters.normalise import Normaliser
from lakeseg.segmenters.registry import resolve
from lakeseg.segmenters.rules import IndexThreshold
from lakeseg.tiles.here import Here

SINUSOIDAL = "+proj=sinu +lon_0=0 +x_0=0 +y_0=0 +R=6371007.181 +units=m +no_defs"
GRID = Grid(SINUSOIDAL, (463.3127, 0.0, 1000.0, 0.0, -463.3127, 5_000_000.0))


class Raster:
    """A scene in memory."""

    name, bands, grid, pixel_size_m, date = "by hand", ALL_BANDS, GRID, 463.3127, "2021-08-10"

    def __init__(self, image):
        self.image, self.shape, self.provenance = image, image.shape[:2], {"reader": "a test"}

    def read(self, window):
        rows, columns = (
            slice(window.row, window.row + window.height),
            slice(window.column, window.column + window.width),
        )
        found = self.image[rows, columns]
        assert found.shape[:2] == (window.height, window.width), "a window beyond the scene"
        return found.copy()

    def read_labels(self, _window):
        return None

    def close(self):
        pass


def counts(height, width, seed=0):
    """Random counts with a hole: rows without data in the middle, as below a swath's end."""
    image = np.random.default_rng(seed).integers(-200, 9_000, (height, width, 7)).astype(np.int16)
    image[height // 3 : height // 3 + 5, : width // 2, 2] = -28672
    return image


@cache
def model(name):
    """An untrained model of a preset, the same at every call, with its card."""
    config = resolve(name, ALL_BANDS)
    if config.is_network:
        segmenter = Network(config, Normaliser.identity(len(config.bands)))
    else:
        segmenter = IndexThreshold(config, 0.1, 8.0)
    title = f"{name} of a test"
    return segmenter, Card(title, "", config.to_json(), config.bands, 0, id=name, fingerprint=f"print of {name}")


def here(name="mndwi"):
    """What answers in this process."""
    segmenter, card = model(name)
    return Here(card, lambda: segmenter)


def read_back(path):
    """The values (bands, H, W), the coordinate reference system's PROJ form, the transform and the tags of a raster."""
    with rasterio.open(path) as file:
        return file.read(), file.crs.to_proj4(), tuple(file.transform)[:6], file.tags()

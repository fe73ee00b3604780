"""The rasters that come out of a tile: class codes, and probabilities if they are wanted."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import numpy as np

from lakeseg.bands import CLASS_NAMES
from lakeseg.cards import Card
from lakeseg.data.scenes.scene import Scene, Window
from lakeseg.errors import ConfigError
from lakeseg.exports.cog import PERCENT_NODATA, class_layer, percent_layer, probability_layer, write_cog
from lakeseg.extras import GEO, extra
from lakeseg.plain import plain
from lakeseg.tiles.standing import Standing

_RUN: Final = "lakeseg_run"
_PIXELS: Final = "pixels"
_ENDINGS: Final = (".tif", ".tiff")


@dataclass(frozen=True)
class Goal:
    """What is to be written.

    Attributes:
        classes: File of the class codes.
        probabilities: File of the probabilities, None for none.
        percent: Probabilities as whole percent, a quarter of the size.
    """

    classes: Path
    probabilities: Path | None = None
    percent: bool = False

    def check(self, source: Path) -> None:
        """Raise a `ConfigError` unless both are GeoTIFF files of their own, and other ones than the `source`."""
        files = [path for path in (self.classes, self.probabilities) if path is not None]
        for path in files:
            if path.suffix.lower() not in _ENDINGS:
                raise ConfigError(f"{path}: expected a name ending in .tif")
            if path.is_dir():
                raise ConfigError(f"{path}: is a folder: expected the name of a file to write")
            if path.resolve() == source.resolve():
                raise ConfigError(f"{path}: is the tile itself: choose another name")
            if source.is_dir() and path.resolve().is_relative_to(source.resolve()):
                raise ConfigError(f"{path}: lies within the tile's own folder {source}: choose another folder")
        if len({path.resolve().with_suffix("") for path in files}) < len(files):  # .tif and .tiff share a legend
            raise ConfigError(f"{self.classes}: classes and probabilities need a file each: choose two names")


def run_key(about: Mapping[str, Any]) -> str:
    """Return what rasters of one run are tagged with: the same tile, model and kind of file give the same."""
    return sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()


def there(goal: Goal, run: str) -> dict[int, int] | None:
    """Return the pixels of each class if the rasters of this run are there already, else None."""
    rasterio = extra("rasterio", "GeoTIFF", GEO)
    found: dict[str, str] = {}
    for path in (goal.probabilities, goal.classes):
        if path is None:
            continue
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
                with rasterio.open(path) as file:
                    found = file.tags()
        except rasterio.errors.RasterioError:
            return None
        if found.get(_RUN) != run:
            return None
    try:
        return {int(code): int(count) for code, count in json.loads(found[_PIXELS]).items()}
    except (ValueError, KeyError, AttributeError, TypeError):
        return None


def write(scene: Scene, card: Card, goal: Goal, kept: Standing, parts: Sequence[Window], run: str) -> dict[int, int]:
    """Write the rasters from the kept parts, and return the pixels of each class; a `DatasetError` says why not."""
    pixels = _count(kept, parts)
    tags = _tags(scene, card) | {_RUN: run, _PIXELS: json.dumps(pixels)}
    if goal.probabilities is not None:
        layer = (percent_layer if goal.percent else probability_layer)(scene.shape, scene.grid, tags)
        write_cog(goal.probabilities, layer, _probabilities(kept, parts, goal.percent))
    blocks = ((part, kept.load(part).classes) for part in parts)
    write_cog(goal.classes, class_layer(scene.shape, scene.grid, tags), blocks)
    return pixels


def _count(kept: Standing, parts: Iterable[Window]) -> dict[int, int]:
    counts = np.zeros(len(CLASS_NAMES), np.int64)
    for part in parts:
        counts += np.bincount(kept.load(part).classes.ravel(), minlength=len(counts))
    return {code: int(counts[code]) for code in CLASS_NAMES}


def _probabilities(kept: Standing, parts: Iterable[Window], percent: bool) -> Iterator[tuple[Window, np.ndarray]]:
    for part in parts:
        said = kept.load(part).probabilities
        if said is not None:
            yield part, to_percent(said) if percent else said


def to_percent(probabilities: np.ndarray) -> np.ndarray:
    """Return (h, w, 3) float32 probabilities as uint8 percent, NaN as the value of no data."""
    missing = np.isnan(probabilities)
    rounded = np.rint(np.where(missing, 0, probabilities) * 100).astype(np.uint8)
    return np.where(missing, np.uint8(PERCENT_NODATA), rounded)


def _tags(scene: Scene, card: Card) -> dict[str, str]:
    tags = {"model": card.id, "model_title": card.title, "model_fingerprint": card.fingerprint, "source": scene.name}
    provenance = json.dumps(plain(scene.provenance), ensure_ascii=False)
    return tags | {"provenance": provenance} | ({"date": scene.date} if scene.date else {})

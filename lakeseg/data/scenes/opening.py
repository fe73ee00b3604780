"""Open a raster of any known kind as a scene.

- A GeoTIFF of several bands: `--bands`, else by what the file calls them, else the seven of MODIS if there are seven.
- A folder with one file a band (GeoTIFF, or JPEG 2000 of Sentinel-2): by the names of `products.PRODUCTS`.
- MOD09A1, MOD09GA, MYD09A1, MYD09GA as HDF4-EOS.

Labels come from `--labels FILE`, else from a file beside it that is called a mask or labels, else from the layer of
quality of the product; `--labels none` wants none. With `--days` the images of so many days become one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from lakeseg.data.readers.options import ReadOptions
from lakeseg.data.scenes.composite import CompositeScene
from lakeseg.data.scenes.finding import Image, find_images
from lakeseg.data.scenes.layers import closing
from lakeseg.data.scenes.scene import Scene
from lakeseg.data.scenes.stack import StackScene
from lakeseg.errors import ConfigError, DatasetError

RasterScene = StackScene | CompositeScene


@dataclass(frozen=True)
class Plan:
    """One scene to be: the images of the days that it combines, mostly one."""

    name: str
    images: tuple[Image, ...]

    @property
    def date(self) -> str:
        """ISO date of the first day, empty where unknown."""
        return self.images[0].date

    @contextmanager
    def open(self, options: ReadOptions) -> Iterator[RasterScene]:
        """Open the files of all days."""
        scenes: list[StackScene] = []
        try:
            for image in self.images:
                parts = image.parts(options)
                with closing(parts.layers):
                    scenes.append(StackScene(parts, options.pixel_size))
            yield scenes[0] if len(scenes) == 1 else CompositeScene(scenes, self.name)
        finally:
            for scene in scenes:
                scene.close()


def plan_scenes(path: Path, options: ReadOptions) -> list[Plan]:
    """Return the scenes that a file or folder makes, in the order of their days; none where it holds no raster.

    Raises:
        ConfigError: Days are to be combined, but an image does not say its day.
        DatasetError: Nothing is there, or a link leads out of the folder.
    """
    images = find_images(path)
    if options.days is None or len(images) < 2:
        return [Plan(image.name, (image,)) for image in images]
    return [_combined(group) for group in _periods(images, options.days)]


def _combined(images: list[Image]) -> Plan:
    tile = _tile(images[0])
    name = f"{tile + '-' if tile else ''}{images[0].date}" if len(images) > 1 else images[0].name
    return Plan(name, tuple(images))


def _periods(images: list[Image], days: int) -> list[list[Image]]:
    """Return images of the same tile within so many days of the first of them."""
    undated = [image.name for image in images if not image.date]
    if undated:
        raise ConfigError(f"{undated[0]}: its name says no day: name files as NASA does, or leave --days out")
    periods: list[list[Image]] = []
    ends: dict[str, date] = {}
    latest: dict[str, list[Image]] = {}
    for image in sorted(images, key=lambda image: (image.date, image.name)):
        tile, day = _tile(image), date.fromisoformat(image.date)
        if tile not in ends or day >= ends[tile]:
            latest[tile], ends[tile] = [], day + timedelta(days=days)
            periods.append(latest[tile])
        latest[tile].append(image)
    return periods


def _tile(image: Image) -> str:
    """Return the tile in a name, h18v04 or T32TQM, so that only images of the same ground are combined."""
    match = re.search(r"(?<![A-Za-z0-9])(h\d\dv\d\d|T\d\d[A-Z]{3})(?![A-Za-z0-9])", image.name.replace("_", "."))
    return match[1] if match else ""


@contextmanager
def open_scene(path: Path | str, options: ReadOptions | None = None) -> Iterator[Scene]:
    """Open the one scene that a file or folder holds.

    Raises:
        ConfigError: rasterio or pyhdf is not installed, or an option makes no sense.
        DatasetError: The file is damaged, is no raster that is known, or holds several scenes.
    """
    path, options = Path(path), options or ReadOptions()
    plans = plan_scenes(path, options)
    if not plans:
        raise DatasetError(f"{path}: no raster: expected a GeoTIFF, a MODIS HDF4 file, or a folder of one file a band")
    if len(plans) > 1:
        listed = ", ".join(plan.name for plan in plans[:3])
        raise DatasetError(f"{path}: holds {len(plans)} images ({listed} …): name one of them")
    with plans[0].open(options) as scene:
        yield scene

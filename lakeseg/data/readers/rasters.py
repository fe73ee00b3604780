"""Lakes out of rasters with a place on the ground: GeoTIFF, MODIS HDF4, Landsat, Sentinel-2 and HLS.

A raster is opened as a scene (`data/scenes/`), lakes are cut out of it, and each keeps its exact grid. A pixel that
lacks a band gets no label. Where labels are finer than the pixels, the share of water becomes the truth of the lake.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

import numpy as np

from lakeseg.bands import NO_LABEL, is_fill
from lakeseg.data.dataset import Header, Lake
from lakeseg.data.readers.convert import Conversion, Raw
from lakeseg.data.readers.formats import Found
from lakeseg.data.readers.options import CLOUDS, NO_KEY, ReadOptions
from lakeseg.data.scenes.cutting import Cut, check_cut, cuts_of, grouped, placed, unique, usual_cut
from lakeseg.data.scenes.finding import BandFiles, HdfFile
from lakeseg.data.scenes.grids import lonlat_of_centre, window_grid
from lakeseg.data.scenes.labelling import UnsaidError
from lakeseg.data.scenes.opening import Plan, RasterScene, plan_scenes
from lakeseg.data.scenes.scene import Window
from lakeseg.errors import ConfigError, DatasetError
from lakeseg.plain import place_in_words

_TAKEN: Final = (  # done by the scene
    *("scale", "offset", "fill", "clip", "counts", "labels", "water", "ignore"),
    *("second_labels", "second_water", "second_ignore"),
)
_PLACEHOLDERS: Final[dict[str, Any]] = {"water": "1", "offset": 0.0, "second_water": "1"}
_NAME: Final = re.compile(r"[^\w.+ -]+")


def detect(path: Path, options: ReadOptions) -> Found | None:
    """Say what the rasters in a file or folder are, from their heads; None where there is none."""
    _check(options)
    plans = plan_scenes(path, options)
    if not plans:
        return None
    missing, lines = _unsaid(plans[0], options)
    if "bands" in missing:
        return Found(_format(plans[0]), _title(plans), tuple(lines), missing=tuple(missing))
    given = replace(options, **{name: _PLACEHOLDERS[name] for name in missing})
    with plans[0].open(given) as scene:
        lines += _lines(plans, scene)
        cut = options.cut or usual_cut(scene.shape, scene.has_labels)
        suggested: dict[str, Any] = {"cut": cut, "clouds": CLOUDS[0]}
        if scene.grid is not None:
            suggested["pixel_size"] = scene.pixel_size_m
        pixels = len(plans) * scene.shape[0] * scene.shape[1] if cut in ("whole", "tiles") else None
        return Found(
            _format(plans[0]),
            _title(plans),
            tuple(lines),
            len(plans) * len(cuts_of(scene, given, [])) if cut in ("whole", "tiles") else None,
            pixels,
            scene.bands,
            suggested,
            tuple(missing),
        )


def _check(options: ReadOptions) -> None:
    check_cut(options)
    if options.clouds is not None and options.clouds not in CLOUDS:
        raise ConfigError(f"--clouds {options.clouds!r}: expected one of {', '.join(CLOUDS)}")


def _unsaid(plan: Plan, options: ReadOptions) -> tuple[list[str], list[str]]:
    """Return the fields that only the user knows, and a line on each."""
    missing: list[str] = []
    lines: list[str] = []
    while True:
        try:
            with plan.open(replace(options, **{name: _PLACEHOLDERS[name] for name in missing})):
                return missing, lines
        except UnsaidError as error:
            missing.append(error.field)
            lines.append(str(error))
            if error.field not in _PLACEHOLDERS:
                return missing, lines


def _format(plan: Plan) -> str:
    image = plan.images[0]
    if isinstance(image, HdfFile):
        return "modis"
    known = isinstance(image, BandFiles) and image.product.key not in ("modis", "named")
    return "satellite" if known else "geotiff"


def _title(plans: list[Plan]) -> str:
    images = sum(len(plan.images) for plan in plans)
    title = plans[0].images[0].title()
    if images > len(plans):
        return f"{title}, {images} days combined into {len(plans)}"
    return title if images == 1 else f"{title}, {images} images"


def _lines(plans: list[Plan], scene: RasterScene) -> list[str]:
    height, width = scene.shape
    where = "no place on the ground"
    if scene.grid is not None:
        centre = place_in_words(*lonlat_of_centre(scene.grid, scene.shape))
        where = f"pixels of {scene.pixel_size_m:g} m, centre {centre}"
    dates = sorted({plan.date for plan in plans if plan.date})
    days = f"{dates[0]} to {dates[-1]}" if len(dates) > 1 else dates[0] if dates else "no date"
    labels = str(scene.provenance.get("labels", NO_KEY))
    return [f"{height}×{width} px, {where}", days, _bands(scene), f"labels: {labels}"]


def _bands(scene: RasterScene) -> str:
    rules = scene.provenance["bands"]
    told = ", ".join(f"{band} from {rules[str(band)]['layer'].rpartition(': ')[2]}" for band in scene.bands)
    return f"bands {told}"


@contextmanager
def read(path: Path, options: ReadOptions) -> Iterator[_RasterReading]:
    """Open the rasters of a file or folder; a scene is open only while lakes are cut out of it."""
    _check(options)
    plans = plan_scenes(path, options)
    if not plans:
        raise DatasetError(f"{path}: no raster in it")
    with plans[0].open(options) as scene:
        kept = {"bands": scene.bands, "pixel_size": scene.pixel_size_m, "provenance": dict(scene.provenance)}
    yield _RasterReading(path, options, plans, kept)


@dataclass
class _RasterReading:
    """Rasters on their way to a dataset: first where lakes are cut out of all of them, then their pixels."""

    path: Path
    options: ReadOptions
    plans: list[Plan]
    kept: dict[str, Any]
    left_out: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        plain: dict[str, Any] = dict.fromkeys(_TAKEN)
        size = self.kept["pixel_size"]
        plain["pixel_size"] = size if np.isfinite(size) else self.options.pixel_size
        options = replace(self.options, name=self.options.name or _clean(self.path.resolve().stem), **plain)
        self.conversion = Conversion(self.path, options, self.kept["bands"], [], key="bands")
        self.cuts: list[list[Cut]] | None = None
        self.groups: list[str] = []
        self.water = False

    def header(self) -> Header:
        """Return the header of the dataset to be."""
        said = {name: value for name, value in self.options.given().items() if name in _TAKEN}
        days = [image.date for plan in self.plans for image in plan.images]
        scene = self.kept["provenance"] | {"images": len(self.plans), "dates": sorted(set(days))}
        return self.conversion.header(
            _format(self.plans[0]), f"cut out of {_title(self.plans)}", _versions(), said=said, scene=scene
        )

    def count(self) -> int | None:
        """Return the number of lakes, which is known once it is known where they lie."""
        return sum(map(len, self._plan()))

    def _plan(self) -> list[list[Cut]]:
        """Find where lakes are cut out of every raster, and which of them share ground."""
        if self.cuts is None:
            self.cuts, places = [], []
            for plan in self.plans:
                with plan.open(self.options) as scene:
                    self._check_bands(plan, scene)
                    cuts = unique(cuts_of(scene, self.options, self.left_out))
                self.cuts.append(cuts)
                places += placed(scene, cuts)
            if not places:
                raise DatasetError(f"{self.path}: nothing to cut out: {self._nothing()}")
            names = [self._name(plan, cut) for plan, cuts in zip(self.plans, self.cuts, strict=True) for cut in cuts]
            self.groups = grouped(places, names)
        return self.cuts

    def _check_bands(self, plan: Plan, scene: RasterScene) -> None:
        if scene.bands != self.kept["bands"]:
            expected = f"{self.plans[0].name} has {self.kept['bands']}"
            raise DatasetError(f"{plan.name}: has bands {scene.bands}, but {expected}: import them apart")
        sizes = (scene.pixel_size_m, self.kept["pixel_size"])
        if np.isfinite(sizes).all() and abs(sizes[0] - sizes[1]) > 0.01 * sizes[1]:
            raise DatasetError(f"{plan.name}: has pixels of {sizes[0]:g} m, others {sizes[1]:g} m: add --pixel-size")

    def _nothing(self) -> str:
        if self.left_out:
            return "; ".join(self.left_out[:2])
        return "no water body is large enough: lower --min-size, or choose --cut tiles"

    def _name(self, plan: Plan, cut: Cut) -> str:
        """Return the id of a lake: the name of its raster where there are several, and that of the cut."""
        parts = [plan.name] if len(self.plans) > 1 or not cut.name else []
        return _clean("-".join([*parts, *([cut.name] if cut.name else [])]))

    def lakes(self) -> Iterator[Lake]:
        """Yield the lakes that hold a clean pixel."""
        all_cuts = self._plan()
        self.conversion.count = sum(map(len, all_cuts))
        groups = iter(self.groups)
        for plan, cuts in zip(self.plans, all_cuts, strict=True):
            with plan.open(self.options) as scene:
                for cut in cuts:
                    lake = self._lake(scene, plan, cut, next(groups))
                    if lake is not None:
                        yield lake
        self.conversion.finish()

    def _lake(self, scene: RasterScene, plan: Plan, cut: Cut, group: str) -> Lake | None:
        window = cut.window
        grid = window_grid(scene.grid, window)
        lon, lat = lonlat_of_centre(grid, (window.height, window.width))
        rest = {"date": scene.date, "lon": lon, "lat": lat, "grid": grid}
        lake = self.conversion.lake(Raw(scene.read(window), [], self._name(plan, cut), _clean(group), rest))
        return None if lake is None else _labelled(lake, scene, window)

    def warnings(self) -> list[str]:
        """Return a line for everything that the user should know of."""
        labelled = self.kept["provenance"].get("labels", NO_KEY) != NO_KEY
        lines = [line for line in self.conversion.warnings() if not (labelled and line.startswith("no labels"))]
        return self.left_out + lines


def _labelled(lake: Lake, scene: RasterScene, window: Window) -> Lake:
    """Return a lake with its labels, none where a band is missing, and its truth where labels are finer."""
    labels = scene.read_labels(window)
    if labels is None:
        return lake
    labels = labels.copy()
    labels[is_fill(lake.image)] = NO_LABEL
    return replace(lake, labels=labels, truth=scene.read_truth(window))


def _clean(text: str) -> str:
    """Return a text as part of an id: letters, digits and a few signs."""
    return _NAME.sub("_", text).strip("._ ")[:120] or "raster"


def _versions() -> dict[str, str]:
    found = {}
    for name in ("rasterio", "pyhdf", "pyogrio"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found

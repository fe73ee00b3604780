"""What a user says about a file to be read. Whatever he says nothing of stays None, and the file may say it itself."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Final

from lakeseg.bands import DEFAULT_SCALE, are_bands
from lakeseg.data.dataset import MODIS_PIXEL_M
from lakeseg.data.readers.labels import Labeller, WaterRule
from lakeseg.errors import ConfigError

CLOUDS: Final = ("unlabel", "keep", "missing")
CUTS: Final = ("whole", "tiles", "water")
NO_KEY: Final = "none"  # as a key of labels, groups or ids: there are none, whatever the file seems to hold


@dataclass(frozen=True)
class ReadOptions:
    """How to read a file. A *key* names an array, a field of a struct or a column, as the format has it.

    Attributes:
        format: Key of the format, for a file that several could read.
        name: Of the dataset.
        bands: MODIS bands in the order of the file.
        scale: Reflectance of one count.
        fill: Value of a missing pixel, in the file's own numbers.
        clip: Whether values beyond int16 are cut off instead of refused.
        counts: Whether real numbers are counts already, and not reflectance.
        pixel_size: Side of a pixel in metres.
        pixels: Key of the pixels.
        labels: Key of the labels; `"none"` for lakes that nobody labelled.
        water: What is water in the labels: `"1"` (a value), `"bit:5"`, or `"codes"` (they are class codes already).
        ignore: Labels that mean no label.
        second_labels: Key of a second labeller's labels.
        second_water: Its water; that of the first by default.
        second_ignore: Its labels that mean no label.
        groups: Key of what lakes that overlap on the ground share.
        ids: Key of the lakes' names.
        lakes: Key of the column that says to which lake a pixel belongs.
        rows: Key of the column of a pixel's row within its lake, from 0 or 1.
        columns: Key of the column of a pixel's column within its lake.
        offset: Of rasters: reflectance of a count of zero.
        clouds: What is done where cloud, shadow or snow hides the ground: one of `CLOUDS`.
        days: Of daily images: how many days are combined into one.
        cut: How lakes are cut out of a raster: one of `CUTS`, the name of an index, or a file of outlines.
        margin: Pixels around a lake that is cut out.
        min_size: Pixels of water below which a water body is left out.
        tile: Side in pixels of the tiles that a raster is cut into.
    """

    format: str | None = None
    name: str | None = None
    bands: tuple[int, ...] | None = None
    scale: float | None = None
    fill: float | None = None
    clip: bool | None = None
    counts: bool | None = None
    pixel_size: float | None = None
    pixels: str | None = None
    labels: str | None = None
    water: str | None = None
    ignore: tuple[int, ...] | None = None
    second_labels: str | None = None
    second_water: str | None = None
    second_ignore: tuple[int, ...] | None = None
    groups: str | None = None
    ids: str | None = None
    lakes: str | None = None
    rows: str | None = None
    columns: str | None = None
    offset: float | None = None
    clouds: str | None = None
    days: int | None = None
    cut: str | None = None
    margin: int | None = None
    min_size: int | None = None
    tile: int | None = None

    def given(self) -> dict[str, Any]:
        """Return what the user said, by field."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if value is not None}

    def over(self, suggested: Mapping[str, Any]) -> ReadOptions:
        """Return these options with `suggested` wherever the user said nothing."""
        return replace(self, **{name: value for name, value in suggested.items() if getattr(self, name) is None})

    def check(self) -> None:
        """Raise a `ConfigError` for a value that no file could make sense of."""
        if self.bands is not None and not are_bands(self.bands, ascending=False):
            raise ConfigError(f"bands {list(self.bands)}: expected MODIS bands 1–7, each once, such as 1,2,3,4,6,7")
        if not (math.isfinite(self.count_scale) and self.count_scale > 0):
            raise ConfigError(f"scale {self.scale}: expected the reflectance of one count, such as 1e-4")
        if not (math.isfinite(self.pixel_m) and self.pixel_m > 0):
            raise ConfigError(f"pixel size {self.pixel_size}: expected the side of a pixel in metres, such as 30")
        for rule in filter(None, (self.water, self.second_water)):
            WaterRule.parse(rule)
        if self.second_labels is None and (self.second_water or self.second_ignore):
            raise ConfigError("--second-water and --second-ignore need --second-labels KEY: add it")

    @property
    def count_scale(self) -> float:
        """Reflectance of one count."""
        return DEFAULT_SCALE if self.scale is None else self.scale

    @property
    def pixel_m(self) -> float:
        """Side of a pixel in metres."""
        return MODIS_PIXEL_M if self.pixel_size is None else self.pixel_size

    def labellers(self, key: str | None = None) -> list[Labeller]:
        """Return none, one or two labellers, new ones at every call: they count what they see.

        `key` is the first one's where the user did not name it.
        """
        key = self.labels or key
        if key in (None, NO_KEY) or self.water is None:
            return []
        found = [Labeller(str(key), WaterRule.parse(self.water), self.ignore or ())]
        if self.second_labels is not None:
            rule = WaterRule.parse(self.second_water or self.water)
            found.append(Labeller(self.second_labels, rule, self.second_ignore or ()))
        return found


def key_of(key: str | None) -> str | None:
    """Return a key, None where the user named none or said that there is none."""
    return None if key == NO_KEY else key

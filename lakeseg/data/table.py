"""The index of a dataset: one row a lake, held as 1-D arrays so that 100,000 lakes open as fast as 100."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from lakeseg.data.scenes.scene import Grid
from lakeseg.errors import DatasetError, unknown

NUMBERS: Final = {"offset": np.int64, "height": np.int32, "width": np.int32, "lon": np.float64, "lat": np.float64}
LAYOUT: Final = ("offset", "height", "width")
TEXTS: Final = ("id", "group", "domain", "date")
GRID: Final = "grid"  # (L, 6) float64, the transform of each lake, NaN where unknown
GRID_CRS: Final = "grid_crs"
OPTIONAL: Final = (GRID, GRID_CRS)  # of files whose lakes were cut out of a raster
MOST_RUNS: Final = 256
RUNS: Final = (
    "single pixels: runs of neighbours in the file take the place of lakes; which of them share ground, the file does "
    "not say, so scores may flatter and intervals be too narrow"
)


@dataclass(frozen=True, eq=False)
class LakeTable:
    """Columns of `/lakes`, each (L,). Texts stay UTF-8 bytes until they are read; `OPTIONAL` ones may be absent.

    With `of_pixels` the rows are no lakes but runs of single pixels (`runs_of_pixels`).
    """

    columns: Mapping[str, np.ndarray]
    of_pixels: bool = False

    def __len__(self) -> int:
        return len(self.columns["offset"])

    @property
    def noun(self) -> str:
        """What a row is called, "lake" or "run"."""
        return "run" if self.of_pixels else "lake"

    def _text(self, name: str) -> np.ndarray:
        try:
            return np.asarray(np.char.decode(self.columns[name], "utf-8"), dtype=str)
        except UnicodeDecodeError:
            raise DatasetError(f"/lakes/{name} is not UTF-8 text: the file is damaged; import the data again") from None

    @cached_property
    def id(self) -> np.ndarray:
        """Lake ids, unique, (L,) str."""
        return self._text("id")

    @cached_property
    def group(self) -> np.ndarray:
        """Ground group of each lake: lakes that overlap share one, (L,) str."""
        return self._text("group")

    @cached_property
    def domain(self) -> np.ndarray:
        """Domain of each lake, empty where unknown, (L,) str."""
        return self._text("domain")

    @cached_property
    def date(self) -> np.ndarray:
        """ISO date of each image, empty where unknown, (L,) str."""
        return self._text("date")

    @property
    def offset(self) -> np.ndarray:
        """First row of each lake in `/pixels`, (L,) int64."""
        return self.columns["offset"]

    @property
    def height(self) -> np.ndarray:
        """Rows of each lake in pixels, (L,) int32."""
        return self.columns["height"]

    @property
    def width(self) -> np.ndarray:
        """Columns of each lake in pixels, (L,) int32."""
        return self.columns["width"]

    @property
    def lon(self) -> np.ndarray:
        """Longitude of each lake's centre in degrees, NaN where unknown, (L,) float64."""
        return self.columns["lon"]

    @property
    def lat(self) -> np.ndarray:
        """Latitude of each lake's centre in degrees, NaN where unknown, (L,) float64."""
        return self.columns["lat"]

    @property
    def size(self) -> np.ndarray:
        """Pixels of each lake, (L,) int64."""
        return self.height.astype(np.int64) * self.width

    def grid(self, row: int) -> Grid | None:
        """Return where the pixels of the lake in `row` lie, None where the file does not say."""
        transforms, names = self.columns.get(GRID), self.columns.get(GRID_CRS)
        if transforms is None or names is None or not np.isfinite(transforms[row]).all():
            return None
        a, b, c, d, e, f = transforms[row].tolist()
        try:
            return Grid(names[row].decode("utf-8"), (a, b, c, d, e, f))
        except UnicodeDecodeError:
            raise DatasetError("/lakes/grid_crs is not UTF-8 text: the file is damaged; import it again") from None

    @cached_property
    def _positions(self) -> dict[str, int]:
        return {lake_id: position for position, lake_id in enumerate(self.id.tolist())}

    def __contains__(self, lake_id: object) -> bool:
        return lake_id in self._positions

    def position(self, lake_id: str) -> int:
        """Return the row of `lake_id`; an unknown one raises a `DatasetError` that lists valid ids."""
        try:
            return self._positions[lake_id]
        except KeyError:
            raise DatasetError(unknown("lake", lake_id, self.id.tolist())) from None


def runs_of_pixels(pixels: int) -> LakeTable:
    """Return a table for a file of pixels that belong to no lake: up to `MOST_RUNS` runs of 1×N, of no group.

    Pixels that stand beside each other in such a file often come from one lake, so that a split by runs parts fewer
    lakes than one by pixels.
    """
    ends = np.linspace(0, pixels, min(pixels, MOST_RUNS) + 1).round().astype(np.int64)
    width, none = np.diff(ends), np.full(len(ends) - 1, np.nan)
    columns: dict[str, np.ndarray] = {"offset": ends[:-1], "height": np.ones(len(width), np.int32)}
    columns |= {"width": width.astype(np.int32), "lon": none, "lat": none}
    columns |= dict.fromkeys(TEXTS, np.full(len(width), b"", "S1"))
    columns["id"] = np.array([f"pixels-{number:03d}".encode() for number in range(len(width))])
    return LakeTable(columns, of_pixels=True)


def check_lake_id(lake_id: str) -> None:
    """Raise a `DatasetError` unless `lake_id` can name a part of an exported file (HDF5 group, NPZ member)."""
    if lake_id in (".", "..") or "/" in lake_id or "\\" in lake_id:
        raise DatasetError(
            f"lake {lake_id!r}: an id names a part of exported files, so it must not be '.' or '..', nor hold '/' or "
            "a backslash: rename the lake"
        )


def check_table(table: LakeTable, pixels: int, where: str) -> None:
    """Raise a `DatasetError` unless the lakes tile `/pixels` exactly, one after the other."""
    if len(table) == 0:
        raise DatasetError(f"{where}: /lakes holds zero lakes: expected at least one; import the data again")
    if (table.height < 1).any() or (table.width < 1).any():
        raise DatasetError(f"{where}: a lake has no rows or no columns: every lake needs at least 1×1 px")
    ends = np.cumsum(table.size)
    if table.offset[0] != 0 or (table.offset[1:] != ends[:-1]).any() or ends[-1] != pixels:
        raise DatasetError(f"{where}: lakes cover {int(ends[-1])} px, /pixels holds {pixels}: the index does not fit")

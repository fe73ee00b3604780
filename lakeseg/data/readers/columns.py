"""Which columns of a table are bands, labels and places: by what the user said, else by their names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from lakeseg.data.readers.layout import LABEL_NAMES
from lakeseg.data.readers.options import ReadOptions, key_of
from lakeseg.errors import ConfigError, DatasetError, unknown

# b1, band1, band_01, B1, sur_refl_b01, sur_refl_b01_1: MODIS bands; SR_B2 is Landsat's and not among them
_BAND: Final = re.compile(r"(?:sur_refl_b|band|b)[ _-]?0?([1-7])(?:_1)?", re.IGNORECASE)
_USUAL: Final = {
    "lake": ("lake", "lake_id", "lakeid"),
    "row": ("row", "r", "y_index"),
    "column": ("column", "col", "c", "x_index"),
    "group": ("group",),
}


@dataclass(frozen=True)
class Columns:
    """The columns of a table by what they hold; `bands` by MODIS number, in the order of the table."""

    bands: Mapping[int, str]
    labels: str | None
    second: str | None
    lake: str | None
    row: str | None
    column: str | None
    group: str | None

    @property
    def lakes(self) -> bool:
        """Whether rows say where in which lake they lie."""
        return None not in (self.lake, self.row, self.column)

    def used(self) -> list[str]:
        """Return the columns to read."""
        places = (self.lake, self.row, self.column, self.group) if self.lakes else ()
        return list(dict.fromkeys(filter(None, (*self.bands.values(), self.labels, self.second, *places))))


def find_columns(names: Sequence[str], options: ReadOptions, where: str) -> Columns:
    """Return what each column holds.

    Raises:
        ConfigError: The user named a column that is not there.
        DatasetError: No column, or two, hold a band.
    """
    said = {"lake": options.lakes, "row": options.rows, "column": options.columns, "group": options.groups}
    places = {role: _one(names, said[role], usual, where) for role, usual in _USUAL.items()}
    labels = None if options.labels is not None and key_of(options.labels) is None else options.labels
    found = _one(names, labels, LABEL_NAMES, where) if options.labels is None or labels else None
    second = _one(names, options.second_labels, (), where)
    return Columns(_bands(names, options, where), found, second, **places)


def _one(names: Sequence[str], said: str | None, usual: Sequence[str], where: str) -> str | None:
    if key_of(said) is not None:
        if said not in names:
            raise ConfigError(f"{where}: {unknown('column', str(said), list(names))}")
        return said
    if said is not None:
        return None
    return next((name for word in usual for name in names if name.strip().lower() == word), None)


def _bands(names: Sequence[str], options: ReadOptions, where: str) -> dict[int, str]:
    """Return the columns of the bands: those that the user listed, else those whose names are of MODIS bands."""
    if options.pixels is not None:
        listed = [_one(names, name.strip(), (), where) for name in options.pixels.split(",")]
        if options.bands is None or len(options.bands) != len(listed):
            raise ConfigError(
                f"{where}: --pixels names {len(listed)} columns: name as many bands with --bands, in order"
            )
        return dict(zip(options.bands, map(str, listed), strict=True))
    found: dict[int, str] = {}
    for name in names:
        match = _BAND.fullmatch(name.strip())
        if match is None:
            continue
        band = int(match.group(1))
        if band in found:
            raise DatasetError(f"{where}: {found[band]!r} and {name!r} are both band {band}: leave one out")
        found[band] = name
    wanted = found if options.bands is None else {band: found[band] for band in options.bands if band in found}
    missing = set(options.bands or ()) - set(found)
    if missing or not found:
        remedy = "name them band1 … band7, or list them with --pixels a,b,… and --bands"
        lacking = f"bands {sorted(missing)}" if missing else "a band"
        raise DatasetError(f"{where}: no column holds {lacking}: {remedy}; it has {', '.join(names[:12])}")
    return wanted

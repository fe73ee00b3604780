"""How large the water of a lake is and how long its shore, and all that is known of it as a row of a CSV table."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from lakeseg.bands import CLASS_NAMES, LAND, NO_LABEL, UNCLASSIFIED, WATER, is_fill
from lakeseg.data.dataset import MODIS_PIXEL_M, Dataset, Lake
from lakeseg.data.scenes.grids import CELL_M, cell_size_m, lonlat_of_centre
from lakeseg.data.write import replacing
from lakeseg.evaluation import scored_labels
from lakeseg.exports.content import RULE, Content, Origin
from lakeseg.metrics import Scores, confusion

_MERCATOR: Final = re.compile(r'^EPSG:(3857|3395)$|PROJECTION\["Mercator_1SP"')
STAIRCASE: Final = math.pi / 4
_SCORES: Final = ("f1", "precision", "recall", "iou")
_CODES: Final = (WATER, LAND, UNCLASSIFIED)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would run a text that starts like this


def cell_m(dataset: Dataset, lake: Lake) -> float:
    """Return the side of a pixel on the ground in metres.

    That of the lake's grid where it was cut out of a raster; else the dataset's, and for the nominal 500 m of MODIS the
    463.3 m that a cell of its grid measures. The metres of a Mercator map, as of the web, are 1/cos(latitude) too long
    and are taken back; those of other projections are right to a few per mille where people use them.
    """
    if lake.grid is not None:
        return cell_size_m(lake.grid, lake.shape) * (_shrunk(lake) if _MERCATOR.search(lake.grid.crs) else 1.0)
    return CELL_M if dataset.pixel_size_m == MODIS_PIXEL_M else dataset.pixel_size_m


def _shrunk(lake: Lake) -> float:
    """Return the length on the ground of a metre of a Mercator map in the middle of a lake."""
    _, latitude = lonlat_of_centre(lake.grid, lake.shape)
    return math.cos(math.radians(latitude)) if math.isfinite(latitude) else 1.0


def area_km2(codes: np.ndarray, cell: float) -> float:
    """Return the area of water in (H, W) class codes with pixels of `cell` metres, in km²."""
    return int((codes == WATER).sum()) * cell**2 / 1e6


def shoreline_km(codes: np.ndarray, cell: float) -> float:
    """Return the length of the shore in km: π/4 · (edges between a water pixel and one of another class) · cell.

    Seen over all directions, the edges of pixels along a straight line are 4/π times as long as the line (the mean of
    |cos| + |sin|), which the factor takes back. The border of the image and pixels without class are no shore.
    """
    return shore_edges(codes) * cell * STAIRCASE / 1000


def shore_edges(codes: np.ndarray) -> int:
    """Return how many edges of pixels lie between water and land or unclassified in (H, W) class codes."""
    water, other = codes == WATER, (codes != WATER) & (codes != NO_LABEL)
    across = (water[:, 1:] & other[:, :-1]) | (water[:, :-1] & other[:, 1:])
    down = (water[1:] & other[:-1]) | (water[:-1] & other[1:])
    return int(across.sum()) + int(down.sum())


def lake_row(dataset: Dataset, content: Content, origin: Origin) -> dict[str, Any]:
    """Return all that is known of a lake, by column; None where a number is undefined.

    Area and shore of its labels, of which unclassified pixels are no water; with a model also those of its classes, and
    its scores on labelled pixels, unclassified excluded.
    """
    lake, cell = content.lake, cell_m(dataset, content.lake)
    labels = scored_labels(lake, dataset.fill)
    row: dict[str, Any] = {name: getattr(lake, name) for name in ("id", "group", "domain", "date", "lon", "lat")}
    row |= {name: round(row[name], 6) for name in ("lon", "lat")}
    row = {"lake": row.pop("id"), **row, "height": lake.shape[0], "width": lake.shape[1], "pixel_m": round(cell, 4)}
    row |= {
        "simulated": "yes" if dataset.simulated else "no",
        "labels": "settled" if RULE in origin.facts else "as given",
    }
    row |= {"missing_px": int(is_fill(lake.image, dataset.fill).sum())}
    row |= _measured("label_", labels, cell) | {"label_none_px": int((labels == NO_LABEL).sum())}
    if origin.card is not None:
        row |= _judged(dataset, content, origin, labels, cell)
    return {name: None if isinstance(value, float) and math.isnan(value) else value for name, value in row.items()}


def _measured(prefix: str, codes: np.ndarray, cell: float) -> dict[str, Any]:
    counts = {f"{prefix}{CLASS_NAMES[code]}_px": int((codes == code).sum()) for code in _CODES}
    shore = {f"{prefix}shore_edges": shore_edges(codes), f"{prefix}shoreline_km": round(shoreline_km(codes, cell), 4)}
    return counts | {f"{prefix}water_km2": round(area_km2(codes, cell), 6)} | shore


def _judged(dataset: Dataset, content: Content, origin: Origin, labels: np.ndarray, cell: float) -> dict[str, Any]:
    card, lake = origin.card, content.lake
    if card is None:
        return {}
    kept = np.where(content.codes == NO_LABEL, np.uint8(NO_LABEL), labels)
    scores = Scores.from_confusion(confusion(kept, np.maximum(content.codes, WATER)))
    named = {"model": card.id, "standing": card.standing(dataset.fingerprint, lake.id, lake.group)}
    return named | _measured("", content.codes, cell) | {"scored_px": scores.pixels} | _rounded(scores)


def _rounded(scores: Scores) -> dict[str, float]:
    return {name: round(float(getattr(scores, name)), 6) for name in _SCORES}


def write_table(path: Path, dataset: Dataset, contents: Iterable[Content], origin: Origin) -> int:
    """Write a row for each lake as CSV in UTF-8, and return how many there are.

    A text that a spreadsheet would take for a formula gets an apostrophe before it.

    Raises:
        DatasetError: The file cannot be written.
    """
    count = 0
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        writer = None
        for content in contents:
            row = lake_row(dataset, content, origin)
            if writer is None:
                writer = csv.DictWriter(file, list(row), lineterminator="\n")
                writer.writeheader()
            writer.writerow(_harmless(row))
            count += 1
    return count


def _harmless(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
        for name, value in row.items()
    }

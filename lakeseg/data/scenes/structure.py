"""Where the data sets of an HDF4-EOS file lie, from its StructMetadata.

Corners are those of the outermost pixels' outer edges, in metres, whatever PixelRegistration says: in every tile of
MODIS they are the size of a cell times the number of cells apart (HDF-EOS Library User's Guide, volume 1, grids).
"""

from __future__ import annotations

import math
import re
from typing import Final

from lakeseg.data.scenes.grids import RADIUS_M, SINUSOIDAL
from lakeseg.data.scenes.scene import Grid

_GRID: Final = re.compile(r"GROUP=GRID_\d+\s(.*?)END_GROUP=GRID_\d+", re.DOTALL)
_NUMBER: Final = r"([-+\d.eE]+)"
_CORNERS: Final = {
    corner: re.compile(rf"{corner}=\({_NUMBER},{_NUMBER}\)") for corner in ("UpperLeftPointMtrs", "LowerRightMtrs")
}
_CENTRAL_MERIDIAN: Final = 4

Placed = dict[str, tuple[Grid, tuple[int, int]]]


def grids_by_field(text: str) -> Placed:
    """Return grid and shape (rows, columns) of each data set that lies on a sinusoidal grid.

    Raises:
        ValueError: A number in the text is none.
    """
    found: Placed = {}
    for match in _GRID.finditer(text):
        placed = _grid(match[1])
        if placed is not None:
            found |= dict.fromkeys(re.findall(r'DataFieldName="([^"]*)"', match[1]), placed)
    return found


def _grid(text: str) -> tuple[Grid, tuple[int, int]] | None:
    sizes = [re.search(rf"{name}=(\d+)\s", text) for name in ("YDim", "XDim")]
    corners = [pattern.search(text) for pattern in _CORNERS.values()]
    if "Projection=GCTP_SNSOID" not in text or not all(sizes) or not all(corners):
        return None
    height, width = (int(size[1]) for size in sizes if size)
    (left, top), (right, bottom) = ((float(corner[1]), float(corner[2])) for corner in corners if corner)
    numbers = (left, top, right, bottom)
    if not (height and width and all(map(math.isfinite, numbers)) and right > left and top > bottom):
        return None
    crs = _sinusoidal(text)
    step = ((right - left) / width, (bottom - top) / height)
    return (Grid(crs, (step[0], 0.0, left, 0.0, step[1], top)), (height, width)) if crs else None


def _sinusoidal(text: str) -> str:
    """Return the projection on its sphere, empty for a central meridian or origin that MODIS never has."""
    match = re.search(r"ProjParams=\(([^)]*)\)", text)
    values = [float(value) for value in match[1].split(",")] if match else []
    if not values or any(values[_CENTRAL_MERIDIAN:]):
        return ""
    radius = values[0] or RADIUS_M
    return SINUSOIDAL if abs(radius - RADIUS_M) < 1e-3 else SINUSOIDAL.replace(str(RADIUS_M), repr(radius))

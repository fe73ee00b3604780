"""Into which parts a tile is cut: large enough that little is seen twice, small enough for memory and for a kill."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from lakeseg.data.scenes.scene import Window
from lakeseg.framing import Way

_ROWS: Final = 256
_ROWS_OF_TILES: Final = 480  # of parts where neighbours see tiles twice along their border
_COLUMNS: Final = 1280


def parts(how: Way, shape: tuple[int, int]) -> list[Window]:
    """Return the parts of a raster of `shape` for a model that runs in a way, from the top left, row by row.

    They lie where the model's blocks, patches or tiles do. They depend on nothing else, so that a prediction that was
    interrupted goes on with the same parts.
    """
    rows = _cuts(how, shape[0], _ROWS_OF_TILES if how.reach == "tiles" else _ROWS)
    columns = _cuts(how, shape[1], _COLUMNS)
    return [
        Window(top, left, bottom - top, right - left)
        for top, bottom in pairwise(rows)
        for left, right in pairwise(columns)
    ]


def _cuts(how: Way, side: int, most: int) -> list[int]:
    """Return where a side is cut, both ends included: every `most` pixels, a short rest left to the part before."""
    stride = max(1, most // how.step) * how.step
    return [0, *range(how.offset + stride, side - how.step, stride), side]

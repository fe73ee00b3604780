"""The spectrum of a region between the water and the land of its lake."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

import numpy as np

from lakeseg.bands import BANDS, CLASS_NAMES, LAND, WATER
from lakeseg.data.statistics import ClassSpectra
from lakeseg.figures.spectra import LINE_COLOURS

REGION: Final = "region"
REGION_COLOUR: Final = "#d639b0"
HEIGHT: Final = 165
GAP: Final = 0.2  # between names at the right, as a share of the axis

_AXIS: Final = {"labelOverlap": "greedy", "grid": False}
_SCALE: Final = {"type": "log", "domain": [430, 2900], "nice": False}
_NAMES: Final = (REGION, CLASS_NAMES[WATER], CLASS_NAMES[LAND])
_COLOUR: Final = {
    "field": "line",
    "type": "nominal",
    "legend": None,
    "scale": {"domain": list(_NAMES), "range": [REGION_COLOUR, LINE_COLOURS[WATER], LINE_COLOURS[LAND]]},
}
_WIDTH: Final = {
    "transform": [{"filter": "isValid(datum.low)"}],
    "mark": {"type": "area", "opacity": 0.14},
    "encoding": {"y": {"field": "low", "type": "quantitative"}, "y2": {"field": "high"}},
}
_LINES: Final = {
    "mark": {"type": "line", "point": {"size": 20}},
    "encoding": {
        "y": {"field": "reflectance", "type": "quantitative", "title": None, "axis": {"tickCount": 4}},
        "strokeWidth": {"condition": {"test": f"datum.line === '{REGION}'", "value": 3}, "value": 1.5},
        "tooltip": [
            {"field": "line", "type": "nominal"},
            {"field": "band", "type": "nominal"},
            {"field": "reflectance", "type": "quantitative", "format": ".3f"},
        ],
    },
}
_ENDS: Final = {
    "transform": [{"filter": "datum.last"}],
    "mark": {"type": "text", "align": "left", "dx": 6, "fontSize": 11},
    "encoding": {"y": {"field": "place", "type": "quantitative"}, "text": {"field": "line"}},
}


def region_spectrum(
    region: np.ndarray, lake: ClassSpectra, bands: Sequence[int], height: int = HEIGHT
) -> dict[str, Any]:
    """Return a Vega-Lite chart of (B,) mean reflectances against the lake's labelled water and land, ±1 sd.

    It is written down, not built by Altair: that takes 80 ms of the 200 between a verdict and the next region.
    """
    rows = _rows(REGION, region, None, bands)
    for code in (WATER, LAND):
        if lake.pixels[code]:
            rows += _rows(CLASS_NAMES[code], lake.mean[code], lake.spread[code], bands)
    _part_names(rows)
    ticks = [int(BANDS[band].centre_nm) for band in bands]
    x = {"field": "nm", "type": "quantitative", "title": None, "axis": {"values": ticks} | _AXIS, "scale": _SCALE}
    title = {"text": "Reflectance by wavelength, nm", "fontSize": 12, "fontWeight": "normal", "anchor": "start"}
    layers = [_WIDTH, _LINES, _ENDS]
    return {
        "data": {"values": rows},
        "height": height,
        "title": title,
        "encoding": {"x": x, "color": _COLOUR},
        "layer": layers,
    }


def _part_names(rows: list[dict[str, Any]]) -> None:
    """Move the names at the right ends of the lines apart."""
    ends = sorted((row for row in rows if row["last"]), key=lambda row: float(row["reflectance"]))
    gap = GAP * max(1e-6, *(row["high"] or row["reflectance"] for row in rows))
    for below, above in pairwise(ends):
        above["place"] = max(above["place"], below["place"] + gap)


def _rows(name: str, mean: np.ndarray, spread: np.ndarray | None, bands: Sequence[int]) -> list[dict[str, Any]]:
    """Return a row for each band, by wavelength."""
    order = sorted(range(len(bands)), key=lambda place: BANDS[bands[place]].centre_nm)
    return [
        {
            "line": name,
            "nm": BANDS[bands[place]].centre_nm,
            "band": f"band {bands[place]} ({BANDS[bands[place]].short})",
            "reflectance": float(mean[place]),
            "low": None if spread is None else float(mean[place] - spread[place]),
            "high": None if spread is None else float(mean[place] + spread[place]),
            "last": place == order[-1],
            "place": float(mean[place]),
        }
        for place in order
    ]

"""Lakes on a map of the world that needs no token and no internet.

Land is that of Natural Earth, 1:110m, public domain (https://www.naturalearthdata.com), cut at 180° of longitude.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import streamlit as st

from lakeseg import plain
from lakeseg.data.dataset import Dataset
from lakeseg.data.table import LakeTable

if TYPE_CHECKING:
    import pydeck

SOURCE: Final = "Land: Natural Earth, public domain."
LAKES: Final = "lakes"
MOST_SHOWN: Final = 20_000
FEW: Final = 30  # so many or fewer get a larger point
_LAND_FILE: Final = Path(__file__).parent / "land.json"
_GREY: Final = (128, 136, 146)  # half transparent, so that it fits a light and a dark page
_ACCENT: Final = (42, 120, 189)
_MARK: Final = (222, 116, 33)
_WIDTH, _HEIGHT, _MARGIN = 760, 320, 1.2  # of the map in CSS pixels; of what is around the lakes
_WIDEST, _NEAREST, _ZOOM_OF_ONE = 0.2, 2.6, 1.2  # zoom levels: some of a continent's coast is always in view


@dataclass(frozen=True)
class Deck:
    """A map, and the ids of its lakes in the order of its points; `left_out` lakes have coordinates but no room."""

    deck: pydeck.Deck
    ids: tuple[str, ...]
    left_out: int = 0


@cache
def _land() -> dict[str, Any]:
    return dict(json.loads(_LAND_FILE.read_text(encoding="utf-8")))


def placed_rows(table: LakeTable) -> np.ndarray:
    """Return the rows of the lakes that have a place on Earth."""
    return np.flatnonzero((np.abs(table.lat) <= 90) & (np.abs(table.lon) <= 180))


def deck_of(dataset: Dataset) -> Deck | None:
    """Return the map of all lakes of a dataset that have coordinates, None if there are none."""
    table = dataset.lakes
    rows = placed_rows(table)
    if not len(rows):
        return None
    shown = rows[np.linspace(0, len(rows) - 1, min(len(rows), MOST_SHOWN)).astype(int)]
    points = [_point(table, int(row)) for row in shown]
    view = view_of(table.lon[shown], table.lat[shown])
    radius = 4 if len(points) > FEW else 7
    return Deck(_deck(points, view, radius), tuple(point["lake"] for point in points), len(rows) - len(shown))


def is_placed(table: LakeTable, lake_id: str) -> bool:
    """Say whether a lake has a place on Earth."""
    row = table.position(lake_id)
    return bool(abs(table.lat[row]) <= 90 and abs(table.lon[row]) <= 180)


def place_in_words(table: LakeTable, lake_id: str) -> str:
    """Return latitude and longitude of a lake that has a place, such as "61.50° N, 23.75° E"."""
    row = table.position(lake_id)
    return plain.place_in_words(table.lon[row], table.lat[row])


def deck_of_one(dataset: Dataset, lake_id: str) -> Deck:
    """Return a small map with one lake, which has a place, in its middle."""
    table, row = dataset.lakes, dataset.lakes.position(lake_id)
    place = {"longitude": float(table.lon[row]), "latitude": float(np.clip(table.lat[row], -70, 70))}
    point = _point(table, row)
    return Deck(_deck([point], {**place, "zoom": _ZOOM_OF_ONE}, radius=7, colour=_MARK), (lake_id,))


def view_of(lon: np.ndarray, lat: np.ndarray) -> dict[str, float]:
    """Return the middle and zoom of a map that shows all of some places, in Web Mercator."""
    y = np.degrees(np.arcsinh(np.tan(np.radians(np.clip(lat, -80, 80)))))
    wide, high = float(np.ptp(lon)), float(np.ptp(y))
    zoom = math.log2(360 / 512 / _MARGIN / max(wide / _WIDTH, high / _HEIGHT, 1e-6))  # at 0, 512 px show 360°
    middle = math.radians((float(y.max()) + float(y.min())) / 2)
    return {
        "longitude": (float(lon.max()) + float(lon.min())) / 2,
        "latitude": math.degrees(math.atan(math.sinh(middle))),
        "zoom": min(max(zoom, _WIDEST), _NEAREST),
    }


def _point(table: LakeTable, row: int) -> dict[str, Any]:
    about = f"{table.height[row]}×{table.width[row]} px"
    domain = str(table.domain[row])
    place = [round(float(table.lon[row]), 4), round(float(table.lat[row]), 4)]
    return {"lake": str(table.id[row]), "about": f"{about} · {domain}" if domain else about, "place": place}


def _deck(
    points: Sequence[Mapping[str, Any]], view: Mapping[str, float], radius: int, colour: tuple[int, int, int] = _ACCENT
) -> pydeck.Deck:
    import pydeck

    land = pydeck.Layer(
        "GeoJsonLayer",
        _land(),
        id="land",
        get_fill_color=[*_GREY, 60],
        get_line_color=[*_GREY, 150],
        line_width_min_pixels=0.7,
    )
    lakes = pydeck.Layer(
        "ScatterplotLayer",
        list(points),
        id=LAKES,
        get_position="place",
        get_radius=radius,
        radius_units=pydeck.types.String("pixels"),
        get_fill_color=[*colour, 190],
        get_line_color=[255, 255, 255, 110],
        stroked=True,
        line_width_units=pydeck.types.String("pixels"),
        get_line_width=0.8,
        pickable=True,
        auto_highlight=True,
        highlight_color=[*_MARK, 255],
    )
    # Without a style of its own, and without a provider, no tiles are asked for.
    return pydeck.Deck(
        layers=[land, lakes],
        initial_view_state=pydeck.ViewState(**view, min_zoom=0, max_zoom=9),
        map_provider=None,
        tooltip={"text": "{lake}\n{about}"},
    )


def show(deck: Deck, height: int, key: str, **options: Any) -> None:
    """Show a map of a fixed height; `options` are those of `st.pydeck_chart`."""
    st.pydeck_chart(deck.deck, height=height, key=key, **options)

"""Figures of the answers as SVG that looks the same wherever it is made."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Final

from lakeseg.study.answers.shapes import Figure

Progress = Callable[[float, str], None]
WIDTH: Final = 680
_FONT: Final = "Liberation Sans, Arial, Helvetica, sans-serif"  # the first comes with the converter
_INK, _LINE = "#3c4250", "#dfe3e8"
_CONFIG: Final[dict[str, Any]] = {
    "background": "white",
    "font": _FONT,
    "padding": 6,
    "axis": {
        "labelFont": _FONT,
        "titleFont": _FONT,
        "labelColor": _INK,
        "titleColor": _INK,
        "titleFontWeight": "normal",
        "labelFontSize": 12,
        "titleFontSize": 12,
        "gridColor": _LINE,
        "domainColor": "#b8bec8",
        "tickColor": "#b8bec8",
    },
    "legend": {"labelFont": _FONT, "labelColor": _INK, "labelFontSize": 12},
    "text": {"font": _FONT},
    "view": {"stroke": None},
}
_MARKED: Final = re.compile(r'\bid="([^"]+)"')


def svgs(figures: Sequence[Figure], progress: Progress) -> dict[str, str]:
    """Return figures as SVG text by name."""
    made = {}
    for done, figure in enumerate(figures, start=1):
        made[figure.name] = svg(figure)
        progress(done / len(figures), figure.title)
    return made


def svg(figure: Figure, width: int = WIDTH) -> str:
    """Return a figure as SVG text on white; its ids begin with its name, so that many stand in one page."""
    import vl_convert

    from lakeseg.figures.study import draw

    chart = draw(figure.chart, figure.rows).properties(width=width).configure(**_CONFIG)
    made = vl_convert.vegalite_to_svg(chart.to_dict(), vl_version=_version())
    for place, name in enumerate(dict.fromkeys(_MARKED.findall(made))):  # numbered anew: the converter counts on
        made = re.sub(rf'\bid="{name}"', f'id="{figure.name}:{place}"', made)
        made = made.replace(f"#{name})", f"#{figure.name}:{place})")
    return str(made).rstrip("\n") + "\n"


def _version() -> str:
    """Return the version of Vega-Lite that the charts are written in, as the converter names it."""
    import altair as alt

    return ".".join(str(alt.SCHEMA_VERSION).lstrip("v").split(".")[:2])

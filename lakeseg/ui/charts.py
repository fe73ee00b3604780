"""Charts on a page: as wide as their place, and of their height from the first moment, so that nothing jumps."""

from __future__ import annotations

from typing import Any

import altair as alt


def show(place: Any, chart: alt.Chart | alt.LayerChart, **options: Any) -> Any:
    """Show a chart in `place` (`st`, a column, …) and return what it returns; `options` are those of `altair_chart`.

    Without a height of its own in the call, Streamlit keeps no room for a chart until the browser has drawn it.
    """
    height = chart.height if isinstance(chart.height, int) else "content"
    return place.altair_chart(chart, **{"width": "stretch", "height": height} | options)

"""The switches of the bands and their presets."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from lakeseg.analysis.subsets import Bands, presets
from lakeseg.bands import BANDS
from lakeseg.ui import state


def pick(available: Sequence[int]) -> Bands:
    """Show a switch for each band of a dataset, with presets above them, and return the bands that are on."""
    place = st.container()
    chosen = []
    with st.container(border=True, gap=None):
        for column, band in zip(st.columns(len(available)), available, strict=True):
            if _switch(column, band, available):
                chosen.append(band)
    with place:
        _pick_preset(tuple(chosen), available)
    return tuple(chosen) or tuple(available)


def _switch(place: st.delta_generator.DeltaGenerator, band: int, available: Sequence[int]) -> bool:
    what, key = BANDS[band], state.band_key(band)
    place = place.container(gap=None)
    on = place.toggle(
        f"**{band}** {what.short}",
        value=True,
        key=key,
        bind="query-params",
        on_change=state.band_switched,
        args=(band, available),
    )
    place.caption(f"{what.nm[0]}–{what.nm[1]} nm")
    return bool(on)


def _pick_preset(chosen: Bands, available: Sequence[int]) -> None:
    named = {preset.name: preset.bands for preset in presets(available)}
    here = next((name for name, bands in named.items() if bands == chosen), None)
    st.pills(
        "Presets",
        list(named),
        key=state.show_preset(here),
        on_change=state.preset_chosen,
        args=(named, available, chosen),
        label_visibility="collapsed",
    )

"""Which datasets are here, Table 2 beside that of the study, and where the lakes of the chosen one lie."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

import pandas as pd
import streamlit as st

from lakeseg.data.dataset import Dataset
from lakeseg.plain import counted
from lakeseg.plain import plain as as_plain
from lakeseg.study.published import facts
from lakeseg.ui import cache, state
from lakeseg.ui.cache import data as kept
from lakeseg.ui.data import world
from lakeseg.ui.frame import View
from lakeseg.ui.text import full_name, plain, short_name

TABLE: Final = "datasets_table"
MAP: Final = "lake_map"
MAP_HEIGHT: Final = 340
CELL: Final = 700  # px: beside each other on a wide screen, one below the other on a laptop
FEW: Final = 4
NAME: Final = 20  # signs of a name in Table 2: with more of them its numbers would leave the page
ROWS: Final = 8
_MIB: Final = 1 << 20
_NONE: Final = "–"
_HEAD: Final = ("", "Lakes", "Pixels", "Water", "Land", "Unclassified", "No label")


def show(view: View) -> None:
    """Show the table of all datasets, and below it Table 2 and the map."""
    datasets, _ = cache.datasets()
    _table(datasets, view)
    with st.grid("auto", min_column_width=CELL, gap="medium") as grid:
        with grid.cell():
            _table2([view.dataset] if len(datasets) > FEW else list(datasets.values()))
        with grid.cell():
            _map(view)


def _table(datasets: Mapping[str, Dataset], view: View) -> None:
    """Show one row a dataset; a click on its box switches to it."""
    rows = [_row(dataset, dataset.path == view.dataset.path) for dataset in datasets.values()]
    _tell_apart(rows)
    names, here = list(datasets), view.dataset.path.stem
    key = f"{TABLE}_{len(names)}_{here}"  # a table of its own for each choice, or a tick would stay where it was set
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        key=key,
        on_select=lambda: _switch(key, names),
        selection_mode="single-row",
        selection_default={"selection": {"rows": [names.index(here)]}} if here in names else None,
        column_config=_columns(),
        width="stretch",
        height=35 * (min(len(rows), ROWS) + 1) + 3,
        placeholder="–",
    )


def _switch(key: str, names: Sequence[str]) -> None:
    """Callback of the table: look at the chosen dataset everywhere."""
    row = state.chosen_row(key)
    if row is not None and row < len(names):
        state.show_dataset(names[row])


def _row(dataset: Dataset, is_shown: bool) -> dict[str, Any]:
    about, pixels = kept.summary(dataset), max(dataset.pixel_count, 1)
    dates = sorted(set(dataset.lakes.date.tolist()) - {""})
    return {
        "shown": "●" if is_shown else "",
        "Dataset": full_name(dataset),
        "Lakes": about["lakes"] or None,
        "Groups": about["groups"] or None,
        "Pixels": about["pixels"],
        "Water": 100 * about["water"] / pixels,
        "Unclassified": 100 * about["unclassified"] / pixels,
        "Height × width, px": " × ".join(filter(None, (_span(about["height"]), _span(about["width"]))))
        or "single pixels",
        "Bands": bands_in_words(about["bands"]),
        "File size": dataset.path.stat().st_size / _MIB,
        "Domains": ", ".join(f"{name} {count}" for name, count in about["domains"].items() if name != "unknown"),
        "Dates": " – ".join(dict.fromkeys((dates[0], dates[-1]))) if dates else "",
        "Source": about["source"],
        "File": dataset.path.name,
    }


def _tell_apart(rows: list[dict[str, Any]]) -> None:
    """Put the file's name first where datasets have the same name; the column may cut off what comes later."""
    often = Counter(row["Dataset"] for row in rows)
    for row in rows:
        if often[row["Dataset"]] > 1:
            row["Dataset"] = f"{row['File']}: {row['Dataset']}"


def _span(ends: Sequence[int] | None) -> str:
    return "" if ends is None else "–".join(str(end) for end in dict.fromkeys(ends))


def bands_in_words(bands: Sequence[int]) -> str:
    """Return ascending bands with those in a row drawn together, such as "1–4, 6, 7"."""
    rows: list[list[int]] = []
    for band in bands:
        if rows and band == rows[-1][-1] + 1:
            rows[-1].append(band)
        else:
            rows.append([band])
    return ", ".join(f"{row[0]}–{row[-1]}" if len(row) > 2 else ", ".join(map(str, row)) for row in rows)


def _columns() -> dict[str, Any]:
    column = st.column_config
    shares = {name: column.NumberColumn(format="%.1f %%") for name in ("Water", "Unclassified")}
    counts = {name: column.NumberColumn(format="localized") for name in ("Lakes", "Groups", "Pixels")}
    return (
        shares
        | counts
        | {
            "shown": column.TextColumn("", width=24, help="The dataset that every page shows."),
            "Dataset": column.TextColumn(width=170),
            "Height × width, px": column.TextColumn(help="Of the lakes, from the smallest to the largest."),
            "Groups": column.NumberColumn(format="localized", help="Lakes that share ground are one group."),
            "Domains": column.TextColumn(width=220),
            "Dates": column.TextColumn(width=160),
            "Bands": column.TextColumn(help="By their numbers in MODIS."),
            "File size": column.NumberColumn(format="%.1f MB"),
        }
    )


def _map(view: View) -> None:
    """Show where the lakes lie; the one that is clicked can be opened."""
    deck = kept.deck(view.dataset)
    if deck is None:
        st.markdown("###### Where the lakes lie", anchors=False)
        what = (
            "These are single pixels of no lake"
            if view.dataset.of_pixels
            else "No lake of this dataset has coordinates"
        )
        st.caption(f"{what}, so there is no map.")
        return
    lakes = len(view.dataset.lakes)
    without = lakes - len(deck.ids) - deck.left_out
    words = [f"{len(deck.ids):,} of {counted(lakes, 'lake')}" if lakes != len(deck.ids) else counted(lakes, "lake")]
    words += [f"{without:,} without coordinates"] if without else []
    words += ["places drawn at random"] if view.dataset.simulated else []
    title = f"###### Where the lakes lie :small[:gray[{' · '.join(words)}]]"
    st.markdown(title, anchors=False, help="Drawn by WebGL: a browser without it leaves this place empty.")
    st.fragment(_pick)(view, deck)


def _pick(view: View, deck: world.Deck) -> None:
    world.show(deck, MAP_HEIGHT, MAP, on_select="rerun", selection_mode="single-object", alt="Map of the lakes")
    chosen = chosen_lake(deck.ids)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", height=44, border=False):
        if chosen is None:
            st.caption(f"Click a lake to open it; drag and scroll to move. {world.SOURCE}", width="stretch")
            return
        table, row = view.dataset.lakes, view.dataset.lakes.position(chosen)
        place = world.place_in_words(table, chosen)
        words = [f"{table.height[row]}×{table.width[row]} px", str(table.domain[row]), str(table.date[row]), place]
        about = " · ".join(word for word in words if word)
        st.markdown(f"**{plain(chosen)}** :small[:gray[{plain(about)}]]", width="stretch")
        if st.button("Open in Explore", icon=":material/travel_explore:", on_click=state.leave_for, args=(chosen,)):
            st.rerun()


def chosen_lake(ids: Sequence[str]) -> str | None:
    """Return the lake that was clicked on the map."""
    found = (state.value(MAP, {}).get("selection") or {}).get("indices", {}).get(world.LAKES) or []
    return ids[int(found[0])] if found and int(found[0]) < len(ids) else None


def _table2(datasets: Sequence[Dataset]) -> None:
    """Show the counts of the datasets here beside the printed ones, whose misprint is marked."""
    printed = facts()["table2"]
    rows = [_counted(dataset) for dataset in datasets] + [_printed(name, printed[name]) for name in ("1", "2")]
    width = len(_HEAD) - all(row[-1] == _NONE for row in rows)  # every pixel has a label, as a rule
    st.markdown("###### Table 2: pixels by class, and as the study of 2018 printed it", anchors=False)
    lines = [_HEAD, (":--", *["--:"] * (len(_HEAD) - 1)), *rows]
    st.markdown("\n".join(f"|{'|'.join(_cell(cell) for cell in line[:width])}|" for line in lines))
    first = as_plain(printed["1"])
    st.caption(
        f"† A misprint of the study: {first['land_printed']:,} land pixels among {first['pixels']:,} in all. The other "
        f"numbers of the row leave {first['land_consistent']:,}, one digit fewer."
    )


def _cell(text: str) -> str:
    return f" :small[{text}] " if text and set(text) - {":", "-"} else text or " "


def _counted(dataset: Dataset) -> tuple[str, ...]:
    about = kept.summary(dataset)
    pixels = about["pixels"]
    classes = [_share(about[name], pixels) for name in ("water", "land", "unclassified", "no_label")]
    return (
        f"**{plain(short_name(dataset, NAME))}**",
        f"{about['lakes']:,}" if about["lakes"] else "–",
        f"{pixels:,}",
        *classes,
    )


def _printed(name: str, row: Mapping[str, int]) -> tuple[str, ...]:
    pixels = row["pixels"]
    land = f"{row['land_printed']:,} †" if "land_printed" in row else _share(row["land"], pixels)
    counts = (_share(row["water"], pixels), land, _share(row.get("unclassified", 0), pixels), _NONE)
    return (f"Study, Dataset{name}", f"{row['images']:,}", f"{pixels:,}", *counts)


def _share(count: int, pixels: int) -> str:
    return f"{count:,}\u00a0({100 * count / max(pixels, 1):.1f}\u00a0%)" if count else _NONE

"""The first lakes of a file that is to be imported: each as a picture and as labels, side by side."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Final

import numpy as np
import streamlit as st
from PIL import Image

from lakeseg.bands import CLASS_COLOURS, CLASS_NAMES, DEFAULT_FILL, DEFAULT_SCALE, is_fill, to_reflectance
from lakeseg.data.dataset import Lake
from lakeseg.data.readers.options import ReadOptions
from lakeseg.figures.composites import NODATA_GREY, composite
from lakeseg.plain import counted
from lakeseg.ui.cache import data as kept
from lakeseg.ui.text import plain, unbroken

SIDE: Final = 124  # px of each picture
_GAP: Final = 6
_CELL: Final = 2 * SIDE + _GAP
_NATURAL: Final = (1, 4, 3)


def show(source: Path, options: ReadOptions, count: int, of_all: int) -> None:
    """Show the first lakes of a file, or that it holds single pixels; a `LakesegError` if they cannot be read.

    `of_all` is how many lakes there are, 0 where that is not known.
    """
    lakes = kept.first_lakes(source, options, count)
    if not lakes:
        st.caption("Single pixels, which belong to no lake: there is nothing to draw.")
        return
    bands = tuple(sorted(options.bands or ())) or tuple(range(1, lakes[0].image.shape[-1] + 1))
    height = max(round(SIDE * min(1.0, lake.shape[0] / lake.shape[1])) for lake in lakes)
    with st.grid("auto", min_column_width=_CELL, gap="small") as grid:
        for lake in lakes:
            with grid.cell():
                st.image(picture(lake, bands, height), width=_CELL)
                st.caption(_about(lake))
    st.caption(_what(len(lakes), of_all, bands))


def _what(shown: int, of_all: int, bands: tuple[int, ...]) -> str:
    """Return what the pictures are, for who has not seen the colours before."""
    lakes = counted(shown, "lake") if shown == of_all else f"The first {shown} of {counted(of_all, 'lake')}"
    lakes = lakes if of_all else f"The first {counted(shown, 'lake')}"
    colours = "natural colour" if set(_NATURAL) <= set(bands) else f"grey by band {bands[0]}"
    return f"{lakes}: {colours}, and beside it the labels: water blue, land green, unclassified white, no label grey."


def _about(lake: Lake) -> str:
    words = [f"{lake.shape[0]}×{lake.shape[1]} px"]
    for code, name in CLASS_NAMES.items():
        share = float((lake.labels == code).mean())
        if share and (code or share < 1):
            words.append(f"{name} {100 * share:.1f} %")
    words += [lake.domain, lake.date]
    return f"**{plain(lake.id)}** {unbroken(' · '.join(word for word in words if word))}"


def picture(lake: Lake, bands: tuple[int, ...], height: int = SIDE) -> bytes:
    """Return a lake beside its labels as a PNG `height` pixels high; in natural colour where the bands allow it."""
    rgb = _NATURAL if set(_NATURAL) <= set(bands) else (bands[0],) * 3
    reflectance = to_reflectance(lake.image, DEFAULT_SCALE, DEFAULT_FILL)
    colours = composite(reflectance, bands, rgb, gamma=1.2, valid=~is_fill(lake.image, DEFAULT_FILL))
    both = [_fit(colours), _fit(_labels(lake.labels))]
    sheet = Image.new("RGBA", (_CELL, height), (0, 0, 0, 0))  # of one size for all, so that nothing moves
    for place, each in enumerate(both):
        sheet.paste(each, (place * (SIDE + _GAP), height - each.height))
    buffer = BytesIO()
    sheet.save(buffer, "PNG")
    return buffer.getvalue()


def _labels(labels: np.ndarray) -> np.ndarray:
    """Return (H, W) class codes as (H, W, 3) colours."""
    palette = np.full((256, 3), NODATA_GREY, np.uint8)
    for code in CLASS_NAMES:
        palette[code] = [int(CLASS_COLOURS[code][at : at + 2], 16) for at in (1, 3, 5)]
    return np.asarray(palette[labels])


def _fit(colours: np.ndarray) -> Image.Image:
    """Return a picture as large as its place, its pixels as they are."""
    image = Image.fromarray(colours)
    factor = SIDE / max(image.size)
    size = (max(1, round(image.width * factor)), max(1, round(image.height * factor)))
    return image.resize(size, Image.Resampling.NEAREST if factor >= 1 else Image.Resampling.BOX)

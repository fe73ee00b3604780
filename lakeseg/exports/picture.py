"""A lake as a PNG for a slide or a paper: its classes or the probability of water, with title, legend and scale bar."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont, PngImagePlugin

from lakeseg.bands import CLASS_COLOURS, CLASS_NAMES, NO_LABEL, WATER
from lakeseg.data.dataset import Dataset
from lakeseg.data.write import replacing
from lakeseg.exports.content import Content, Origin
from lakeseg.exports.measures import cell_m
from lakeseg.exports.styles import rgba

SIDE: Final = 800  # of the map in the picture, in pixels, at least half of it
MOST_SIDE: Final = 4000  # larger maps are thinned out to this side, in pixels
_EDGE, _GAP, _SWATCH, _BAR = 24, 12, 16, 6
_TITLE, _TEXT = 22, 15
_INK: Final = "#1c2733"
_SOFT: Final = "#5b6673"
_RAMP: Final = "ramp"
_DRAWN: Final = str.maketrans({"×": "x", "−": "-", "→": ">", "≥": ">", "…": "..."})  # what Pillow's own font lacks


@dataclass(frozen=True, eq=False)
class _Plate:
    """What is drawn: the map (H, W, 3) uint8 with its size in screen pixels a pixel, texts, legend and pixel in km."""

    rgb: np.ndarray
    zoom: int
    title: str
    subtitle: str
    legend: Sequence[tuple[str, str]]
    cell_km: float


def picture_png(dataset: Dataset, content: Content, origin: Origin, *, probabilities: bool = False) -> bytes:
    """Return the classes of a lake, or its probability of water, as the content of a PNG file."""
    step = max(1, -(-max(content.codes.shape) // MOST_SIDE))
    cell = cell_m(dataset, content.lake)
    if probabilities and content.probabilities is not None:
        rgb, legend = _ramp(content.probabilities[::step, ::step, 0], content.codes[::step, ::step])
    else:
        rgb, legend = _classes(content.codes, step)
    zoom, title = max(1, SIDE // max(content.codes.shape)), f"{content.lake.id} · {origin.title}"
    subtitle = _subtitle(dataset, content, cell)
    plate = _Plate(rgb, zoom, title.translate(_DRAWN), subtitle.translate(_DRAWN), legend, cell * step / 1000)
    return _png(_draw(plate), origin.tags(dataset, content.lake))


def _subtitle(dataset: Dataset, content: Content, cell: float) -> str:
    height, width = content.lake.shape
    words = [dataset.name, "" if "simulated" in dataset.name.lower() or not dataset.simulated else "simulated"]
    words += [content.lake.domain, content.lake.date, f"{height}×{width} px of {cell:,.0f} m"]
    return " · ".join(word for word in words if word)


def _classes(codes: np.ndarray, step: int) -> tuple[np.ndarray, list[tuple[str, str]]]:
    """Return every `step`th pixel in the colour of its class, and the legend with the counts of all of them."""
    table = np.array([rgba(CLASS_COLOURS[code])[:3] for code in sorted(CLASS_COLOURS)], np.uint8)
    present = [code for code in (*range(1, len(table)), NO_LABEL) if (codes == code).any()]
    counts = {code: int((codes == code).sum()) for code in present}
    return table[codes[::step, ::step]], [
        (CLASS_COLOURS[code], f"{CLASS_NAMES[code]} {counts[code]:,} px") for code in present
    ]


def _ramp(water: np.ndarray, codes: np.ndarray) -> tuple[np.ndarray, list[tuple[str, str]]]:
    low, high = (np.array(rgba(colour)[:3], float) for colour in ("#ffffff", CLASS_COLOURS[WATER]))
    share = np.clip(np.nan_to_num(water), 0, 1)[..., None]
    rgb = np.round(low + (high - low) * share).astype(np.uint8)
    rgb[codes == NO_LABEL] = rgba(CLASS_COLOURS[NO_LABEL])[:3]
    missing = [(CLASS_COLOURS[NO_LABEL], "missing")] if (codes == NO_LABEL).any() else []
    return rgb, [(_RAMP, "probability of water, 0 to 1"), *missing]


@cache
def _font(size: int) -> Any:
    return ImageFont.load_default(size)


def _draw(plate: _Plate) -> Image.Image:
    """Lay out title, subtitle, map, scale bar and legend below each other."""
    height, width = (side * plate.zoom for side in plate.rgb.shape[:2])
    texts = [(plate.title, _TITLE), (plate.subtitle, _TEXT)]
    across = max(width, _legend_width(plate.legend), *(round(_font(size).getlength(text)) for text, size in texts))
    top = _EDGE + _TITLE + _TEXT + 2 * _GAP
    below = top + height + _GAP
    image = Image.new("RGB", (across + 2 * _EDGE, below + _BAR + _TEXT + 2 * _GAP + _SWATCH + _EDGE), "#ffffff")
    draw = ImageDraw.Draw(image)
    draw.text((_EDGE, _EDGE - 4), plate.title, _INK, _font(_TITLE))
    draw.text((_EDGE, _EDGE + _TITLE + 4), plate.subtitle, _SOFT, _font(_TEXT))
    image.paste(Image.fromarray(plate.rgb).resize((width, height), Image.Resampling.NEAREST), (_EDGE, top))
    draw.rectangle((_EDGE - 1, top - 1, _EDGE + width, top + height), outline="#c5ccd4")
    _scale_bar(draw, plate, below)
    _legend(draw, plate.legend, below + _BAR + _TEXT + 2 * _GAP)
    return image


def scale_km(width_km: float) -> float:
    """Return the length of a scale bar: 1, 2 or 5 times a power of ten, at most a third of the map's width."""
    power = 10.0 ** np.floor(np.log10(width_km / 3))
    return float(max(step * power for step in (1, 2, 5) if step * power <= width_km / 3 * (1 + 1e-9)))


def _scale_bar(draw: Any, plate: _Plate, top: int) -> None:
    length = scale_km(plate.rgb.shape[1] * plate.cell_km)
    end = _EDGE + round(length / plate.cell_km * plate.zoom)
    draw.rectangle((_EDGE, top, end, top + _BAR - 1), fill=_INK)
    text = f"{length:g} km" if length >= 1 else f"{length * 1000:g} m"
    draw.text((_EDGE, top + _BAR + 2), text, _INK, _font(_TEXT))


def _legend_width(legend: Sequence[tuple[str, str]]) -> int:
    return sum(_entry_width(*entry) for entry in legend)


def _entry_width(colour: str, text: str) -> int:
    return _swatch(colour) + _GAP // 2 + round(_font(_TEXT).getlength(text)) + 2 * _GAP


def _swatch(colour: str) -> int:
    return 6 * _SWATCH if colour == _RAMP else _SWATCH


def _legend(draw: Any, legend: Sequence[tuple[str, str]], top: int) -> None:
    left = _EDGE
    for colour, text in legend:
        wide = _swatch(colour)
        if colour == _RAMP:
            low, high = (np.array(rgba(each)[:3]) for each in ("#ffffff", CLASS_COLOURS[WATER]))
            for at in range(wide):
                shade = tuple(np.round(low + (high - low) * at / (wide - 1)).astype(int).tolist())
                draw.line((left + at, top, left + at, top + _SWATCH - 1), fill=shade)
        else:
            draw.rectangle((left, top, left + wide - 1, top + _SWATCH - 1), fill=colour)
        draw.rectangle((left, top, left + wide - 1, top + _SWATCH - 1), outline="#8a8f98")
        draw.text((left + wide + _GAP // 2, top - 2), text, _INK, _font(_TEXT))
        left += _entry_width(colour, text)


def _png(image: Image.Image, tags: Mapping[str, str]) -> bytes:
    info = PngImagePlugin.PngInfo()
    for name, text in tags.items():
        info.add_itxt(name, text)
    buffer = io.BytesIO()
    image.save(buffer, "PNG", pnginfo=info)
    return buffer.getvalue()


def write_picture(path: Path, dataset: Dataset, content: Content, origin: Origin, *, probabilities: bool) -> None:
    """Write a lake as PNG; a `DatasetError` where the file cannot be written."""
    made = picture_png(dataset, content, origin, probabilities=probabilities)
    with replacing(path) as temporary:
        temporary.write_bytes(made)

"""What the metadata delivered with a product say of its numbers: the reflectance of a count, band by band.

Sentinel-2: reflectance = (number + BOA_ADD_OFFSET) / BOA_QUANTIFICATION_VALUE, both in `MTD_MSIL2A.xml`; where it has
no offsets the processing baseline is older than 04.00, and they are 0 (ESA, announcement of baseline 04.00). `band_id`
counts the bands from B1 on, B8A after B8, as `Spectral_Information` in the same file does. Baselines before 02.07 put
L2A or 2A to some names. Landsat Collection 2:
reflectance = number × REFLECTANCE_MULT_BAND_n + REFLECTANCE_ADD_BAND_n of LEVEL2_SURFACE_REFLECTANCE_PARAMETERS in
`…_MTL.json` or `…_MTL.txt`; a group of Level 1 has the same names and other values.

A file from outside is read with a limit to its size. One that lies above the bands, maybe above the folder that was
named, counts only where it is no link and lists the files of this image. XML goes through Expat, which fetches nothing
by itself, and a document type is refused, so that no entity is ever declared and none can expand.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from xml.parsers import expat

from lakeseg.data.scenes.finding import BandFiles
from lakeseg.errors import DatasetError, first_line

Conversion = tuple[float, float]
"""Reflectance of a number of one, and of zero."""

_SENTINEL: Final = "MTD_MSIL2A.xml"
_SENTINEL_BANDS: Final = ("B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B10", "B11", "B12")
_NUMBERS: Final = {str(number): code for number, code in enumerate(_SENTINEL_BANDS)}  # by `band_id`
_ABOVE: Final = 5  # in a .SAFE: R20m, IMG_DATA, the granule, GRANULE, the .SAFE itself
_GROUP: Final = "LEVEL2_SURFACE_REFLECTANCE_PARAMETERS"
_LARGEST: Final = 1 << 22  # real ones have 50 kB
_REMEDY: Final = "copy the product again, or take this file away"


@dataclass(frozen=True)
class Stated:
    """What a file of metadata states: its path, and the conversion of each code of a band (B04, B8A, B4)."""

    path: Path | None = None
    conversions: Mapping[str, Conversion] = field(default_factory=dict)


def stated(image: BandFiles) -> Stated:
    """Return what the metadata with an image say of its numbers; nothing where there are none.

    Raises:
        DatasetError: The metadata are damaged, too large, declare entities, or state what no reflectance can be.
    """
    if image.product.key == "sentinel-2":
        path = _sentinel_file(image)
        found = {} if path is None else _sentinel(path, image)
    else:
        path = _landsat_file(image)
        found = {} if path is None else _landsat(path)
    for code, (scale, offset) in found.items():
        if not (0 < scale <= 1 and abs(offset) <= 1):  # false for NaN too
            raise DatasetError(f"{path}: states {scale:g} × number + {offset:g} as reflectance of {code}: {_REMEDY}")
    return Stated(path, found) if found else Stated()


def _sentinel_file(image: BandFiles) -> Path | None:
    folders = next(iter(image.files.values())).resolve().parents[:_ABOVE]
    paths = (folder / _SENTINEL for folder in folders)
    return next((path for path in paths if path.is_file() and not path.is_symlink()), None)


def _landsat_file(image: BandFiles) -> Path | None:
    if not image.product.key.startswith("landsat"):
        return None
    beside = (image.path / f"{image.name}_MTL{ending}" for ending in (".json", ".txt"))
    return next((path for path in beside if path.is_file()), None)


def _sentinel(path: Path, image: BandFiles) -> dict[str, Conversion]:
    """Return the conversions in the metadata of a Sentinel-2 product; none where they are of another one."""
    quantity, offsets, files = math.nan, dict[str, float](), list[str]()
    try:
        for tag, attributes, text in _elements(path):
            if tag.removeprefix("L2A_") == "BOA_QUANTIFICATION_VALUE":
                quantity = float(text)
            elif tag == "BOA_ADD_OFFSET":
                offsets[_NUMBERS[attributes["band_id"]]] = float(text)
            elif tag in ("IMAGE_FILE", "IMAGE_FILE_2A"):
                files.append(text)
        if not _belongs(path, files, image):
            return {}
        offsets = offsets or dict.fromkeys(_SENTINEL_BANDS, 0.0)
        return {code: (1 / quantity, offsets[code] / quantity) for code in image.files if code in _SENTINEL_BANDS}
    except KeyError as error:
        raise DatasetError(f"{path}: its offsets make no sense at band {str(error)[:20]}: {_REMEDY}") from error
    except (ValueError, ZeroDivisionError) as error:
        raise DatasetError(f"{path}: makes no sense ({first_line(error)[:80]}): {_REMEDY}") from error


def _belongs(path: Path, files: list[str], image: BandFiles) -> bool:
    """Say whether metadata are of this image: by the `files` that they list; where none compare, by their place."""
    first = next(iter(image.files.values()))
    match = image.product.pattern.match(first.name)
    scene = match["scene"] if match else None
    if scene and files:
        return any(scene in file for file in files)
    return path.parent == first.resolve().parent


def _elements(path: Path) -> Iterator[tuple[str, Mapping[str, str], str]]:
    """Yield name without prefix, attributes and text of every element that has a text of its own.

    Raises:
        DatasetError: It is no XML, or declares a document type, without which there are no entities to expand.
    """
    found: list[tuple[str, Mapping[str, str], str]] = []
    opened: list[tuple[str, Mapping[str, str]]] = []
    texts: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        opened.append((name.rpartition(":")[2], attributes))
        texts.clear()

    def end(_name: str) -> None:
        text = "".join(texts).strip()
        if text:
            found.append((*opened[-1], text))
        opened.pop()
        texts.clear()

    def doctype(*_declared: object) -> None:
        raise DatasetError(f"{path}: declares a document type, which no product does: {_REMEDY}")

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = texts.append, doctype
    try:
        parser.Parse(_content(path), True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise DatasetError(f"{path}: damaged XML ({first_line(error)[:80]}): {_REMEDY}") from error
    yield from found


def _landsat(path: Path) -> dict[str, Conversion]:
    """Return the conversions in the metadata of a Landsat product, by the codes of their bands."""
    try:
        text = _content(path).decode("utf-8")
        group = json.loads(text)["LANDSAT_METADATA_FILE"][_GROUP] if path.suffix == ".json" else _group(text)
        return {f"B{number}": _pair(group, number) for number in _numbers({**group})}
    except (ValueError, LookupError, TypeError, RecursionError, OverflowError) as error:
        raise DatasetError(f"{path}: has no {_GROUP} that makes sense ({type(error).__name__}): {_REMEDY}") from error


def _numbers(group: Mapping[str, Any]) -> list[int]:
    """Return the numbers of the bands in a group; a `LookupError` where there are none."""
    found = {int(name.rpartition("_")[2]) for name in group if name.startswith("REFLECTANCE_MULT_BAND_")}
    if not found:
        raise LookupError(_GROUP)
    return sorted(found)


def _pair(group: Mapping[str, Any], number: int) -> Conversion:
    return float(group[f"REFLECTANCE_MULT_BAND_{number}"]), float(group[f"REFLECTANCE_ADD_BAND_{number}"])


def _group(text: str) -> dict[str, str]:
    """Return the lines of the group of surface reflectance in a text of NAME = VALUE."""
    inside, ended, _ = text.partition(f" GROUP = {_GROUP}")[2].partition(f" END_GROUP = {_GROUP}")
    if not ended:
        raise LookupError(_GROUP)
    lines = (line.partition("=") for line in inside.splitlines())
    return {name.strip(): value.strip().strip('"') for name, _, value in lines}


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
    except OSError as error:
        raise DatasetError(f"{path}: cannot be read ({first_line(error)}): {_REMEDY}") from error
    if len(content) > _LARGEST:
        raise DatasetError(f"{path}: larger than {_LARGEST >> 20} MiB, which no metadata are: {_REMEDY}")
    return content

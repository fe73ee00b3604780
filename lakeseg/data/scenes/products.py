"""The products that are known by the names of their files, as data.

Scales, offsets and fill: MODIS Surface Reflectance User's Guide (version 1.4, collection 6, tables 4 to 6); Landsat
Collection 2 Level 2 Science Product Guide (reflectance = 2.75e-5 × number − 0.2); HLS User Guide version 2; for
Sentinel-2 ESA's announcement of processing baseline 04.00 (reflectance = (number + offset) / 10000 for numbers from 1
to 2¹⁵ − 1, with an offset of −1000 since that baseline). They stand in where the metadata of a product are not at hand
(`metadata.py`). Which band stands for which band of MODIS goes by wavelength; none has MODIS band 5 (1.24 µm).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

MODIS_VALID: Final = (-100.0, 16000.0)


@dataclass(frozen=True)
class Product:
    """One product.

    Attributes:
        key: Short name, kept in the provenance.
        title: What a person calls it.
        pattern: Of a file's name; group `band` is the code of its band, `scene` what the files of one image share.
        bands: MODIS band by code; of two codes for the same band the first one that is there counts.
        quality: Code of the quality layer and how it is read (a key of `QUALITY`).
        scale: Reflectance of a number of one.
        offset: Reflectance of a number of zero, None where it depends on the file.
        fill: The number that means missing.
        valid: Smallest and largest number that means anything.
    """

    key: str
    title: str
    pattern: re.Pattern[str]
    bands: Mapping[str, int]
    quality: tuple[str, str]
    scale: float = 1e-4
    offset: float | None = 0.0
    fill: float | None = None
    valid: tuple[float, float] | None = None


def _re(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE)


_OLI: Final = {"B2": 3, "B3": 4, "B4": 1, "B5": 2, "B6": 6, "B7": 7}
_TM: Final = {"B1": 3, "B2": 4, "B3": 1, "B4": 2, "B5": 6, "B7": 7}
_MSI: Final = {"B02": 3, "B03": 4, "B04": 1, "B8A": 2, "B08": 2, "B11": 6, "B12": 7}
_MODIS: Final = {f"B0{band}": band for band in range(1, 8)}
_LANDSAT: Final = r"_L2S[PR]_\d{6}_\d{8}_\d{8}_\d\d_\w\w)_(?:SR_)?(?P<band>B\d|QA_PIXEL)\.tiff?$"
_LANDSAT_NAME: Final = r"L[COTEM]0?\d_?(?:L\d\w\w_)?\d{6}"
_HLS: Final = r"\.T\w{5}\.\d{7}T\d{6}\.v[\d.]+?)\.(?P<band>B\w\w|Fmask)\.tiff?$"

PRODUCTS: Final = (
    Product(
        "modis",
        "MODIS surface reflectance (MOD09, MYD09)",
        _re(r"^.*?(?:sur_refl_|state_)(?P<band>b0[1-7]|1km|500m)(?:_1)?(?:[_.].*)?\.tiff?$"),
        _MODIS,
        ("1KM", "state"),
        fill=-28672,
        valid=MODIS_VALID,
    ),
    Product(
        "landsat-oli",
        "Landsat 8/9 Collection 2 surface reflectance",
        _re(rf"^(?P<scene>LC0[89]{_LANDSAT}"),
        _OLI,
        ("QA_PIXEL", "QA_PIXEL"),
        scale=2.75e-5,
        offset=-0.2,
        fill=0,
    ),
    Product(
        "landsat-tm",
        "Landsat 4–7 Collection 2 surface reflectance",
        _re(rf"^(?P<scene>L[TE]0[4-7]{_LANDSAT}"),
        _TM,
        ("QA_PIXEL", "QA_PIXEL"),
        scale=2.75e-5,
        offset=-0.2,
        fill=0,
    ),
    Product(
        "hls-l30",
        "HLS L30 surface reflectance",
        _re(rf"^(?P<scene>HLS\.L30{_HLS}"),
        {f"B0{code[1]}": band for code, band in _OLI.items()},
        ("FMASK", "Fmask"),
        fill=-9999,
    ),
    Product(
        "hls-s30",
        "HLS S30 surface reflectance",
        _re(rf"^(?P<scene>HLS\.S30{_HLS}"),
        _MSI,
        ("FMASK", "Fmask"),
        fill=-9999,
    ),
    Product(
        "sentinel-2",
        "Sentinel-2 Level-2A surface reflectance",
        _re(
            r"^(?:(?:L2A_)?(?P<scene>T\w{5}_\d{8}T\d{6})_)?(?P<band>B\d[\dA]|SCL)(?:_(?P<metres>\d\d)m)?"
            r"\.(?:jp2|tiff?)$"
        ),
        _MSI,
        ("SCL", "SCL"),
        offset=None,
        fill=0,
        valid=(1.0, 32767.0),  # 65535 is saturated
    ),
    Product(
        "named",
        "one file a band, by MODIS number",
        _re(rf"^(?!{_LANDSAT_NAME})(?P<scene>.*?)[_.-]?(?:modis[_-]?)?b(?:and)?[_-]?0?(?P<band>[1-7])\.tiff?$"),
        {str(band): band for band in range(1, 8)},
        ("", ""),
    ),
)

LANDSAT: Final = _re(_LANDSAT_NAME)
_WORDS: Final = {"red": 1, "nir": 2, "blue": 3, "green": 4, "swir1": 6, "swir2": 7, "swir16": 6, "swir22": 7}


def product(key: str) -> Product:
    """Return a product by its key."""
    return next(each for each in PRODUCTS if each.key == key)


def by_description(names: list[str]) -> tuple[str, dict[int, int], dict[str, int]]:
    """Return what the bands of a stack are by what the file calls them.

    Returns:
        The key of the product ("" for none in particular), position of each MODIS band, and position of each code of
        a quality layer. Names that could be of two sensors give nothing.
    """
    short = [name.strip().upper().removeprefix("SR_") for name in names]
    quality = {code: at for at, code in enumerate(short) if code in ("QA_PIXEL", "FMASK", "SCL")}
    state = [at for at, code in enumerate(short) if re.match("STATE_(?:1K|500)M|SUR_REFL_STATE", code)]
    quality |= {"1KM": state[0]} if state else {}
    words = {_WORDS[name.lower()]: at for at, name in enumerate(short) if name.lower() in _WORDS}
    if words:
        return "", words, quality
    refl = {int(m[1]): at for at, n in enumerate(short) if (m := re.fullmatch(r"SUR_REFL_B0?([1-7])(?:_1)?", n))}
    if refl:
        return "modis", refl, quality
    key = _sensor(set(short), any(name.strip().upper().startswith("SR_B") for name in names), set(quality))
    if key is None:
        return "", {}, quality
    plain = {re.sub(r"^(?:MODIS[_ ]?)?B(?:AND)?[_ ]?0?(\d\w?)$", r"B\1", code): at for at, code in enumerate(short)}
    found: dict[int, int] = {}
    for code, band in (product(key).bands if key else {f"B{band}": band for band in range(1, 8)}).items():
        at = plain.get(code, plain.get(code.replace("B0", "B")))
        if at is not None and band not in found:
            found[band] = at
    return key, found, quality


def _sensor(codes: set[str], surface: bool, quality: set[str]) -> str | None:
    """Return the product whose codes these are, "" for numbers of MODIS, None where it may be one or the other.

    Sentinel-2 alone has B8A and B12; B10 and B11 without them are thermal bands of Landsat.
    """
    if codes & {"B8A", "B12"} or "SCL" in quality:
        return "hls-s30" if "FMASK" in quality else "sentinel-2"
    if "FMASK" in quality:
        return "hls-l30"
    if surface:
        return "landsat-oli" if "B6" in codes else "landsat-tm"
    if "QA_PIXEL" in quality or codes & {"B10", "B11"}:
        return None
    plain = {re.sub(r"^(?:MODIS[_ ]?)?B(?:AND)?[_ ]?0?(\d)$", r"\1", code) for code in codes}
    return "" if "1" in plain and len(plain & set("1234567")) > 1 else None


def date_in(name: str) -> str:
    """Return the ISO date in a name: A2017193, doy2021222, 20210810 or 2021222; empty where there is none."""
    for match in re.finditer(r"(?<!\d)(?:A|doy)?((?:19|20)\d{2})(\d{4}|\d{3})(?!\d)", name):
        year, rest = int(match[1]), match[2]
        try:
            day = date(year, int(rest[:2]), int(rest[2:])) if len(rest) == 4 else _day_of_year(year, int(rest))
        except ValueError:
            continue
        return day.isoformat()
    return ""


def _day_of_year(year: int, number: int) -> date:
    day = date(year, 1, 1) + timedelta(days=number - 1)
    if number < 1 or day.year != year:
        raise ValueError(number)
    return day


def sentinel_offset(names: str) -> float | None:
    """Return the offset of Sentinel-2 by the processing baseline in the names of its folders, None if they lack it."""
    baseline = re.search(r"_N(\d{4})_", names)
    if baseline is None:
        return None
    return -0.1 if int(baseline[1]) >= 400 else 0.0

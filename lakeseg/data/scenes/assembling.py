"""Open the files of an image and say what each of them is: bands with their rule, quality, labels."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from lakeseg.bands import ALL_BANDS
from lakeseg.data.readers.options import NO_KEY, ReadOptions
from lakeseg.data.scenes.counts import CountRule, multiplier
from lakeseg.data.scenes.finding import BandFiles, Image, StackFile
from lakeseg.data.scenes.labelling import UnsaidError, opinions_of
from lakeseg.data.scenes.layers import Layer, closing, open_layers, single
from lakeseg.data.scenes.metadata import Stated, stated
from lakeseg.data.scenes.products import Product, by_description, product, sentinel_offset
from lakeseg.data.scenes.stack import Parts
from lakeseg.errors import ConfigError

_LABEL_WORDS: Final = re.compile(r"(?:water[_ -]?)?(?:mask|labels?|class(?:es)?)", re.IGNORECASE)
_CODE: Final = re.compile(r"(?:SR_|ST_)?B\d?\d[A\d]?", re.IGNORECASE)


def parts_of_files(image: BandFiles, options: ReadOptions) -> Parts:
    """Open one file a band."""
    chosen = image.product
    taken: dict[int, str] = {}
    for code, band in chosen.bands.items():
        if code.upper() in image.files and band not in taken:
            taken[band] = code.upper()
    told = Stated() if options.scale is not None and options.offset is not None else stated(image)
    opened: list[Layer] = []
    with closing(opened):
        bands = {}
        for band, code in taken.items():
            layer = single(image.files[code])
            opened.append(layer)
            bands[band] = (layer, rule_of(layer, _as_told(chosen, told, code), options, str(image.files[code])))
        quality = _quality_file(image)
        opened += [quality[0]] if quality else []
        origin = {"product": chosen.key} | ({"metadata": told.path.name} if told.path else {})
        return finished(image, options, bands, quality, origin)


def _as_told(chosen: Product, told: Stated, code: str) -> Product:
    """Return a product with the conversion that its metadata state for one band."""
    if code not in told.conversions:
        return chosen
    scale, offset = told.conversions[code]
    return replace(chosen, scale=scale, offset=offset)


def _quality_file(image: BandFiles) -> tuple[Layer, str] | None:
    code, kind = image.product.quality
    for name in (code, "500M") if kind == "state" else (code,):
        if name in image.files:
            return single(image.files[name]), kind
    return None


def parts_of_stack(image: StackFile, options: ReadOptions) -> Parts:
    """Open a raster of several bands."""
    layers = open_layers(image.path)
    with closing(layers):
        names = [layer.description for layer in layers]
        inside = [at for at, name in enumerate(names) if _LABEL_WORDS.fullmatch(name.strip())]
        key, named, codes = by_description(names)
        usable = [at for at in range(len(layers)) if at not in (*inside, *codes.values())]
        positions = _positions(image, options, named, usable, any(_CODE.fullmatch(names[at].strip()) for at in usable))
        chosen = product(key) if key else None
        where = str(image.path)
        bands = {band: (layers[at], rule_of(layers[at], chosen, options, where)) for band, at in positions.items()}
        quality = next(((layers[at], "state" if code == "1KM" else _kind(code)) for code, at in codes.items()), None)
        inner = layers[inside[0]] if len(inside) == 1 else None
        return finished(image, options, bands, quality, {"product": key or "stack"}, inner)


def _kind(code: str) -> str:
    return {"QA_PIXEL": "QA_PIXEL", "FMASK": "Fmask", "SCL": "SCL"}[code]


def _positions(
    image: StackFile, options: ReadOptions, found: Mapping[int, int], usable: list[int], coded: bool
) -> Mapping[int, int]:
    """Return where each MODIS band stands in the file: as the user says, by name, or all seven in their order.

    Bands that are `coded` as B1, B2, … and yet not known are those of another sensor, in whatever order.
    """
    if options.bands is not None:
        if len(options.bands) != len(usable):
            got = f"{len(usable)} bands of reflectance, but --bands names {len(options.bands)}"
            raise ConfigError(f"{image.path}: has {got}: name all of them, in the order of the file")
        return dict(zip(options.bands, usable, strict=True))
    if found:
        return found
    if len(usable) == len(ALL_BANDS) and not coded:
        return dict(zip(ALL_BANDS, usable, strict=True))
    text = f"{image.path}: has {len(usable)} bands without a name that is known: say which they are with --bands"
    raise UnsaidError("bands", text)


def rule_of(layer: Layer, chosen: Product | None, options: ReadOptions, where: str) -> CountRule:
    """Return what the numbers of a band mean: as the user says, the product has it, or the file does.

    Without any of these whole numbers are counts of 1e-4, and real numbers reflectance.
    """
    real = layer.dtype.kind == "f" and not options.counts
    known = chosen if chosen is not None and not real else None
    scale = options.scale or (known.scale if known else _stated(layer, real))
    offset: float | None = options.offset
    if offset is None:
        offset = _known_offset(known, where) if known else (layer.offset if layer.scale != 1 else 0.0)
    fill = options.fill if options.fill is not None else layer.nodata
    if fill is None and known:
        fill = known.fill
    valid = known.valid if known and options.scale is None else None
    return CountRule(scale, offset, fill, valid, bool(options.clip))


def _stated(layer: Layer, real: bool) -> float:
    if layer.scale != 1 and layer.scale > 0:
        return multiplier(layer.scale)
    return 1.0 if real else 1e-4


def _known_offset(known: Product, where: str) -> float:
    if known.offset is not None:
        return known.offset
    offset = sentinel_offset(str(Path(where).resolve()))
    if offset is None:
        remedy = "name it: --offset -0.1 for processing baseline 04.00 and later, --offset 0 before"
        raise UnsaidError("offset", f"{where}: nothing says which offset these reflectances have: {remedy}")
    return offset


def finished(
    image: Image,
    options: ReadOptions,
    bands: Mapping[int, tuple[Layer, CountRule]],
    quality: tuple[Layer, str] | None,
    origin: Mapping[str, str],
    inner: Layer | None = None,
) -> Parts:
    """Put the parts of an image together with what a dataset made from it should remember, of its `origin` too.

    Labels are opened last, so that whoever opened the other layers has none of these to close; `inner` are labels
    within the file. A `ConfigError` where the user names other bands than those that the file says it has.
    """
    if options.bands is not None and set(options.bands) != set(bands):
        known = ", ".join(map(str, sorted(bands)))
        raise ConfigError(f"{image.name}: says itself that it holds bands {known}: leave --bands out")
    rules = {
        str(band): {"layer": layer.name, "scale": rule.scale, "offset": rule.offset, "fill": rule.fill}
        for band, (layer, rule) in sorted(bands.items())
    }
    opinions = opinions_of(image, options, quality, inner)
    labels = " and ".join(opinion.name for opinion in opinions) or NO_KEY
    kept: dict[str, Any] = {**origin, "image": image.name, "date": image.date, "bands": rules, "labels": labels}
    return Parts(image.name, bands, quality, opinions, options.clouds or "unlabel", image.date, kept)

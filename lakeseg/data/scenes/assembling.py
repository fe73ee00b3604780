"""Open the files of an image and say what each of them is: bands with their rule, quality, labels."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from lakeseg.bands import ALL_BANDS
from lakeseg.data.readers.labels import Labeller, WaterRule
from lakeseg.data.readers.options import NO_KEY, ReadOptions
from lakeseg.data.readers.sampling import Sample
from lakeseg.data.scenes.counts import CountRule, multiplier
from lakeseg.data.scenes.finding import BandFiles, Image, StackFile
from lakeseg.data.scenes.layers import Layer, open_layers
from lakeseg.data.scenes.products import Product, by_description, product, sentinel_offset
from lakeseg.data.scenes.scene import Window
from lakeseg.data.scenes.stack import Parts
from lakeseg.errors import ConfigError, DatasetError

QUALITY_LABELS: Final = "quality"
_LABEL_WORDS: Final = re.compile(r"(?:water[_ -]?)?(?:mask|labels?|class(?:es)?)", re.IGNORECASE)
_CODE: Final = re.compile(r"(?:SR_|ST_)?B\d?\d[A\d]?", re.IGNORECASE)
_LOOK: Final = 512


class UnsaidError(ConfigError):
    """Something that only the user knows: `field` of `ReadOptions`."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


@contextmanager
def closing(layers: list[Layer]) -> Iterator[None]:
    """Close the layers opened so far when what follows fails."""
    try:
        yield
    except BaseException:
        for layer in layers:
            layer.close()
        raise


def parts_of_files(image: BandFiles, options: ReadOptions) -> Parts:
    """Open one file a band."""
    chosen = image.product
    taken: dict[int, str] = {}
    for code, band in chosen.bands.items():
        if code.upper() in image.files and band not in taken:
            taken[band] = code.upper()
    opened: list[Layer] = []
    with closing(opened):
        bands = {}
        for band, code in taken.items():
            layer = _single(image.files[code])
            opened.append(layer)
            bands[band] = (layer, rule_of(layer, chosen, options, str(image.files[code])))
        quality = _quality_file(image)
        opened += [quality[0]] if quality else []
        mask = mask_of(image, options)
        return finished(image, options, bands, quality, mask, chosen.key)


def _single(path: Path) -> Layer:
    layers = open_layers(path)
    if len(layers) > 1:
        layers[0].close()
        raise DatasetError(f"{path}: holds {len(layers)} bands where its name says one: give it by itself with --bands")
    return layers[0]


def _quality_file(image: BandFiles) -> tuple[Layer, str] | None:
    code, kind = image.product.quality
    for name in (code, "500M") if kind == "state" else (code,):
        if name in image.files:
            return _single(image.files[name]), kind
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
        mask = mask_of(image, options) or _inner_mask(image, layers, inside, options)
        return finished(image, options, bands, quality, mask, key or "stack")


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
    offset = sentinel_offset(where)
    if offset is None:
        remedy = "name it: --offset -0.1 for processing baseline 04.00 and later, --offset 0 before"
        raise UnsaidError("offset", f"{where}: nothing says which offset these reflectances have: {remedy}")
    return offset


def mask_of(image: Image, options: ReadOptions) -> tuple[Layer, Labeller] | None:
    """Open the file of labels: the one that the user names, else the one beside the image."""
    if options.labels in (NO_KEY, QUALITY_LABELS):
        return None
    path = image.mask if options.labels is None else _named(image, options.labels)
    if path is None:
        return None
    layer = _single(path)
    with closing([layer]):
        return layer, Labeller(path.name, _rule(layer, options, path), options.ignore or _no_label(layer))


def _named(image: Image, text: str) -> Path:
    home = image.path if image.path.is_dir() else image.path.parent
    for path in (Path(text), home / text):
        if path.is_file():
            return path
    raise ConfigError(f"--labels {text!r}: no such file: name a raster of labels, '{QUALITY_LABELS}' or '{NO_KEY}'")


def _inner_mask(
    image: StackFile, layers: list[Layer], inside: list[int], options: ReadOptions
) -> tuple[Layer, Labeller] | None:
    """Return the band of labels within a stack."""
    if options.labels is not None or len(inside) != 1:
        return None
    layer = layers[inside[0]]
    return layer, Labeller(layer.description, _rule(layer, options, image.path), options.ignore or _no_label(layer))


def _no_label(layer: Layer) -> tuple[int, ...]:
    """Return what the file says is missing, so that it becomes no label; 0 stays, as it is land in most masks."""
    return (int(layer.nodata),) if layer.nodata and float(layer.nodata).is_integer() else ()


def _rule(layer: Layer, options: ReadOptions, path: Path) -> WaterRule:
    if options.water is not None:
        return WaterRule.parse(options.water)
    height, width = (min(side, _LOOK) for side in layer.shape)
    top, left = (layer.shape[0] - height) // 2, (layer.shape[1] - width) // 2
    sample = Sample(options)
    sample.labels([layer.read(Window(top, left, height, width))])
    if "water" not in sample.suggested:
        raise UnsaidError("water", f"{path}: {sample.lines[-1]}: say it with --water, such as --water 1")
    return WaterRule.parse(str(sample.suggested["water"]))


def finished(
    image: Image,
    options: ReadOptions,
    bands: Mapping[int, tuple[Layer, CountRule]],
    quality: tuple[Layer, str] | None,
    mask: tuple[Layer, Labeller] | None,
    kind: str,
) -> Parts:
    """Put the parts of an image together with what a dataset made from it should remember.

    A `ConfigError` where the user names other bands than those that the file says it has.
    """
    if options.bands is not None and set(options.bands) != set(bands):
        known = ", ".join(map(str, sorted(bands)))
        raise ConfigError(f"{image.name}: says itself that it holds bands {known}: leave --bands out")
    rules = {
        str(band): {"layer": layer.name, "scale": rule.scale, "offset": rule.offset, "fill": rule.fill}
        for band, (layer, rule) in sorted(bands.items())
    }
    labels = mask[0].name if mask else quality[1] if quality and options.labels != NO_KEY else NO_KEY
    kept: dict[str, Any] = {"product": kind, "image": image.name, "date": image.date, "bands": rules, "labels": labels}
    return Parts(
        image.name,
        bands,
        quality,
        mask,
        options.labels != NO_KEY,
        options.clouds or "unlabel",
        image.date,
        kept,
    )

"""Who labelled an image: one labeller or two, each a file, a band of the image, or its layer of quality."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from lakeseg.data.readers.labels import Labeller, WaterRule
from lakeseg.data.readers.options import NO_KEY, ReadOptions
from lakeseg.data.readers.sampling import Sample
from lakeseg.data.scenes.finding import Image
from lakeseg.data.scenes.layers import Layer, closing, single
from lakeseg.data.scenes.quality import flags_of
from lakeseg.data.scenes.scene import Window
from lakeseg.data.scenes.stack import Opinion
from lakeseg.errors import ConfigError

QUALITY_LABELS: Final = "quality"
_LOOK: Final = 512

_Quality = tuple[Layer, str] | None


class UnsaidError(ConfigError):
    """Something that only the user knows: `field` of `ReadOptions`."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


def opinions_of(
    image: Image, options: ReadOptions, quality: _Quality, inner: Layer | None = None
) -> tuple[Opinion, ...]:
    """Return the labellers of an image, the first before the second; none where nobody labelled it.

    The first is the file that the user names, else the one beside the image, else the band of labels within it
    (`inner`), else the layer of `quality`. The second is only who the user names.

    Raises:
        ConfigError: A file of labels is not there, or there is a second labeller and no first.
        UnsaidError: Nothing says which labels are water.
    """
    first = _first(image, options, quality, inner)
    if options.second_labels is None:
        return () if first is None else (first,)
    if first is None:
        raise ConfigError(f"--second-labels: {image.name} has no first labeller: name one with --labels")
    with closing([first.layer]):
        return first, _second(image, options, quality)


def _first(image: Image, options: ReadOptions, quality: _Quality, inner: Layer | None) -> Opinion | None:
    if options.labels == NO_KEY:
        return None
    path = image.mask if options.labels is None else None
    if options.labels not in (None, QUALITY_LABELS):
        path = _named(image, str(options.labels), "--labels")
    if path is not None:
        return _mask(path, options)
    if inner is not None and options.labels is None:
        return _opinion(inner, inner.description, options, image.path)
    return None if quality is None else _by_quality(*quality)


def _second(image: Image, options: ReadOptions, quality: _Quality) -> Opinion:
    if options.second_labels == QUALITY_LABELS:
        if quality is None:
            raise ConfigError(f"--second-labels {QUALITY_LABELS}: {image.name} has no layer of quality: name a raster")
        return _by_quality(*quality)
    path = _named(image, str(options.second_labels), "--second-labels")
    rules = replace(options, water=options.second_water or options.water, ignore=options.second_ignore)
    try:
        return _mask(path, rules)
    except UnsaidError as error:
        raise UnsaidError("second_water", str(error).replace("--water", "--second-water")) from error


def _by_quality(layer: Layer, kind: str) -> Opinion:
    return Opinion(kind, layer, lambda numbers: flags_of(kind, numbers).codes)


def _mask(path: Path, options: ReadOptions) -> Opinion:
    layer = single(path)
    with closing([layer]):
        return _opinion(layer, path.name, options, path)


def _opinion(layer: Layer, name: str, options: ReadOptions, path: Path) -> Opinion:
    labeller = Labeller(name, _rule(layer, options, path), options.ignore or _no_label(layer))
    return Opinion(layer.name, layer, partial(labeller.classes, where=layer.name))


def _named(image: Image, text: str, option: str) -> Path:
    home = image.path if image.path.is_dir() else image.path.parent
    for path in (Path(text), home / text):
        if path.is_file():
            return path
    raise ConfigError(f"{option} {text!r}: no such file: name a raster of labels, '{QUALITY_LABELS}' or '{NO_KEY}'")


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

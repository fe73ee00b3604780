"""The fully convolutional network: the study's own, and the same idea with its faults mended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from lakeseg.errors import ConfigError
from lakeseg.segmenters import backend
from lakeseg.segmenters.base import CLASSES
from lakeseg.segmenters.config import FCN_SMALLEST, PAPER
from lakeseg.segmenters.normalise import MOMENTUM, Normaliser

CONVOLUTIONS: Final = ((64, 3), (128, 2), (112, 2), (112, 3))  # filters and kernel side, no padding, stride 1
TRANSPOSED: Final = ((112, 4), (64, 3), (CLASSES, 2))
# Each pixel's answer rests on a neighbourhood of 13×13 pixels: the kernels' sides less one, added up, are 6 + 6.
MARGIN: Final = sum(side - 1 for _, side in CONVOLUTIONS + TRANSPOSED) // 2

TOLD: Final = 32  # units that hear which bands are there
Adapt = Callable[[Any, int, int], Any]


def build_fcn(
    variant: str, bands: int, size: int = 32, normaliser: Normaliser | None = None, any_bands: bool = False
) -> Any:
    """Return an untrained FCN as a Keras model that ends in a softmax over water, land, unclassified.

    Args:
        variant: `paper` for the study's network, which takes (n, size, size, bands) and gives (n, size, size, 3): batch
            normalisation runs over image rows, which ties it to one height, and a ReLU cuts the logits at zero. Its
            input is reflectance as it is: the study names no normalisation.
            `lakeseg` for the mended one, which takes (n, h + 12, w + 12, bands) and gives (n, h, w, 3) for any h, w:
            channels are normalised, logits linear. There a stride-1 transposed convolution is written as what it is,
            a convolution; the six pixels of margin on each side replace the zeros that it would pad with.
        bands: Bands of the input.
        size: Patch side in pixels; `lakeseg` ignores it.
        normaliser: Band means and variances that `lakeseg` standardises its input by.
        any_bands: `lakeseg` for any bands: a pixel brings as many ones and zeros besides, which say what bands there
            are. A missing band counts as its mean; the bands that are there scale and shift the channels of each layer.
    """
    if variant == PAPER:
        return _paper(bands, size)
    return _lakeseg(bands, normaliser or Normaliser.identity(bands), any_bands)


def _paper(bands: int, size: int) -> Any:
    if size < FCN_SMALLEST:
        raise ConfigError(f"patch {size}: the FCN's convolutions need at least {FCN_SMALLEST} px, such as 16 or 32")
    keras = backend.load()
    layers = keras.layers
    inputs = x = keras.Input((size, size, bands))
    for place, (filters, side) in enumerate(CONVOLUTIONS, 1):
        x = layers.Conv2D(filters, side, activation="relu", name=f"conv{place}")(x)
        if place == 1:
            x = layers.BatchNormalization(axis=1, name="norm1")(x)
    for place, (filters, side) in enumerate(TRANSPOSED, 1):
        x = layers.Conv2DTranspose(filters, side, activation="relu", name=f"deconv{place}")(x)
    return keras.Model(inputs, layers.Softmax(dtype="float32", name="probabilities")(x), name=f"fcn_paper_{size}")


def _lakeseg(bands: int, normaliser: Normaliser, any_bands: bool) -> Any:
    keras = backend.load()
    layers = keras.layers
    inputs = keras.Input((None, None, 2 * bands if any_bands else bands))
    adapt: Adapt = _leave
    if any_bands:
        seen = layers.Lambda(lambda values: values[..., :bands], name="seen")(inputs)
        there = layers.Lambda(lambda values: values[..., bands:], name="there")(inputs)
        x, adapt = layers.Multiply(name="present")([normaliser.layer()(seen), there]), _adapter(there)
    else:
        x = normaliser.layer()(inputs)
    stack = CONVOLUTIONS + TRANSPOSED
    for place, (filters, side) in enumerate(stack, 1):
        x = layers.Conv2D(filters, side, name=f"conv{place}")(x)
        if place < len(stack):
            x = layers.ReLU(name=f"relu{place}")(adapt(x, filters, place))
        if place == 1:
            x = backend.batch_norm(MOMENTUM, "norm1")(x)
    return keras.Model(inputs, layers.Softmax(dtype="float32", name="probabilities")(x), name="fcn_lakeseg")


def _leave(x: Any, _filters: int, _place: int) -> Any:
    return x


def _adapter(there: Any) -> Adapt:
    """Return what scales and shifts the channels of a layer by which bands are there, (n, h, w, B) ones and zeros.

    Every step is a layer with a name of its own: names that Keras gives by itself may clash between threads.

    Feature-wise linear modulation: Perez et al. 2018, doi:10.1609/aaai.v32i1.11671. It starts by changing nothing.
    """
    layers = backend.load().layers
    told = layers.Dense(TOLD, activation="relu", name="told")(layers.GlobalMaxPooling2D(keepdims=True)(there))

    def adapt(x: Any, filters: int, place: int) -> Any:
        scale = layers.Dense(filters, kernel_initializer="zeros", name=f"scale{place}")(told)
        shift = layers.Dense(filters, kernel_initializer="zeros", name=f"shift{place}")(told)
        around_one = layers.Rescaling(1.0, offset=1.0, name=f"factor{place}")(scale)
        scaled = layers.Multiply(name=f"scaled{place}")([x, around_one])
        return layers.Add(name=f"adapted{place}")([scaled, shift])

    return adapt

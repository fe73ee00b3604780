"""The fully convolutional network: the study's own, and the same idea with its faults mended."""

from __future__ import annotations

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
            are. A missing band counts as its mean, and a bias of the first convolution depends on the bands.
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
    return keras.Model(inputs, layers.Softmax(name="probabilities")(x), name=f"fcn_paper_{size}")


def _lakeseg(bands: int, normaliser: Normaliser, any_bands: bool) -> Any:
    keras = backend.load()
    layers = keras.layers
    if any_bands:
        inputs = keras.Input((None, None, 2 * bands))
        x = _first_of_any(inputs, bands, normaliser)
    else:
        inputs = keras.Input((None, None, bands))
        x = layers.Conv2D(*CONVOLUTIONS[0], activation="relu", name="conv1")(normaliser.layer()(inputs))
    x = layers.BatchNormalization(momentum=MOMENTUM, name="norm1")(x)
    stack = CONVOLUTIONS + TRANSPOSED
    for place, (filters, side) in enumerate(stack[1:], 2):
        activation = "relu" if place < len(stack) else None
        x = layers.Conv2D(filters, side, activation=activation, name=f"conv{place}")(x)
    return keras.Model(inputs, layers.Softmax(name="probabilities")(x), name="fcn_lakeseg")


def _first_of_any(inputs: Any, bands: int, normaliser: Normaliser) -> Any:
    """Return the first convolution of a network for any bands, over inputs of (n, h, w, 2 bands)."""
    layers = backend.load().layers
    filters, side = CONVOLUTIONS[0]
    there = inputs[..., bands:]
    x = layers.Conv2D(filters, side, name="conv1")(normaliser.layer()(inputs[..., :bands]) * there)
    told = layers.Conv2D(filters, 1, use_bias=False, name="told1")(layers.Cropping2D(side // 2)(there))
    return layers.ReLU(name="relu1")(x + told)

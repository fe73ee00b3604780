"""The U-Net: as the implementation that the study cites, and with channels normalised."""

from __future__ import annotations

from typing import Any, Final

from lakeseg.errors import ConfigError
from lakeseg.segmenters import backend
from lakeseg.segmenters.base import CLASSES
from lakeseg.segmenters.config import PAPER, UNET_MULTIPLE
from lakeseg.segmenters.normalise import MOMENTUM, Normaliser

BASE: Final = 32
POOLINGS: Final = 4


def build_unet(
    variant: str,
    bands: int,
    size: int | None = None,
    normaliser: Normaliser | None = None,
    base: int = BASE,
    learned: bool = False,
) -> Any:
    """Return an untrained U-Net (Ronneberger et al. 2015, doi:10.1007/978-3-319-24574-4_28) as a Keras model.

    Two 3×3 convolutions a level, four max poolings from base width 32, plain up-sampling and concatenation, softmax
    over water, land, unclassified. It takes (n, h, w, bands) and gives (n, h, w, 3), h and w multiples of 16.

    Args:
        variant: `paper` for biased convolutions with ReLU on reflectance as it is; `lakeseg` standardises the bands
            and normalises channels after each convolution.
        bands: Bands of the input.
        size: Side of its input in pixels; None leaves it open.
        normaliser: Band means and variances that `lakeseg` standardises its input by.
        base: Channels of the first level; they double with each pooling.
        learned: Grow by 2×2 transposed convolutions of stride 2, as the cited implementation later did, instead of
            repeating pixels.
    """
    if size is not None and (size < UNET_MULTIPLE or size % UNET_MULTIPLE):
        raise ConfigError(f"patch {size}: a U-Net takes multiples of {UNET_MULTIPLE}, such as 16 or 32")
    keras = backend.load()
    layers = keras.layers
    inputs = x = keras.Input((size, size, bands))
    if variant != PAPER:
        x = (normaliser or Normaliser.identity(bands)).layer()(inputs)
    skipped = []
    for level in range(POOLINGS):
        x = _level(x, base << level, f"down{level}", variant)
        skipped.append(x)
        x = layers.MaxPooling2D(2, name=f"pool{level}")(x)
    x = _level(x, base << POOLINGS, "bottom", variant)
    for level in reversed(range(POOLINGS)):
        if learned:
            x = layers.Conv2DTranspose(base << level, 2, strides=2, name=f"grow{level}")(x)
        else:
            x = layers.UpSampling2D(2, name=f"grow{level}")(x)
        x = layers.Concatenate(name=f"join{level}")([x, skipped[level]])
        x = _level(x, base << level, f"up{level}", variant)
    outputs = layers.Conv2D(CLASSES, 1, activation="softmax", dtype="float32", name="probabilities")(x)
    return keras.Model(inputs, outputs, name=f"unet_{variant}")


def _level(x: Any, filters: int, name: str, variant: str) -> Any:
    """Apply the two convolutions of one level."""
    layers = backend.load().layers
    for part in "ab":
        if variant == PAPER:
            x = layers.Conv2D(filters, 3, padding="same", activation="relu", name=f"{name}{part}")(x)
            continue
        x = layers.Conv2D(filters, 3, padding="same", use_bias=False, name=f"{name}{part}")(x)
        x = backend.batch_norm(MOMENTUM, f"{name}{part}_norm")(x)
        x = layers.ReLU(name=f"{name}{part}_relu")(x)
    return x

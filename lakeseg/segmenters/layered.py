"""An FCN of equal layers, each as wide as the others: what the search for a better network varies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from lakeseg.segmenters import backend
from lakeseg.segmenters.base import CLASSES
from lakeseg.segmenters.config import SegmenterConfig
from lakeseg.segmenters.normalise import MOMENTUM, Normaliser


@dataclass(frozen=True)
class Layers:
    """The layers of such a network.

    Attributes:
        width: Channels of each.
        dilations: Of each layer's kernel, one number a layer (dilated convolution: doi:10.48550/arXiv.1511.07122).
        kernel: Side of the kernels; with 1 the network sees a pixel alone.
        residual: Add each layer's input to its output from the second layer on (doi:10.1109/CVPR.2016.90).
        norms: Batch normalisation after `every` convolution, or after the `first` alone, as in the study's network.
    """

    width: int
    dilations: tuple[int, ...]
    kernel: int = 3
    residual: bool = False
    norms: str = "every"

    @classmethod
    def of(cls, config: SegmenterConfig) -> Self:
        """Return the layers that a config asks for."""
        return cls(config.width, config.dilations, config.kernel, config.residual, config.norms)

    @property
    def reaches(self) -> tuple[int, ...]:
        """Pixels that each layer takes away on every side."""
        return tuple((self.kernel - 1) // 2 * step for step in self.dilations)

    @property
    def margin(self) -> int:
        """Pixels that all layers take away on every side; an answer rests on 2 margin + 1 pixels in each direction."""
        return sum(self.reaches)

    def is_normed(self, place: int) -> bool:
        """Say whether batch normalisation follows the convolution at `place`, from 1; one without it has a bias."""
        return self.norms == "every" or place == 1


def parameters(config: SegmenterConfig) -> int:
    """Return the weights of such a network in all, those of batch normalisation included, without building it."""
    layers, bands = Layers.of(config), len(config.bands)
    inputs = [bands, *[layers.width] * (len(layers.dilations) - 1)]
    convolutions = sum(layers.kernel**2 * each * layers.width for each in inputs)
    others = sum(4 if layers.is_normed(place) else 1 for place in range(1, len(inputs) + 1)) * layers.width
    return convolutions + others + (layers.width + 1) * CLASSES


def build_layered(bands: int, normaliser: Normaliser, layers: Layers) -> Any:
    """Return an untrained FCN as a Keras model: (n, h + 2 margin, w + 2 margin, bands) in, (n, h, w, 3) out.

    A layer is a convolution without padding, batch normalisation over channels (see `norms`) and ReLU; a 1×1
    convolution and a softmax over water, land, unclassified follow.
    """
    keras = backend.load()
    inputs = keras.Input((None, None, bands))
    x = normaliser.layer()(inputs)
    for place, step in enumerate(layers.dilations, 1):
        x = _layer(x, layers, place, step)
    logits = keras.layers.Conv2D(CLASSES, 1, name="logits")(x)
    return keras.Model(inputs, keras.layers.Softmax(dtype="float32", name="probabilities")(logits), name="fcn_layered")


def _layer(x: Any, layers: Layers, place: int, step: int) -> Any:
    make = backend.load().layers
    normed = layers.is_normed(place)
    y = make.Conv2D(layers.width, layers.kernel, dilation_rate=step, use_bias=not normed, name=f"conv{place}")(x)
    if normed:
        y = backend.batch_norm(MOMENTUM, f"norm{place}")(y)
    if layers.residual and place > 1:
        cropped = make.Cropping2D(layers.reaches[place - 1], name=f"crop{place}")(x)
        y = make.Add(name=f"sum{place}")([cropped, y])
    return make.ReLU(name=f"relu{place}")(y)

"""A trained network as one Keras model of standard layers that gives what the network predicts.

Inside are the mirrored border, the band statistics, the softmax and the temperature. Layers of our own and Python
lambdas are replaced by what Keras has itself, so that the model opens without this project.
"""

from __future__ import annotations

from typing import Any, Final

from lakeseg.segmenters import backend
from lakeseg.segmenters.network import Network
from lakeseg.segmenters.temperature import NEUTRAL

REFLECTANCE: Final = "reflectance"
BANDS: Final = "bands"
PROBABILITIES: Final = "probabilities"


def portable(network: Network) -> Any:
    """Return a Keras model from (n, h, w, B) float32 reflectance to (n, h, w, 3) float32 probabilities.

    A network for any bands takes a second input, `bands`, (n, B) float32: 1 where the band is there, else 0. Where its
    reach is `whole`, h and w are larger than its margin; else they are those that `predict_windows` takes.
    """
    keras = backend.load()
    count, sides = len(network.bands), network.model.input_shape[1:3]
    image = keras.Input((*sides, count), name=REFLECTANCE)
    inputs, x = [image], image
    if network.config.any_bands:
        there = keras.Input((count,), name=BANDS)
        inputs.append(there)
        x = _told(keras, image, there)
    if network.margin:
        side = (network.margin, network.margin)
        x = keras.ops.pad(x, ((0, 0), side, side, (0, 0)), mode="reflect")
    said = _standard(keras, network.model)(x)
    if network.temperature != NEUTRAL:
        raised = keras.ops.power(said, 1.0 / network.temperature)
        said = raised / keras.ops.sum(raised, axis=-1, keepdims=True)
    outputs = keras.layers.Activation("linear", dtype="float32", name=PROBABILITIES)(said)
    return keras.Model(inputs if network.config.any_bands else image, outputs, name=network.model.name)


def _told(keras: Any, image: Any, there: Any) -> Any:
    """Return reflectance and, for each pixel, which bands there are: (n, h, w, 2 B), as `anyband.with_masks`."""
    mask = keras.layers.Reshape((1, 1, there.shape[-1]), name="mask")(there)
    return keras.ops.concatenate([image * mask, keras.ops.ones_like(image) * mask], axis=-1)


def _standard(keras: Any, model: Any) -> Any:
    """Return a copy of a model with the same weights and layers of Keras alone."""
    layers = keras.layers

    def copied(layer: Any) -> Any:
        if isinstance(layer, layers.Lambda):
            return layer  # `called` does not use it
        kind = layers.BatchNormalization if isinstance(layer, layers.BatchNormalization) else type(layer)
        return kind.from_config(layer.get_config())

    def called(layer: Any, *inputs: Any, **options: Any) -> Any:
        return layer.function(*inputs) if isinstance(layer, layers.Lambda) else layer(*inputs, **options)

    copy = keras.models.clone_model(model, clone_function=copied, call_function=called)
    copy.set_weights(model.get_weights())
    return copy

"""A trained network behind the segmenter protocol."""

from __future__ import annotations

import threading
from functools import cached_property
from typing import Any, Final

import numpy as np

from lakeseg.errors import ModelError
from lakeseg.segmenters import backend, fcn
from lakeseg.segmenters.config import LAKESEG, PAPER, UNET_MULTIPLE, Reach, SegmenterConfig
from lakeseg.segmenters.layered import Layers, build_layered
from lakeseg.segmenters.normalise import Normaliser
from lakeseg.segmenters.temperature import NEUTRAL, check, tempered
from lakeseg.segmenters.unet import BASE, build_unet

_TEMPERATURE: Final = "temperature"


class Network:
    """An FCN or a U-Net, trained or not. One call runs at a time, so threads may share it."""

    def __init__(self, config: SegmenterConfig, normaliser: Normaliser | None = None) -> None:
        self.config, self.bands = config, config.bands
        self.normaliser = (normaliser or Normaliser.identity(len(config.bands))) if standardises(config) else None
        self.model = _build(config, self.normaliser)
        self._temperature = NEUTRAL
        self._lock = threading.Lock()

    @property
    def reach(self) -> Reach:
        """How it is run; its config says so."""
        return self.config.reach

    @property
    def margin(self) -> int:
        """Pixels of neighbours that it takes on each side of what it answers."""
        return margin(self.config)

    @property
    def multiple(self) -> int:
        """Height and width of its input must be multiples of this."""
        return UNET_MULTIPLE if self.config.kind == "unet" else 1

    @property
    def parameters(self) -> int:
        """Weights in all, those of batch normalisation included."""
        return int(self.model.count_params())

    @property
    def temperature(self) -> float:
        """What its probabilities are softened by (above 1) or sharpened (below)."""
        return self._temperature

    def set_temperature(self, temperature: float) -> None:
        """Set the temperature, rounded to float32 as it is stored; a `ModelError` unless it is a number above 0."""
        check(temperature)
        self._temperature = float(np.float32(temperature))

    @cached_property
    def _call(self) -> backend.Call:
        """The network as a fast function of (n, h, w, B), compiled at its first use; it follows its weights."""
        return backend.compiled(self.model)

    def predict_padded(self, images: np.ndarray) -> np.ndarray:
        """Return (n, h, w, 3) float32 probabilities for (n, h + 2 margin, w + 2 margin, B) float32 reflectance."""
        self._check(images)
        with self._lock:
            said = np.asarray(self._call(np.ascontiguousarray(images, np.float32)))
        return tempered(said, self._temperature)

    def predict_windows(self, images: np.ndarray) -> np.ndarray:
        """Return (n, h, w, 3) float32 probabilities for (n, h, w, B) float32 reflectance, mirrored at its border.

        Raises:
            ModelError: The windows are not of a size or of the bands that it takes.
        """
        sides = (self.margin, self.margin)
        return self.predict_padded(np.pad(images, ((0, 0), sides, sides, (0, 0)), mode="reflect"))

    def _check(self, images: np.ndarray) -> None:
        expected = self.model.input_shape
        fits = images.ndim == 4 and all(want in (None, got) for want, got in zip(expected, images.shape, strict=True))
        if not fits or any(side % self.multiple or not side for side in images.shape[1:3]):
            shape = tuple("any" if side is None else side for side in expected)
            steps = f", sides multiples of {self.multiple}" if self.multiple > 1 else ""
            raise ModelError(f"{self.config.kind} takes windows of shape {shape}{steps}; got {images.shape}")

    def state(self) -> dict[str, np.ndarray]:
        """Return weights, without the optimizer's, band statistics and temperature as float32 arrays by name."""
        extra = self.normaliser.state() if self.normaliser else {}
        if self._temperature != NEUTRAL:
            extra = extra | {_TEMPERATURE: np.array([self._temperature], np.float32)}
        return extra | {_name(v): np.asarray(v.numpy(), np.float32) for v in self.model.weights}

    def assign(self, state: dict[str, np.ndarray]) -> None:
        """Set weights and temperature (1 where there is none); float16 is widened.

        Raises:
            ModelError: A weight is missing, of another shape, or not finite; then none is set.
        """
        temperature = _temperature_in(state)
        values = []
        for variable in self.model.weights:
            value = state.get(_name(variable), np.empty(0))
            sound = value.dtype.kind == "f" and value.shape == tuple(variable.shape) and np.isfinite(value).all()
            if not sound:
                raise ModelError(f"damaged weights ({_name(variable)} of {self.config.kind}): train the model again")
            values.append(value.astype(np.float32))
        for variable, value in zip(self.model.weights, values, strict=True):
            variable.assign(value)
        self.set_temperature(temperature)


def _temperature_in(state: dict[str, np.ndarray]) -> float:
    """Return the temperature of a state, 1 where it has none; a `ModelError` says that it is damaged."""
    value = np.asarray(state.get(_TEMPERATURE, np.array([NEUTRAL])))
    if value.dtype.kind != "f" or value.shape != (1,) or not 0 < value[0] < np.inf:
        raise ModelError("damaged weights (temperature): train the model again")
    return float(value[0])


def standardises(config: SegmenterConfig) -> bool:
    """Return whether the network standardises its bands; the study's take reflectance as it is."""
    return config.variant == LAKESEG


def margin(config: SegmenterConfig) -> int:
    """Return the pixels of neighbours that a network takes on each side of what it answers."""
    if config.kind != "fcn" or config.variant != LAKESEG:
        return 0
    return Layers.of(config).margin if config.dilations else fcn.MARGIN


def _build(config: SegmenterConfig, normaliser: Normaliser | None) -> Any:
    bands = len(config.bands)
    if config.dilations:
        return build_layered(bands, normaliser or Normaliser.identity(bands), Layers.of(config))
    if config.kind == "fcn":
        return fcn.build_fcn(config.variant, bands, config.patch, normaliser, config.any_bands)
    size, base = config.patch if config.variant == PAPER else None, config.width or BASE
    return build_unet(config.variant, bands, size, normaliser, base, config.learned_upsampling)


def _name(variable: Any) -> str:
    """Name a weight by its layer and role, such as `conv1.kernel`."""
    return ".".join(str(variable.path).split("/")[-2:])


def rebuild(config: SegmenterConfig, state: dict[str, np.ndarray]) -> Network:
    """Return the network of `state`; a `ModelError` says what does not fit."""
    if not config.bands:
        raise ModelError(f"{config.kind}: its card names no bands: restore the model's folder or train it again")
    normaliser = Normaliser.from_state(state, len(config.bands)) if standardises(config) else None
    network = Network(config, normaliser)
    network.assign(state)
    return network

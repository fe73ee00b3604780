"""What a segmenter is and how it is trained, as one frozen value that travels in a model's card."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Final, Literal, Self

from lakeseg.bands import WATER_INDICES, are_bands
from lakeseg.errors import ConfigError, unknown

Reach = Literal["pixel", "whole", "tiles", "patches"]
NETWORKS: Final = ("fcn", "unet")
PIXELWISE: Final = ("logistic", "boosting")  # scikit-learn fits them, to single pixels
PAPER: Final = "paper"
LAKESEG: Final = "lakeseg"
VARIANTS: Final[Mapping[str, tuple[str, ...]]] = {
    "naive": ("",),
    "index": WATER_INDICES,
    "logistic": ("",),
    "boosting": ("",),
    "fcn": (PAPER, LAKESEG),
    "unet": (PAPER, LAKESEG),
}
LOSSES: Final = ("crossentropy", "weighted", "focal", "dice", "lovasz")
_CHOICES: Final = {
    "schedule": ("constant", "cosine"),
    "keep": ("last", "best"),
    "loss": LOSSES,
    "windows": ("random", "grid"),
    "precision": ("float32", "bfloat16"),
    "norms": ("every", "first"),
}
_LOWEST: Final = {"patch": 0, "gap": 0, "epochs": 1, "batch_size": 1, "seed": 0, "width": 0, "kernel": 1}
_EXPECTED: Final = {
    "str": "a word",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "tuple[int, ...]": "whole numbers",
}
UNET_MULTIPLE: Final = 16  # four poolings halve the image four times
FCN_SMALLEST: Final = 7  # the valid convolutions of the paper's network take six pixels away


@dataclass(frozen=True)
class SegmenterConfig:
    """Settings of one segmenter. The defaults of training are the study's.

    Attributes:
        kind: `naive`, `index`, `logistic`, `boosting`, `fcn` or `unet`.
        variant: `paper` or `lakeseg` for networks, the index's name for `index`, empty otherwise.
        bands: Band numbers it needs, ascending; empty means "all bands of the dataset" until resolved.
        patch: Side of a network's training windows in pixels, and of its input where the network is tied to it.
        gap: Pixels lost between neighbouring patches (the study's code lost one; `paper` networks only).
        prune: Leave out training and validation patches of a single class (`paper` networks only).
        third_class: Learn unclassified pixels as a class of their own; otherwise they are masked.
        epochs, batch_size, learning_rate: Of Adam; pixel models ignore them.
        schedule: Learning rate `constant`, or falling along half a `cosine` over the epochs.
        augment: Turn and mirror each training window at random.
        keep: Weights of the `last` epoch, or of the `best` by validation loss.
        any_bands: Leave bands out at random in training and tell the network which it has, so that one network answers
            for any of its bands (the `lakeseg` FCN only).
        seed: Start of every random draw.
        loss: What a network minimises: a name of `LOSSES` (`training.loss`).
        windows: Training windows drawn at `random` places of whole lakes, or patches on a `grid` (the `lakeseg`
            variant; the study's networks learn from patches).
        precision: Arithmetic of training; weights are float32 either way, and so is every prediction.
        width: Channels of each layer of the FCN `lakeseg`, or of a U-Net's first level; 0 is the study's.
        dilations: Of the FCN's layers, one number each; empty is the study's stack of layers.
        kernel: Side of the kernels in these layers; with 1 a pixel sees nothing of its neighbours.
        residual: Add the input of these layers to their output.
        norms: Batch normalisation after `every` convolution of these layers, or after the `first` alone.
        learned_upsampling: A U-Net grows by transposed convolutions instead of repeating pixels.
        calibrate: Fit a temperature to a network's probabilities on the validation lakes (`training.temperature`).
    """

    kind: str
    variant: str = ""
    bands: tuple[int, ...] = ()
    patch: int = 0
    gap: int = 0
    prune: bool = True
    third_class: bool = False
    epochs: int = 30
    batch_size: int = 16
    learning_rate: float = 1e-3
    schedule: str = "constant"
    augment: bool = False
    keep: str = "last"
    seed: int = 0
    any_bands: bool = False
    loss: str = "crossentropy"
    windows: str = "random"
    precision: str = "float32"
    width: int = 0
    dilations: tuple[int, ...] = ()
    kernel: int = 3
    residual: bool = False
    norms: str = "every"
    learned_upsampling: bool = False
    calibrate: bool = False

    def __post_init__(self) -> None:
        if self.kind not in VARIANTS:
            raise ConfigError(unknown("kind of segmenter", self.kind, list(VARIANTS)))
        if self.variant not in VARIANTS[self.kind]:
            raise ConfigError(unknown(f"variant of {self.kind}", self.variant, list(VARIANTS[self.kind])))
        _check_bands(self.bands)
        for name, lowest in _LOWEST.items():
            _check_whole(name, getattr(self, name), lowest)
        if not math.isfinite(self.learning_rate) or self.learning_rate <= 0:
            raise ConfigError(f"learning_rate {self.learning_rate}: expected a number above 0, such as 0.001")
        for name, choices in _CHOICES.items():
            if getattr(self, name) not in choices:
                raise ConfigError(unknown(name, getattr(self, name), list(choices)))
        if self.is_network:
            _check_patch(self)
        _check_layers(self)

    @property
    def is_network(self) -> bool:
        """Whether Keras is needed to train and run it."""
        return self.kind in NETWORKS

    @property
    def reach(self) -> Reach:
        """How it is run: on pixels alone, whole images, overlapping tiles, or patches of one size.

        The `lakeseg` FCN takes whole images, the study's its patches, a U-Net overlapping tiles.
        """
        if not self.is_network:
            return "pixel"
        if self.kind == "unet":
            return "tiles"
        return "patches" if self.variant == PAPER else "whole"

    @property
    def classes(self) -> tuple[int, ...]:
        """Class codes it learns from; every other label is masked."""
        return (1, 2, 3) if self.third_class else (1, 2)

    def to_json(self) -> dict[str, Any]:
        """Return plain values for a card; `from_json` is the reverse."""
        return asdict(self) | {"bands": list(self.bands), "dilations": list(self.dilations)}

    def choices(self) -> dict[str, Any]:
        """Return what differs from the defaults: what decides a training, whatever settings are added some day."""
        plain = self.to_json()
        defaults = {field.name: field.default for field in fields(self)}
        return {name: value for name, value in plain.items() if getattr(self, name) != defaults[name]}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """Rebuild a config from a card; a `ConfigError` says what does not belong there."""
        types = {field.name: field.type for field in fields(cls)}
        for name, value in values.items():
            if name not in types:
                raise ConfigError(unknown("setting", name, list(types)))
            if not _fits(value, str(types[name])):
                raise ConfigError(f"{name} {value!r}: expected {_EXPECTED[str(types[name])]}")
        if "kind" not in values:
            raise ConfigError(f"no kind of segmenter: expected one of {', '.join(VARIANTS)}")
        lists = {name: tuple(values.get(name, ())) for name in ("bands", "dilations")}
        return cls(**dict(values) | lists)


def _fits(value: Any, expected: str) -> bool:
    """Return whether a JSON value has the type of a field of the config."""
    if expected.startswith("tuple"):
        return isinstance(value, list | tuple) and all(type(item) is int for item in value)
    if expected == "float":
        return isinstance(value, float | int) and not isinstance(value, bool)
    return type(value).__name__ == expected


def _check_bands(bands: tuple[int, ...]) -> None:
    if bands and not are_bands(bands):
        raise ConfigError(f"bands {list(bands)}: expected some of 1–7, each once, in ascending order")


def _check_whole(name: str, value: Any, lowest: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < lowest:
        raise ConfigError(f"{name} {value!r}: expected a whole number of at least {lowest}")


def _check_patch(config: SegmenterConfig) -> None:
    patch = config.patch
    if config.kind == "unet" and (patch < UNET_MULTIPLE or patch % UNET_MULTIPLE):
        raise ConfigError(f"patch {patch}: a U-Net takes multiples of {UNET_MULTIPLE}, such as 16 or 32")
    if config.kind == "fcn" and patch < FCN_SMALLEST:
        raise ConfigError(f"patch {patch}: the FCN's convolutions need at least {FCN_SMALLEST} px, such as 16 or 32")


def _check_layers(config: SegmenterConfig) -> None:
    """Raise a `ConfigError` where a setting of one kind of network is given to another."""
    own_fcn = (config.kind, config.variant) == ("fcn", LAKESEG)
    if config.any_bands and not own_fcn:
        raise ConfigError(f"any_bands: expected the {LAKESEG} variant of an fcn, got {config.kind} {config.variant}")
    if config.dilations and (not own_fcn or config.any_bands):
        raise ConfigError(f"dilations: expected the {LAKESEG} variant of an fcn for bands of its own")
    if any(step < 1 for step in config.dilations) or bool(config.dilations) != bool(own_fcn and config.width):
        raise ConfigError(
            "dilations: expected one number of at least 1 for each layer, and the layers' width with them"
        )
    if config.kernel % 2 == 0:
        raise ConfigError(f"kernel {config.kernel}: expected an odd number, so that a pixel stands in the middle")
    if not config.dilations and (config.kernel, config.residual, config.norms) != (3, False, "every"):
        raise ConfigError("kernel, residual and norms are of layers of its own: expected dilations and width with them")
    if config.learned_upsampling and config.kind != "unet":
        raise ConfigError(f"learned_upsampling: expected a unet, got {config.kind}")
    if config.calibrate and config.kind not in NETWORKS:
        raise ConfigError(f"calibrate: expected a network, got {config.kind}")
    if config.width and config.kind not in NETWORKS:
        raise ConfigError(f"width: expected a network, got {config.kind}")

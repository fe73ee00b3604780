"""A model as a file that runs without this project: `.onnx`, networks as `.keras` too."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from lakeseg.bands import CLASS_NAMES
from lakeseg.data.write import replacing
from lakeseg.errors import ConfigError, ModelError
from lakeseg.exports.network import keras_bytes, network_proto
from lakeseg.exports.pixels import pixel_proto
from lakeseg.exports.registry import KERAS_FILE, ONNX_FILE, model_endings
from lakeseg.extras import ONNX, extra
from lakeseg.plain import plain

if TYPE_CHECKING:
    from lakeseg.cards import Card
    from lakeseg.segmenters.base import Segmenter
    from lakeseg.segmenters.network import Network
    from lakeseg.segmenters.pixelwise import PixelModel


def write_model(path: Path, card: Card, segmenter: Segmenter) -> dict[str, Any]:
    """Write a model as its file name's ending says, and return what the file says of it.

    The facts are in the metadata of an `.onnx` (JSON texts), and in a member `lakeseg.json` of a `.keras` file.

    Raises:
        ConfigError: The ending is another one, or a package for ONNX is not installed.
        ModelError: The model does not come in such files.
        DatasetError: The file cannot be written.
    """
    ending = path.suffix.lower()
    if ending not in (KERAS_FILE, ONNX_FILE):
        raise ConfigError(f"{path}: expected a file name ending in .keras or .onnx")
    endings = model_endings(segmenter.config)
    if ending not in endings:
        raise ModelError(f"{card.id}: {_instead(card, endings)}")
    facts = about(card, segmenter)
    content = keras_bytes(cast("Network", segmenter), facts) if ending == KERAS_FILE else onnx_bytes(segmenter, facts)
    with replacing(path) as temporary:
        temporary.write_bytes(content)
    return facts


def _instead(card: Card, endings: tuple[str, ...]) -> str:
    """Say what to take of a model that does not come in the file that was asked for."""
    if endings:
        return f"is no network, so it is not {KERAS_FILE}: name a file that ends in {endings[0]}"
    return f"is a rule and no trained model: take its folder as it is, {card.weights['file']} opens with NumPy"


def about(card: Card, segmenter: Segmenter) -> dict[str, Any]:
    """Return what somebody who has the file alone should know, as plain values; `temperature` is a network's."""
    facts = {
        "id": card.id,
        "title": card.title,
        "fingerprint": card.fingerprint,
        "bands": list(segmenter.bands),
        "input": "reflectance (0 to 1), 0 in every band of a pixel that misses one",
        "output": [CLASS_NAMES[code] for code in (1, 2, 3)],
        "sides": "any",
        "trained_on": card.dataset.get("name"),
        "simulated": card.dataset.get("simulated"),
    }
    if not segmenter.config.is_network:
        return facts
    network = cast("Network", segmenter)
    return facts | {"sides": _sides(network), "temperature": network.temperature}


def _sides(network: Network) -> str:
    side = network.model.input_shape[1]
    if side is not None:
        return f"{side}×{side} px"
    if network.multiple > 1:
        return f"any multiples of {network.multiple} px"
    return f"any, larger than {network.margin} px" if network.margin else "any"


def onnx_bytes(segmenter: Segmenter, facts: Mapping[str, Any]) -> bytes:
    """Return a network or a model of scikit-learn as the content of an `.onnx` file.

    Raises:
        ConfigError: A package is not installed, or Keras does not run on TensorFlow.
    """
    onnx = extra("onnx", "ONNX", ONNX)
    if segmenter.config.is_network:
        proto = network_proto(cast("Network", segmenter))
    else:
        proto = pixel_proto(cast("PixelModel", segmenter))
    for key, fact in plain(facts).items():
        proto.metadata_props.add(key=key, value=fact if isinstance(fact, str) else json.dumps(fact))
    onnx.checker.check_model(proto)
    buffer = io.BytesIO()
    onnx.save_model(proto, buffer)
    return buffer.getvalue()

"""A network as `.keras` or `.onnx`, complete: reflectance in, calibrated probabilities out."""

from __future__ import annotations

import io
import json
import logging
import tempfile
import warnings
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from lakeseg.bands import CLASS_NAMES
from lakeseg.data.write import replacing
from lakeseg.errors import ConfigError, ModelError
from lakeseg.extras import ONNX, extra
from lakeseg.plain import plain

if TYPE_CHECKING:
    from lakeseg.cards import Card
    from lakeseg.segmenters.base import Segmenter
    from lakeseg.segmenters.network import Network

OPSET: Final = 17
FACTS: Final = "lakeseg.json"  # member of a .keras file
_AXES: Final = ("n", "height", "width")


def write_network(path: Path, card: Card, segmenter: Segmenter) -> dict[str, Any]:
    """Write a network as its file name's ending says, and return what the file says of it.

    The facts are in the metadata of an `.onnx` (JSON texts), and in a member `lakeseg.json` of a `.keras` file.

    Raises:
        ConfigError: The ending is another one, or onnx and tf2onnx are not installed.
        ModelError: The model is no network.
        DatasetError: The file cannot be written.
    """
    makers: dict[str, Callable[[Network, Mapping[str, Any]], bytes]] = {".keras": keras_bytes, ".onnx": onnx_bytes}
    make = makers.get(path.suffix.lower())
    if make is None:
        raise ConfigError(f"{path}: expected a file name ending in .keras or .onnx")
    if not segmenter.config.is_network:
        raise ModelError(
            f"{card.id}: is no network, so it is neither .keras nor .onnx: take its folder as it is, "
            f"{card.weights['file']} opens with {'scikit-learn and skops' if _is_skops(card) else 'NumPy'}"
        )
    network = cast("Network", segmenter)
    facts = about(card, network)
    content = make(network, facts)
    with replacing(path) as temporary:
        temporary.write_bytes(content)
    return facts


def _is_skops(card: Card) -> bool:
    return str(card.weights["file"]).endswith(".skops")


def about(card: Card, network: Network) -> dict[str, Any]:
    """Return what somebody who has the file alone should know, as plain values."""
    return {
        "id": card.id,
        "title": card.title,
        "fingerprint": card.fingerprint,
        "bands": list(network.bands),
        "input": "reflectance (0 to 1), 0 in every band of a pixel that misses one",
        "output": [CLASS_NAMES[code] for code in (1, 2, 3)],
        "sides": _sides(network),
        "trained_on": card.dataset.get("name"),
        "simulated": card.dataset.get("simulated"),
        "temperature": network.temperature,
    }


def _sides(network: Network) -> str:
    side = network.model.input_shape[1]
    if side is not None:
        return f"{side}×{side} px"
    if network.multiple > 1:
        return f"any multiples of {network.multiple} px"
    return f"any, larger than {network.margin} px" if network.margin else "any"


def keras_bytes(network: Network, facts: Mapping[str, Any]) -> bytes:
    """Return a network as the content of a `.keras` file, which Keras 3 opens without this project."""
    from lakeseg.segmenters.portable import portable

    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Keras's way to NumPy, which is not a user's to mend
        path = Path(folder) / "network.keras"
        portable(network).save(path)
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr(FACTS, json.dumps(plain(facts), ensure_ascii=False))
        return path.read_bytes()


def onnx_bytes(network: Network, facts: Mapping[str, Any]) -> bytes:
    """Return a network as the content of an `.onnx` file; its inputs are `reflectance` and, for any bands, `bands`.

    Raises:
        ConfigError: onnx or tf2onnx is not installed, or Keras does not run on TensorFlow.
    """
    from lakeseg.segmenters import backend
    from lakeseg.segmenters.portable import PROBABILITIES, portable

    onnx, convert = (extra(name, "ONNX", ONNX) for name in ("onnx", "tf2onnx.convert"))
    frozen = backend.frozen(portable(network))
    named = {each.name: each.name.split(":")[0] for each in frozen.inputs}
    (answer,) = (each.name for each in frozen.outputs)
    with _silent():
        proto, _ = convert.from_graph_def(
            frozen.graph.as_graph_def(),
            name=network.model.name,
            input_names=list(named),
            output_names=[answer],
            opset=OPSET,
            tensors_to_rename=named | {answer: PROBABILITIES},
        )
    _label(proto, facts)
    onnx.checker.check_model(proto)
    buffer = io.BytesIO()
    onnx.save_model(proto, buffer)
    return buffer.getvalue()


def _label(proto: Any, facts: Mapping[str, Any]) -> None:
    """Name the axes that are open, and put the facts into the metadata."""
    for value in (*proto.graph.input, *proto.graph.output):
        for axis, name in zip(value.type.tensor_type.shape.dim, _AXES, strict=False):
            if not axis.dim_value:
                axis.dim_param = name
    for key, fact in plain(facts).items():
        proto.metadata_props.add(key=key, value=fact if isinstance(fact, str) else json.dumps(fact))


@contextmanager
def _silent() -> Iterator[None]:
    """Keep TensorFlow and tf2onnx from telling a user about functions of theirs that are deprecated."""
    loggers = [logging.getLogger(name) for name in ("tensorflow", "tf2onnx")]
    before = [each.level for each in loggers]
    for each in loggers:
        each.setLevel(logging.ERROR)
    try:
        yield
    finally:
        for each, level in zip(loggers, before, strict=True):
            each.setLevel(level)

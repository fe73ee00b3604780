"""A network as `.keras` or ONNX, complete: reflectance in, calibrated probabilities out."""

from __future__ import annotations

import json
import logging
import tempfile
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from lakeseg.extras import ONNX, extra
from lakeseg.plain import plain

if TYPE_CHECKING:
    from lakeseg.segmenters.network import Network

FACTS: Final = "lakeseg.json"  # member of a .keras file
OPSET: Final = 17
AXES: Final = ("n", "height", "width")


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


def network_proto(network: Network) -> Any:
    """Return a network as an ONNX model; its inputs are `reflectance` and, for any bands, `bands`.

    Raises:
        ConfigError: onnx or tf2onnx is not installed, or Keras does not run on TensorFlow.
    """
    from lakeseg.segmenters import backend
    from lakeseg.segmenters.portable import PROBABILITIES, portable

    extra("onnx", "ONNX", ONNX)
    convert = extra("tf2onnx.convert", "ONNX", ONNX)
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
    for value in (*proto.graph.input, *proto.graph.output):
        for axis, name in zip(value.type.tensor_type.shape.dim, AXES, strict=False):
            if not axis.dim_value:
                axis.dim_param = name
    return proto


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

"""A model of single pixels from scikit-learn as an ONNX graph with the input and output of an exported network.

The graph is put together here, node by node: skl2onnx 1.20 fails on gradient boosting with onnx 1.23, and would round
its thresholds to the nearest float32, so that a pixel between that and the threshold took the other branch.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from lakeseg.exports.network import AXES, OPSET
from lakeseg.extras import ONNX, extra
from lakeseg.segmenters.base import CLASSES
from lakeseg.segmenters.portable import PROBABILITIES, REFLECTANCE

if TYPE_CHECKING:
    from lakeseg.segmenters.pixelwise import PixelModel

_TREES_OPSET: Final = 3  # of the domain ai.onnx.ml
_IR: Final = 8  # the version of the file format that came with opset 17
_FLOAT: Final = 1
_TREES: Final = "ai.onnx.ml"

Part = tuple[list[Any], dict[str, np.ndarray]]
"""Nodes of a graph, and its constants by name."""


def pixel_proto(model: PixelModel) -> Any:
    """Return an ONNX model from (n, h, w, B) float32 reflectance to (n, h, w, 3) float32 probabilities.

    Raises:
        ConfigError: onnx is not installed.
    """
    onnx = extra("onnx", "ONNX", ONNX)
    helper, shape = onnx.helper, list(AXES)
    raw = _linear if model.config.kind == "logistic" else _trees
    nodes, constants = _joined(_pixels(helper, len(model.bands)), raw(helper, model), _classes(helper, model))
    values = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes,
        model.config.kind,
        [values(REFLECTANCE, _FLOAT, [*shape, len(model.bands)])],
        [values(PROBABILITIES, _FLOAT, [*shape, CLASSES])],
        [onnx.numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(_TREES, _TREES_OPSET)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=_IR)


def _joined(*parts: Part) -> Part:
    nodes = [node for some, _ in parts for node in some]
    return nodes, {name: value for _, constants in parts for name, value in constants.items()}


def _pixels(helper: Any, bands: int) -> Part:
    """From `reflectance` to `pixels` (n h w, B)."""
    node = helper.make_node("Reshape", [REFLECTANCE, "flat"], ["pixels"])
    return [node], {"flat": np.array([-1, bands], np.int64)}


def _linear(helper: Any, model: PixelModel) -> Part:
    """From `pixels` to `raw`, what logistic regression makes of the scaled bands: (n h w, 1), or a column a class."""
    scaler, final = model.estimator
    nodes = [
        helper.make_node("Sub", ["pixels", "mean"], ["centred"]),
        helper.make_node("Div", ["centred", "spread"], ["scaled"]),
        helper.make_node("Gemm", ["scaled", "coefficients", "intercept"], ["raw"], transB=1),
    ]
    values = {"mean": scaler.mean_, "spread": scaler.scale_, "coefficients": final.coef_, "intercept": final.intercept_}
    return nodes, {name: value.astype(np.float32) for name, value in values.items()}


def _trees(helper: Any, model: PixelModel) -> Part:
    """From `pixels` to `raw`, the sums over all trees: (n h w, 1), or a column a class."""
    fields = [column for stage in model.estimator._predictors for column in enumerate(stage)]
    columns = [column for column, _ in fields]
    attributes = _attributes([tree.nodes for _, tree in fields], columns)
    start = np.asarray(model.estimator._baseline_prediction, np.float32).ravel()
    node = helper.make_node(
        "TreeEnsembleRegressor",
        ["pixels"],
        ["raw"],
        domain=_TREES,
        n_targets=len(start),
        base_values=start.tolist(),
        **attributes,
    )
    return [node], {}


def _attributes(trees: Sequence[np.ndarray], columns: Sequence[int]) -> dict[str, Any]:
    """Return trees as ONNX lists them, from scikit-learn's nodes and the column that each tree adds to."""
    nodes = np.concatenate(trees)
    tree = np.repeat(np.arange(len(trees)), [len(each) for each in trees])
    within = np.concatenate([np.arange(len(each)) for each in trees])
    leaf = nodes["is_leaf"].astype(bool)
    listed = {
        "nodes_treeids": tree,
        "nodes_nodeids": within,
        "nodes_featureids": nodes["feature_idx"],
        "nodes_values": rounded_down(np.where(leaf, 0, nodes["num_threshold"])),
        "nodes_truenodeids": nodes["left"],
        "nodes_falsenodeids": nodes["right"],
        "nodes_missing_value_tracks_true": nodes["missing_go_to_left"].astype(int),
        "target_treeids": tree[leaf],
        "target_nodeids": within[leaf],
        "target_ids": np.asarray(columns)[tree[leaf]],
        "target_weights": nodes["value"][leaf].astype(np.float32),
    }
    modes = np.where(leaf, "LEAF", "BRANCH_LEQ").tolist()
    return {"nodes_modes": modes} | {name: value.tolist() for name, value in listed.items()}


def rounded_down(thresholds: np.ndarray) -> np.ndarray:
    """Return the largest float32 that is not above each float64: a float32 is not above it just if not above both."""
    nearest = thresholds.astype(np.float32)
    return np.where(nearest > thresholds, np.nextafter(nearest, np.float32(-np.inf)), nearest)


def _classes(helper: Any, model: PixelModel) -> Part:
    """From `raw` to `probabilities`, a column for each of the three classes; one that the model never saw gets 0."""
    shares, offset = _places(model.estimator.classes_.astype(int) - 1)
    nodes = [
        helper.make_node("Sigmoid" if len(shares) == 1 else "Softmax", ["raw"], ["likely"]),
        helper.make_node("Gemm", ["likely", "shares", "offset"], ["columns"]),
        helper.make_node("Shape", [REFLECTANCE], ["sides"], start=0, end=3),
        helper.make_node("Concat", ["sides", "three"], ["shape"], axis=0),
        helper.make_node("Reshape", ["columns", "shape"], [PROBABILITIES]),
    ]
    return nodes, {"shares": shares, "offset": offset, "three": np.array([CLASSES], np.int64)}


def _places(columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return (k, 3) and (3,) float32 that put probabilities into the columns of their classes.

    Of two classes a model says only how likely the second is; the first has the rest.
    """
    offset = np.zeros(CLASSES, np.float32)
    if len(columns) > 2:
        return np.eye(CLASSES, dtype=np.float32)[columns], offset
    first, second = np.eye(CLASSES, dtype=np.float32)[columns]
    return (second - first)[None], first

"""What can be taken away, and as which files."""

from __future__ import annotations

import pytest

from lakeseg.exports.registry import model_endings
from lakeseg.segmenters.config import SegmenterConfig


@pytest.mark.parametrize(
    ("config", "endings"),
    [
        (SegmenterConfig("fcn", "lakeseg", patch=16), (".onnx", ".keras")),
        (SegmenterConfig("boosting"), (".onnx",)),
        (SegmenterConfig("index", "MNDWI"), ()),
        (SegmenterConfig("naive"), ()),
    ],
)
def test_which_files_a_model_comes_in(config, endings):
    assert model_endings(config) == endings

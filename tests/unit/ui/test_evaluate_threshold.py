"""What Evaluate shows of a lake at a threshold, by hand."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from lakeseg.serving import Ready
from lakeseg.ui.evaluate import threshold
from lakeseg.ui.viewer.scene import classes_panel


def test_a_pixel_that_misses_a_band_has_no_class_at_any_threshold():
    said = Ready(np.array([[[np.nan] * 3, [0.75, 0.25, 0]]], np.float32))
    one = SimpleNamespace(card=SimpleNamespace(id="m"), title="M")
    for at, code, likely in ((0.5, 1, 0.75), (0.8, 2, 0.25)):
        codes, share = np.array([[0, code]], np.uint8), np.array([[np.nan, likely]])
        panel, _ = threshold._panels(one, said, at)
        assert panel == classes_panel("model:m", "M", codes, share, subtitle=f"at {at:.2f}")

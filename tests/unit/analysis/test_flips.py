from __future__ import annotations

import numpy as np
import pytest

from lakeseg.analysis.flips import flip_counts, flip_table
from lakeseg.errors import ConfigError

WHOLE = np.array([[1, 2, 2], [3, 1, 2]], np.uint8)
SMALL = np.array([[1, 1, 2], [3, 2, 2]], np.uint8)
LARGE = np.array([[2, 1, 2], [3, 1, 2]], np.uint8)


def test_flips_by_hand():
    assert flip_counts(WHOLE, [SMALL, LARGE]).tolist() == [[1, 2, 0], [0, 1, 0]]
    often, changed = flip_table(WHOLE, [SMALL, LARGE], np.ones((2, 3), bool))
    assert often.tolist() == [3, 2, 1]
    assert changed.tolist() == [2, 2]


def test_pixels_without_value_do_not_count():
    often, changed = flip_table(WHOLE, [SMALL, LARGE], WHOLE != 1)
    assert often.tolist() == [3, 0, 1]
    assert changed.tolist() == [1, 1]


def test_no_size_no_flip():
    assert flip_counts(WHOLE, []).max() == 0


def test_other_shapes_are_refused():
    with pytest.raises(ConfigError, match=r"expected predictions of shape \(2, 3\), got \(3, 2\)"):
        flip_counts(WHOLE, [SMALL.T])

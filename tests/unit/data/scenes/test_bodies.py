"""Water bodies from a mask in parts: as SciPy finds them in the whole mask, whatever the parts."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from lakeseg.data.scenes.bodies import Body, find_bodies


def in_parts(mask: np.ndarray, rows: int) -> list[np.ndarray]:
    return [mask[row : row + rows] for row in range(0, len(mask), rows)]


def test_a_body_that_winds_through_parts_is_one():
    # A U of five pixels whose arms meet in the last part only, and a pixel of its own
    mask = np.array([[1, 0, 1, 0, 0], [1, 0, 1, 0, 1], [0, 1, 0, 0, 0]], bool)
    assert find_bodies(in_parts(mask, 1), 1) == [Body(5, 0, 0, 3, 3), Body(1, 1, 4, 2, 5)]
    assert find_bodies(in_parts(mask, 1), 2) == [Body(5, 0, 0, 3, 3)]


def test_corners_count_on_the_seam_too():
    assert find_bodies([np.array([[1, 0, 0]], bool), np.array([[0, 1, 0]], bool)], 1) == [Body(2, 0, 0, 2, 2)]
    assert find_bodies([np.array([[0, 0, 1]], bool), np.array([[0, 1, 0]], bool)], 1) == [Body(2, 0, 1, 2, 3)]
    assert len(find_bodies([np.array([[1, 0, 0]], bool), np.array([[0, 0, 1]], bool)], 1)) == 2


@pytest.mark.parametrize("rows", [1, 2, 7, 40])
@pytest.mark.parametrize("share", [0.2, 0.4, 0.6])
def test_parts_make_no_difference(rows, share):
    mask = np.random.default_rng(5).random((40, 50)) < share
    labels, count = ndimage.label(mask, np.ones((3, 3)))
    sizes = np.bincount(labels.ravel())
    expected = [
        Body(int(sizes[number]), box[0].start, box[1].start, box[0].stop, box[1].stop)
        for number, box in enumerate(ndimage.find_objects(labels), start=1)
        if sizes[number] >= 3
    ]
    assert count > 2
    found = find_bodies(in_parts(mask, rows), 3)
    assert sorted(found) == sorted(expected)
    assert [body.size for body in found] == sorted((body.size for body in expected), reverse=True)

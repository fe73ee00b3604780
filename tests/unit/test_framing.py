"""What parts of an image need, by hand."""

import numpy as np
import pytest

from lakeseg.data.scenes.scene import Window
from lakeseg.errors import ModelError
from lakeseg.framing import Way, frame, way, whole
from lakeseg.segmenters.registry import resolve

BANDS = (1, 2, 3, 4, 5, 6, 7)


def test_a_pixel_needs_itself():
    part = frame(Way("pixel"), (9, 9), Window(2, 3, 4, 5))
    assert part.window == Window(2, 3, 4, 5)


def test_a_margin_is_read_inside_and_mirrored_outside():
    part = frame(Way("whole", margin=2), (10, 20), Window(0, 8, 4, 6))
    assert part.window == Window(0, 6, 6, 10)
    assert part.rows.indices.tolist() == [2, 1, 0, 1, 2, 3, 4, 5]  # the edge is not repeated
    image = np.arange(60).reshape(6, 10, 1)
    assert part.take(image)[:, 0, 0].tolist() == [20, 10, 0, 10, 20, 30, 40, 50]


def test_a_single_row_is_mirrored_into_itself():
    assert whole(Way("whole", margin=3), (1, 5)).rows.indices.tolist() == [0] * 7


def test_patches_of_a_part_start_where_those_of_the_whole_do():
    # 20 px in patches of 8: from 0, 8 and, moved inwards, 12; that one answers for the pixels from 16 on.
    how = Way("patches", side=8)
    assert frame(how, (20, 8), Window(9, 0, 3, 8)).window == Window(8, 0, 8, 8)
    last = frame(how, (20, 8), Window(17, 0, 2, 8))
    assert (last.window, last.rows.kept) == (Window(12, 0, 8, 8), slice(5, 7))
    both = frame(how, (20, 8), Window(8, 0, 12, 8))
    assert both.rows.starts.tolist() == [0, 4]


def test_tiles_of_a_part_are_those_that_touch_it():
    # Tiles of 16 px over each other by 8: in the image's own pixels they start at -4, 4, 12, 20, …
    how = Way("tiles", side=16, overlap=8, multiple=16)
    part = frame(how, (100, 100), Window(28, 12, 8, 8))
    assert part.window == Window(20, 4, 24, 24)  # rows: tiles from 20 and 28; columns: from 4 and 12
    assert part.rows.starts.tolist() == [0, 8]
    assert part.rows.kept == slice(8, 16)


def test_ways_follow_from_settings():
    assert way(resolve("logistic", BANDS), patch=8) == Way("pixel")
    assert way(resolve("fcn-lakeseg", BANDS), margin=6) == Way("whole", margin=6)
    assert way(resolve("fcn-lakeseg", BANDS), margin=6, patch=8) == Way("patches", side=8)
    assert way(resolve("fcn-paper-32", BANDS)) == Way("patches", side=32)
    assert way(resolve("unet-paper-16", BANDS)) == Way("tiles", side=16, overlap=8, multiple=16)
    assert way(resolve("unet-lakeseg", BANDS)) == Way("tiles", side=128, overlap=32, multiple=16)
    with pytest.raises(ModelError, match="takes patches of 32×32 px and of no other size"):
        way(resolve("fcn-paper-32", BANDS), patch=16)

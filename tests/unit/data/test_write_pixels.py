from __future__ import annotations

import numpy as np
import pytest

from lakeseg.data.dataset import Header, open_dataset
from lakeseg.data.write import write_pixels
from lakeseg.errors import DatasetError

HEADER = Header("Pixels", (1, 2), "made by a test", simulated=False)
PIXELS = np.array([[1, 2], [3, 4], [5, -28672]], np.int16)
LABELS = np.array([1, 2, 0], np.uint8)


def test_pixels_of_no_lake_come_back(tmp_path):
    dataset = write_pixels(tmp_path / "a.h5", HEADER, [(PIXELS, LABELS)])
    assert open_dataset(tmp_path / "a.h5").of_pixels
    assert dataset.summary()["pixels"] == 3
    assert dataset.total_counts().tolist() == [1, 1, 1, 0]
    pixels, labels = dataset.pixels()
    np.testing.assert_array_equal(pixels, PIXELS)
    np.testing.assert_array_equal(labels, LABELS)


def test_the_fingerprint_is_of_the_content_not_of_the_blocks(tmp_path):
    def written(*cuts):
        parts = zip(np.split(PIXELS, cuts), np.split(LABELS, cuts), strict=True)
        return write_pixels(tmp_path / "a.h5", HEADER, parts).fingerprint

    assert written() == written(1) == written(1, 2)
    other = write_pixels(tmp_path / "a.h5", HEADER, [(PIXELS, LABELS[::-1])]).fingerprint
    assert other != written()


@pytest.mark.parametrize(
    ("pixels", "labels", "expected"),
    [
        (PIXELS, LABELS[:2], "do not fit each other"),
        (PIXELS[:, :1], LABELS, "do not fit each other"),
        (PIXELS.astype(np.int32), LABELS, "expected int16 pixels and class codes"),
        (PIXELS, LABELS + np.uint8(2), "class codes 0 to 3"),
        (PIXELS[:0], LABELS[:0], "zero lakes"),
    ],
)
def test_blocks_that_break_the_contract_leave_nothing(tmp_path, pixels, labels, expected):
    with pytest.raises(DatasetError, match=expected):
        write_pixels(tmp_path / "a.h5", HEADER, [(pixels, labels)])
    assert list(tmp_path.iterdir()) == []

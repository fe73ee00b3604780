"""Matrices of single pixels in MATLAB files: labels as a column or a row, and shapes that are refused at once."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.io import savemat

from lakeseg.data.readers.importing import detect, import_file
from lakeseg.data.readers.options import ReadOptions
from lakeseg.errors import DatasetError
from tests.matlab import write_v73

KINDS = ("v6", "v7", "v73")
COUNT = 70_000  # more than one block
PIXELS = np.arange(COUNT * 7, dtype=np.int64).reshape(COUNT, 7).astype(np.int16) // 2
LABELS = (np.arange(COUNT) % 3 + 1).astype(np.uint8)


def save(path, kind, **variables):
    if kind == "v73":
        return write_v73(path, variables)
    savemat(path, variables, do_compression=kind == "v7")
    return path


@pytest.mark.parametrize("kind", KINDS)
def test_labels_may_be_a_row(tmp_path, kind):
    path = save(tmp_path / "pixels.mat", kind, X=PIXELS, Y=LABELS[None])
    pixels, labels = import_file(path, tmp_path / "out.h5").dataset.pixels()
    np.testing.assert_array_equal(pixels, PIXELS)
    np.testing.assert_array_equal(labels, LABELS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_few_pixels_with_a_row_of_labels(tmp_path, kind):
    path = save(tmp_path / "pixels.mat", kind, X=PIXELS[:3], Y=LABELS[None, :3])
    pixels, labels = import_file(path, tmp_path / "out.h5").dataset.pixels()
    assert (pixels.tolist(), labels.tolist()) == (PIXELS[:3].tolist(), [1, 2, 3])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"X": PIXELS.T, "Y": LABELS[None]}, f"'X' is 7×{COUNT}: expected a row a pixel: save X.' instead"),
        ({"X": PIXELS.reshape(700, 700), "Y": LABELS[:, None]}, "'X' is 700×700: expected a row a pixel"),
        ({"X": PIXELS, "Y": LABELS[:9, None]}, f"'Y' is 9×1: expected {COUNT}×1, a label for each row"),
        ({"X": PIXELS, "Y": np.eye(3, dtype=np.uint8)[LABELS - 1]}, "of one-hot labels save [~, Y] = max(Y, [], 2)"),
    ],
)
def test_other_shapes_are_refused_at_once(tmp_path, kind, variables, expected):
    path = save(tmp_path / "pixels.mat", kind, **variables)
    with pytest.raises(DatasetError) as caught:
        detect(path, ReadOptions())
    assert expected in str(caught.value)


@pytest.mark.parametrize("kind", KINDS)
def test_pixels_within_a_struct_say_how_to_take_them_out(tmp_path, kind):
    path = save(tmp_path / "pixels.mat", kind, S={"X": PIXELS[:20], "Y": LABELS[:20, None]})
    with pytest.raises(
        DatasetError, match="'X' is 20×7, single pixels within a struct or cell: save matrices by themse"
    ):
        detect(path, ReadOptions())

import numpy as np
import pytest

from lakeseg.data.table import LakeTable, check_table, runs_of_pixels
from lakeseg.errors import DatasetError
from tests.lakes import make_table


def sized(offsets, heights, widths):
    columns = dict(make_table([""] * len(offsets)).columns)
    columns |= {"offset": np.array(offsets), "height": np.array(heights, np.int32), "width": np.array(widths, np.int32)}
    return LakeTable(columns)


def test_columns_read_as_text_and_numbers():
    table = make_table(["Bodensee", "Łódź"])
    assert table.id.tolist() == ["lake0", "lake1"]
    assert table.group.tolist() == ["Bodensee", "Łódź"]
    assert table.domain.tolist() == table.date.tolist() == ["", ""]
    assert np.isnan(table.lon).all()
    assert np.isnan(table.lat).all()
    assert len(table) == 2


def test_position_and_unknown_id():
    table = make_table(["g"] * 20)
    assert table.position("lake7") == 7
    with pytest.raises(DatasetError, match=r"unknown lake 'x': expected one of lake0, .* and 8 more"):
        table.position("x")


def test_size_does_not_overflow():
    assert sized([0], [70_000], [70_000]).size.tolist() == [4_900_000_000]


def test_a_sound_table_passes():
    check_table(sized([0, 6], [2, 1], [3, 4]), 10, "d.h5")


@pytest.mark.parametrize(
    ("table", "says"),
    [
        (sized([0, 5], [2, 1], [3, 4]), "the index does not fit"),
        (sized([1, 7], [2, 1], [3, 4]), "the index does not fit"),
        (sized([0, 6], [2, 1], [3, 5]), "lakes cover 11 px, /pixels holds 10"),
        (sized([0, 6], [2, -1], [3, 4]), "no rows or no columns"),
        (sized([], [], []), "zero lakes"),
    ],
)
def test_a_table_that_does_not_tile_the_pixels(table, says):
    with pytest.raises(DatasetError, match=f"^d.h5: .*{says}"):
        check_table(table, 10, "d.h5")


@pytest.mark.parametrize(("pixels", "runs"), [(1, 1), (3, 3), (1000, 256), (100_003, 256)])
def test_runs_of_pixels_cover_a_file(pixels, runs):
    table = runs_of_pixels(pixels)
    assert (len(table), table.of_pixels, set(table.height.tolist())) == (runs, True, {1})
    check_table(table, pixels, "here")
    assert table.width.max() - table.width.min() <= 1
    assert len(set(table.id.tolist())) == runs
    assert set(table.group.tolist()) == {""}

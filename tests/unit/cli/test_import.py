from __future__ import annotations

import numpy as np
import pytest

from lakeseg.data.dataset import open_dataset


@pytest.fixture
def source(tmp_path):
    pixels = np.arange(2 * 3 * 4 * 3, dtype=np.int16).reshape(2, 3, 4, 3)
    first = np.array([[[1, 0, 0, 0]] * 3] * 2, np.uint8)
    second = np.array([[[32, 32, 0, 0]] * 3] * 2, np.uint8)
    path = tmp_path / "chips.npz"
    np.savez(path, X=pixels, y=first, mask=second, g=np.array([5, 5]))
    return path


def refused(ran) -> str:
    """The last line of a run that was refused; those before it say what was found."""
    assert ran.code == 2, ran
    assert ran.out == ""
    *found, error = ran.err.splitlines()
    assert all(line.startswith(("lakeseg: found: ", "lakeseg:   ")) for line in found)
    return error


def options(tmp_path, **changes):
    plain = {"out": tmp_path / "out.h5", "pixels": "X", "labels": "y", "water": "1", "bands": "1,2,4"} | changes
    return [word for name, value in plain.items() for word in (f"--{name.replace('_', '-')}", value)]


def test_two_labellers_and_groups(cli, source, tmp_path):
    more = options(tmp_path, second_labels="mask", second_water="bit:5", groups="g")
    data = cli("import", source, *more, "--json").data
    # of each row of four: both water, differ, both land, both land; two lakes of three rows
    assert [data[name] for name in ("water", "land", "unclassified", "pixels")] == [6, 12, 6, 24]
    assert (data["lakes"], data["groups"], data["bands"]) == (2, 1, [1, 2, 4])
    assert data["warnings"] == []
    assert data["fingerprint"] == open_dataset(tmp_path / "out.h5").fingerprint


def test_warnings_are_lines_on_standard_error(cli, source, tmp_path):
    ran = cli("import", source, *options(tmp_path))
    assert ran.code == 0
    assert ran.err.startswith("lakeseg: found: NumPy arrays\n")
    assert ran.err.splitlines()[-1].startswith("lakeseg: note: no --groups")
    assert "fingerprint" in ran.out


def test_options_reach_the_reader(cli, source, tmp_path):
    more = options(tmp_path, name="Müritz", scale="2e-4", fill="-9999", ignore="0", ids="g")
    assert "occurs twice" in refused(cli("import", source, *more))
    more = options(tmp_path, name="Müritz", scale="2e-4", fill="5", ignore="0,7", pixel_size="30")
    data = cli("import", source, *more, "--json").data
    dataset = open_dataset(tmp_path / "out.h5")
    assert (dataset.name, dataset.scale, dataset.pixel_size_m) == ("Müritz", 2e-4, 30)
    assert data["land"] == 0
    assert data["no_label"] == 18  # three of four in each row; the filled pixel is one of these
    assert (dataset.lake("Müritz-0000").image == dataset.fill).sum() == 1


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"pixels": "nope"}, "there is no array 'nope': the file holds X (2, 3, 4, 3) int16"),
        ({"labels": "g"}, "'g': expected whole numbers, shape (2, 3, 4), got (2,)"),
        ({"bands": "1,2"}, "3 values a pixel, but --bands names 2"),
        ({"bands": "1,2,9"}, "expected MODIS bands 1–7"),
        ({"pixel_size": "0"}, "expected the side of a pixel in metres"),
        ({"water": "wet"}, "'wet' is no rule for water"),
        ({"water": "9"}, "no water by the rule 9: its values are 0, 1"),
        ({"scale": "0"}, "expected the reflectance of one count"),
        ({"second_water": "1"}, "need --second-labels KEY"),
    ],
)
def test_bad_options_are_one_line_and_leave_nothing(cli, source, tmp_path, changes, expected):
    assert expected in refused(cli("import", source, *options(tmp_path, **changes)))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["chips.npz"]


def test_a_folder_that_cannot_be_made(cli, source, tmp_path):
    (tmp_path / "file").touch()
    assert "a file is in the way" in refused(
        cli("import", source, *options(tmp_path, out=tmp_path / "file" / "out.h5"))
    )

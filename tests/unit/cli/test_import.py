from __future__ import annotations

import json

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


@pytest.fixture
def codes(tmp_path):
    """Four lakes whose labels are class codes, so that they need no option."""
    path = tmp_path / "lakes.npz"
    np.savez(path, X=np.ones((4, 2, 3, 7), np.int16), Y=np.tile(np.array([1, 2, 3], np.uint8), (4, 2, 1)))
    return path


def test_detect_says_what_it_is_and_writes_nothing(cli, source, codes, tmp_path):
    ran = cli("import", source, "--detect")
    assert ran.code == 0
    assert ran.out.splitlines()[0] == "found: NumPy arrays"
    assert ran.out.splitlines()[-1] == "  still needed: --bands --labels"
    data = cli("import", codes, "--detect", "--json").data
    assert (data["format"], data["lakes"], data["missing"]) == ("numpy", 4, [])
    assert data["suggested"]["water"] == "codes"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["chips.npz", "lakes.npz"]


def test_without_out_it_goes_to_the_datasets_and_replaces_none(cli, codes, tmp_path, monkeypatch):
    monkeypatch.setenv("LAKESEG_DATA", str(tmp_path / "sets"))
    assert cli("import", codes, "--json").data["path"] == str(tmp_path / "sets" / "lakes.h5")
    before = (tmp_path / "sets" / "lakes.h5").read_bytes()
    assert "is there already" in refused(cli("import", codes))
    assert (tmp_path / "sets" / "lakes.h5").read_bytes() == before


def test_progress_as_json_for_a_program_that_reads_along(cli, codes, tmp_path):
    ran = cli("import", codes, "--out", tmp_path / "out.h5", "--progress", "json")
    events = [json.loads(line) for line in ran.out.splitlines()]
    assert events[-1] == {"done": 4, "total": 4, "text": "lake 4 of 4"}
    assert all(set(event) == {"done", "total", "text"} for event in events)
    assert "choose one" in refused(cli("import", codes, "--out", tmp_path / "o.h5", "--progress", "json", "--json"))


def test_the_format_can_be_named(cli, codes, tmp_path):
    assert "is no MATLAB file" in refused(cli("import", codes, "--format", "matlab", "--out", tmp_path / "out.h5"))
    assert "invalid choice" in cli("import", codes, "--format", "word").err

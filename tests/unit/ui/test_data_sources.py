"""What is brought to the Data page, and the folder that is never left."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from lakeseg.data.readers.options import ReadOptions
from lakeseg.errors import DatasetError
from lakeseg.ui.data import sources


@pytest.fixture
def incoming(tmp_path: Path) -> Path:
    root = tmp_path / "incoming"
    (root / "tile").mkdir(parents=True)
    for name in ("lakes.npz", "LAKES.MAT", "notes.txt", ".hidden.npz", "tile/b1.tif"):
        (root / name).write_bytes(b"x")
    (tmp_path / "secret.npz").write_bytes(b"x")
    return root


def test_files_of_known_endings_and_their_folders_are_listed(incoming):
    assert sources.listed(incoming) == ["LAKES.MAT", "lakes.npz", "tile/", "tile/b1.tif"]
    assert sources.listed(incoming / "absent") == []


def test_links_are_not_listed(incoming):
    (incoming / "link.npz").symlink_to(incoming.parent / "secret.npz")
    (incoming / "away").symlink_to(incoming.parent)
    assert sources.listed(incoming) == ["LAKES.MAT", "lakes.npz", "tile/", "tile/b1.tif"]


def test_a_folder_without_end_is_cut_off(tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "MOST", 3)
    for number in range(9):
        (tmp_path / f"{number}.npz").touch()
    assert len(sources.listed(tmp_path)) == 3


@pytest.mark.parametrize(
    "path", ["../secret.npz", "tile/../../secret.npz", "link.npz", "away/secret.npz", "/etc/passwd"]
)
def test_nothing_outside_is_reached(incoming, path):
    (incoming / "link.npz").symlink_to(incoming.parent / "secret.npz")
    (incoming / "away").symlink_to(incoming.parent)
    with pytest.raises(DatasetError, match="leads out of"):
        sources.inside(incoming, path)


def test_a_folder_with_a_link_that_leads_out_is_refused(incoming):
    assert sources.inside(incoming, "tile/") == incoming / "tile"
    (incoming / "tile" / "b2.tif").symlink_to(incoming.parent / "secret.npz")
    with pytest.raises(DatasetError, match=r"b2\.tif is a link that leads out"):
        sources.inside(incoming, "tile/")


def test_a_folder_that_is_a_link_itself_may_be_the_folder(incoming, tmp_path):
    (tmp_path / "other").symlink_to(incoming)
    assert sources.inside(tmp_path / "other", "lakes.npz").is_file()
    with pytest.raises(DatasetError, match="is not there any more"):
        sources.inside(incoming, "gone.npz")


def test_files_that_options_name_are_those_of_the_folder(incoming, tmp_path, monkeypatch):
    (incoming / "outlines.geojson").write_text("{}")
    options = sources.kept_inside(ReadOptions(cut="outlines.geojson", labels="label"), incoming)
    assert options == ReadOptions(cut=str(incoming / "outlines.geojson"), labels="label")
    assert sources.kept_inside(ReadOptions(cut="water", pixels="/deep/X"), incoming).cut == "water"
    assert sources.outlines(incoming) == ["outlines.geojson"]
    monkeypatch.chdir(tmp_path)  # a name relative to the server's own folder
    for name in ("secret.npz", str(tmp_path / "secret.npz"), "../secret.npz"):
        with pytest.raises(DatasetError, match=r"leads out of|is not there"):
            sources.kept_inside(ReadOptions(labels=name), incoming)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("lakes.npz", "lakes.npz"),
        ("../../etc/passwd", "passwd"),
        ("D:\\lab\\lakes.mat", "lakes.mat"),
        (".hidden", "hidden"),
        ("a\nb;c$(d).npz", "a_b_c__d_.npz"),
        ("...", "upload"),
        ("Päijänne 2000.tif", "Päijänne 2000.tif"),
    ],
)
def test_names_of_uploads_are_names(given, kept):
    assert sources.safe_name(given) == kept


def test_one_upload_is_a_file_and_several_a_folder(tmp_path):
    one = sources.keep(tmp_path / "uploads", "batch-1", {"../x.npz": lambda: b"abc"})
    assert one == tmp_path / "uploads" / "batch-1" / "x.npz"
    assert one.read_bytes() == b"abc"
    several = sources.keep(tmp_path / "uploads", "batch-2", {"b1.tif": lambda: b"1", "b2.tif": lambda: b"2"})
    assert several == tmp_path / "uploads" / "batch-2" / "b"
    assert {path.name: path.read_bytes() for path in several.iterdir()} == {"b1.tif": b"1", "b2.tif": b"2"}


@pytest.mark.parametrize(
    ("names", "common"),
    [
        (("MODIS_Grid_500m_b01_1.tif", "MODIS_Grid_500m_b02_1.tif"), "MODIS_Grid_500m"),
        (("LC08_193028_T1_SR_B2.TIF", "LC08_193028_T1_QA_PIXEL.TIF"), "LC08_193028_T1"),
        (("HLS.S30.T32TNR.B02.tif", "HLS.S30.T32TNR.B03.tif"), "HLS.S30.T32TNR"),
        (("X_0.npy", "X_1.npy"), "X"),
        (("lakes.shp", "lakes.dbf"), "lakes"),
        (("a.tif", "b.tif"), "upload"),
        (("../..", ".hidden"), "upload"),
    ],
)
def test_several_files_are_named_after_what_they_share(names, common):
    assert sources.common_name(names) == common


def test_old_uploads_are_removed(tmp_path):
    old = sources.keep(tmp_path, "old", {"x.npz": lambda: b"1"}).parent
    long_ago = time.time() - 25 * 3600
    os.utime(old, (long_ago, long_ago))
    sources.keep(tmp_path, "new", {"y.npz": lambda: b"2"})
    assert [path.name for path in tmp_path.iterdir()] == ["new"]

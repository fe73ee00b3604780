"""What the Data page hands out, and when it has nothing to hand out."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import pytest
import rasterio
import streamlit as st
from sqlalchemy.engine import make_url

from lakeseg.data.scenes.grids import SINUSOIDAL
from lakeseg.data.scenes.scene import Grid, Window
from lakeseg.exports.cog import class_layer, write_cog
from lakeseg.review.log import Log
from lakeseg.review.opening import open_engine
from lakeseg.review.verdicts import Verdict
from lakeseg.ui.cache import review
from lakeseg.ui.data import taking
from lakeseg.ui.tasks import Task


@pytest.fixture
def offered(monkeypatch):
    """What `_download` offers: (label, content, name)."""
    found = []

    def button(label, data, name, *_, **__):
        found.append((label, data(), name))

    monkeypatch.setattr(st, "download_button", button)
    return found


def test_a_map_comes_with_the_names_of_its_classes(tmp_path, offered):
    codes = np.array([[1, 2], [3, 0]], np.uint8)
    layer = class_layer(codes.shape, Grid(SINUSOIDAL, (463.3, 0, 1e6, 0, -463.3, 6e6)), {})
    write_cog(tmp_path / "d-classes-a.b.tif", layer, [(Window(0, 0, 2, 2), codes)])
    taking._download(Task(taking.KIND, "d", (), tmp_path / "d-classes-a.b.tif"), "k")
    ((label, content, name),) = offered
    assert (label[:3], name) == ("ZIP", "d-classes-a.b.zip")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "d-classes-a.b.qml",
        "d-classes-a.b.tif",
        "d-classes-a.b.tif.aux.xml",
    ]
    with rasterio.open(tmp_path / "out" / "d-classes-a.b.tif") as file:
        np.testing.assert_array_equal(file.read(1), codes)
        assert len(file.files) == 2  # GDAL found what lies beside it


def test_other_files_come_as_they_are_and_folders_whole(tmp_path, offered):
    (tmp_path / "d-table.csv").write_text("lake\n")
    (tmp_path / "d-table.qml").write_text("not of a map")
    taking._download(Task(taking.KIND, "d", (), tmp_path / "d-table.csv"), "k")
    (tmp_path / "maps.v1").mkdir()
    (tmp_path / "maps.v1" / "a.tif").write_bytes(b"tif")
    taking._download(Task(taking.KIND, "d", (), tmp_path / "maps.v1"), "k")
    (plain, folder) = offered
    assert plain[1:] == (b"lake\n", "d-table.csv")
    assert folder[2] == "maps.v1.zip"
    with zipfile.ZipFile(io.BytesIO(folder[1])) as archive:
        assert archive.namelist() == ["maps.v1/a.tif"]


def test_verdicts_are_there_only_where_somebody_gave_some(tmp_path, monkeypatch, small_dataset):
    path = tmp_path / "review.db"
    monkeypatch.setattr(review, "configured", lambda: make_url(f"sqlite:///{path}"))
    assert not review.has_verdicts(small_dataset)
    assert not path.exists()  # asking makes no database
    log = Log(open_engine(f"sqlite:///{path}"))
    log.prepare()
    monkeypatch.setattr(review, "log", lambda: log)
    assert not review.has_verdicts(small_dataset)
    log.add([Verdict("of another dataset", "a0", "0:2", 2, "water", "Ann")])
    assert not review.has_verdicts(small_dataset)
    log.add([Verdict(small_dataset.fingerprint, "a0", "0:2", 2, "water", "Ann")])
    assert review.has_verdicts(small_dataset)

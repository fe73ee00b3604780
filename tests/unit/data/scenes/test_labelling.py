"""Labels of one labeller and of two."""

from __future__ import annotations

import numpy as np
import pytest

from lakeseg.data.readers.importing import detect, import_file
from lakeseg.data.readers.options import ReadOptions
from lakeseg.data.scenes.opening import open_scene
from lakeseg.data.scenes.scene import Window
from lakeseg.errors import LakesegError
from tests.unit.data.scenes.rasters import counting, write_tif

FIRST = np.array([[1, 1, 0], [0, 255, 1]], np.uint8)
SECOND = np.array([[32, 0, 0], [33, 0, 40]], np.uint8)  # bit 5 is 32
BOTH = [[1, 3, 2], [3, 0, 1]]  # water, they differ, land; they differ, no label, water


def image(folder):
    write_tif(folder / "a.tif", counting(7, 2, 3))
    write_tif(folder / "first.tif", FIRST)
    write_tif(folder / "second.tif", SECOND)
    return folder / "a.tif"


def said(folder, **more) -> ReadOptions:
    files = {"labels": str(folder / "first.tif"), "second_labels": str(folder / "second.tif")}
    return ReadOptions(**({"water": "1", "ignore": (255,), "second_water": "bit:5"} | files | more))


def test_where_two_labellers_differ_a_pixel_is_unclassified(tmp_path):
    path = image(tmp_path)
    dataset = import_file(path, tmp_path / "out.h5", said(tmp_path)).dataset
    (lake,) = dataset.iter_lakes()
    assert lake.labels.tolist() == BOTH
    assert dataset.header.provenance["scene"]["labels"] == "first.tif and second.tif"
    assert dataset.header.provenance["said"]["second_water"] == "bit:5"
    assert "labels: first.tif and second.tif" in detect(path, said(tmp_path)).lines


def test_what_means_no_label_to_the_second_labeller(tmp_path):
    path = image(tmp_path)
    with open_scene(path, said(tmp_path, second_ignore=(33,))) as scene:
        assert scene.read_labels(Window(0, 0, 2, 3)).tolist() == [[1, 3, 2], [0, 0, 1]]


def test_each_labeller_is_brought_to_the_pixels_of_the_scene(tmp_path):
    path = image(tmp_path)
    fine = np.kron(SECOND, np.ones((2, 2), np.uint8))
    fine[0, 1] = 0  # a quarter of the first pixel, which stays water
    write_tif(tmp_path / "second.tif", fine, cell=250.0)
    with open_scene(path, said(tmp_path)) as scene:
        assert scene.read_labels(Window(0, 0, 2, 3)).tolist() == BOTH
        assert scene.read_truth(Window(0, 0, 2, 3)) is None  # two who differ leave no share of water
    with open_scene(path, said(tmp_path, labels=str(tmp_path / "second.tif"), water="bit:5", second_labels=None,
                               second_water=None, ignore=None)) as scene:  # fmt: skip
        assert scene.read_truth(Window(0, 0, 2, 3)).tolist() == [[75, 0, 0], [100, 0, 100]]


def test_the_layer_of_quality_can_be_the_second_labeller(tmp_path):
    folder = tmp_path / "hls"
    for code in ("B02", "B04"):
        write_tif(folder / f"HLS.L30.T32TQM.2021222T101030.v2.0.{code}.tif", counting(1, 2, 3)[0])
    write_tif(folder / "HLS.L30.T32TQM.2021222T101030.v2.0.Fmask.tif", SECOND)
    write_tif(tmp_path / "first.tif", FIRST)
    with open_scene(folder, said(tmp_path, second_labels="quality", second_water=None)) as scene:
        # 40 = 32 + 8 is water in the shadow of a cloud, where nobody has a label
        assert scene.read_labels(Window(0, 0, 2, 3)).tolist() == [[1, 3, 2], [3, 0, 0]]
        assert scene.provenance["labels"] == "first.tif and Fmask"


@pytest.mark.parametrize(
    ("options", "words"),
    [({"second_labels": "nowhere.tif"}, "--second-labels 'nowhere.tif': no such file"),
     ({"second_labels": "quality"}, "no layer of quality"), ({"labels": "none"}, "no first labeller"),
     ({"water": None, "ignore": None, "labels": "codes.tif", "second_water": None}, "--second-water")],
)  # fmt: skip
def test_a_second_labeller_who_is_not_there_is_one_line(tmp_path, options, words):
    path = image(tmp_path)
    write_tif(tmp_path / "codes.tif", np.array([[1, 2, 3], [1, 2, 0]], np.uint8))
    with pytest.raises(LakesegError, match=words) as caught, open_scene(path, said(tmp_path, **options)):
        pass
    assert "\n" not in str(caught.value)


def test_detection_asks_for_the_water_of_the_second_labeller(tmp_path):
    path = image(tmp_path)
    write_tif(tmp_path / "codes.tif", np.array([[1, 2, 3], [1, 2, 0]], np.uint8))
    options = said(tmp_path, water=None, ignore=None, labels=str(tmp_path / "codes.tif"), second_water=None)
    assert detect(path, options).missing == ("second_water",)

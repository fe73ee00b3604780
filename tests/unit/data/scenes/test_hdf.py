from __future__ import annotations

import subprocess
import tempfile

import numpy as np
import pytest

from lakeseg.data.readers.options import ReadOptions
from lakeseg.data.scenes.hdf_check import _descriptors as descriptors
from lakeseg.data.scenes.hdf_check import check_hdf4
from lakeseg.data.scenes.opening import open_scene
from lakeseg.data.scenes.scene import Window
from lakeseg.data.scenes.structure import grids_by_field
from lakeseg.errors import ConfigError, DatasetError, LakesegError
from tests.unit.data.scenes.hdf import CELL, structure, tile_a1, tile_ga, write_hdf

FILL = -28672
NAME = "MOD09A1.A2017193.h18v04.006.2017202035302.hdf"


def read(path, **options):
    with open_scene(path, ReadOptions(**options)) as scene:
        window = Window(0, 0, *scene.shape)
        return scene, scene.read(window), scene.read_labels(window)


def test_a_composite_tile_is_read_with_day_and_place(tmp_path):
    scene, image, labels = read(tile_a1(tmp_path / NAME))
    assert (scene.bands, scene.shape, scene.date, scene.pixel_size_m) == (tuple(range(1, 8)), (8, 6), "2017-07-12", 500)
    assert scene.grid.transform == pytest.approx((CELL, 0, 1000 * CELL, 0, -CELL, 9000 * CELL), abs=1e-5)
    np.testing.assert_array_equal(image[..., 2], np.arange(48).reshape(8, 6) + 300)
    assert (labels == 2).all()


def test_a_window_is_a_part_of_the_whole(tmp_path):
    path = tile_a1(tmp_path / NAME)
    _, image, _ = read(path)
    with open_scene(path) as scene:
        np.testing.assert_array_equal(scene.read(Window(3, 2, 4, 3)), image[3:7, 2:5])


def test_fill_and_what_is_beyond_the_valid_range_are_missing(tmp_path):
    band = np.array([[FILL, -101, -100], [16000, 16001, 5]], "i2")
    _, image, _ = read(tile_a1(tmp_path / NAME, 2, 3, bands={1: band}))
    assert image[..., 0].tolist() == [[FILL, FILL, -100], [16000, FILL, 5]]


def test_clouds_take_the_label_or_the_pixel_or_nothing(tmp_path):
    # clear water, cloud over water, shadow over land, snow on land
    state = np.array([[3 << 3, 3 << 3 | 1, 1 << 3 | 1 << 2, 1 << 3 | 1 << 12]])
    path = tile_a1(tmp_path / NAME, 1, 4, state=state)
    found = {clouds: read(path, clouds=clouds)[1:] for clouds in ("unlabel", "keep", "missing")}
    assert found["unlabel"][1].tolist() == [[1, 0, 0, 0]]
    assert found["keep"][1].tolist() == [[1, 1, 2, 2]]
    assert found["missing"][1].tolist() == [[1, 0, 0, 0]]
    assert (found["unlabel"][0] != FILL).all()
    assert (found["missing"][0] == FILL).all(axis=-1).tolist() == [[False, True, True, True]]
    assert read(path, labels="none")[2] is None


def test_daily_files_have_a_state_of_1_km_and_a_scale_that_divides(tmp_path):
    state = np.full((4, 3), 8)
    state[1, 2] = 3 << 3
    scene, image, labels = read(tile_ga(tmp_path / "MOD09GA.A2021222.h18v04.061.hdf", state=state))
    assert image[0, 0].tolist() == [100, 200, 300, 400, 500, 600, 700]
    expected = np.full((8, 6), 2)
    expected[2:4, 4:6] = 1  # the cell of 1 km holds four of 500 m
    np.testing.assert_array_equal(labels, expected)
    assert scene.date == "2021-08-10"


def test_the_structure_gives_each_data_set_its_grid():
    text = structure(("a", 4, 3, 10.0, 20.0, 2.0, ("x", "y")), ("b", 2, 2, 0.0, 0.0, 5.0, ("z",)))
    found = grids_by_field(text)
    assert found["x"] == found["y"]
    assert found["x"][0].transform == (2, 0, 10, 0, -2, 20)
    assert found["z"][1] == (2, 2)
    assert grids_by_field(text.replace("GCTP_SNSOID", "GCTP_LAMAZ")) == {}
    assert grids_by_field("") == {}
    assert grids_by_field(text.replace("XDim=3", "XDim=0")).keys() == {"z"}


def test_without_a_place_the_file_is_read_all_the_same(tmp_path):
    sets = {"sur_refl_b01": np.ones((2, 3), "i2"), "sur_refl_b02": np.ones((2, 3), "i2")}
    scene, image, labels = read(write_hdf(tmp_path / "MOD09A1.hdf", sets, "nothing"))
    assert (scene.grid, scene.bands, labels) == (None, (1, 2), None)
    assert (image == 1).all()


def test_another_product_is_named(tmp_path):
    path = write_hdf(tmp_path / "MOD11A1.hdf", {"LST_Day_1km": np.ones((2, 3), "u2")}, "nothing")
    with pytest.raises(DatasetError, match="it holds LST_Day_1km"):
        read(path)


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "first bytes"), (b"<html>log in</html>", "log in"), (b"\x89HDF\r\n\x1a\n" + bytes(99), "is HDF5"),
     (b"\x0e\x03\x13\x01", "ends early"), (b"\x0e\x03\x13\x01\x00\x01\x00\x00\x00\x04" + bytes(12), "in a circle"),
     (b"\x0e\x03\x13\x01\x7f\xff\x00\x00\x00\x00", "ends early")],
)  # fmt: skip
def test_what_is_no_hdf4_is_refused_before_the_library_sees_it(tmp_path, content, words):
    path = tmp_path / "a.hdf"
    path.write_bytes(content)
    with pytest.raises(DatasetError, match=words):
        check_hdf4(path)


def test_data_in_another_file_is_never_read(tmp_path):
    from pyhdf.SD import SD, SDC

    (tmp_path / "secret").write_bytes(bytes(range(12)))
    path = tmp_path / "MOD09A1.hdf"
    file = SD(str(path), SDC.WRITE | SDC.CREATE | SDC.TRUNC)
    data = file.create("sur_refl_b01", SDC.INT16, (2, 3))
    data.setexternalfile(str(tmp_path / "other"), 0)
    data[:] = np.ones((2, 3), "i2")
    data.endaccess()
    file.end()
    with pytest.raises(DatasetError, match="keeps data in other files"):
        read(path)


def test_a_changed_byte_of_compressed_data_never_becomes_reflectance(tmp_path):
    path = tile_a1(tmp_path / NAME, 40, 50)
    whole = path.read_bytes()
    with path.open("rb") as file:
        places = [(offset, length) for tag, _, offset, length in descriptors(path, file) if tag == 40]
    assert len(places) == 8  # seven bands and the state
    for offset, length in places:
        content = bytearray(whole)
        content[offset + length // 2] ^= 16
        path.write_bytes(bytes(content))
        with pytest.raises(DatasetError, match="damaged"):
            read(path)


@pytest.mark.parametrize(("code", "words"), [(-11, "crashed on it, signal 11"), (1, "the HDF4 library gave up")])
def test_a_crash_of_the_library_is_one_line(tmp_path, monkeypatch, code, words):
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: subprocess.CompletedProcess([], code, b"", b""))
    with pytest.raises(DatasetError, match=words):
        read(tile_a1(tmp_path / NAME))


def test_no_file_has_a_name_in_the_folder_for_temporary_files(tmp_path, monkeypatch):
    """Not even while the library runs: whatever is killed then, nothing is left behind."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    seen: list[list] = []
    run = subprocess.run

    def watched(*args, **more):
        done = run(*args, **more)
        seen.append(list(folder.iterdir()))
        return done

    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setattr(subprocess, "run", watched)
    with open_scene(tile_a1(tmp_path / NAME)) as scene:
        assert scene.read(Window(0, 0, 1, 1)).shape == (1, 1, 7)
        assert not list(folder.iterdir())
    assert seen == [[]]


def test_a_full_disk_is_not_taken_for_a_damaged_file(tmp_path, monkeypatch):
    full = subprocess.CompletedProcess([], 1, b"", b"OSError: [Errno 28] No space left on device\n")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: full)
    with pytest.raises(DatasetError, match="no room for its layers in"):
        read(tile_a1(tmp_path / NAME))


def test_a_file_cut_short_or_changed_gives_one_line_or_the_truth(tmp_path):
    """Each damage takes two processes, so a few places are tried: the head, the directory, the data, the end."""
    whole = tile_a1(tmp_path / NAME, 40, 50).read_bytes()
    _, image, _ = read(tmp_path / NAME)
    damaged = tmp_path / "damaged" / NAME
    damaged.parent.mkdir()
    rng = np.random.default_rng(0)
    cuts = [whole[:size] for size in range(0, len(whole), 1024)]
    for content in cuts:
        damaged.write_bytes(content)
        with pytest.raises(LakesegError) as caught:
            read(damaged)
        assert "\n" not in str(caught.value)
    for place in (2, 5, 8, 30, 200, *rng.integers(0, len(whole), 7).tolist()):
        content = bytearray(whole)
        content[place] ^= 1 << int(rng.integers(8))
        damaged.write_bytes(bytes(content))
        try:
            found = read(damaged)[1]
        except LakesegError as error:
            assert "\n" not in str(error)  # noqa: PT017 - either outcome is right
        else:
            assert found.shape[-1] <= image.shape[-1]


def test_bands_that_the_file_says_itself_are_not_overruled(tmp_path):
    path = tile_a1(tmp_path / NAME)
    with pytest.raises(ConfigError, match="holds bands 1, 2, 3, 4, 5, 6, 7: leave --bands out"):
        read(path, bands=(1, 2, 3))

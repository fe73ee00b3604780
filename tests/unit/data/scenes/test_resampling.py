"""Averages by area: by hand on small grids, and against GDAL's own on odd ones."""

from __future__ import annotations

import numpy as np
import pytest
import rasterio
from rasterio.warp import Resampling, reproject

from lakeseg.data.readers.options import ReadOptions
from lakeseg.data.scenes.opening import open_scene
from lakeseg.data.scenes.resampling import Frame, class_shares, majority, mean_counts, nearest, same_frame, weights
from lakeseg.data.scenes.scene import Grid, Window
from lakeseg.errors import DatasetError
from tests.unit.data.scenes.rasters import UTM, counting, write_tif

FILL = -28672


def frame(cell, shape, x=0.0, y=0.0, crs=UTM):
    return Frame(Grid(crs, (cell, 0.0, x, 0.0, -cell, y)), shape)


def reader(values):
    return lambda w: values[w.row : w.row + w.height, w.column : w.column + w.width]


def test_a_whole_factor_is_the_mean_of_blocks():
    values = np.arange(16, dtype=np.int16).reshape(4, 4)
    got = mean_counts(reader(values), frame(10, (4, 4)), frame(20, (2, 2)), Window(0, 0, 2, 2), "")
    # 0 1 4 5 → 2.5 → 2 (to even), 2 3 6 7 → 4.5 → 4, 8 9 12 13 → 10.5 → 10, 10 11 14 15 → 12.5 → 12
    assert got.tolist() == [[2, 4], [10, 12]]


def test_missing_pixels_do_not_count_and_half_an_area_is_enough():
    values = np.array([[100, FILL], [300, FILL]], np.int16)
    target = frame(20, (1, 1))
    assert mean_counts(reader(values), frame(10, (2, 2)), target, Window(0, 0, 1, 1), "").tolist() == [[200]]
    values[1, 0] = FILL
    assert mean_counts(reader(values), frame(10, (2, 2)), target, Window(0, 0, 1, 1), "").tolist() == [[FILL]]


def test_parts_of_pixels_count_by_their_area():
    # A cell of 15 m over pixels of 10 m: the first takes one whole and half of the next.
    values = np.array([[0, 300, 600]], np.int16)
    got = mean_counts(reader(values), frame(10, (1, 3)), frame(15, (1, 2)), Window(0, 0, 1, 2), "")
    # (0·10 + 300·5) / 15 = 100, (300·5 + 600·10) / 15 = 500; below, two thirds of the cell's 15 m are covered
    assert got.tolist() == [[100, 500]]


def test_the_average_is_that_of_gdal(tmp_path):
    rng = np.random.default_rng(3)
    values = rng.integers(-100, 12000, (90, 110)).astype(np.int16)
    values[rng.random(values.shape) < 0.1] = FILL
    source, target = frame(30, values.shape), frame(30, values.shape).coarser(500 / 30)
    window = Window(0, 0, *target.shape)
    got = mean_counts(reader(values), source, target, window, "")
    expected = np.full(target.shape, FILL, np.int16)
    reproject(
        values.astype(np.float64), exact := np.full(target.shape, np.nan), src_nodata=FILL, dst_nodata=np.nan,
        src_transform=rasterio.Affine(*source.grid.transform), dst_transform=rasterio.Affine(*target.grid.transform),
        src_crs=UTM, dst_crs=UTM, resampling=Resampling.average,
    )  # fmt: skip
    inner = (slice(0, -1), slice(0, -1))  # GDAL gives cells beyond the edge too; here half of one must be covered
    np.testing.assert_allclose(got[inner], exact[inner], atol=0.51)
    assert expected.shape == got.shape


def test_windows_of_a_coarser_scene_are_parts_of_the_whole(tmp_path):
    path = write_tif(tmp_path / "a.tif", counting(7, 40, 50), cell=30)
    with open_scene(path, ReadOptions(pixel_size=100)) as scene:
        assert (scene.shape, scene.pixel_size_m) == ((12, 15), 100)
        whole = scene.read(Window(0, 0, 12, 15))
        np.testing.assert_array_equal(scene.read(Window(3, 4, 5, 6)), whole[3:8, 4:10])
        assert scene.grid.transform == pytest.approx((100, 0, 500_000, 0, -100, 4_650_000))
    with pytest.raises(DatasetError, match="must not be smaller"), open_scene(path, ReadOptions(pixel_size=10)):
        pass


def test_labels_by_majority_and_the_share_of_water():
    codes = np.array([[1, 1, 2, 2], [1, 2, 2, 3], [0, 0, 1, 2], [0, 1, 1, 2]], np.uint8)
    shares = class_shares(reader(codes), frame(10, (4, 4)), frame(20, (2, 2)), Window(0, 0, 2, 2), "")
    # 3 water 1 land | 3 land 1 unclassified | 3 none 1 water | 2 water 2 land: a tie
    assert majority(shares).tolist() == [[1, 2], [0, 3]]
    assert shares[1].tolist() == [[0.75, 0], [0.25, 0.5]]


def test_truth_is_the_share_of_water_in_finer_labels(tmp_path):
    path = write_tif(tmp_path / "a.tif", counting(7, 4, 4), cell=10)
    write_tif(tmp_path / "a_mask.tif", np.array([[1, 1, 0, 0], [1, 0, 0, 0], [0] * 4, [1] * 4], np.uint8), cell=10)
    with open_scene(path, ReadOptions(pixel_size=20, water="1")) as scene:
        assert scene.read_labels(Window(0, 0, 2, 2)).tolist() == [[1, 2], [3, 3]]
        assert scene.read_truth(Window(0, 0, 2, 2)).tolist() == [[75, 0], [50, 50]]
    with open_scene(path, ReadOptions(water="1")) as scene:
        assert scene.read_truth(Window(0, 0, 2, 2)) is None


def test_bands_of_two_resolutions_meet_on_the_coarser(tmp_path):
    folder = tmp_path / "S2_T32TQM"
    fine = np.array([[[1, 3], [5, 7]]], np.uint16) * 100
    write_tif(folder / "T32TQM_20200810T101559_B02_10m.tif", np.tile(fine, (1, 2, 2)), cell=10)
    write_tif(folder / "T32TQM_20200810T101559_B11_20m.tif", np.full((1, 2, 2), 2000, np.uint16), cell=20)
    with pytest.raises(Exception, match="--offset"), open_scene(folder):
        pass
    with open_scene(folder, ReadOptions(offset=0.0)) as scene:
        assert (scene.bands, scene.shape, scene.pixel_size_m) == ((3, 6), (2, 2), 20)
        assert scene.read(Window(0, 0, 2, 2))[..., 0].tolist() == [[400, 400], [400, 400]]
    with open_scene(folder, ReadOptions(offset=-0.1)) as scene:
        assert scene.read(Window(0, 0, 1, 1)).ravel().tolist() == [-600, 1000]


def test_a_coarse_layer_speaks_for_the_pixel_whose_middle_it_holds():
    state = np.array([[1, 2], [3, 4]], np.uint16)
    # Of three pixels of 10 m over cells of 15 m, the middle of the second (15 m) lies on the border: the right one.
    got, inside = nearest(reader(state), frame(15, (2, 2)), frame(10, (3, 3)), Window(0, 0, 3, 3), "")
    assert got.tolist() == [[1, 2, 2], [3, 4, 4], [3, 4, 4]]
    assert inside.all()
    got, inside = nearest(reader(state), frame(15, (2, 2)), frame(10, (4, 4)), Window(3, 0, 1, 4), "")
    assert not inside.any()


def test_frames_are_the_same_up_to_a_thousandth_of_a_pixel():
    assert same_frame(frame(10, (5, 5)), frame(10, (5, 5), x=0.005))
    assert not same_frame(frame(10, (5, 5)), frame(10, (5, 5), x=0.5))
    assert not same_frame(frame(10, (5, 5)), frame(10, (5, 6)))
    assert not same_frame(frame(10, (5, 5)), frame(10, (5, 5), crs="EPSG:32632"))
    assert not same_frame(frame(10, (900, 900)), frame(10.0001, (900, 900)))  # a tenth of a pixel off at the end


def test_weights_share_out_each_pixel():
    first, lengths = weights(np.array([0.5, 2.0, 3.5]), 3)
    assert first == 0
    assert lengths.tolist() == [[0.5, 1, 0], [0, 0, 1]]


def test_another_system_or_a_turned_grid_is_refused(tmp_path):
    path = write_tif(tmp_path / "a.tif", counting(7, 4, 4), cell=10)
    write_tif(tmp_path / "a_mask.tif", np.ones((4, 4), np.uint8), cell=10, crs="EPSG:32632")
    with open_scene(path, ReadOptions(water="1")) as scene, pytest.raises(DatasetError, match="gdalwarp"):
        scene.read_labels(Window(0, 0, 2, 2))

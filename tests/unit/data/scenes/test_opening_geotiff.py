from __future__ import annotations

import numpy as np
import pytest
import rasterio

from lakeseg.data.readers.options import ReadOptions
from lakeseg.data.scenes.opening import open_scene
from lakeseg.data.scenes.scene import Grid, Window
from lakeseg.errors import ConfigError, LakesegError
from tests.unit.data.scenes.rasters import counting, write_tif

FILL = -28672


def whole(scene) -> Window:
    return Window(0, 0, *scene.shape)


def fails(path, **options) -> str:
    with pytest.raises(LakesegError) as caught, open_scene(path, ReadOptions(**options)) as scene:
        scene.read(whole(scene))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_stack_of_seven_is_modis_and_lies_where_the_file_says(tmp_path):
    values = counting(7, 4, 5)
    path = write_tif(tmp_path / "scene_20210810.tif", values)
    with open_scene(path) as scene:
        assert (scene.bands, scene.shape, scene.date) == ((1, 2, 3, 4, 5, 6, 7), (4, 5), "2021-08-10")
        assert scene.grid == Grid("EPSG:32633", (500.0, 0.0, 500_000.0, 0.0, -500.0, 4_650_000.0))
        assert scene.pixel_size_m == 500
        np.testing.assert_array_equal(scene.read(Window(1, 2, 2, 3)), values.transpose(1, 2, 0)[1:3, 2:5])
        assert scene.read_labels(whole(scene)) is None


def test_bands_in_another_order_are_sorted_and_named_by_the_user_or_the_file(tmp_path):
    values = counting(3, 2, 2)
    plain = write_tif(tmp_path / "a.tif", values)
    named = write_tif(tmp_path / "b.tif", values, names=("nir", "red", "green"))
    for path, options in ((plain, ReadOptions(bands=(2, 1, 4))), (named, ReadOptions())):
        with open_scene(path, options) as scene:
            assert scene.bands == (1, 2, 4)
            np.testing.assert_array_equal(scene.read(whole(scene)), values[[1, 0, 2]].transpose(1, 2, 0))
    assert "--bands" in fails(plain)
    assert "3 bands of reflectance, but --bands names 2" in fails(plain, bands=(1, 2))


def test_seven_bands_of_another_sensor_are_not_taken_for_modis(tmp_path):
    codes = ("B1", "B2", "B3", "B4", "B5", "B6", "B7", "QA_PIXEL")
    path = write_tif(tmp_path / "landsat.tif", counting(8, 2, 2), names=codes)
    assert "say which they are with --bands" in fails(path)


def test_numbers_become_counts_by_scale_offset_fill_and_type(tmp_path):
    # 20000 × 2.75e-5 − 0.2 = 0.35 → 3500 counts
    path = write_tif(tmp_path / "a.tif", np.array([[[20000, 0]]], np.uint16), nodata=0)
    with open_scene(path, ReadOptions(bands=(1,), scale=2.75e-5, offset=-0.2)) as scene:
        assert scene.read(whole(scene)).ravel().tolist() == [3500, FILL]
    path = write_tif(tmp_path / "b.tif", np.array([[[0.12344, np.nan]]], np.float32))
    with open_scene(path, ReadOptions(bands=(1,))) as scene:
        assert scene.read(whole(scene)).ravel().tolist() == [1234, FILL]
    path = write_tif(tmp_path / "c.tif", np.array([[[1234.0, -9999.0]]], np.float32))
    with open_scene(path, ReadOptions(bands=(1,), counts=True, fill=-9999)) as scene:
        assert scene.read(whole(scene)).ravel().tolist() == [1234, FILL]
    assert "beyond ±3.2767" in fails(path, bands=(1,))
    with open_scene(path, ReadOptions(bands=(1,), clip=True)) as scene:
        assert scene.read(whole(scene)).ravel().tolist() == [32767, -32767]


@pytest.mark.parametrize("stated", [1e-4, 10000.0])
def test_a_stated_scale_counts_and_that_of_hdf4_divides(tmp_path, stated):
    path = write_tif(tmp_path / "a.tif", np.array([[[1234, 5]]], np.int16), scales=(stated,))
    with open_scene(path, ReadOptions(bands=(1,))) as scene:
        assert scene.read(whole(scene)).ravel().tolist() == [1234, 5]


def test_a_mask_beside_it_gives_labels(tmp_path):
    path = write_tif(tmp_path / "a.tif", counting(7, 2, 3))
    write_tif(tmp_path / "a_mask.tif", np.array([[1, 0, 255], [0, 1, 1]], np.uint8), nodata=255)
    assert "--water" in fails(path)
    with open_scene(path, ReadOptions(water="1")) as scene:
        assert scene.read_labels(whole(scene)).tolist() == [[1, 2, 0], [2, 1, 1]]
    with open_scene(path, ReadOptions(labels="none")) as scene:
        assert scene.read_labels(whole(scene)) is None


def test_codes_are_known_as_codes_and_a_named_file_comes_first(tmp_path):
    path = write_tif(tmp_path / "a.tif", counting(7, 2, 3))
    write_tif(tmp_path / "a_mask.tif", np.zeros((2, 3), np.uint8))
    other = write_tif(tmp_path / "other.tif", np.array([[1, 2, 3], [0, 1, 2]], np.uint8))
    with open_scene(path, ReadOptions(labels=str(other))) as scene:
        assert scene.read_labels(whole(scene)).tolist() == [[1, 2, 3], [0, 1, 2]]
    assert "no such file" in fails(path, labels="nowhere.tif")


def test_a_folder_with_one_file_a_band(tmp_path):
    for band in (1, 2, 6):
        write_tif(tmp_path / "lake" / f"lake_B{band}.tif", np.full((2, 2), band * 100, np.int16))
    with open_scene(tmp_path / "lake") as scene:
        assert scene.bands == (1, 2, 6)
        assert scene.read(Window(0, 0, 1, 1)).ravel().tolist() == [100, 200, 600]


def test_a_raster_without_a_place_is_read_all_the_same(tmp_path):
    with pytest.warns(match="no geotransform"):  # says rasterio as it writes
        path = write_tif(tmp_path / "a.tif", counting(7, 2, 3), crs=None)
    with open_scene(path) as scene:
        assert scene.grid is None
        assert scene.shape == (2, 3)


def test_what_is_no_raster_is_refused_in_one_line(tmp_path):
    (tmp_path / "a.tif").write_bytes(b"no raster at all")
    assert "first bytes" in fails(tmp_path / "a.tif")
    (tmp_path / "b.tif").write_text('<VRTDataset rasterXSize="1" rasterYSize="1"></VRTDataset>')
    assert "first bytes" in fails(tmp_path / "b.tif")
    assert "no such file" in fails(tmp_path / "none.tif")
    (tmp_path / "empty").mkdir()
    assert "no raster" in fails(tmp_path / "empty")


def test_a_link_out_of_the_folder_is_not_followed(tmp_path):
    secret = write_tif(tmp_path / "secret_B1.tif", counting(1, 2, 2)[0])
    folder = tmp_path / "lake"
    folder.mkdir()
    (folder / "lake_B1.tif").symlink_to(secret)
    assert "link out of the folder" in fails(folder)


def test_a_window_beyond_the_raster_is_refused(tmp_path):
    with open_scene(write_tif(tmp_path / "a.tif", counting(7, 2, 3))) as scene:
        for window in (Window(0, 0, 3, 1), Window(-1, 0, 1, 1), Window(0, 0, 0, 1)):
            with pytest.raises(LakesegError, match="not within"):
                scene.read(window)


def test_an_option_that_fits_nothing_is_a_config_error(tmp_path):
    path = write_tif(tmp_path / "a.tif", counting(7, 2, 3))
    with pytest.raises(ConfigError), open_scene(path, ReadOptions(bands=(1, 2))):
        pass


def test_what_a_mask_within_the_file_leaves_out_is_missing(tmp_path):
    path = write_tif(tmp_path / "a.tif", counting(2, 2, 2), names=("red", "nir"))
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True), rasterio.open(path, "r+") as file:
        file.write_mask(np.array([[255, 0], [255, 255]], np.uint8))
    with open_scene(path) as scene:
        assert scene.read(whole(scene))[..., 0].tolist() == [[0, FILL], [2, 3]]


def test_a_mask_that_is_upside_down_is_turned(tmp_path):
    path = write_tif(tmp_path / "a.tif", counting(7, 2, 2), cell=20)
    mask = np.array([[2, 2, 2, 2], [2, 2, 2, 2], [1, 1, 2, 2], [1, 1, 2, 2]], np.uint8)  # its first row is the south
    place = {"crs": "EPSG:32633", "transform": rasterio.Affine(10, 0, 500_000, 0, 10, 4_649_960)}
    shape = {"count": 1, "height": 4, "width": 4, "dtype": "uint8"}
    with rasterio.open(tmp_path / "a_mask.tif", "w", driver="GTiff", **shape, **place) as file:
        file.write(mask, 1)
    with open_scene(path) as scene:
        assert scene.read_labels(whole(scene)).tolist() == [[1, 2], [2, 2]]


def test_jpeg_2000_is_read(tmp_path):
    values = np.full((64, 64), 3000, np.uint16)
    folder = tmp_path / "S2A_MSIL2A_20220810T101559_N0400_R065_T32TQM_20220810T162800.SAFE"
    folder.mkdir()
    for band in ("B02", "B04"):
        place = rasterio.Affine(20, 0, 500_000, 0, -20, 4_650_000)
        path = folder / f"T32TQM_20220810T101559_{band}_20m.jp2"
        with rasterio.open(path, "w", driver="JP2OpenJPEG", count=1, height=64, width=64, dtype="uint16",
                           crs="EPSG:32633", transform=place, REVERSIBLE="YES", QUALITY="100") as file:  # fmt: skip
            file.write(values, 1)
    with open_scene(folder) as scene:
        assert (scene.bands, scene.date, scene.pixel_size_m) == ((1, 3), "2022-08-10", 20)
        assert (scene.read(whole(scene)) == 2000).all()  # (3000 − 1000) / 10000


def test_saturated_numbers_of_sentinel_2_are_missing(tmp_path):
    write_tif(tmp_path / "S2A_MSIL2A_X_N0214_R065.SAFE" / "B04.tif", np.array([[0, 1, 9999, 65535]], np.uint16))
    with open_scene(tmp_path / "S2A_MSIL2A_X_N0214_R065.SAFE") as scene:
        assert scene.read(whole(scene)).ravel().tolist() == [FILL, 1, 9999, FILL]


@pytest.mark.parametrize("cell", [1e-12, 1e12, float("inf"), float("nan")])
def test_a_transform_that_makes_no_sense_is_no_place(tmp_path, cell):
    path = write_tif(tmp_path / "a.tif", counting(7, 2, 3), cell=cell)
    with open_scene(path, ReadOptions(pixel_size=500.0)) as scene:
        assert (scene.grid, scene.shape) == (None, (2, 3))

"""Folders with the files of several images: none is left out, and none is mixed with another."""

from __future__ import annotations

from pathlib import Path

import pytest

from lakeseg.data.scenes.finding import find_images
from lakeseg.data.scenes.products import by_description
from lakeseg.errors import DatasetError


def touch(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


def held(folder: Path) -> list[tuple[str, str, list[str]]]:
    return [(image.product.key, image.date, sorted(image.files)) for image in find_images(folder)]


def test_two_tiles_exported_on_one_day_are_two_images(tmp_path):
    for tile in ("h18v04", "h19v04"):
        for layer in ("sur_refl_b01_1", "sur_refl_b02_1", "state_1km_1"):
            touch(tmp_path, f"MOD09GA.A2021222.{tile}.061.2021224000000_{layer}.tif")
    assert held(tmp_path) == [("modis", "2021-08-10", ["1KM", "B01", "B02"])] * 2
    first, second = find_images(tmp_path)
    assert ("h18v04" in first.name, "h19v04" in second.name) == (True, True)


def test_areas_of_one_order_are_images_of_their_own(tmp_path):
    for area in ("aid0001", "aid0002"):
        for layer in ("sur_refl_b01", "sur_refl_state_500m"):
            touch(tmp_path, f"MOD09A1.061_{layer}_doy2021217_{area}.tif")
    assert held(tmp_path) == [("modis", "2021-08-05", ["500M", "B01"])] * 2


def test_grids_of_both_sizes_are_one_image(tmp_path):
    touch(tmp_path / "mod09ga_2021222", "MODIS_Grid_1km_2D_state_1km_1.tif", "MODIS_Grid_500m_2D_sur_refl_b01_1.tif")
    touch(tmp_path / "mod09ga_2021223", "x_1km_state_1km_1.tif", "x_500m_sur_refl_b01_1.tif")
    assert held(tmp_path) == [("modis", "2021-08-10", ["1KM", "B01"]), ("modis", "2021-08-11", ["1KM", "B01"])]


def test_products_side_by_side_are_all_read(tmp_path):
    touch(tmp_path, "HLS.L30.T32TQM.2021222T101030.v2.0.B04.tif", "HLS.S30.T32TQM.2021223T101030.v2.0.B04.tif")
    touch(tmp_path, "LC08_L2SP_194028_20210801_20210819_02_T1_SR_B4.TIF")
    assert [key for key, _, _ in held(tmp_path)] == ["landsat-oli", "hls-l30", "hls-s30"]


def test_lakes_of_one_name_in_folders_of_their_own(tmp_path):
    touch(tmp_path, "como/image_b1.tif", "como/image_b2.tif", "garda/image_b1.tif", "garda/image_b2.tif")
    assert held(tmp_path) == [("named", "", ["1", "2"])] * 2


def test_sizes_of_sentinel_2_are_one_image(tmp_path):
    touch(tmp_path, "R10m/T32TQM_20210810T101031_B02_10m.jp2", "R20m/T32TQM_20210810T101031_B02_20m.jp2")
    touch(tmp_path, "R20m/T32TQM_20210810T101031_SCL_20m.jp2")
    (image,) = find_images(tmp_path)
    assert image.files["B02"].name.endswith("_20m.jp2")
    assert sorted(image.files) == ["B02", "SCL"]


def test_plain_names_of_sentinel_2(tmp_path):
    assert held(touch(tmp_path, "B02.tif", "B03.tif", "B8A.tif", "SCL.tif")) == [
        ("sentinel-2", "", ["B02", "B03", "B8A", "SCL"])
    ]


def test_a_band_that_is_there_twice_is_named(tmp_path):
    touch(tmp_path, "B02.tif", "B02.tiff")
    with pytest.raises(DatasetError, match="the same band of the same image as"):
        find_images(tmp_path)


@pytest.mark.parametrize("name", ["LC08_L1TP_194028_20210810_20210819_02_T1", "LC81940282021222LGN00", "LE71940281999"])
def test_landsat_that_is_no_surface_reflectance_is_not_taken_for_modis(tmp_path, name):
    touch(tmp_path, *(f"{name}_B{band}.TIF" for band in range(1, 8)))
    with pytest.raises(DatasetError, match="no surface reflectance by its name"):
        find_images(tmp_path)


@pytest.mark.parametrize(
    ("names", "key", "bands"),
    [
        (["B02", "B03", "B04", "B05", "B06", "B11", "Fmask"], "hls-l30", {3: 0, 4: 1, 1: 2, 2: 3, 6: 4}),
        (["B01", "B02", "B03", "B04", "B05", "B06", "B07", "Fmask"], "hls-l30", {3: 1, 4: 2, 1: 3, 2: 4, 6: 5, 7: 6}),
        (["B02", "B8A", "B11", "B12", "Fmask"], "hls-s30", {3: 0, 2: 1, 6: 2, 7: 3}),
        (["B2", "B3", "B4", "B8", "SCL"], "sentinel-2", {3: 0, 4: 1, 1: 2, 2: 3}),
        (["B1", "B2", "B3", "B4", "B5", "B6", "B7", "QA_PIXEL"], "", {}),
        (["B1", "B2", "B3", "B4", "B5", "B6", "B7", "B10", "B11"], "", {}),
    ],
)  # fmt: skip
def test_numbers_that_go_with_other_bands(names, key, bands):
    assert by_description(names)[:2] == (key, bands)

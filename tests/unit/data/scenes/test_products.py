from __future__ import annotations

from pathlib import Path

import pytest

from lakeseg.data.scenes.finding import find_images
from lakeseg.data.scenes.products import by_description, date_in, sentinel_offset

LANDSAT = "LC08_L2SP_194028_20210810_20210819_02_T1"
L30 = "HLS.L30.T32TQM.2021222T101030.v2.0"


def touch(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


def one(folder: Path):
    (image,) = find_images(folder)
    return image


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("MOD09A1.A2017193.h18v04.006.2017202035302.hdf", "2017-07-12"),
        ("MOD09GA.061_sur_refl_b01_1_doy2021222_aid0001.tif", "2021-08-10"),
        (f"{LANDSAT}_SR_B2.TIF", "2021-08-10"),
        (f"{L30}.B02.tif", "2021-08-10"),
        ("T32TQM_20220810T101559_B02_20m.jp2", "2022-08-10"),
        ("mod09ga_2021222", "2021-08-10"),
        ("leap_2020366", "2020-12-31"),
        ("none_2021366", ""),
        ("lake_20211399.tif", ""),
        ("lake.tif", ""),
    ],
)
def test_days_in_names(name, day):
    assert date_in(name) == day


def test_exported_modis_is_found_by_its_names(tmp_path):
    names = [f"MODIS_Grid_500m_2D_sur_refl_b0{band}_1.tif" for band in range(1, 8)]
    extra = ["MODIS_Grid_1km_2D_state_1km_1.tif", "MODIS_Grid_500m_2D_QC_500m_1.tif"]
    image = one(touch(tmp_path / "mod09ga_2021222", *names, *extra))
    assert (image.product.key, image.name, image.date) == ("modis", "mod09ga_2021222", "2021-08-10")
    assert sorted(image.files) == ["1KM", *(f"B0{band}" for band in range(1, 8))]


def test_days_of_one_folder_are_images_of_their_own(tmp_path):
    names = [f"MOD09GA.061_sur_refl_b0{band}_1_doy{day}_aid0001.tif" for band in (1, 2) for day in (2021222, 2021223)]
    assert [image.date for image in find_images(touch(tmp_path, *names))] == ["2021-08-10", "2021-08-11"]


def test_landsat(tmp_path):
    names = [f"{LANDSAT}_SR_B{band}.TIF" for band in range(1, 8)] + [
        f"{LANDSAT}_{rest}" for rest in ("QA_PIXEL.TIF", "ST_B10.TIF", "MTL.xml")
    ]
    image = one(touch(tmp_path, *names))
    assert (image.product.key, image.name) == ("landsat-oli", LANDSAT)
    # OLI: 2 blue, 3 green, 4 red, 5 near infrared, 6 and 7 shortwave infrared
    assert image.product.bands == {"B4": 1, "B5": 2, "B2": 3, "B3": 4, "B6": 6, "B7": 7}
    assert image.files["QA_PIXEL"].name.endswith("QA_PIXEL.TIF")


def test_an_older_landsat_numbers_its_bands_otherwise(tmp_path):
    image = one(
        touch(tmp_path, *(f"LT05_L2SP_194028_20100810_20200819_02_T1_SR_B{band}.TIF" for band in (1, 2, 3, 4, 5, 7)))
    )
    # TM: 1 blue, 2 green, 3 red, 4 near infrared, 5 and 7 shortwave infrared
    assert image.product.bands == {"B3": 1, "B4": 2, "B1": 3, "B2": 4, "B5": 6, "B7": 7}


def test_sentinel_2_takes_20_m_and_the_narrow_near_infrared(tmp_path):
    base = "GRANULE/L2A_X/IMG_DATA"
    ten = [f"{base}/R10m/T32TQM_20220810T101559_{band}_10m.jp2" for band in ("B02", "B03", "B04", "B08", "TCI")]
    twenty = [
        f"{base}/R20m/T32TQM_20220810T101559_{b}_20m.jp2" for b in ("B02", "B03", "B04", "B8A", "B11", "B12", "SCL")
    ]
    image = one(touch(tmp_path / "S2A_MSIL2A_20220810T101559_N0400_R065_T32TQM_20220810T162800.SAFE", *ten, *twenty))
    assert image.product.key == "sentinel-2"
    assert image.files["B02"].name.endswith("_20m.jp2")
    codes = list(image.product.bands)
    assert codes.index("B8A") < codes.index("B08")
    assert sentinel_offset(str(image.files["B02"])) == -0.1


def test_the_offset_of_sentinel_2_goes_by_the_baseline():
    assert sentinel_offset("S2A_MSIL2A_20200810T101559_N0214_R065.SAFE/x") == 0.0
    assert sentinel_offset("S2A_MSIL2A_20200810T101559_N0500_R065.SAFE/x") == -0.1  # processed anew
    assert sentinel_offset("T32TQM_20220810T101559_B02.tif") is None


def test_both_kinds_of_hls(tmp_path):
    image = one(touch(tmp_path / "l", *(f"{L30}.{code}.tif" for code in ("B02", "B05", "B06", "Fmask", "SZA"))))
    assert (image.product.key, sorted(image.files)) == ("hls-l30", ["B02", "B05", "B06", "FMASK"])
    assert image.product.bands["B05"] == 2
    s30 = L30.replace("L30", "S30")
    image = one(touch(tmp_path / "s", *(f"{s30}.{code}.tif" for code in ("B02", "B05", "B8A", "B11", "Fmask"))))
    assert (image.product.key, image.product.bands["B8A"], image.product.bands["B11"]) == ("hls-s30", 2, 6)
    assert "B05" not in image.product.bands


@pytest.mark.parametrize(
    ("names", "key", "bands"),
    [
        (["SR_B2", "SR_B3", "SR_B4", "SR_B5", "SR_B6", "SR_B7"], "landsat-oli", {3: 0, 4: 1, 1: 2, 2: 3, 6: 4, 7: 5}),
        (["SR_B1", "SR_B2", "SR_B3", "SR_B4", "SR_B5", "SR_B7"], "landsat-tm", {3: 0, 4: 1, 1: 2, 2: 3, 6: 4, 7: 5}),
        (["B2", "B3", "B4", "B8A", "B11", "B12"], "sentinel-2", {3: 0, 4: 1, 1: 2, 2: 3, 6: 4, 7: 5}),
        (["B02", "B03", "B04", "B08", "B11", "B12"], "sentinel-2", {3: 0, 4: 1, 1: 2, 2: 3, 6: 4, 7: 5}),
        (["sur_refl_b01", "sur_refl_b03"], "modis", {1: 0, 3: 1}),
        (["Band 1", "Band 2", "Band 6"], "", {1: 0, 2: 1, 6: 2}),
        (["red", "green", "NIR"], "", {1: 0, 4: 1, 2: 2}),
        (["B2", "B3", "B4"], "", {}),  # of Landsat, or of MODIS: nobody can tell
        (["a", "b"], "", {}),
    ],
)
def test_bands_by_what_a_file_calls_them(names, key, bands):
    assert by_description(names)[:2] == (key, bands)


def test_quality_within_a_stack():
    assert by_description(["SR_B6", "QA_PIXEL"])[2] == {"QA_PIXEL": 1}
    assert by_description(["sur_refl_b01", "state_1km"])[2] == {"1KM": 1}

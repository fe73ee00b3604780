"""What metadata say of numbers: whole products as they are delivered, with files of our own making in their place."""

from __future__ import annotations

import json

import numpy as np
import pytest

from lakeseg.data.readers.importing import detect, import_file
from lakeseg.data.readers.options import ReadOptions
from lakeseg.data.scenes.opening import open_scene
from lakeseg.data.scenes.scene import Window
from lakeseg.errors import LakesegError
from tests.unit.data.scenes.rasters import write_tif

SAFE = "S2B_MSIL2A_20231217T135659_N0510_R067_T21JUK_20231217T175625.SAFE"
TILE = "T21JUK_20231217T135659"
GRANULE = "GRANULE/L2A_T21JUK_A035414_20231217T140918"
LANDSAT = "LC09_L2SP_194028_20230810_20230812_02_T1"
SINCE_04_00 = dict.fromkeys(range(13), -1000)
CODES = {"B04": 1, "B8A": 2, "B02": 3, "B03": 4, "B11": 6, "B12": 7}  # of Sentinel-2, by bands of MODIS


def mtd(offsets=SINCE_04_00, quantity="10000", scene=TILE, head="") -> str:
    """Write metadata with the elements of a product of baseline 05.10, and nothing else."""
    added = "".join(f'<BOA_ADD_OFFSET band_id="{band}">{value}</BOA_ADD_OFFSET>' for band, value in offsets.items())
    added = f"<BOA_ADD_OFFSET_VALUES_LIST>{added}</BOA_ADD_OFFSET_VALUES_LIST>" if offsets else ""
    return (
        f'<?xml version="1.0" encoding="UTF-8" standalone="no"?>{head}<n1:Level-2A_User_Product '
        'xmlns:n1="https://psd-14.sentinel2.eo.esa.int/PSD/User_Product_Level-2A.xsd"><n1:General_Info><Product_Info>'
        "<Product_Organisation><Granule_List><Granule>"
        f"<IMAGE_FILE>{GRANULE}/IMG_DATA/R20m/{scene}_B02_20m</IMAGE_FILE></Granule></Granule_List>"
        "</Product_Organisation></Product_Info><Product_Image_Characteristics><QUANTIFICATION_VALUES_LIST>"
        f'<BOA_QUANTIFICATION_VALUE unit="none">{quantity}</BOA_QUANTIFICATION_VALUE>'
        '<AOT_QUANTIFICATION_VALUE unit="none">1000.0</AOT_QUANTIFICATION_VALUE></QUANTIFICATION_VALUES_LIST>'
        f"{added}</Product_Image_Characteristics></n1:General_Info></n1:Level-2A_User_Product>"
    )


def safe(folder, name=SAFE, text: str | None = None, tile=TILE):
    """Write a Sentinel-2 product as it is delivered: 20 m as JPEG 2000, 10 m, previews and masks that are not read."""
    lossless = {"driver": "JP2OpenJPEG", "QUALITY": "100", "REVERSIBLE": "YES"}
    images = folder / name / GRANULE / "IMG_DATA"
    for code, band in CODES.items():
        write_tif(images / "R20m" / f"{tile}_{code}_20m.jp2", np.full((8, 9), 2000 + band, np.uint16), 20.0, **lossless)
    scl = np.full((8, 9), 4, np.uint8)
    scl[:, :3], scl[0, 0] = 6, 9
    write_tif(images / "R20m" / f"{tile}_SCL_20m.jp2", scl, 20.0, **lossless)
    for other in (f"R10m/{tile}_B02_10m.jp2", f"R20m/{tile}_TCI_20m.jp2", "../QI_DATA/MSK_CLDPRB_20m.jp2"):
        (images / other).parent.mkdir(parents=True, exist_ok=True)
        (images / other).touch()
    if text is not None:
        (folder / name / "MTD_MSIL2A.xml").write_text(text, encoding="utf-8")
    return folder / name


@pytest.fixture(scope="module")
def product(tmp_path_factory):
    return safe(tmp_path_factory.mktemp("safe"))


def counts(path, **options) -> list[int]:
    with open_scene(path, ReadOptions(**options)) as scene:
        return scene.read(Window(1, 1, 1, 1))[0, 0].tolist()


def refused(path, **options) -> str:
    with pytest.raises(LakesegError) as caught:
        counts(path, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_whole_safe_is_one_image_with_what_its_metadata_say(tmp_path):
    path = safe(tmp_path, text=mtd({number: -1000 - number for number in range(13)}))
    with open_scene(path) as scene:
        assert (scene.bands, scene.name, scene.date) == ((1, 2, 3, 4, 6, 7), TILE, "2023-12-17")
        # red B4, B8A, blue B2, green B3, B11, B12 have the numbers 3, 8, 1, 2, 11, 12: 2000 + band − 1000 − number
        assert scene.read(Window(1, 1, 1, 1))[0, 0].tolist() == [998, 994, 1002, 1002, 995, 995]
        assert scene.read_labels(Window(0, 0, 2, 4)).tolist() == [[0, 1, 1, 2], [1, 1, 1, 2]]
        assert scene.provenance["metadata"] == "MTD_MSIL2A.xml"


def test_a_whole_safe_is_imported_as_it_is(tmp_path):
    path = safe(tmp_path, text=mtd())
    found = detect(path)
    assert (found.format, found.missing, found.bands) == ("satellite", (), (1, 2, 3, 4, 6, 7))
    (lake,) = import_file(path, tmp_path / "out.h5").dataset.iter_lakes()
    assert (lake.shape, lake.image[0, 0, 0], lake.date) == ((8, 9), 1001, "2023-12-17")
    assert detect(tmp_path).lakes == 1  # and so is a folder of such products


def test_the_metadata_are_found_from_the_folder_of_the_bands_too(tmp_path):
    path = safe(tmp_path, "renamed", mtd())
    assert counts(path / GRANULE / "IMG_DATA" / "R20m") == [1001, 1002, 1003, 1004, 1006, 1007]


def test_what_the_metadata_say_comes_before_the_name(tmp_path):
    assert counts(safe(tmp_path / "a", text=mtd({}, "10000"))) == [2001, 2002, 2003, 2004, 2006, 2007]
    assert counts(safe(tmp_path / "b", text=mtd({}, "20000")))[0] == 1000  # 2001 / 20000 · 1e4 = 1000.5, to even
    assert counts(tmp_path / "a", scale=1e-4, offset=0.01)[0] == 2101


def test_a_product_of_2017_has_other_names_for_the_same(tmp_path):
    text = mtd({}, "5000", scene="L2A_" + TILE).replace("BOA_QUANTIFICATION_VALUE", "L2A_BOA_QUANTIFICATION_VALUE")
    path = safe(tmp_path, text=text.replace("IMAGE_FILE>", "IMAGE_FILE_2A>"), tile="L2A_" + TILE)
    assert counts(path)[0] == 4002
    with open_scene(path) as scene:
        assert (scene.name, scene.date) == (TILE, "2023-12-17")


def test_without_metadata_or_with_those_of_another_product_the_name_counts(tmp_path):
    assert counts(safe(tmp_path / "a"))[0] == 1001
    assert counts(safe(tmp_path / "b", text=mtd({}, scene="T32TQM_20220810T101559")))[0] == 1001
    assert "--offset" in refused(safe(tmp_path / "c", "renamed"))


def test_metadata_above_the_bands_count_only_where_they_are_surely_of_this_image(tmp_path):
    path = safe(tmp_path, "renamed", mtd())
    bands = path / GRANULE / "IMG_DATA" / "R20m"
    for file in bands.iterdir():
        file.rename(bands / file.name.removeprefix(f"{TILE}_"))  # nothing to compare with the list in the metadata
    assert "--offset" in refused(bands)
    (path / "MTD_MSIL2A.xml").rename(bands / "MTD_MSIL2A.xml")
    assert counts(bands)[0] == 1001
    (bands / "MTD_MSIL2A.xml").rename(tmp_path / "MTD_MSIL2A.xml")
    (bands / "MTD_MSIL2A.xml").symlink_to(tmp_path / "MTD_MSIL2A.xml")
    assert "is a link out of the folder" in refused(bands)


def test_a_link_above_the_bands_is_not_followed(tmp_path):
    path = safe(tmp_path, "renamed")
    (tmp_path / "elsewhere.xml").write_text(mtd(), encoding="utf-8")
    (path / "MTD_MSIL2A.xml").symlink_to(tmp_path / "elsewhere.xml")
    assert "--offset" in refused(path / GRANULE / "IMG_DATA" / "R20m")
    assert "is a link out of the folder" in refused(path)


def test_numbers_beyond_the_range_of_sentinel_are_missing(tmp_path):
    path = safe(tmp_path, text=mtd())
    red = path / GRANULE / "IMG_DATA" / "R20m" / f"{TILE}_B04_20m.jp2"
    row = [0, 1, 32767, 32768, 65535]
    lossless = {"driver": "JP2OpenJPEG", "QUALITY": "100", "REVERSIBLE": "YES"}
    write_tif(red, np.array([row + [0] * 4] * 8, np.uint16), 20.0, **lossless)
    with open_scene(path) as scene:
        assert scene.read(Window(0, 0, 1, 5))[0, :, 0].tolist() == [-28672, -999, 31767, -28672, -28672]


ENTITIES = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("text", "words"),
    [(mtd(head=ENTITIES), "declares a document type"), (mtd()[:-9], "damaged XML"), ("\0", "damaged XML"),
     (mtd(quantity="ten"), "makes no sense"), (mtd(quantity="0"), "makes no sense"), (mtd({99: 0}), "at band '99'"),
     (mtd(quantity="nan"), "as reflectance"), (mtd(quantity="-1"), "as reflectance"),
     (mtd(SINCE_04_00 | {3: 1e9}), "as reflectance of B04"), (mtd(SINCE_04_00 | {3: "x"}), "makes no sense"),
     (mtd({3: -1000}), "make no sense at band 'B02'"), (mtd(SINCE_04_00 | {-1: 0}), "make no sense at band '-1'"),
     ("<a>" * (1 << 16), "damaged XML"), (mtd() + " " * (1 << 22), "larger than 4 MiB")],
)  # fmt: skip
def test_metadata_that_make_no_sense_are_refused_in_one_line(product, text, words):
    (product / "MTD_MSIL2A.xml").write_text(text, encoding="utf-8")
    assert words in refused(product)


def test_metadata_are_not_asked_where_the_user_says_it(product):
    (product / "MTD_MSIL2A.xml").write_text("damaged", encoding="utf-8")
    assert counts(product, scale=1e-4, offset=0.0)[0] == 2001


def landsat(folder, ending: str, text: str):
    for number in (2, 3, 4, 5, 6, 7):
        write_tif(folder / f"{LANDSAT}_SR_B{number}.TIF", np.full((2, 2), 10_000, np.uint16), 30.0, nodata=0)
    (folder / f"{LANDSAT}_MTL{ending}").write_text(text, encoding="utf-8")
    return folder


def level_2(first=2) -> dict[str, str]:
    """Return a scale of 1e-5 × the band's number, and an offset of a thousandth of it."""
    said = {f"REFLECTANCE_MULT_BAND_{band}": f"{band}e-05" for band in range(first, 8)}
    return said | {f"REFLECTANCE_ADD_BAND_{band}": f"{band / 1000}" for band in range(first, 8)}


def group(name: str, values: dict[str, str]) -> str:
    lines = "".join(f"    {key} = {value}\n" for key, value in values.items())
    return f"  GROUP = {name}\n{lines}  END_GROUP = {name}\n"


LEVEL_1 = {f"REFLECTANCE_{what}_BAND_{band}": "0.5" for what in ("MULT", "ADD") for band in range(1, 8)}
TEXT = (
    "GROUP = LANDSAT_METADATA_FILE\n"
    + group("LEVEL1_RADIOMETRIC_RESCALING", LEVEL_1)
    + group("LEVEL2_SURFACE_REFLECTANCE_PARAMETERS", level_2())
    + "END_GROUP = LANDSAT_METADATA_FILE\nEND\n"
)


HUGE = {"REFLECTANCE_MULT_BAND_4": 10**400, "REFLECTANCE_ADD_BAND_4": 0}


def as_json(said) -> str:
    return json.dumps({"LANDSAT_METADATA_FILE": {"LEVEL2_SURFACE_REFLECTANCE_PARAMETERS": said}})


@pytest.mark.parametrize("ending", [".json", ".txt"])
def test_the_metadata_of_landsat_say_what_a_number_means(tmp_path, ending):
    groups = {"LEVEL1_RADIOMETRIC_RESCALING": LEVEL_1, "LEVEL2_SURFACE_REFLECTANCE_PARAMETERS": level_2()}
    path = landsat(tmp_path, ending, json.dumps({"LANDSAT_METADATA_FILE": groups}) if ending == ".json" else TEXT)
    # bands 1 2 3 4 6 7 of MODIS are 4 5 2 3 6 7: (10000 · n · 1e-5 + n / 1000) · 1e4 = n · 1010
    assert counts(path) == [4040, 5050, 2020, 3030, 6060, 7070]
    with open_scene(path) as scene:
        assert scene.provenance["metadata"] == f"{LANDSAT}_MTL{ending}"


def test_bands_that_the_metadata_of_landsat_leave_out_keep_the_constants(tmp_path):
    path = landsat(tmp_path, ".json", as_json(level_2(first=5)))
    assert counts(path) == [750, 5050, 750, 750, 6060, 7070]  # (10000 · 2.75e-5 − 0.2) · 1e4 = 750


@pytest.mark.parametrize(
    ("ending", "text"),
    [(".json", "{"), (".json", "[" * 200_000), (".json", "[]"), (".json", '{"LANDSAT_METADATA_FILE": {}}'),
     *((".json", as_json(said)) for said in ({"REFLECTANCE_MULT_BAND_x": 1}, {}, [1], "a", HUGE)),
     (".txt", "\n" * (1 << 20)), (".txt", TEXT.partition("  END_GROUP = LEVEL2")[0]), (".txt", ""),
     (".txt", TEXT.replace("LEVEL2", "LEVEL3")), (".txt", TEXT.replace("4e-05", "four")),
     (".txt", TEXT.replace("4e-05", "nan"))],
)  # fmt: skip
def test_damaged_metadata_of_landsat_are_refused_in_one_line(tmp_path, ending, text):
    assert "copy the product again" in refused(landsat(tmp_path, ending, text))

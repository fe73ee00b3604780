from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
import rasterio

from lakeseg.cli import main
from lakeseg.data.dataset import open_dataset
from lakeseg.data.readers.importing import detect, import_file, preview
from lakeseg.data.readers.options import ReadOptions
from lakeseg.errors import LakesegError
from tests.unit.data.scenes.hdf import CELL, tile_a1
from tests.unit.data.scenes.rasters import counting, write_tif

FILL = -28672
WATER = 3 << 3


def take(tmp_path, path, **options):
    return import_file(path, tmp_path / "out.h5", ReadOptions(**options))


def fails(tmp_path, path, **options) -> str:
    with pytest.raises(LakesegError) as caught:
        take(tmp_path, path, **options)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out.h5").exists()
    return str(caught.value)


def two_ponds(height=40, width=50):
    """Return a mask with a pond of 4×5 px at (3, 4), one of 3×3 px at (20, 30), and a puddle of one pixel."""
    mask = np.zeros((height, width), np.uint8)
    mask[3:7, 4:9] = mask[20:23, 30:33] = mask[38, 48] = 1
    return mask


def test_a_stack_becomes_a_lake_that_knows_its_place(tmp_path):
    values = counting(7, 4, 5)
    values[2, 1, 1] = FILL
    path = write_tif(tmp_path / "pond_20210810.tif", values, nodata=FILL)
    write_tif(tmp_path / "pond_20210810_mask.tif", np.ones((4, 5), np.uint8))
    dataset = take(tmp_path, path, water="1").dataset
    lake = dataset.lake("pond_20210810")
    np.testing.assert_array_equal(lake.image, values.transpose(1, 2, 0))
    assert (lake.labels[1, 1], int((lake.labels == 1).sum())) == (0, 19)
    assert lake.grid.crs == "EPSG:32633"
    assert lake.grid.transform == (500.0, 0.0, 500_000.0, 0.0, -500.0, 4_650_000.0)
    assert (lake.date, lake.lat) == ("2021-08-10", pytest.approx(42.0, abs=0.1))
    assert lake.lon == pytest.approx(15.0, abs=0.02)
    provenance = dataset.header.provenance
    assert (provenance["reader"], provenance["pixel_size_m"]) == ("geotiff", 500)
    assert provenance["scene"]["bands"]["3"] == {
        "layer": "pond_20210810.tif, band 3",
        "scale": 1e-4,
        "offset": 0,
        "fill": FILL,
    }


def test_water_bodies_are_cut_out_with_a_margin_the_largest_first(tmp_path):
    path = write_tif(tmp_path / "a.tif", counting(7, 40, 50))
    write_tif(tmp_path / "a_mask.tif", two_ponds())
    done = take(tmp_path, path, water="1", cut="water", margin=2, min_size=9)
    first, second = done.dataset.iter_lakes()
    assert (first.shape, second.shape) == ((8, 9), (7, 7))
    assert first.grid.transform[2] == 500_000 + 2 * 500
    assert first.grid.transform[5] == 4_650_000 - 1 * 500
    np.testing.assert_array_equal(first.image, counting(7, 40, 50).transpose(1, 2, 0)[1:9, 2:11])
    assert int((first.labels == 1).sum()) == 20
    assert len(set(done.dataset.lakes.group)) == 2


def test_cut_outs_that_overlap_share_a_group(tmp_path):
    path = write_tif(tmp_path / "a.tif", counting(7, 40, 50))
    write_tif(tmp_path / "a_mask.tif", two_ponds())
    table = take(tmp_path, path, water="1", cut="water", margin=9, min_size=1).dataset.lakes
    # With 9 px around, the pond of rows 3–7 reaches row 16 and that of 20–23 begins in row 11, but columns 0–18 and
    # 21–42 do not meet; the puddle at (38, 48) begins at (29, 39), within the second pond's (11–32, 21–42).
    assert len(set(table.group)) == 2
    assert len(table) == 3
    assert len(set(table.group[1:])) == 1


def test_an_index_finds_water_without_labels(tmp_path):
    values = np.full((7, 30, 30), 500, np.int16)
    values[1], values[3] = 3000, 600  # near infrared above green: land
    values[1, 5:15, 5:15], values[3, 5:15, 5:15] = 100, 600  # NDWI = (600 − 100) / 700 > 0
    path = write_tif(tmp_path / "a.tif", values)
    (lake,) = take(tmp_path, path, cut="NDWI", margin=0).dataset.iter_lakes()
    assert lake.shape == (10, 10)
    assert not lake.labels.any()
    assert "no labels" in fails_twice(tmp_path, path)


def fails_twice(tmp_path, path) -> str:
    (tmp_path / "out.h5").unlink()
    return fails(tmp_path, path, cut="water")


def test_tiles_cover_the_raster_once(tmp_path):
    path = write_tif(tmp_path / "a.tif", counting(7, 40, 50))
    table = take(tmp_path, path, cut="tiles", tile=32).dataset.lakes
    assert sorted(zip(table.height.tolist(), table.width.tolist(), strict=True)) == [
        (8, 18),
        (8, 32),
        (32, 18),
        (32, 32),
    ]
    assert len(set(table.group)) == 4


def test_outlines_name_and_place_lakes(tmp_path):
    path = write_tif(tmp_path / "a.tif", counting(7, 40, 50), cell=500)
    ring = [[502_100, 4_645_100], [504_900, 4_645_100], [504_900, 4_647_900], [502_100, 4_645_100]]
    away = [[0, 0], [1, 0], [1, 1], [0, 0]]
    features = [
        {"type": "Feature", "properties": {"lake": name}, "geometry": {"type": "Polygon", "coordinates": [points]}}
        for name, points in (("Iseo", ring), ("Far", away), ("Iseo", ring))
    ]
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32633"}}
    outlines = tmp_path / "lakes.geojson"
    outlines.write_text(json.dumps({"type": "FeatureCollection", "crs": crs, "features": features}))
    done = take(tmp_path, path, cut=str(outlines), ids="lake", margin=1)
    # columns 2100/500 = 4.2 → 4 to 4900/500 = 9.8 → 10, rows 4.2 → 4 to 9.8 → 10, one more on every side
    first, second = done.dataset.iter_lakes()
    assert (first.id, second.id, first.group) == ("Iseo", "Iseo-2", second.group)
    assert first.shape == (8, 8)
    assert first.grid.transform[2] == 500_000 + 3 * 500
    assert "1 outlines of lakes.geojson lie outside" in done.warnings[0]
    assert "gpkg" in str(fails_outlines(tmp_path, path))


def fails_outlines(tmp_path, path) -> str:
    (tmp_path / "out.h5").unlink()
    assert "nothing to cut out" in fails(tmp_path, tile_a1(tmp_path / "b.hdf"), cut=str(tmp_path / "lakes.geojson"))
    return fails(tmp_path, path, cut="somehow")


def test_modis_days_of_one_place_share_groups(tmp_path):
    folder = tmp_path / "days"
    for day in (193, 201):
        state = np.full((8, 6), 8)
        state[2:6, 2:5] = WATER
        tile_a1(folder / f"MOD09A1.A2017{day}.h18v04.006.hdf", state=state)
    done = take(tmp_path, folder, cut="water", min_size=4, margin=1)
    table = done.dataset.lakes
    assert table.date.tolist() == ["2017-07-12", "2017-07-20"]
    assert len(set(table.group)) == 1
    assert done.dataset.pixel_size_m == 500
    lake = done.dataset.lake(table.id[0])
    assert lake.shape == (6, 5)
    assert lake.grid.transform[2] == pytest.approx(1001 * CELL, abs=1e-4)
    assert done.dataset.header.provenance["reader"] == "modis"


def test_labels_of_30_m_become_a_label_and_a_share_of_water(tmp_path):
    base = "LC08_L2SP_194028_20210810_20210819_02_T1"
    folder = tmp_path / "landsat"
    for band in (2, 3, 4, 5, 6, 7):
        write_tif(folder / f"{base}_SR_B{band}.TIF", np.full((20, 20), 10_000 + band, np.uint16), cell=30, nodata=0)
    quality = np.full((20, 20), 21824, np.uint16)
    quality[:, :8] = 21952  # water in the first 240 m of 600 m
    write_tif(folder / f"{base}_QA_PIXEL.TIF", quality, cell=30, nodata=1)
    (lake,) = take(tmp_path, folder, pixel_size=300.0).dataset.iter_lakes()
    assert lake.labels.tolist() == [[1, 2], [1, 2]]
    assert lake.truth.tolist() == [[80, 0], [80, 0]]  # 8 of 10 columns
    # bands 1 2 3 4 6 7 of MODIS are bands 4 5 2 3 6 7: (10004 · 2.75e-5 − 0.2) · 1e4 = 751.1
    assert lake.image[0, 0].tolist() == [751, 751, 751, 751, 752, 752]


def test_detection_says_what_it_is_and_what_is_missing(tmp_path):
    path = write_tif(tmp_path / "a.tif", counting(6, 4, 5))
    write_tif(tmp_path / "a_mask.tif", np.ones((4, 5), np.uint8))
    found = detect(path)
    assert (found.format, found.missing) == ("geotiff", ("bands",))
    found = detect(path, ReadOptions(bands=(1, 2, 3, 4, 6, 7)))
    assert (found.missing, found.lakes, found.pixels) == (("water",), 1, 20)
    found = detect(tile_a1(tmp_path / "MOD09A1.A2017193.hdf"))
    assert (found.format, found.missing, found.bands) == ("modis", (), tuple(range(1, 8)))
    assert found.suggested == {"cut": "whole", "clouds": "unlabel", "pixel_size": 500.0}
    assert found.lines[0].startswith("8×6 px, pixels of 500 m, centre ")
    (lake,) = preview(tmp_path / "MOD09A1.A2017193.hdf")
    assert lake.shape == (8, 6)


@pytest.mark.parametrize(
    ("options", "words"),
    [({"clouds": "somewhat"}, "unlabel, keep, missing"), ({"cut": "round"}, "whole, tiles, water"),
     ({"tile": 0}, "--tile 0"), ({"margin": -1}, "--margin -1"), ({"pixel_size": 100.0}, "must not be smaller"),
     ({"second_labels": "x", "labels": "none"}, "no first labeller"), ({"labels": "nowhere"}, "no such file"),
     ({"cut": "nowhere.gpkg"}, "no such file")],
)  # fmt: skip
def test_options_that_make_no_sense_are_refused_in_one_line(tmp_path, options, words):
    assert words in fails(tmp_path, write_tif(tmp_path / "a.tif", counting(7, 4, 5)), **options)


def test_images_of_other_bands_are_not_mixed(tmp_path):
    folder = tmp_path / "two"
    write_tif(folder / "a.tif", counting(2, 4, 5), names=("red", "nir"))
    write_tif(folder / "b.tif", counting(2, 4, 5), names=("red", "green"))
    assert "import them apart" in fails(tmp_path, folder)


def test_the_command_line_imports_with_the_same_options(tmp_path, capsys):
    path = write_tif(tmp_path / "a.tif", counting(7, 40, 50))
    write_tif(tmp_path / "a_mask.tif", two_ponds())
    out = str(tmp_path / "out.h5")
    assert main(["import", str(path), "--out", out, "--water", "1", "--cut", "water", "--min-size", "9", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["lakes"] == 2
    assert len(open_dataset(out).lakes) == 2
    assert main(["import", str(path), "--detect", "--water", "1"]) == 0
    assert "40×50 px" in capsys.readouterr().out


def test_without_rasterio_one_line_names_the_file_that_brings_it(tmp_path):
    path = write_tif(tmp_path / "a.tif", counting(7, 4, 5))
    code = "import sys; sys.modules['rasterio'] = None; from lakeseg.cli import main; sys.exit(main(sys.argv[1:]))"
    ran = subprocess.run(
        [sys.executable, "-c", code, "import", str(path), "--detect"], capture_output=True, text=True, check=False
    )
    assert (ran.returncode, "pip install -r requirements-geo.txt" in ran.stderr) == (2, True)


def test_damaged_geotiffs_give_one_line_or_the_truth(tmp_path):
    values = np.random.default_rng(0).integers(0, 9000, (7, 60, 60)).astype(np.int16)
    whole = write_tif(
        tmp_path / "a.tif", values, compress="deflate", tiled=True, blockxsize=32, blockysize=32
    ).read_bytes()
    rng = np.random.default_rng(1)
    changed = [whole[:size] for size in range(0, len(whole), 1024)]
    places = [*range(16), *rng.integers(0, len(whole), 40).tolist()]
    changed += [whole[:place] + bytes([whole[place] ^ (1 << place % 8)]) + whole[place + 1 :] for place in places]
    path = tmp_path / "damaged.tif"
    for content in changed:
        path.write_bytes(content)
        try:
            shapes = [lake.image.shape for lake in preview(path, ReadOptions(bands=tuple(range(1, 8))))]
        except LakesegError as error:
            assert "\n" not in str(error)  # noqa: PT017 - either outcome is right
        else:
            assert shapes == [(60, 60, 7)]


def test_a_raster_that_claims_to_be_huge_is_refused_or_cut(tmp_path):
    path = tmp_path / "huge.tif"
    shape = {"count": 7, "height": 20_000, "width": 20_000, "dtype": "int16"}
    with rasterio.open(path, "w", driver="GTiff", SPARSE_OK=True, tiled=True, BIGTIFF="YES", crs="EPSG:32633",
                       transform=rasterio.Affine(30, 0, 0, 0, -30, 0), **shape):  # fmt: skip
        pass
    assert "too many for one lake" in fails(tmp_path, path, cut="whole")
    assert "too many tiles" in fails(tmp_path, path, cut="tiles", tile=4)
    assert "too many to look for water" in fails(tmp_path, path, cut="MNDWI")
    block = tmp_path / "block.tif"
    with rasterio.open(block, "w", driver="GTiff", SPARSE_OK=True, tiled=True, blockxsize=16_384, blockysize=16_384,
                       crs="EPSG:32633", transform=rasterio.Affine(30, 0, 0, 0, -30, 0), **shape):  # fmt: skip
        pass
    assert "TILED=YES" in fails(tmp_path, block)

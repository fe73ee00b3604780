"""Cloud-Optimized GeoTIFF, read back by GDAL: as rasterio, through its C functions, and rendered by its PNG driver."""

from __future__ import annotations

import ctypes
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import rasterio
import rasterio.shutil
from PIL import Image
from rasterio.enums import ColorInterp

from lakeseg.data.scenes.scene import Grid, Window
from lakeseg.errors import DatasetError
from lakeseg.exports.cog import class_layer, percent_layer, probability_layer, write_cog

SINUSOIDAL = "+proj=sinu +lon_0=0 +x_0=0 +y_0=0 +R=6371007.181 +units=m +no_defs"
GRID = Grid(SINUSOIDAL, (463.3127165279, 0.0, 1111950.0, 0.0, -463.3127165279, 6671703.0))


def blocks(values, side):
    """Cut into blocks, the last first: the order must not matter."""
    found = []
    for row in range(0, values.shape[0], side):
        for column in range(0, values.shape[1], side):
            part = values[row : row + side, column : column + side]
            found.append((Window(row, column, *part.shape[:2]), part))
    return found[::-1]


def coded(height, width):
    return (np.add.outer(np.arange(height) // 7, np.arange(width) // 5) % 4).astype(np.uint8)


def category_names(path: Path) -> list[str]:
    """Ask GDAL itself, which rasterio does not: the names that `gdalinfo` and QGIS show."""
    (library,) = (Path(rasterio.__file__).parents[1] / "rasterio.libs").glob("libgdal-*.so*")
    gdal = ctypes.CDLL(str(library))
    gdal.GDALOpen.restype = gdal.GDALGetRasterBand.restype = ctypes.c_void_p
    gdal.GDALGetRasterCategoryNames.restype = ctypes.POINTER(ctypes.c_char_p)
    gdal.GDALGetRasterCategoryNames.argtypes = gdal.GDALClose.argtypes = [ctypes.c_void_p]
    gdal.GDALGetRasterBand.argtypes = [ctypes.c_void_p, ctypes.c_int]
    gdal.GDALGetMetadata.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
    with rasterio.Env():
        file = gdal.GDALOpen(str(path).encode(), 0)
        gdal.GDALGetMetadata(file, None)  # until somebody asks for metadata, GDAL does not look at the sidecar
        names, found = gdal.GDALGetRasterCategoryNames(gdal.GDALGetRasterBand(file, 1)), []
        while names and names[len(found)] is not None:
            found.append(names[len(found)].decode())
        gdal.GDALClose(file)
    return found


def test_classes_have_place_colours_names_nodata_and_overviews(tmp_path):
    values, path = coded(700, 530), tmp_path / "classes.tif"
    write_cog(path, class_layer(values.shape, GRID, {"model": "m"}), blocks(values, 300))
    with rasterio.open(path) as file:
        np.testing.assert_array_equal(file.read(1), values)
        assert file.crs == rasterio.crs.CRS.from_string(SINUSOIDAL)
        np.testing.assert_allclose(file.transform[:6], GRID.transform, rtol=1e-12)
        assert (file.nodata, file.dtypes, file.descriptions) == (0, ("uint8",), ("class",))
        assert file.colorinterp == (ColorInterp.palette,)
        table = file.colormap(1)
        assert [table[code] for code in range(4)] == [
            (138, 143, 152, 0),
            (8, 48, 107, 255),
            (65, 148, 74, 255),
            (255, 255, 255, 255),
        ]
        assert file.tags()["class_1"] == "water"
        assert file.tags()["model"] == "m"
        assert file.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert file.block_shapes == [(256, 256)]
        assert file.overviews(1) == [2, 4]
        half = file.read(1, out_shape=(350, 265))
    assert set(np.unique(half)) <= {0, 1, 2, 3}
    # The nearest of 2×2 px is one of them: no class that is not there.
    quads = values.reshape(350, 2, 265, 2).transpose(0, 2, 1, 3).reshape(350, 265, 4)
    assert (quads == half[..., None]).any(axis=-1).all()
    assert category_names(path) == ["no label", "water", "land", "unclassified"]
    assert sorted(each.name for each in tmp_path.iterdir()) == ["classes.qml", "classes.tif", "classes.tif.aux.xml"]


def test_the_layout_is_that_of_a_cog(tmp_path):
    """The header comes first, then overviews from the smallest, then the full image: GDAL's COG driver, `Structure`."""
    values, path = coded(600, 600), tmp_path / "classes.tif"
    write_cog(path, class_layer(values.shape, GRID, {}), blocks(values, 200))
    offsets = []
    with Image.open(path) as image:
        for frame in range(image.n_frames):
            image.seek(frame)
            offsets.append((min(image.tag_v2[324]), image.size[0]))
    assert sorted(size for _, size in offsets) == [150, 300, 600]
    assert [size for _, size in sorted(offsets)] == [150, 300, 600]
    assert b"LAYOUT=IFDS_BEFORE_DATA" in path.read_bytes()[:300]


def test_gdal_renders_the_colours_of_the_classes(tmp_path):
    values, path = coded(40, 60), tmp_path / "classes.tif"
    write_cog(path, class_layer(values.shape, GRID, {}), blocks(values, 40))
    rasterio.shutil.copy(path, tmp_path / "seen.png", driver="PNG")
    with Image.open(tmp_path / "seen.png") as image:
        seen = np.asarray(image.convert("RGBA"))
    expected = np.array([(138, 143, 152, 0), (8, 48, 107, 255), (65, 148, 74, 255), (255, 255, 255, 255)], np.uint8)
    np.testing.assert_array_equal(seen[values > 0], expected[values[values > 0]])
    assert (seen[values == 0][:, 3] == 0).all()


def test_overviews_of_probabilities_are_averages(tmp_path):
    rng = np.random.default_rng(0)
    values = rng.random((512, 300, 3), np.float32)
    values[:2, :2] = np.nan
    path = tmp_path / "p.tif"
    write_cog(path, probability_layer(values.shape[:2], GRID, {}), blocks(values, 128))
    with rasterio.open(path) as file:
        np.testing.assert_array_equal(file.read(), np.moveaxis(values, -1, 0))
        assert np.isnan(file.nodata)
        assert file.descriptions == ("probability of water", "probability of land", "probability of unclassified")
        half = file.read(1, out_shape=(256, 150))
    expected = values[..., 0].reshape(256, 2, 150, 2).mean(axis=(1, 3))
    np.testing.assert_allclose(half, expected, atol=1e-6)
    assert category_names(path) == []


def test_pixels_without_a_block_are_nodata(tmp_path):
    part = np.full((10, 10, 3), 7, np.uint8)
    write_cog(tmp_path / "p.tif", percent_layer((300, 400), GRID, {}), [(Window(290, 390, 10, 10), part)])
    with rasterio.open(tmp_path / "p.tif") as file:
        read = file.read(2)
    assert read[290:, 390:].tolist() == [[7] * 10] * 10
    assert (np.delete(read.ravel(), np.flatnonzero(read.ravel() == 7)) == 255).all()
    assert (read == 7).sum() == 100


def test_names_of_an_earlier_file_go(tmp_path):
    path = tmp_path / "x.tif"
    write_cog(path, class_layer((3, 3), None, {}), [])
    write_cog(path, percent_layer((3, 3), None, {}), [])
    assert sorted(each.name for each in tmp_path.iterdir()) == ["x.qml", "x.tif"]
    assert category_names(path) == []


@pytest.mark.parametrize(
    ("window", "values"),
    [
        (Window(0, 0, 2, 2), np.zeros((2, 3), np.uint8)),
        (Window(0, 0, 2, 2), np.zeros((2, 2), np.int16)),
        (Window(0, 0, 2, 2), np.zeros((2, 2, 2), np.uint8)),
        (Window(9, 0, 2, 2), np.zeros((2, 2), np.uint8)),
        (Window(-1, 0, 2, 2), np.zeros((2, 2), np.uint8)),
    ],
    ids=["shape", "type", "bands", "outside", "before"],
)
def test_a_block_that_does_not_fit_leaves_nothing(tmp_path, window, values):
    with pytest.raises(DatasetError, match="expected uint8"):
        write_cog(tmp_path / "x.tif", class_layer((10, 10), GRID, {}), [(window, values)])
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_called_so(tmp_path, monkeypatch):
    def broken(*_, **__):
        raise rasterio.errors.RasterioIOError("TIFFWriteDirectoryTagData:IO error writing tag data")

    monkeypatch.setattr(rasterio.shutil, "copy", broken)
    layer, blocks = class_layer((2, 2), None, {}), [(Window(0, 0, 2, 2), np.ones((2, 2), np.uint8))]
    with pytest.raises(DatasetError, match="IO error writing tag data"):
        write_cog(tmp_path / "x.tif", layer, blocks)
    monkeypatch.setattr("lakeseg.exports.cog.disk_usage", lambda _: SimpleNamespace(free=4096))
    with pytest.raises(DatasetError, match="the disk is full: free some space"):
        write_cog(tmp_path / "x.tif", layer, blocks)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_one_line_and_leaves_the_old_file(tmp_path):
    """A limit on the size of files fails writes as a full disk does, also those that GDAL makes when it closes."""
    path = tmp_path / "x.tif"
    path.write_bytes(b"old")
    code = (
        "import sys, signal, resource, numpy as np\n"
        "from pathlib import Path\n"
        "from lakeseg.data.scenes.scene import Window\n"
        "from lakeseg.errors import DatasetError\n"
        "from lakeseg.exports.cog import probability_layer, write_cog\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))\n"
        "values = np.random.default_rng(0).random((600, 600, 3), np.float32)\n"
        "layer, blocks = probability_layer((600, 600), None, {}), [(Window(0, 0, 600, 600), values)]\n"
        "try: write_cog(Path(sys.argv[1]), layer, blocks)\n"
        "except DatasetError as error: print(error)\n"
    )
    # 4,320,000 bytes of values: the first limits fail the blocks, the last the copy with its overviews.
    for limit in (100_000, 4_000_000):
        ran = subprocess.run(
            [sys.executable, "-c", code, str(path), str(limit)], capture_output=True, text=True, check=True
        )
        assert ran.stdout.startswith(f"{path}: "), ran
        assert len(ran.stdout.splitlines()) == 1
        assert "nothing was changed" in ran.stdout
        assert path.read_bytes() == b"old"
        assert list(tmp_path.iterdir()) == [path]


def test_memory_stays_with_a_block(tmp_path):
    """Write 240 MB of probabilities from one block of 6.75 MB, in a process of its own."""
    code = (
        "import resource, sys, numpy as np, rasterio, rasterio.shutil\n"
        "from pathlib import Path\n"
        "from lakeseg.data.scenes.scene import Window\n"
        "from lakeseg.exports.cog import probability_layer, write_cog\n"
        "block, starts = np.zeros((750, 750, 3), np.float32), range(0, 4500, 750)\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "blocks = ((Window(row, column, 750, 750), block) for row in starts for column in starts)\n"
        "write_cog(Path(sys.argv[1]), probability_layer((4500, 4500), None, {}), blocks)\n"
        "print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)\n"
    )
    path = tmp_path / "large.tif"
    ran = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    assert int(ran.stdout) < 150


def test_a_kill_leaves_the_old_file(tmp_path):
    path = tmp_path / "x.tif"
    path.write_bytes(b"old")
    code = (
        "import os, signal, sys, numpy as np\n"
        "from pathlib import Path\n"
        "from lakeseg.data.scenes.scene import Window\n"
        "from lakeseg.exports.cog import class_layer, write_cog\n"
        "def blocks():\n"
        "    yield Window(0, 0, 300, 600), np.ones((300, 600), np.uint8)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "write_cog(Path(sys.argv[1]), class_layer((600, 600), None, {}), blocks())\n"
    )
    assert subprocess.run([sys.executable, "-c", code, str(path)], check=False).returncode == -9
    assert path.read_bytes() == b"old"
    write_cog(path, class_layer((600, 600), GRID, {}), [])
    with rasterio.open(path) as file:
        assert file.shape == (600, 600)

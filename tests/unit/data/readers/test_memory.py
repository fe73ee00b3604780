"""Memory does not grow with the source: each format is read in a process that watches its own peak (`VmHWM`)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

from tests.unit.data.scenes.rasters import write_tif

WATCHED = """
import re, sys
from pathlib import Path
from lakeseg.data.readers.importing import import_file
from lakeseg.data.readers.options import ReadOptions

def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) >> 10

small, large, out = sys.argv[1:4]
options = ReadOptions(**eval(sys.argv[4]))
import_file(small, out, options)
first = peak()
import_file(large, out, options)
print(first, peak())
"""

pytestmark = pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="needs /proc, as on Linux")


def peaks(tmp_path, small: Path, large: Path, **options) -> tuple[int, int]:
    """Return the peak in MiB once the small source was imported, and once the large one was."""
    command = [sys.executable, "-c", WATCHED, str(small), str(large), str(tmp_path / "out.h5"), repr(options)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    first, most = map(int, done.stdout.split())
    return first, most


def chips(path: Path, count: int) -> Path:
    """Write so many chips of 128×128×7 int16, 224 KiB each."""
    chip = np.random.default_rng(0).integers(0, 6000, (1, 128, 128, 7)).astype(np.int16)
    with h5py.File(path, "w") as file:
        pixels = file.create_dataset("X", (count, 128, 128, 7), "i2", chunks=chip.shape)
        for number in range(count):
            pixels[number] = chip[0]
        file["Y"] = np.tile(np.array([1, 2], np.uint8), (count, 128, 64))
    return path


def test_chips_of_hdf5(tmp_path):
    first, most = peaks(tmp_path, chips(tmp_path / "a.h5", 150), chips(tmp_path / "b.h5", 750))
    assert most < 500
    assert most - first < 64  # the file has 176 MiB


def matrix(path: Path, count: int) -> Path:
    """Write so many pixels as doubles, as MATLAB v7.3 does; 64 bytes each."""
    with h5py.File(path, "w", userblock_size=512) as file:
        for name, rows in (("X", 7), ("Y", 1)):
            values = np.tile(np.arange(1, 3, dtype=np.float64), (rows, count // 2))
            file.create_dataset(name, data=values, chunks=(rows, 1 << 16)).attrs["MATLAB_class"] = np.bytes_("double")
    return path


def test_pixels_of_matlab(tmp_path):
    options = {"counts": True, "water": "1", "bands": tuple(range(1, 8))}
    first, most = peaks(tmp_path, matrix(tmp_path / "a.mat", 400_000), matrix(tmp_path / "b.mat", 2_400_000), **options)
    assert most < 500
    assert most - first < 64  # the file has 146 MiB


def scene(path: Path, side: int) -> Path:
    """Write one band, and a mask in which every 512th row and column has a lake of 8×8 px."""
    mask = np.full((side, side), 2, np.uint8)
    for row in range(8):
        for column in range(8):
            mask[row::512, column::512] = 1
    more = {"tiled": True, "compress": "deflate", "zlevel": 1}
    write_tif(path.with_name(f"{path.stem}_mask.tif"), mask, **more)
    return write_tif(path, np.where(mask == 1, 100, 3000).astype(np.int16), **more)


def test_lakes_cut_out_of_a_raster_by_its_mask(tmp_path):
    options = {"bands": (2,), "cut": "water", "water": "1"}
    first, most = peaks(tmp_path, scene(tmp_path / "a.tif", 2048), scene(tmp_path / "b.tif", 5120), **options)
    assert most < 500
    assert most - first < 128  # the mask and the numbers of its lakes at once would take more than that

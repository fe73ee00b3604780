"""Peak memory of `import` for each format: a file of a few megabytes beside one of many hundreds.

Each import runs in a process of its own; its peak is what Linux counted (`VmHWM`), Python and libraries included. The
pixels are random, so that compression does not help. Rasters need requirements-geo.txt.

Run: python benchmarks/imports.py [megabytes of pixels]
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter

import h5py
import numpy as np
import pandas as pd
import scipy.io

BANDS = 7
SIDE = 128
SMALL_MB = 4
LARGE_MB = 800
WATCHED = """
import re, sys
from pathlib import Path
from lakeseg.cli import main
code = main(sys.argv[1:])
print(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
sys.exit(code)
"""
RNG = np.random.default_rng(0)


def chips(megabytes: int, itemsize: int = 2) -> int:
    """Return how many chips of int16 counts, or of another type's size, make so many megabytes."""
    return max(2, megabytes * 1_000_000 // (SIDE * SIDE * BANDS * itemsize))


def chip() -> np.ndarray:
    """Return a chip (SIDE, SIDE, BANDS) of random counts."""
    return RNG.integers(0, 6000, (SIDE, SIDE, BANDS)).astype(np.int16)


def labels() -> np.ndarray:
    """Return labels (SIDE, SIDE) of water and land."""
    return RNG.integers(1, 3, (SIDE, SIDE)).astype(np.uint8)


def arrays(folder: Path, megabytes: int) -> tuple[Path, list[str]]:
    """Write chips as HDF5."""
    path, count = folder / "chips.h5", chips(megabytes)
    with h5py.File(path, "w") as file:
        pixels = file.create_dataset("X", (count, SIDE, SIDE, BANDS), "i2", chunks=(1, SIDE, SIDE, BANDS))
        codes = file.create_dataset("Y", (count, SIDE, SIDE), "u1", chunks=(1, SIDE, SIDE))
        for number in range(count):
            pixels[number], codes[number] = chip(), labels()
    return path, []


def numpy_archive(folder: Path, megabytes: int) -> tuple[Path, list[str]]:
    """Write chips as a compressed archive."""
    path, count = folder / "chips.npz", chips(megabytes)
    np.savez_compressed(path, X=np.stack([chip() for _ in range(count)]), Y=np.stack([labels() for _ in range(count)]))
    return path, []


def matlab_5(folder: Path, megabytes: int) -> tuple[Path, list[str]]:
    """Write a struct array of doubles, as MATLAB keeps numbers, compressed; one variable holds 2 GB at most."""
    path, count = folder / "lakes5.mat", chips(min(megabytes, 1_600), 8)
    lakes = np.zeros((count, 1), [("X", object), ("Y", object)])
    for lake in lakes[:, 0]:
        lake["X"], lake["Y"] = chip().astype(float), labels().astype(float)
    scipy.io.savemat(path, {"lakes": lakes}, do_compression=True)
    return path, []


def matlab_73(folder: Path, megabytes: int) -> tuple[Path, list[str]]:
    """Write a struct array as MATLAB lays it out in HDF5: references into `#refs#`, axes reversed."""
    path, count = folder / "lakes73.mat", chips(megabytes, 8)
    with h5py.File(path, "w", userblock_size=512) as file:
        lakes, kept = file.create_group("lakes"), file.create_group("#refs#")
        lakes.attrs["MATLAB_class"] = np.bytes_("struct")
        fields = {name: lakes.create_dataset(name, (1, count), h5py.ref_dtype) for name in "XY"}
        for number in range(count):
            for name, values in (("X", chip()), ("Y", labels())):
                item = kept.create_dataset(f"{name}{number}", data=values.T.astype(float), compression=1)
                item.attrs["MATLAB_class"] = np.bytes_("double")
                fields[name][0, number] = item.ref
    with path.open("r+b") as raw:
        text = b"MATLAB 7.3 MAT-file, Platform: GLNXA64, Created on: Mon Jan  1 00:00:00 2024 HDF5 schema 1.00 ."
        raw.write(text.ljust(116) + bytes(8) + b"\x00\x02IM")
    return path, []


def table(folder: Path, megabytes: int) -> tuple[Path, list[str]]:
    """Write pixels as CSV."""
    path = folder / "pixels.csv"
    for part in range(max(1, megabytes // 20)):
        rows = 500_000 if megabytes >= 20 else 100_000
        frame = pd.DataFrame(RNG.integers(0, 6000, (rows, BANDS)), columns=[f"band{b}" for b in range(1, 8)])
        frame["label"] = RNG.integers(1, 3, rows)
        frame.to_csv(path, mode="a", header=part == 0, index=False)
    return path, []


def geotiff(folder: Path, megabytes: int) -> tuple[Path, list[str]]:
    """Write a stack of seven bands, and have it cut into tiles."""
    import rasterio

    side = int((megabytes * 1_000_000 / (BANDS * 2)) ** 0.5) // 256 * 256 or 256
    path = folder / "stack.tif"
    grid = rasterio.Affine(500, 0, 500_000, 0, -500, 6_000_000)
    profile = {"driver": "GTiff", "width": side, "height": side, "count": BANDS, "dtype": "int16", "tiled": True}
    with rasterio.open(path, "w", **profile, crs="EPSG:32635", transform=grid, nodata=-28672) as file:
        for row in range(0, side, 256):
            block = RNG.integers(0, 6000, (BANDS, 256, side)).astype(np.int16)
            file.write(block, window=rasterio.windows.Window(0, row, side, 256))
    return path, ["--bands", "1,2,3,4,5,6,7", "--cut", "tiles"]


FORMATS: tuple[tuple[str, Callable[[Path, int], tuple[Path, list[str]]]], ...] = (
    ("HDF5 arrays", arrays),
    ("NumPy archive, compressed", numpy_archive),
    ("MATLAB v7.3, struct array", matlab_73),
    ("MATLAB v7, struct array, compressed", matlab_5),
    ("CSV of pixels", table),
    ("GeoTIFF, in tiles", geotiff),
)


def peak(source: Path, options: list[str]) -> tuple[float, float]:
    """Import in a process of its own; return its peak of memory in MB and its seconds."""
    words = ["import", str(source), "--out", str(source.with_name("dataset.h5")), "--json", *options]
    start = perf_counter()
    done = subprocess.run([sys.executable, "-c", WATCHED, *words], check=False, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{source.name}: import failed: {done.stderr.strip()}")
    return int(done.stdout.split()[-1]) / 1024, perf_counter() - start


def rows(megabytes: int) -> Iterator[str]:
    """Yield a line for each format."""
    for name, write in FORMATS:
        found = []
        for size in (SMALL_MB, megabytes):
            with tempfile.TemporaryDirectory() as folder:
                source, options = write(Path(folder), size)
                found.append((source.stat().st_size / 1e6, *peak(source, options)))
        (small, at_rest, _), (large, most, seconds) = found
        yield (
            f"{name:36} {small:6.0f} MB file: {at_rest:4.0f} MB   {large:6.0f} MB file: {most:4.0f} MB "
            f"in {seconds:4.0f} s   ratio {most / at_rest:.2f}"
        )


def main() -> None:
    """Print the table."""
    megabytes = int(sys.argv[1]) if len(sys.argv) > 1 else LARGE_MB
    print(f"{platform.machine()}, {os.cpu_count()} cores; peak memory of the process that imports")
    for row in rows(megabytes):
        print(row, flush=True)


if __name__ == "__main__":
    main()

"""The formats that can be read, as data: what each is, how a file of it is recognised, and what opens it.

A format's module offers two functions and is imported only when a file may be of its kind:

    detect(path: Path, options: ReadOptions) -> Found | None     # what the file is, from its head alone
    read(path: Path, options: ReadOptions) -> AbstractContextManager[Reading]
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, runtime_checkable

import numpy as np

from lakeseg.data.dataset import Header, Lake

GEO: Final = "requirements-geo.txt"


@dataclass(frozen=True)
class Format:
    """One format.

    Attributes:
        key: What `--format` takes.
        name: What a person reads.
        endings: Of its files, lower case; a folder of such files counts too.
        holds: What is read from it, in one line.
        module: Where `detect` and `read` are.
        needs: The requirements file to install on top, empty where the core reads it.
    """

    key: str
    name: str
    endings: tuple[str, ...]
    holds: str
    module: str
    needs: str = ""


@dataclass(frozen=True)
class Found:
    """What a file turned out to be, said before anything is converted.

    Attributes:
        format: Key of the format.
        title: In a few words, such as "MATLAB v7.3, struct array X/Y".
        lines: What it holds, a line each, for a person.
        lakes: How many, None where only a full read could tell.
        pixels: How many, None likewise.
        bands: MODIS bands in ascending order, empty where the user has to name them.
        suggested: Options that hold unless the user says otherwise, by field of `ReadOptions`.
        missing: Fields of `ReadOptions` that the user has to give before this can be read.
    """

    format: str
    title: str
    lines: tuple[str, ...] = ()
    lakes: int | None = None
    pixels: int | None = None
    bands: tuple[int, ...] = ()
    suggested: Mapping[str, Any] = field(default_factory=dict)
    missing: tuple[str, ...] = ()


class Reading(Protocol):
    """An opened file on its way to a dataset. Memory stays with one lake, or one block of pixels, at a time."""

    def header(self) -> Header:
        """Return the header of the dataset to be: bands ascending, provenance."""
        ...

    def count(self) -> int | None:
        """Return the number of lakes, None where only a full read could tell."""
        ...

    def lakes(self) -> Iterator[Lake]:
        """Yield the lakes that hold a clean pixel; a `DatasetError` names the first thing that breaks a rule."""
        ...

    def warnings(self) -> list[str]:
        """Return a line for everything that the user should know of, once the lakes were read."""
        ...


@runtime_checkable
class PixelReading(Protocol):
    """An opened file of single pixels that belong to no lake."""

    def header(self) -> Header:
        """Return the header of the dataset to be: bands ascending, provenance."""
        ...

    def count(self) -> int | None:
        """Return the number of pixels, None where only a full read could tell."""
        ...

    def blocks(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield (n, B) int16 counts and (n,) uint8 class codes."""
        ...

    def warnings(self) -> list[str]:
        """Return a line for everything that the user should know of, once the pixels were read."""
        ...


_HERE: Final = "lakeseg.data.readers"

FORMATS: Final[tuple[Format, ...]] = (
    Format(
        "arrays",
        "HDF5 arrays",
        (".h5", ".hdf5"),
        "chips (N, H, W, B) with labels (N, H, W), pairs of arrays of any size, or pixels (N, B) with labels (N,)",
        f"{_HERE}.arrays",
    ),
    Format(
        "numpy",
        "NumPy",
        (".npz", ".npy"),
        "the same in an archive, or in a folder of `.npy` or `.npz` files",
        f"{_HERE}.arrays",
    ),
    Format(
        "matlab",
        "MATLAB",
        (".mat",),
        "v5 to v7.3: struct arrays with fields X and Y, cell arrays, matrices, pixels (N×7 and N×1, or N×8); a folder",
        f"{_HERE}.matlab",
    ),
    Format(
        "table",
        "CSV or Parquet",
        (".csv", ".parquet"),
        "pixels with named columns: bands, label; with lake, row and column they become lakes",
        f"{_HERE}.tables",
    ),
    Format(
        "geotiff",
        "GeoTIFF",
        (".tif", ".tiff"),
        "a stack of bands, or one file a band, with a mask beside it; MODIS exported as GeoTIFF",
        f"{_HERE}.rasters",
        GEO,
    ),
    Format(
        "modis",
        "MODIS MOD09, MYD09 (HDF4-EOS)",
        (".hdf", ".hdf4", ".he4"),
        "surface reflectance of days or composites, cloud, water and place from the state; a folder of days",
        f"{_HERE}.rasters",
        GEO,
    ),
    Format(
        "satellite",
        "Landsat 4–9, Sentinel-2, HLS",
        (".tif", ".tiff", ".jp2"),
        "a folder of surface reflectance as delivered, mapped onto MODIS bands 1, 2, 3, 4, 6, 7",
        f"{_HERE}.rasters",
        GEO,
    ),
)

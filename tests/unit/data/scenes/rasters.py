"""Rasters for tests, written by rasterio."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import rasterio

UTM = "EPSG:32633"


def write_tif(path: Path, values, cell=500.0, corner=(500_000.0, 4_650_000.0), crs=UTM, names=(), **more):
    """Write (H, W) or (B, H, W) values as a GeoTIFF; `names` describe its bands."""
    bands = np.asarray(values)
    bands = bands[None] if bands.ndim == 2 else bands
    place = {} if crs is None else {"crs": crs, "transform": rasterio.Affine(cell, 0, corner[0], 0, -cell, corner[1])}
    count, height, width = bands.shape
    shape = {"driver": "GTiff", "count": count, "height": height, "width": width, "dtype": bands.dtype.name}
    scales = more.pop("scales", None)
    path.parent.mkdir(parents=True, exist_ok=True)
    with rasterio.open(path, "w", **(shape | place | more)) as file:
        file.write(bands)
        for number, name in enumerate(names, start=1):
            file.set_band_description(number, name)
        if scales is not None:
            file.scales = scales
    return path


def counting(bands, height, width, start=0, dtype=np.int16):
    """Return (B, H, W) numbers that each tell their place."""
    return np.arange(start, start + bands * height * width, dtype=dtype).reshape(bands, height, width)

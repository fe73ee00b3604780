"""MODIS tiles for tests, written by pyhdf as NASA lays them out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from pyhdf.SD import SD, SDC

CELL = 463.312716527917  # metres, as in the metadata of real tiles
TYPES = {"i2": SDC.INT16, "u2": SDC.UINT16, "u4": SDC.UINT32}


def structure(*grids) -> str:
    """Return StructMetadata of grids (name, height, width, left, top, cell, fields)."""
    parts = []
    for number, (name, height, width, left, top, cell, fields) in enumerate(grids, start=1):
        objects = "".join(
            f'\t\t\tOBJECT=DataField_{at}\n\t\t\t\tDataFieldName="{each}"\n\t\t\tEND_OBJECT=DataField_{at}\n'
            for at, each in enumerate(fields, start=1)
        )
        parts.append(
            f'\tGROUP=GRID_{number}\n\t\tGridName="{name}"\n\t\tXDim={width}\n\t\tYDim={height}\n'
            f"\t\tUpperLeftPointMtrs=({left:.6f},{top:.6f})\n"
            f"\t\tLowerRightMtrs=({left + width * cell:.6f},{top - height * cell:.6f})\n"
            "\t\tProjection=GCTP_SNSOID\n\t\tProjParams=(6371007.181000,0,0,0,0,0,0,0,0,0,0,0,0)\n\t\tSphereCode=-1\n"
            f"\t\tGROUP=DataField\n{objects}\t\tEND_GROUP=DataField\n\tEND_GROUP=GRID_{number}\n"
        )
    return "GROUP=GridStructure\n" + "".join(parts) + "END_GROUP=GridStructure\nEND\n"


def write_hdf(path: Path, sets, text: str, scale=1e-4, compress=True) -> Path:
    """Write `sets`, {name: (H, W) array}; bands get scale, fill and valid range as in the product."""
    path.parent.mkdir(parents=True, exist_ok=True)
    file = SD(str(path), SDC.WRITE | SDC.CREATE | SDC.TRUNC)
    file.attr("StructMetadata.0").set(SDC.CHAR, text)
    for name, values in sets.items():
        data = file.create(name, TYPES[values.dtype.str[1:]], values.shape)
        if name.startswith("sur_refl_b"):
            data.attr("_FillValue").set(SDC.INT16, -28672)
            data.attr("valid_range").set(SDC.INT16, [-100, 16000])
            data.attr("scale_factor").set(SDC.FLOAT64, scale)
            data.attr("add_offset").set(SDC.FLOAT64, 0.0)
        else:
            data.attr("_FillValue").set(SDC.UINT16, 65535)
        if compress:
            data.setcompress(SDC.COMP_DEFLATE, 6)
        data[:] = values
        data.endaccess()
    file.end()
    return path


def tile_a1(path: Path, height=8, width=6, left=1000 * CELL, top=9000 * CELL, bands=None, state=None) -> Path:
    """Write a MOD09A1 subset; counts tell their place, and every pixel is clear land, unless given."""
    counting = {
        band: (np.arange(height * width).reshape(height, width) + 100 * band).astype("i2") for band in range(1, 8)
    }
    sets = {f"sur_refl_b0{band}": values for band, values in (counting | (bands or {})).items()}
    sets["sur_refl_state_500m"] = np.full((height, width), 8, "u2") if state is None else state.astype("u2")
    return write_hdf(path, sets, structure(("MOD_Grid_500m", height, width, left, top, CELL, tuple(sets))))


def tile_ga(path: Path, height=8, width=6, state=None, bands=None) -> Path:
    """Write a MOD09GA subset: bands at 500 m with a scale factor of 10000, the state at 1 km."""
    counting = {band: np.full((height, width), 100 * band, "i2") for band in range(1, 8)}
    fine = {f"sur_refl_b0{band}_1": values for band, values in (counting | (bands or {})).items()}
    coarse = {"state_1km_1": np.full((height // 2, width // 2), 8, "u2") if state is None else state.astype("u2")}
    text = structure(
        ("MODIS_Grid_1km_2D", height // 2, width // 2, 0.0, 9000 * CELL, 2 * CELL, tuple(coarse)),
        ("MODIS_Grid_500m_2D", height, width, 0.0, 9000 * CELL, CELL, tuple(fine)),
    )
    return write_hdf(path, fine | coarse, text, scale=10000.0)

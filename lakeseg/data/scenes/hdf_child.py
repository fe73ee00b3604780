"""Read an HDF4 file in a process of its own: on a damaged file the library may crash, hang or grow, and does so alone.

Run by `hdf.py` as a script: FILE HANDLE PATTERN. Writes the numbers of the data sets whose names fit the pattern,
little-endian and row by row, one after the other to the open file HANDLE, and then what the file holds, and where each
was written, as JSON to standard output.
Nothing of lakeseg is imported here.
"""

from __future__ import annotations

import json
import math
import re
import sys
from typing import Any, BinaryIO, Final

import numpy as np

MOST_BYTES: Final = 1 << 28
MOST_MEMORY: Final = 3 << 29
MOST_SETS: Final = 1000


def main(path: str, handle: str, pattern: str) -> None:
    """Write the data sets whose names fit `pattern`, and describe the file."""
    _limit()
    from pyhdf.SD import SD, SDC

    file = SD(path, SDC.READ)
    held = _described(file)
    with open(int(handle), "wb", closefd=False) as target:
        for name in [name for name in held["sets"] if re.fullmatch(pattern, name)]:
            held["sets"][name]["written"] = target.tell()
            _write(file, name, held["sets"][name], target)
    json.dump(held, sys.stdout)


def _limit() -> None:
    """Keep memory within bounds where the system can."""
    try:
        import resource
    except ImportError:  # there is none on Windows
        return
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))


def _described(file: Any) -> dict[str, Any]:
    from pyhdf.SD import SDC

    types = {SDC.INT8: "i1", SDC.UINT8: "u1", SDC.INT16: "i2", SDC.UINT16: "u2", SDC.INT32: "i4", SDC.UINT32: "u4"}
    types |= {SDC.FLOAT32: "f4", SDC.FLOAT64: "f8"}
    sets = {}
    for number in range(min(file.info()[0], MOST_SETS)):
        data = file.select(number)
        name, rank, shape, kind, _ = data.info()
        shape = [shape] if rank == 1 else list(shape)
        wanted = ("_FillValue", "scale_factor", "add_offset", "valid_range")
        told = {key: value for key, value in data.attributes().items() if key in wanted}
        sets[name] = {"shape": shape, "type": types.get(kind, ""), "attributes": told}
        data.endaccess()
    texts = {key: value for key, value in file.attributes().items() if key.startswith("StructMetadata")}
    return {"sets": sets, "structure": "".join(str(texts[key]).rstrip("\0") for key in sorted(texts))}


def _write(file: Any, name: str, told: dict[str, Any], target: BinaryIO) -> None:
    shape, kind = told["shape"], told["type"]
    if len(shape) != 2 or not kind or not 0 < math.prod(shape) * np.dtype(kind).itemsize <= MOST_BYTES:
        sys.exit(f"{name} is no layer of a tile: {shape} {kind}")
    data = file.select(name)
    values = np.asarray(data.get())
    if list(values.shape) != shape:
        sys.exit(f"{name} has {list(values.shape)} numbers where {shape} were stated")
    target.write(np.ascontiguousarray(values, np.dtype(kind).newbyteorder("<")).data)
    data.endaccess()


if __name__ == "__main__":
    main(*sys.argv[1:])

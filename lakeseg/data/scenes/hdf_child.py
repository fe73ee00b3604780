"""Read an HDF4 file in a process of its own: on a damaged file the library may crash, hang or grow, and does so alone.

Run by `hdf.py` as a script: FILE [FOLDER NAME…]. Writes what the file holds as JSON to standard output, and the numbers
of the named data sets, little-endian and row by row, to FOLDER/0, FOLDER/1, … Nothing of lakeseg is imported here.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Final

import numpy as np

MOST_BYTES: Final = 1 << 28
MOST_MEMORY: Final = 3 << 29
MOST_SETS: Final = 1000


def main(arguments: list[str]) -> None:
    """Describe a file and write the data sets that are named."""
    _limit()
    from pyhdf.SD import SD, SDC

    path, *rest = arguments
    file = SD(path, SDC.READ)
    held = _described(file)
    if rest:
        folder, *names = rest
        for number, name in enumerate(names):
            _write(file, name, held["sets"][name]["shape"], Path(folder) / str(number))
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


def _write(file: Any, name: str, shape: list[int], target: Path) -> None:
    data = file.select(name)
    values = np.asarray(data.get())
    if list(values.shape) != shape or values.nbytes > MOST_BYTES:
        sys.exit(f"{name}: {values.shape} where {shape} was stated")
    values.astype(values.dtype.newbyteorder("<")).tofile(target)
    data.endaccess()


if __name__ == "__main__":
    main(sys.argv[1:])

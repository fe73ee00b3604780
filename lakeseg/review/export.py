"""What reviewers said and settled on, as files for other programs: CSV, Parquet, NPZ and, by `geotiff.py`, GeoTIFF."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

import numpy as np

from lakeseg.bands import LAND, NO_LABEL, UNCLASSIFIED, WATER, is_fill
from lakeseg.data.dataset import PIXEL_SIZE, Dataset, Lake
from lakeseg.data.write import replacing
from lakeseg.errors import ConfigError
from lakeseg.evaluation import Progress
from lakeseg.exports.arrays import npy_bytes
from lakeseg.plain import plain
from lakeseg.review.consensus import Consensus, settled_lakes
from lakeseg.review.verdicts import Verdict

if TYPE_CHECKING:
    import pandas as pd

COLUMNS: Final = (
    "id",
    "made_at",
    "dataset",
    "lake",
    "reviewer",
    "verdict",
    "fraction",
    "confidence",
    "pixels",
    "runs",
    "note",
    "purpose",
    "seconds",
    "key",
    "batch",
    "undone_by",
    "seen",
)
"""Of the tables of verdicts; `runs` as in `review/runs.py`, `seen` JSON, `made_at` ISO 8601 in UTC."""

_TEXTS: Final = ("made_at", "dataset", "lake", "reviewer", "verdict", "runs", "note", "purpose", "key", "batch", "seen")

_TYPED: Final = ("reviewer", "note", "undone_by")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def verdict_table(verdicts: Sequence[Verdict]) -> pd.DataFrame:
    """Return one row a verdict, `COLUMNS` wide, in the order given; also those taken back, which `undone_by` names."""
    import pandas as pd

    rows = [_row(one) for one in verdicts]
    types = {"fraction": "Int64", "id": "Int64", "confidence": "int64", "pixels": "int64", "seconds": "Float64"}
    types |= dict.fromkeys((*_TEXTS, "undone_by"), "string")
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(types)


def _row(one: Verdict) -> dict[str, Any]:
    texts = {
        "made_at": "" if one.made_at is None else one.made_at.isoformat(),
        "seen": json.dumps(plain(one.seen), sort_keys=True, ensure_ascii=False),
    }
    return {name: texts[name] if name in texts else getattr(one, name) for name in COLUMNS}


def verdicts_csv(verdicts: Sequence[Verdict]) -> bytes:
    """Return the verdicts as CSV in UTF-8.

    What people typed and a spreadsheet would take for a formula gets an apostrophe before it; Parquet has it as it is.
    """
    table = verdict_table(verdicts)
    for name in _TYPED:
        table[name] = table[name].where(~table[name].str.startswith(_FORMULA).fillna(value=False), "'" + table[name])
    return bytes(table.to_csv(index=False).encode())


def verdicts_parquet(verdicts: Sequence[Verdict]) -> bytes:
    """Return the verdicts as Parquet."""
    import io

    buffer = io.BytesIO()
    verdict_table(verdicts).to_parquet(buffer, index=False)
    return buffer.getvalue()


VERDICT_FILES: Final[dict[str, Callable[[Sequence[Verdict]], bytes]]] = {
    ".csv": verdicts_csv,
    ".parquet": verdicts_parquet,
}


def write_verdicts(path: Path, verdicts: Sequence[Verdict]) -> None:
    """Write verdicts as `.csv` or `.parquet`; the file appears whole or not at all.

    Raises:
        ConfigError: `path` has another ending.
        DatasetError: It cannot be written.
    """
    make = VERDICT_FILES.get(path.suffix.lower())
    if make is None:
        raise ConfigError(f"{path}: expected a file name ending in {' or '.join(VERDICT_FILES)}")
    with replacing(path) as temporary:
        temporary.write_bytes(make(verdicts))


def write_arrays(path: Path, dataset: Dataset, found: Consensus, progress: Progress | None = None) -> str:
    """Write the consensus as plain arrays in an `.npz`, and return the options by which `import` reads it back.

    `X` (N, H, W, B) int16, `first` and `second` (N, H, W) uint8, `groups` and `ids` (N,). Lakes smaller than the
    largest are filled up with the dataset's fill, to the right and below. `first` and `second` differ where a pixel is
    unclassified, which is how the import verb, which takes two labellers, gets to know it.

    Raises:
        DatasetError: It cannot be written.
    """
    height, width = int(dataset.lakes.height.max()), int(dataset.lakes.width.max())
    shape = (len(dataset.lakes), height, width)
    with replacing(path) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
        with _member(file, "X", (*shape, len(dataset.bands)), "<i2") as images:
            for lake in dataset.iter_lakes():
                images.write(_filled(lake.image, (height, width), dataset.fill).tobytes())
        labels = [lake.labels for lake in _labelled(dataset, found, progress)]
        for name, unclassified in (("first", WATER), ("second", LAND)):
            with _member(file, name, shape, "|u1") as member:
                for each in labels:
                    told = np.where(each == UNCLASSIFIED, np.uint8(unclassified), each)
                    member.write(_filled(told, (height, width), NO_LABEL).tobytes())
        file.writestr("groups.npy", npy_bytes(dataset.lakes.group))
        file.writestr("ids.npy", npy_bytes(dataset.lakes.id))
    return _options(dataset)


def _labelled(dataset: Dataset, found: Consensus, progress: Progress | None) -> Iterator[Lake]:
    """Yield the lakes with settled labels; pixels with fill have none, as the import verb has it."""
    from dataclasses import replace

    for lake in settled_lakes(dataset, found, progress):
        empty = is_fill(lake.image, dataset.fill)
        yield replace(lake, labels=np.where(empty, np.uint8(NO_LABEL), lake.labels))


def _member(file: zipfile.ZipFile, name: str, shape: tuple[int, ...], dtype: str) -> IO[bytes]:
    """Open an array of an `.npz` for writing, its header written."""
    member = file.open(f"{name}.npy", "w", force_zip64=True)
    header = {"descr": dtype, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(member, header)
    return member


def _filled(values: np.ndarray, shape: tuple[int, int], fill: int) -> np.ndarray:
    """Return (h, w, …) values filled up to (H, W, …), C-contiguous."""
    out = np.full((*shape, *values.shape[2:]), fill, values.dtype)
    out[: values.shape[0], : values.shape[1]] = values
    return out


def _options(dataset: Dataset) -> str:
    bands = ",".join(map(str, dataset.bands))
    size = dataset.header.provenance.get(PIXEL_SIZE)
    return (
        f"--pixels X --labels first --water {WATER} --second-labels second --ignore {NO_LABEL} "
        f"--second-ignore {NO_LABEL} --bands {bands} --groups groups --ids ids --scale {dataset.scale:g} "
        f"--fill {dataset.fill}" + ("" if size is None else f" --pixel-size {size:g}")
    )

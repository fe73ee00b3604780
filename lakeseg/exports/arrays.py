"""Predictions as a file for other programs: `<lake id>/classes`, `<lake id>/probabilities` and `meta` (JSON)."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import h5py
import numpy as np

from lakeseg.bands import CLASS_NAMES, LAND, UNCLASSIFIED, WATER
from lakeseg.data.opening import FORMAT
from lakeseg.data.sink import Sink
from lakeseg.data.table import check_lake_id
from lakeseg.data.write import replacing
from lakeseg.errors import ConfigError
from lakeseg.exports.content import Content
from lakeseg.metrics import classes

_META: Final = "meta"

Put = Callable[[str, np.ndarray], None]
Named = Iterable[tuple[str, Mapping[str, np.ndarray]]]


def write_predictions(path: Path, lakes: Iterable[tuple[str, np.ndarray]], meta: Mapping[str, Any]) -> None:
    """Stream (lake id, probabilities (H, W, 3) float32) into a new `.npz` or `.h5`; it appears whole or not at all.

    Where probabilities are NaN, as of a pixel that misses a band, the class is 0.

    Raises:
        ConfigError: `path` has another ending, or holds a dataset.
        DatasetError: It cannot be written, or an id cannot name a part of it.
    """
    _write(path, _predictions(lakes), meta)


def write_contents(path: Path, contents: Iterable[Content], meta: Mapping[str, Any], *, probabilities: bool) -> None:
    """Stream class codes, 0 where there is none, and probabilities if wanted, NaN there, into the same layout."""
    _write(path, ((each.lake.id, _arrays(each, probabilities)) for each in contents), meta)


def predictions_npz(named: Iterable[tuple[str, np.ndarray]], meta: Mapping[str, Any]) -> bytes:
    """Return (name, probabilities (H, W, 3) float32) as the content of an `.npz` of the same layout."""
    buffer = io.BytesIO()
    _write_npz(buffer, _predictions(named), _described(meta))
    return buffer.getvalue()


def _predictions(lakes: Iterable[tuple[str, np.ndarray]]) -> Named:
    for name, probabilities in lakes:
        yield name, {"classes": classes(probabilities), "probabilities": probabilities}


def _arrays(content: Content, probabilities: bool) -> dict[str, np.ndarray]:
    if not probabilities or content.probabilities is None:
        return {"classes": content.codes}
    return {"classes": content.codes, "probabilities": content.probabilities}


def _write(path: Path, lakes: Named, meta: Mapping[str, Any]) -> None:
    writers = {".npz": _write_npz, ".h5": _write_h5}
    if path.suffix.lower() not in writers:
        raise ConfigError(f"{path}: expected a file name ending in .npz or .h5")
    _spare_dataset(path)
    with replacing(path) as temporary:
        writers[path.suffix.lower()](temporary, lakes, _described(meta))


def _spare_dataset(path: Path) -> None:
    """Raise a `ConfigError` where a dataset lies: predictions over it would be the end of its pixels and labels."""
    with suppress(OSError), h5py.File(path, "r", locking=False) as file:
        if file.attrs.get("format") == FORMAT:
            raise ConfigError(f"{path}: is a dataset, which would be lost: choose another name")


def _described(meta: Mapping[str, Any]) -> str:
    codes = {str(code): CLASS_NAMES[code] for code in (WATER, LAND, UNCLASSIFIED)}
    return json.dumps({**meta, "classes": codes}, sort_keys=True)


def _put_lakes(put: Put, lakes: Named) -> None:
    for lake_id, arrays in lakes:
        check_lake_id(lake_id)
        for name, values in arrays.items():
            put(f"{lake_id}/{name}", values)


def _write_npz(target: Path | io.BytesIO, lakes: Named, meta: str) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:

        def put(name: str, values: np.ndarray) -> None:
            archive.writestr(f"{name}.npy", npy_bytes(values))

        put(_META, np.array(meta))
        _put_lakes(put, lakes)


def _write_h5(path: Path, lakes: Named, meta: str) -> None:
    with Sink(str(path)) as sink:
        with h5py.File(sink, "w") as file:

            def put(name: str, values: np.ndarray) -> None:
                file.create_dataset(name, data=values, compression="gzip", compression_opts=1)
                sink.check()

            file.attrs[_META] = meta
            _put_lakes(put, lakes)
        sink.check()


def npy_bytes(values: np.ndarray) -> bytes:
    """Return an array as the content of an .npy file, without pickle."""
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.asarray(values, order="C"), allow_pickle=False)
    return buffer.getvalue()

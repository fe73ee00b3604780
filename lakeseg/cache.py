"""Predictions on disk, found by (dataset fingerprint, lake id, model fingerprint, options), never by arrays.

    root/<dataset>/<model>[+options]/<lake>.npy       probabilities (H, W, 3) float32
    root/<dataset>/<model>[+options]/lakes.scores     confusion matrices (L, 3, 3) int64, −1 where not known yet

Each file is NumPy's .npy format followed by a checksum. It is written under another name and renamed, so that a kill at
any moment, or two processes at once, leave whole files only; a file that a crash of the machine tore is found by its
length or checksum, removed and counted as missing. The whole folder may be deleted at any time.
"""

from __future__ import annotations

import io
import logging
import secrets
import struct
import time
import zlib
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

import numpy as np
from numpy.lib import format as npy

logger = logging.getLogger(__name__)

_PLAIN: Final = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789_-.")
_LONGEST: Final = 120
_TRAILER: Final = struct.Struct("<4sI")
_MARK: Final = b"lake"
_SCORES: Final = "lakes.scores"
_ABANDONED_AFTER: Final = 3600.0


@dataclass(frozen=True)
class CacheKey:
    """What a prediction depends on; `options` names anything beyond the model that changes it."""

    dataset_fingerprint: str
    lake_id: str
    model_fingerprint: str
    options: str = ""


class PredictionCache:
    """Predictions and scores under `root`. Safe for threads and processes; losing it costs time, never a result.

    A full disk or a missing permission never stops a prediction: it is logged once and kept in `problem`.
    """

    def __init__(self, root: Path | str) -> None:
        self.root = Path(root)
        self.problem = ""
        self._swept: set[Path] = set()

    def get(self, key: CacheKey) -> np.ndarray | None:
        """Return the probabilities (H, W, 3) float32, read-only, or None when there is no whole file of them."""
        folder = self._folder(key.dataset_fingerprint, key.model_fingerprint, key.options)
        array = _read(folder / _file_name(key.lake_id))
        return array if array is not None and _is_prediction(array) and array.dtype == np.float32 else None

    def put(self, key: CacheKey, probabilities: np.ndarray) -> bool:
        """Keep (H, W, 3) probabilities; False when they could not be written, which is no error.

        Raises:
            ValueError: The array has another shape.
        """
        if not _is_prediction(probabilities):
            raise ValueError(f"prediction of {key.lake_id!r}: expected (H, W, 3), got {probabilities.shape}")
        folder = self._folder(key.dataset_fingerprint, key.model_fingerprint, key.options)
        return self._write(folder / _file_name(key.lake_id), probabilities.astype(np.float32, copy=False))

    def missing(self, dataset: str, model: str, ids: Iterable[str], options: str = "") -> list[str]:
        """Return those of `ids` without a prediction, by one look at the folder; arguments are fingerprints."""
        try:
            present = {path.name for path in self._folder(dataset, model, options).iterdir()}
        except OSError:
            present = set()
        return [lake_id for lake_id in ids if _file_name(lake_id) not in present]

    def scores(self, dataset: str, model: str, lakes: int, options: str = "") -> np.ndarray:
        """Return the (L, 3, 3) int64 confusion matrices of a dataset's `lakes` lakes, −1 for those not known yet."""
        table = _read(self._folder(dataset, model, options) / _SCORES)
        if table is None or table.shape != (lakes, 3, 3) or table.dtype != np.int64:
            return np.full((lakes, 3, 3), -1, np.int64)
        return table.copy()

    def save_scores(self, dataset: str, model: str, table: np.ndarray, options: str = "") -> bool:
        """Add what a (L, 3, 3) int64 table knows to the scores on disk; False when they could not be written.

        Of two processes that save at the same moment one may win: the other's lakes are scored again, none wrongly.
        """
        known = self.scores(dataset, model, len(table), options)
        known[table[:, 0, 0] >= 0] = table[table[:, 0, 0] >= 0]
        return self._write(self._folder(dataset, model, options) / _SCORES, known)

    def scores_stamp(self, dataset: str, model: str, options: str = "") -> int:
        """Return a number that changes whenever the scores do; 0 when there are none."""
        try:
            return (self._folder(dataset, model, options) / _SCORES).stat().st_mtime_ns
        except OSError:
            return 0

    def _folder(self, dataset: str, model: str, options: str) -> Path:
        name = safe_name(model[:16]) + (f"+{safe_name(options)}" if options else "")
        return self.root / safe_name(dataset[:16]) / name

    def _write(self, path: Path, array: np.ndarray) -> bool:
        temporary = path.with_name(f".{secrets.token_hex(8)}.part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._sweep(path.parent)
            with temporary.open("xb") as file:
                file.write(_encode(array))
            temporary.replace(path)
        except OSError as error:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            self._report(error)
            return False
        return True

    def _report(self, error: OSError) -> None:
        if not self.problem:
            logger.warning("predictions cannot be cached in %s (%s): they are made anew each time", self.root, error)
        self.problem = f"{self.root}: predictions cannot be cached ({error.strerror or error}): free space or permit it"

    def _sweep(self, folder: Path) -> None:
        """Remove what killed processes left in `folder`, once for each folder."""
        if folder in self._swept:
            return
        self._swept.add(folder)
        for left in folder.glob(".*.part"):
            with suppress(OSError):
                if time.time() - left.stat().st_mtime > _ABANDONED_AFTER:
                    left.unlink()


def safe_name(text: str) -> str:
    """Return a file name for any text: lower-case letters, digits, `_-.` and %xx bytes; different for each text.

    Capitals are encoded too, since some disks do not tell them from small letters. Long names end in a digest.
    """
    encoded = "".join(chr(byte) if byte in _PLAIN else f"%{byte:02x}" for byte in text.encode(errors="surrogatepass"))
    if 0 < len(encoded) <= _LONGEST:
        return encoded.replace(".", "%2e", 1) if encoded.startswith(".") else encoded
    return f"{encoded[: _LONGEST // 2].lstrip('.')}%%{sha256(text.encode(errors='surrogatepass')).hexdigest()}"


def _file_name(lake_id: str) -> str:
    return f"{safe_name(lake_id)}.npy"


def _is_prediction(array: np.ndarray) -> bool:
    return array.ndim == 3 and array.shape[2] == 3 and array.size > 0


def _encode(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    npy.write_array(buffer, np.ascontiguousarray(array), allow_pickle=False)
    buffer.write(_TRAILER.pack(_MARK, zlib.crc32(buffer.getbuffer())))
    return buffer.getvalue()


def _read(path: Path) -> np.ndarray | None:
    """Return the array of a whole file; a torn one is removed, and gives None like an absent or unreadable one."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    try:
        return _decode(content)
    except (ValueError, struct.error):
        with suppress(OSError):
            path.unlink()
        return None


def _decode(content: bytes) -> np.ndarray:
    end = len(content) - _TRAILER.size
    mark, checksum = _TRAILER.unpack_from(content, max(end, 0))
    if mark != _MARK or checksum != zlib.crc32(memoryview(content)[:end]):
        raise ValueError("torn file")
    head = io.BytesIO(content)
    if npy.read_magic(head) != (1, 0):
        raise ValueError("another version of the format")
    shape, by_column, dtype = npy.read_array_header_1_0(head)
    if by_column or dtype.hasobject:
        raise ValueError("not an array of this cache")
    return np.frombuffer(content, dtype, count=(end - head.tell()) // dtype.itemsize, offset=head.tell()).reshape(shape)

"""Trained models on disk: `models/<id>/` holds `card.json` and the weights it vouches for by SHA-256.

Weights are plain arrays (`weights.npz`, read without pickle) or a scikit-learn model in skops format (`weights.skops`).
A model's folder is written under another name and renamed: it is there whole or not at all.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import secrets
import shutil
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from lakeseg.cards import CARD_FILE, BrokenModel, Card
from lakeseg.data.write import replacing, write_reason
from lakeseg.errors import DatasetError, LakesegError, ModelError, unknown
from lakeseg.plain import plain
from lakeseg.segmenters.config import SegmenterConfig

__all__ = ["BrokenModel", "Card", "ModelStore", "fingerprint", "unpack"]

if TYPE_CHECKING:
    from lakeseg.segmenters.base import Segmenter

_FILES: Final = ("weights.npz", "weights.skops")
_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_MOST_COPIES: Final = 10_000


class ModelStore:
    """The models under `root`, one folder each. A folder that does not exist yet is an empty store."""

    def __init__(self, root: Path | str) -> None:
        self.root = Path(root)

    def ids(self) -> list[str]:
        """Return the names of all model folders, usable or not, sorted."""
        try:
            return sorted(path.name for path in self.root.iterdir() if path.is_dir() and _ID.fullmatch(path.name))
        except OSError:
            return []

    def cards(self) -> tuple[list[Card], list[BrokenModel]]:
        """Return the cards of the usable models and, beside them, the models whose card cannot be read.

        Weights are not read: `verify` does that.
        """
        good: list[Card] = []
        broken: list[BrokenModel] = []
        for model_id in self.ids():
            try:
                good.append(self.card(model_id))
            except ModelError as error:
                broken.append(BrokenModel(model_id, str(error)))
        return good, broken

    def card(self, model_id: str) -> Card:
        """Return the card of a model; a `ModelError` lists the valid ids, or says what is wrong with the card."""
        folder = self._folder(model_id)
        try:
            card = Card.from_json(json.loads((folder / CARD_FILE).read_text(encoding="utf-8")))
            SegmenterConfig.from_json(card.config)
            _check_weights_entry(card, folder)
        except OSError as error:
            raise ModelError(
                f"{model_id}: {CARD_FILE} cannot be read ({error.strerror}): restore the folder"
            ) from error
        except (LakesegError, ValueError, TypeError, RecursionError) as error:
            what = str(error) if isinstance(error, LakesegError) else f"{CARD_FILE} is damaged"
            raise ModelError(f"{model_id}: {what}: restore the folder or train the model again") from error
        return replace(card, id=model_id)

    def load(self, model_id: str, expected_fingerprint: str = "") -> Segmenter:
        """Return the segmenter of a model, its weights checked against the card.

        Args:
            model_id: Which model.
            expected_fingerprint: Fingerprint of the card that the caller read before, under which it will cache what
                the model predicts; empty takes the model as it is now.

        Raises:
            ModelError: The id is unknown, card or weights are damaged or do not belong together, or the model is
                another one than the caller expects.
        """
        return unpack(*self.packed(model_id, expected_fingerprint))

    def packed(self, model_id: str, expected_fingerprint: str = "") -> tuple[Card, bytes]:
        """Return the card and the weights file of a model, checked as by `load`: `unpack` makes a segmenter of them."""
        card = self.card(model_id)
        content = self._weights(card)
        if expected_fingerprint and card.fingerprint != expected_fingerprint:
            raise ModelError(f"{model_id}: was replaced by another model of this name: reload the page or run again")
        return card, content

    def save(self, segmenter: Segmenter, card: Card, model_id: str = "", half: bool = False) -> Card:
        """Write a model and return its completed card.

        Args:
            segmenter: Its `state()` becomes the weights.
            card: What is known of it; id, weights, fingerprint and created are filled in.
            model_id: Wanted id, by default the card's; if it is taken, -2, -3 and so on is added.
            half: Store float32 arrays as float16 (they are float32 again when loaded).

        Raises:
            ModelError: The id is no file name, or the folder cannot be written. Nothing is left behind.
        """
        wanted = model_id or card.id
        check_id(wanted)
        name, content, dtype = _pack(segmenter.state(), half)
        digest = hashlib.sha256(content).hexdigest()
        weights = {"file": name, "sha256": digest, "bytes": len(content), "dtype": dtype}
        created = datetime.now(UTC).isoformat(timespec="seconds")
        card = replace(card, weights=weights, fingerprint=fingerprint(card.config, content), created=created)
        return self._place(card, wanted, name, content)

    def update(self, card: Card) -> Card:
        """Rewrite the card of a stored model, to add scores for instance; its weights stay."""
        if card.weights != self.card(card.id).weights:
            raise ModelError(f"{card.id}: the card vouches for other weights than the stored ones: save it anew")
        try:
            with replacing(self._folder(card.id) / CARD_FILE) as temporary:
                temporary.write_text(card.text(), encoding="utf-8")
        except DatasetError as error:
            raise ModelError(str(error)) from error
        return card

    def verify(self, model_id: str = "") -> list[BrokenModel]:
        """Read the weights of one or all models and return those whose card or weights are damaged or not a pair.

        Raises:
            ModelError: `model_id` is unknown.
        """
        broken = []
        for each in [self._folder(model_id).name] if model_id else self.ids():
            try:
                self._weights(self.card(each))
            except ModelError as error:
                broken.append(BrokenModel(each, str(error)))
        return broken

    def _folder(self, model_id: str) -> Path:
        """Return the folder of a stored model; the `ModelError` for any other name lists the valid ids."""
        if model_id not in (ids := self.ids()):
            raise ModelError(f"{unknown('model', model_id, ids)} in {self.root}")
        return self.root / model_id

    def _weights(self, card: Card) -> bytes:
        """Return the weights file of a card; a `ModelError` unless config and weights are what the card vouches for."""
        try:
            content = (self.root / card.id / card.weights["file"]).read_bytes()
        except OSError as error:
            raise ModelError(
                f"{card.id}: {card.weights['file']} cannot be read ({error.strerror}): restore the folder"
            ) from error
        if hashlib.sha256(content).hexdigest() != card.weights["sha256"]:
            raise ModelError(
                f"{card.id}: {card.weights['file']} does not match the SHA-256 of its card: restore it or train again"
            )
        if fingerprint(card.config, content) != card.fingerprint:
            raise ModelError(
                f"{card.id}: card and weights do not belong together (other settings than the fingerprint's): "
                "restore the folder or train again"
            )
        return content

    def _place(self, card: Card, wanted: str, name: str, content: bytes) -> Card:
        """Write the folder under a hidden name and rename it to the first free id."""
        folder = self.root / f".{wanted}.{secrets.token_hex(8)}.part"
        try:
            folder.mkdir(parents=True)
            _write(folder / name, content)
            for copy in range(1, _MOST_COPIES):
                card = replace(card, id=wanted if copy == 1 else f"{wanted}-{copy}")
                _write(folder / CARD_FILE, card.text().encode())
                if not (self.root / card.id).exists() and _rename(folder, self.root / card.id):
                    return card
        except OSError as error:
            raise ModelError(write_reason(self.root / wanted, error)) from error
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        raise ModelError(f"{wanted}: {_MOST_COPIES} models of this name: choose another")


def unpack(card: Card, content: bytes) -> Segmenter:
    """Return the segmenter of a card and its weights file; a `ModelError` says that they are damaged."""
    from lakeseg.segmenters.registry import rebuild

    state = content if card.weights["file"].endswith(".skops") else _arrays(content, card.id)
    try:
        return rebuild(SegmenterConfig.from_json(card.config), state)
    except LakesegError as error:
        raise ModelError(f"{card.id}: {error}") from error


def fingerprint(config: Mapping[str, Any], weights: bytes) -> str:
    """Return the SHA-256 of a config and its weights file, as hex digits."""
    digest = hashlib.sha256(json.dumps(plain(config), sort_keys=True).encode())
    digest.update(weights)
    return digest.hexdigest()


def check_id(model_id: str) -> None:
    """Raise a `ModelError` unless `model_id` can name a model's folder."""
    if not _ID.fullmatch(model_id):
        raise ModelError(f"model id {model_id!r}: expected letters, digits, '-', '_' or '.', the first no sign")


def _check_weights_entry(card: Card, folder: Path) -> None:
    """Raise a `ModelError` unless the card names a weights file of this folder that is there."""
    name, digest = card.weights.get("file"), card.weights.get("sha256")
    if name not in _FILES or not isinstance(digest, str):
        raise ModelError(f"{CARD_FILE}: weights: expected a file {' or '.join(_FILES)} and its sha256")
    if not (folder / name).is_file():
        raise ModelError(f"{name} is missing")


def _pack(state: Mapping[str, np.ndarray] | bytes, half: bool) -> tuple[str, bytes, str]:
    """Return file name, content and dtype of a segmenter's state."""
    if isinstance(state, bytes):
        return "weights.skops", state, "skops"
    arrays = {name: _halved(name, array) if half else np.asarray(array) for name, array in state.items()}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:  # what np.savez writes, for arrays of any name
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as file:
                np.lib.format.write_array(file, array, allow_pickle=False)
    return "weights.npz", buffer.getvalue(), " ".join(sorted({str(array.dtype) for array in arrays.values()}))


def _halved(name: str, array: np.ndarray) -> np.ndarray:
    """Return a float32 array as float16, any other as it is; a value beyond float16 raises a `ModelError`."""
    if array.dtype != np.float32:
        return array
    if np.abs(array).max(initial=0) > np.finfo(np.float16).max:
        raise ModelError(f"weights {name!r} exceed what float16 can hold: store them as float32")
    return array.astype(np.float16)


def _arrays(content: bytes, model_id: str) -> dict[str, np.ndarray]:
    """Read an .npz; float16 becomes float32."""
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except (OSError, ValueError, zipfile.BadZipFile, EOFError, KeyError) as error:
        raise ModelError(f"{model_id}: weights.npz is no file of plain arrays: train the model again") from error
    return {name: a.astype(np.float32) if a.dtype == np.float16 else a for name, a in arrays.items()}


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _rename(folder: Path, target: Path) -> bool:
    """Rename a folder; False when another process took the name meanwhile."""
    try:
        folder.rename(target)
    except OSError:
        if target.exists():
            return False
        raise
    with suppress(OSError):  # some file systems cannot flush a folder; the model is in place all the same
        handle = os.open(target.parent, os.O_RDONLY)
        os.fsync(handle)
        os.close(handle)
    return True

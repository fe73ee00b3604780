"""What goes to the browser: small blobs of bytes and one JSON header, in one message without base64.

Layout of a message: 4 bytes little-endian length n of the header, n bytes of UTF-8 JSON, then the blobs end to end.
The header names each blob by offset and length (from the end of the header), encoding and digest. Encodings: `png`
(an RGB image) and `deflate` (a zlib stream of H × W bytes, row-major).
"""

from __future__ import annotations

import hashlib
import io
import json
import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from PIL import Image

from lakeseg.errors import ConfigError

MISSING: Final = 255
"""The byte that stands for "no value here" in a quantised array."""

PERCENT: Final = 100
"""Steps of a probability that is only read out: two decimals, as shown."""

SCALAR_STEPS: Final = 254
"""Steps of a scalar that is painted: all bytes but `MISSING`."""


@dataclass(frozen=True)
class Blob:
    """Encoded bytes of one H × W array: `encoding` is "png" or "deflate", `digest` identifies the content."""

    data: bytes
    encoding: str
    digest: str


def _blob(data: bytes, encoding: str) -> Blob:
    return Blob(data, encoding, hashlib.blake2b(data, digest_size=8).hexdigest())


def encode_bytes(values: np.ndarray) -> Blob:
    """Return an (H, W) uint8 array as a zlib stream of its bytes, row-major: the smaller of two strategies.

    Matching repeats suits classes; noise, as in probabilities, is smaller by Huffman codes alone.
    """
    plain = np.ascontiguousarray(values, dtype=np.uint8).tobytes()
    streams = []
    for strategy in (zlib.Z_DEFAULT_STRATEGY, zlib.Z_HUFFMAN_ONLY):
        compressor = zlib.compressobj(6, strategy=strategy)
        streams.append(compressor.compress(plain) + compressor.flush())
    return _blob(min(streams, key=len), "deflate")


def encode_rgb(rgb: np.ndarray) -> Blob:
    """Return an (H, W, 3) uint8 array as a PNG."""
    out = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(rgb, dtype=np.uint8), "RGB").save(out, "PNG", compress_level=6)
    return _blob(out.getvalue(), "png")


def quantise(values: np.ndarray, low: float, high: float, steps: int = SCALAR_STEPS) -> np.ndarray:
    """Return `values` as uint8 steps from `low` (0) to `high` (`steps`), clipped; what is not finite becomes `MISSING`.

    Raises:
        ConfigError: `high` is not above `low`, or `steps` does not leave room for `MISSING`.
    """
    if not low < high:
        raise ConfigError(f"a scalar panel runs from low to high: expected low < high, got {low} and {high}")
    if not 0 < steps < MISSING:
        raise ConfigError(f"steps: expected 1 to {MISSING - 1}, got {steps}")
    finite = np.isfinite(values)
    share = (np.where(finite, values, low) - low) / (high - low)
    return np.where(finite, np.rint(np.clip(share, 0, 1) * steps), MISSING).astype(np.uint8)


def pack(
    header: Mapping[str, Any],
    panels: Sequence[tuple[Mapping[str, Any], Mapping[str, Blob]]],
    overlays: Mapping[str, tuple[Mapping[str, Any], Mapping[str, Blob]]] | None = None,
) -> bytes:
    """Return one message of `header` with its `panels`, each a mapping of plain values and its named blobs.

    What lies over the panels follows by name in the header. Equal blobs (the same digest) travel once.
    """
    places: dict[str, dict[str, Any]] = {}
    body: list[bytes] = []

    def described(values: Mapping[str, Any], blobs: Mapping[str, Blob]) -> dict[str, Any]:
        for blob in blobs.values():
            if blob.digest not in places:
                place = {"offset": sum(map(len, body)), "length": len(blob.data), "encoding": blob.encoding}
                places[blob.digest] = place | {"digest": blob.digest}
                body.append(blob.data)
        return {**values, "blobs": {name: places[blob.digest] for name, blob in blobs.items()}}

    parts = {"panels": [described(*panel) for panel in panels]}
    over = {name: described(*part) for name, part in (overlays or {}).items()}
    text = json.dumps({**header, **parts, **over}, separators=(",", ":"), ensure_ascii=False).encode()
    return b"".join([struct.pack("<I", len(text)), text, *body])

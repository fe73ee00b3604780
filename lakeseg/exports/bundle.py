"""One lake with all that is said of it, as a ZIP: what a page hands out when somebody asks for it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from lakeseg.data.dataset import Dataset
from lakeseg.exports.content import Content, Origin
from lakeseg.exports.maps import file_name, write_map
from lakeseg.exports.picture import write_picture

Said = Sequence[tuple[str, Content, Origin]]
"""For each model or for the labels: a name for files, what is said of the lake, and by whom."""


def maps_zip(dataset: Dataset, said: Said) -> bytes:
    """Return GeoTIFFs of classes and, of models, of probabilities, with what lies beside them.

    Raises:
        ConfigError: The lake has no place, or rasterio is not installed.
    """

    def write(folder: Path, stem: str, content: Content, origin: Origin) -> None:
        write_map(folder / f"{stem}.tif", dataset, content, origin)
        if content.probabilities is not None:
            write_map(folder / f"{stem}-probabilities.tif", dataset, content, origin, probabilities=True)

    return _zip(said, write)


def pictures_zip(dataset: Dataset, said: Said) -> bytes:
    """Return pictures of classes and, of models, of the probability of water."""

    def write(folder: Path, stem: str, content: Content, origin: Origin) -> None:
        write_picture(folder / f"{stem}.png", dataset, content, origin, probabilities=False)
        if content.probabilities is not None:
            write_picture(folder / f"{stem}-water.png", dataset, content, origin, probabilities=True)

    return _zip(said, write)


def _zip(said: Said, write: Callable[[Path, str, Content, Origin], None]) -> bytes:
    buffer = io.BytesIO()
    with TemporaryDirectory() as name, zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as file:
        folder = Path(name)
        for source, content, origin in said:
            write(folder, f"{file_name(content.lake.id)}-{file_name(source)}", content, origin)
        for path in sorted(folder.iterdir()):
            file.write(path, path.name)
    return buffer.getvalue()

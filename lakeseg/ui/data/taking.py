"""What can be taken away of the chosen dataset: made in the background, then downloaded."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Final
from zipfile import ZIP_STORED, ZipFile

import streamlit as st

from lakeseg.errors import LakesegError
from lakeseg.exports.matlab import VERSIONS
from lakeseg.exports.registry import EXPORTS, LABELS, MODEL, TIFF, VERDICTS, Export, model_endings
from lakeseg.exports.styles import sidecars
from lakeseg.places import exports_dir, models_dir, predictions_dir
from lakeseg.segmenters.config import SegmenterConfig
from lakeseg.ui import sidebar, state
from lakeseg.ui.cache import data as kept
from lakeseg.ui.cache import review
from lakeseg.ui.data import progress, sources, world
from lakeseg.ui.frame import View
from lakeseg.ui.tasks import Task
from lakeseg.ui.text import plain

KIND: Final = "export"
WIDTH: Final = 240
WHAT, OF_MODEL, ENDING, LAKES = "take", "take_of", "take_as", "take_lakes"
FROM_LABELS: Final = "labels of the dataset"
ALL: Final = "All lakes"
ONE: Final = "One lake"
MOST_BYTES: Final = 1 << 29
_MATLAB: Final = ".mat"
_ON_MAPS: Final = (TIFF, ".gpkg")
_NAMES: Final = {
    ".tif": "GeoTIFF",
    ".png": "PNG",
    ".npz": "NumPy",
    ".h5": "HDF5",
    ".csv": "CSV",
    ".parquet": "Parquet",
    ".gpkg": "GeoPackage",
    ".mat": "MATLAB",
    ".keras": "Keras",
    ".onnx": "ONNX",
}


@dataclass(frozen=True)
class Order:
    """What somebody wants: an export, in files of an ending, of a model (empty: of labels), of one lake or of all.

    `version` is that of a MATLAB file.
    """

    what: Export
    ending: str
    model: str
    lake: str
    version: str = ""

    @property
    def in_folder(self) -> bool:
        """Whether it becomes a folder of files, one a lake."""
        return not self.lake and self.ending in self.what.folder

    def out(self, dataset: str) -> Path:
        """Return the file or folder that it becomes."""
        parts = [dataset, self.what.key, self.model, self.lake, f"v{self.version}" if self.version else ""]
        if self.what.verb != KIND:
            parts = [self.model]
        name = sources.safe_name("-".join(part for part in parts if part))
        return exports_dir() / (f"{name}{self.ending}" if not self.in_folder else f"{name}-{self.ending[1:]}")

    def words(self, dataset: Path) -> tuple[str, ...]:
        """Return the command that makes it."""
        out = self.out(dataset.stem)
        models = ("--models", str(models_dir()))
        if self.what.verb != KIND:
            return ("models", "--export", self.model, "--to", str(out), *models)
        words = [KIND, f"--dataset={dataset}", f"--what={self.what.key}", f"--cache={predictions_dir()}", *models]
        words += [f"--to={out}/", f"--as={self.ending[1:]}"] if self.in_folder else [f"--to={out}"]
        words += [f"--model={self.model}"] if self.model else []
        words += [f"--mat={self.version}"] if self.version else []
        return (*words, *([f"--lakes={self.lake}"] if self.lake else []))


def show(view: View) -> None:
    """Ask what is wanted, offer to make it, and show what was made."""
    with st.container(border=True):
        order = _ask(view)
    if order is not None:
        st.button(
            "Make it", icon=":material/play_arrow:", type="primary", key="take_it", on_click=_start, args=(order, view)
        )
    progress.show(KIND, _download)


def _ask(view: View) -> Order | None:
    """Ask for everything that an order needs; None where something lacks."""
    names = {each.key: each for each in EXPORTS}
    st.segmented_control(
        "What",
        list(names),
        format_func=lambda key: names[key].name,
        default=EXPORTS[0].key,
        required=True,
        key=WHAT,
        bind="query-params",
    )
    what = names[state.value(WHAT, EXPORTS[0].key)]
    st.caption(plain(f"{what.holds[0].upper()}{what.holds[1:]}."))
    endings, why = _endings(what, view), _no_verdicts(what, view)
    if not endings:
        why = ":material/wrong_location: No lake of this dataset has coordinates, which these files need."
        if view.dataset.of_pixels:
            why = ":material/scatter_plot: Only lakes can be taken, and this dataset holds single pixels."
    if why:
        st.caption(why)
        return None
    with st.container(horizontal=True, gap="medium"):
        ending = st.selectbox(
            "As",
            endings,
            format_func=lambda each: f"{_NAMES.get(each, each)} ({each})",
            key=f"{ENDING}_{what.key}",
            width=WIDTH,
        )
        model = _ask_model(what, str(ending), view)
        lake = _ask_lake(what, ending, view)
        version = str(st.selectbox("Version", VERSIONS, key="take_mat", width=WIDTH)) if ending == _MATLAB else ""
    if model is None:
        st.caption("No model here can be taken for this.")
        return None
    return Order(what, str(ending), model, lake, version)


def _endings(what: Export, view: View) -> list[str]:
    """Return the endings that this dataset allows: a map needs lakes with a place, and nothing is made of pixels."""
    if view.dataset.of_pixels:
        return [each for each in what.endings if what.verb != KIND]
    placed = len(world.placed_rows(view.dataset.lakes)) > 0 or view.dataset.lakes.grid(0) is not None
    return [each for each in what.endings if placed or each not in _ON_MAPS]


def _no_verdicts(what: Export, view: View) -> str:
    """Say why there are no verdicts to take, empty where there are or none are asked for."""
    if what.takes != (VERDICTS,):
        return ""
    try:
        found = review.has_verdicts(view.dataset)
    except LakesegError as error:
        return f":material/error: {plain(str(error))}"
    name = plain(view.dataset.name)
    return "" if found else f":material/rate_review: Nobody gave verdicts on {name} yet: the page Review is the place."


def _ask_model(what: Export, ending: str, view: View) -> str | None:
    """Return the model that is asked, empty where labels are taken; None where there has to be one and is none."""
    if MODEL not in what.takes:
        return ""
    models = sorted(view.fitting if what.verb == KIND else _written_as(ending, view), key=_rank)
    options = ([FROM_LABELS] if LABELS in what.takes else []) + models
    if not options:
        return None
    chosen = st.selectbox("Of", options, key=f"{OF_MODEL}_{what.key}", width=WIDTH)
    return "" if chosen == FROM_LABELS else str(chosen)


def _written_as(ending: str, view: View) -> list[str]:
    """Return the models that come in files of an ending."""
    return [
        model for model, card in view.cards.items() if ending in model_endings(SegmenterConfig.from_json(card.config))
    ]


def _rank(model: str) -> int:
    return sidebar.SHOWN_FIRST.index(model) if model in sidebar.SHOWN_FIRST else len(sidebar.SHOWN_FIRST)


def _ask_lake(what: Export, ending: str | None, view: View) -> str:
    """Return the lake that is asked for, empty for all of them."""
    if what.verb != KIND or (what.key == "verdicts" and ending in (".csv", ".parquet")):
        return ""
    way = st.selectbox("Lakes", [ALL, ONE], key=LAKES, width=WIDTH)
    if way != ONE:
        return ""
    ids = view.dataset.lake_ids[:1000]
    options = ids if view.lake_id in ids else (view.lake_id, *ids)
    key = f"take_lake_{view.dataset.path.stem}"
    return str(st.selectbox("Lake", options, index=options.index(view.lake_id), key=key, width=WIDTH))


def _start(order: Order, view: View) -> None:
    """Callback: make it in the background."""
    out = order.out(view.dataset.path.stem)
    exports_dir().mkdir(parents=True, exist_ok=True)
    tells = order.what.verb == KIND
    kept.tasks().start(Task(KIND, out.name, order.words(view.dataset.path), out, tells=tells))


def _download(task: Task, key: str) -> None:
    """Offer the file, or as one archive a folder or a map with its legend; what is too large for that is named."""
    files = _files(task.out)
    size = sum(path.stat().st_size for path in files if path.exists())
    if not all(path.exists() for path in files) or size > MOST_BYTES:
        st.caption(f"`{task.out}`")
        return
    archive = task.out.is_dir() or len(files) > 1
    name = task.out.name if task.out.is_dir() else task.out.stem
    st.download_button(
        f"{'ZIP' if archive else 'Download'} ({_size(size)})",
        lambda: _zipped(task.out.parent, files) if archive else task.out.read_bytes(),
        f"{name}.zip" if archive else task.out.name,
        "application/zip" if archive else "application/octet-stream",
        key=f"download_{key}",
        icon=":material/download:",
        on_click="ignore",
        help=f"It is at {plain(str(task.out))} on the server, too.",
    )


def _files(out: Path) -> list[Path]:
    """Return the files of a folder, or a file with what lies beside it: of a map, the names and colours of its classes.

    GDAL keeps names of classes beside a GeoTIFF, not in it, and QGIS does so with its legend.
    """
    if out.is_dir():
        return sorted(path for path in out.rglob("*") if path.is_file())
    beside = sidecars(out) if out.suffix == TIFF else ()
    return [out, *(path for path in beside if path.exists())]


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{max(1, round(count / 1e3))} kB"


def _zipped(root: Path, files: list[Path]) -> bytes:
    buffer = BytesIO()
    with ZipFile(buffer, "w", ZIP_STORED) as archive:
        for path in files:
            archive.write(path, path.relative_to(root).as_posix())
    return buffer.getvalue()

"""What can be taken away from a review: a dataset to train on, the verdicts, a map of the lake, all numbers."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import streamlit as st

from lakeseg.data.dataset import Dataset, open_dataset
from lakeseg.errors import DatasetError, LakesegError
from lakeseg.plain import plain as as_json
from lakeseg.review.consensus import MADE_BY, Consensus, Rule, write_consensus
from lakeseg.review.export import verdicts_csv, verdicts_parquet
from lakeseg.review.geotiff import placed, write_geotiffs
from lakeseg.review.ledger import Snapshot
from lakeseg.review.opening import short_name
from lakeseg.review.report import report
from lakeseg.ui import cache
from lakeseg.ui.cache import outcome as kept
from lakeseg.ui.frame import View
from lakeseg.ui.text import plain


def show(view: View, record: Snapshot, rule: Rule) -> None:
    """Offer files."""
    path = _target(view.dataset)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            "Write dataset",
            icon=":material/database:",
            type="primary",
            key="write_consensus",
            on_click=_write,
            args=(view.dataset, record, rule, path),
            help=f"Writes {path.name} beside the datasets: the same lakes with these labels. It then stands in the "
            "list of datasets, to look at, evaluate and train on.",
        )
        show_verdicts(view, record)
        name = f"{view.dataset.path.stem}-review.json"
        _offer("All numbers", lambda: _numbers(view, record, rule), name, "application/json")
        _offer_maps(view, record, rule)
    _written(path)


def show_verdicts(view: View, record: Snapshot) -> None:
    """Offer every verdict, those taken back too."""
    stem, parquet = view.dataset.path.stem, "application/vnd.apache.parquet"
    _offer("Verdicts CSV", lambda: verdicts_csv(record.verdicts), f"{stem}-verdicts.csv", "text/csv")
    _offer("Parquet", lambda: verdicts_parquet(record.verdicts), f"{stem}-verdicts.parquet", parquet)


def _written(path: Path) -> None:
    """Say what was written, and how to train on it."""
    made = cache.datasets()[0].get(path.stem)
    if made is None or made.header.provenance.get("made_by") != MADE_BY:
        return
    people = ", ".join(map(str, made.header.provenance.get("reviewers") or ()))
    command = f"python -m lakeseg train --model logistic --dataset {path}"
    st.caption(
        f":material/check_circle: {plain(path.name)} holds labels settled by {plain(people)}. Train on it: `{command}`"
    )


def _offer(label: str, make: Callable[[], bytes], name: str, mime: str) -> None:
    st.download_button(
        label, make, name, mime, icon=":material/download:", type="tertiary", on_click="ignore", key=f"take_{name}"
    )


def _offer_maps(view: View, record: Snapshot, rule: Rule) -> None:
    if find_spec("rasterio") is None:
        st.caption("GeoTIFF: `pip install -r requirements-geo.txt`", width="content")
    elif placed(view.dataset):
        name = f"{view.dataset.path.stem}-reviewed-geotiff.zip"
        _offer("GeoTIFFs", lambda: _maps(view.dataset, kept.settled(record, rule)), name, "application/zip")


def _maps(dataset: Dataset, found: Consensus) -> bytes:
    """Return one GeoTIFF for each lake whose place is known, with what lies beside it, as a ZIP."""
    buffer = io.BytesIO()
    with TemporaryDirectory() as folder, zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as file:
        write_geotiffs(Path(folder), dataset, found)
        for path in sorted(Path(folder).iterdir()):
            file.write(path, path.name)
    return buffer.getvalue()


def _numbers(view: View, record: Snapshot, rule: Rule) -> bytes:
    cards = list(view.cards.values())
    made = report(view.dataset, record.verdicts, rule, cards, cache.prediction_cache())
    return json.dumps(as_json(made), ensure_ascii=False, indent=1).encode()


def _target(dataset: Dataset) -> Path:
    return dataset.path.with_name(f"{dataset.path.stem}-reviewed.h5")


def _write(dataset: Dataset, record: Snapshot, rule: Rule, path: Path) -> None:
    """Callback: write the dataset; a file of that name that a review did not write stays as it is."""
    where = short_name(record.log.engine.url)
    try:
        if path.exists() and open_dataset(path).header.provenance.get("made_by") != MADE_BY:
            raise DatasetError(f"{path}: is there already and no review wrote it: move it away")
        write_consensus(path, dataset, kept.votes(record), kept.settled(record, rule), where)
    except LakesegError as error:
        st.toast(plain(str(error)), icon=":material/error:", duration="long")
    else:
        st.toast(f"{plain(path.name)} is written.", icon=":material/check_circle:")

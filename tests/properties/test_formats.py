"""Whatever lakes a lab has, every format gives back the same ones: written by scipy, h5py, NumPy and pandas."""

from __future__ import annotations

import tempfile
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.io import savemat

from lakeseg.data.readers.importing import import_file
from lakeseg.data.readers.options import ReadOptions
from tests.matlab import Cell, write_v73

FILL = -28672
counts = st.one_of(st.integers(-32767, 32767), st.just(FILL))


@st.composite
def lakes(draw):
    """One to four lakes of any size and one to seven bands; a 2 among the labels, and a clean pixel of water."""
    bands = tuple(draw(st.permutations(range(1, 8)))[: draw(st.integers(1, 7))])
    found = []
    for _ in range(draw(st.integers(1, 4))):
        shape = draw(st.tuples(st.integers(1, 5), st.integers(1, 5)))
        image = draw(arrays(np.int16, (*shape, len(bands)), elements=counts))
        labels = draw(arrays(np.uint8, shape, elements=st.integers(0, 3)))
        found.append((image.copy(), labels.copy()))
    found[0][0][0, 0], found[0][1][0, 0] = 7, 1
    return bands, found


def expected(bands, found):
    """What must come out: bands ascending, no label where a band is missing, lakes without a clean pixel left out."""
    for image, labels in found:
        turned = image[..., np.argsort(bands)]
        missing = (turned == FILL).any(axis=-1)
        if not missing.all():
            yield turned, np.where(missing, 0, labels)


def cell(values) -> np.ndarray:
    made = np.empty((1, len(values)), object)
    for position, value in enumerate(values):
        made[0, position] = value
    return made


def matlab_5(path: Path, found, packed: bool) -> None:
    held = np.empty((1, len(found)), [("X", object), ("Y", object)])
    for position, pair in enumerate(found):
        held[0, position] = pair
    savemat(path, {"lakes": held}, do_compression=packed)


def matlab_5_cells(path: Path, found, packed: bool) -> None:
    savemat(path, {"X": cell([x for x, _ in found]), "Y": cell([y for _, y in found])}, do_compression=packed)


def matlab_73(path: Path, found, packed: bool) -> None:
    records = [{"X": image, "Y": labels} for image, labels in found]
    write_v73(path, {"lakes": records if packed else Cell(records)})


def numpy_pairs(path: Path, found, packed: bool) -> None:
    held = {f"X_{n}": x for n, (x, _) in enumerate(found)} | {f"Y_{n}": y for n, (_, y) in enumerate(found)}
    (np.savez_compressed if packed else np.savez)(path, **held)


def hdf5_pairs(path: Path, found, packed: bool) -> None:
    with h5py.File(path, "w") as file:
        for number, (image, labels) in enumerate(found):
            file.create_dataset(f"{number}/image", data=image, compression=1 if packed else None)
            file[f"{number}/mask"] = labels


WRITERS = {
    "a.mat": matlab_5,
    "cells.mat": matlab_5_cells,
    "b.mat": matlab_73,
    "a.npz": numpy_pairs,
    "a.h5": hdf5_pairs,
}


def check(dataset, bands, found) -> None:
    assert dataset.bands == tuple(sorted(bands))
    for lake, (image, labels) in zip(dataset.iter_lakes(), expected(bands, found), strict=True):
        np.testing.assert_array_equal(lake.image, image)
        np.testing.assert_array_equal(lake.labels, labels)


@given(lakes(), st.sampled_from(sorted(WRITERS)), st.booleans())
@settings(max_examples=120)
def test_lakes_come_back_from_every_format(made, name, packed):
    bands, found = made
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        WRITERS[name](path, found, packed)
        options = ReadOptions(bands=bands, water="codes", ignore=(0,))
        check(import_file(path, Path(folder) / "out.h5", options).dataset, bands, found)


def table_of(bands, found, random) -> pd.DataFrame:
    """The pixels of each lake in any order, one row each."""
    rows = []
    for number, (image, labels) in enumerate(found):
        places = [(r, c) for r in range(image.shape[0]) for c in range(image.shape[1])]
        random.shuffle(places)
        for r, c in places:
            values = {f"b{band}": int(image[r, c, at]) for at, band in enumerate(bands)}
            rows.append({"lake": f"l{number}", "row": r, "column": c, **values, "label": int(labels[r, c])})
    return pd.DataFrame(rows)


def check_table(path: Path, bands, found) -> None:
    options = ReadOptions(water="codes", ignore=(0,), counts=True)
    check(import_file(path, path.with_name("out.h5"), options).dataset, bands, found)


@given(lakes(), st.sampled_from([";", ",", "\t"]), st.randoms(use_true_random=False))
@settings(max_examples=30)
def test_lakes_come_back_from_tables(made, separator, random):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "lakes.csv"
        table_of(*made, random).to_csv(path, sep=separator, index=False)
        check_table(path, *made)


@given(lakes(), st.sampled_from(["snappy", "zstd", None]), st.randoms(use_true_random=False))
@settings(max_examples=5)  # each is read in a process of its own
def test_lakes_come_back_from_parquet(made, packed, random):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "lakes.parquet"
        table_of(*made, random).to_parquet(path, compression=packed, index=False)
        check_table(path, *made)


@given(
    arrays(np.int16, st.tuples(st.integers(1, 40), st.integers(2, 8)), elements=st.integers(-32767, 32767)),
    st.sampled_from(["a.npy", "a.npz", "v5.mat", "v73.mat", "a.h5"]),
    st.data(),
)
@settings(max_examples=60)
def test_single_pixels_come_back(matrix, name, data):
    matrix = matrix.copy()
    matrix[:, -1] = data.draw(arrays(np.int16, len(matrix), elements=st.integers(0, 3)))
    matrix[0, -1] = 1
    matrix[-1, -1] = 2 if len(matrix) > 1 else 1
    bands = tuple(range(1, matrix.shape[1]))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        if name == "a.npy":
            np.save(path, matrix)
        elif name == "a.npz":
            np.savez(path, X=np.asfortranarray(matrix[:, :-1]), Y=matrix[:, -1:])
        elif name == "v5.mat":
            savemat(path, {"X": matrix}, do_compression=data.draw(st.booleans()))
        elif name == "v73.mat":
            write_v73(path, {"X": matrix[:, :-1], "Y": matrix[:, -1:].astype("u1")})
        else:
            with h5py.File(path, "w") as file:
                file["X"], file["Y"] = matrix[:, :-1], matrix[:, -1]
        options = ReadOptions(bands=bands, water="codes" if len(matrix) > 1 else "1", ignore=(0,))
        pixels, labels = import_file(path, Path(folder) / "out.h5", options).dataset.pixels()
    missing = (matrix[:, :-1] == FILL).any(axis=1)
    np.testing.assert_array_equal(pixels, matrix[:, :-1])
    np.testing.assert_array_equal(labels, np.where(missing, 0, matrix[:, -1]))

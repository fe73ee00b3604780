from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lakeseg.data.readers.importing import detect, import_file
from lakeseg.data.readers.options import ReadOptions
from lakeseg.errors import LakesegError

FILL = -28672


def table(**changes) -> pd.DataFrame:
    """Lakes "a" of 2×3 and "b" of 1×2 px; count = 100 row + 10 column + band, water in the first column."""
    rows = []
    for lake, height, width in (("a", 2, 3), ("b", 1, 2)):
        for row in range(height):
            for column in range(width):
                bands = {f"band{band}": 100 * row + 10 * column + band for band in range(1, 8)}
                rows.append({"lake": lake, "row": row, "column": column, **bands, "label": 2 - (column == 0)})
    return pd.DataFrame(rows).assign(**changes)


def save(path, frame, **how):
    if path.suffix == ".csv":
        frame.to_csv(path, index=False, **how)
    else:
        frame.to_parquet(path)
    return path


def read(tmp_path, frame, suffix=".csv", options=None, **how):
    return import_file(save(tmp_path / f"t{suffix}", frame, **how), tmp_path / "out.h5", options)


def refused(tmp_path, frame, suffix=".csv", options=None) -> str:
    with pytest.raises(LakesegError) as caught:
        read(tmp_path, frame, suffix, options)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out.h5").exists()
    return str(caught.value)


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_rows_become_lakes(tmp_path, suffix):
    done = read(tmp_path, table(), suffix)
    assert done.dataset.lake_ids == ("a", "b")
    lake = done.dataset.lake("a")
    assert lake.labels.tolist() == [[1, 2, 2], [1, 2, 2]]
    assert lake.image[1, 2].tolist() == [121, 122, 123, 124, 125, 126, 127]
    assert done.dataset.lake("b").labels.tolist() == [[1, 2]]
    assert done.found.pixels == (8 if suffix == ".parquet" else None)


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_rows_without_a_place_become_pixels(tmp_path, suffix):
    dataset = read(tmp_path, table().drop(columns="row"), suffix).dataset
    assert dataset.of_pixels
    pixels, labels = dataset.pixels()
    assert pixels[:, 0].tolist() == table()["band1"].tolist()
    assert labels.tolist() == table()["label"].tolist()


def test_order_within_a_lake_does_not_matter_and_rows_may_count_from_one(tmp_path):
    frame = table()
    mixed = pd.concat([frame[:6].sample(frac=1, random_state=0), frame[6:]])
    mixed[["row", "column"]] += 1
    assert read(tmp_path, mixed).dataset.fingerprint == read(tmp_path, frame).dataset.fingerprint


def test_a_pixel_that_no_row_has_is_missing(tmp_path):
    lake = read(tmp_path, table().drop(index=4)).dataset.lake("a")
    assert lake.image[1, 1].tolist() == [FILL] * 7
    assert lake.labels.tolist() == [[1, 2, 2], [1, 0, 2]]


@pytest.mark.parametrize(
    "names", ["b{}", "B{}", "band_{}", "Band 0{}", "sur_refl_b0{}", "sur_refl_b0{}_1"], ids=lambda name: name.format(1)
)
def test_names_of_bands(tmp_path, names):
    frame = table().rename(columns={f"band{band}": names.format(band) for band in (1, 2, 4)})
    frame = frame.drop(columns=[f"band{band}" for band in (3, 5, 6, 7)])
    dataset = read(tmp_path, frame).dataset
    assert dataset.bands == (1, 2, 4)
    assert dataset.lake("a").image[0, 1].tolist() == [11, 12, 14]


def test_columns_by_option(tmp_path):
    frame = table().rename(columns={"band2": "nir", "band4": "green", "lake": "pond", "row": "i", "column": "j"})
    frame = frame.assign(expert=[1, 0, 9, 0, 1, 0, 1, 0], ground="north")
    names = {"lakes": "pond", "rows": "i", "columns": "j", "groups": "ground", "labels": "expert"}
    options = ReadOptions(pixels="green,nir", bands=(4, 2), water="1", ignore=(9,), **names)
    dataset = read(tmp_path, frame, options=options).dataset
    assert dataset.bands == (2, 4)
    assert dataset.lake("a").image[0, 1].tolist() == [12, 14]
    assert dataset.lake("a").labels.tolist() == [[1, 2, 0], [2, 1, 2]]
    assert set(dataset.lakes.group.tolist()) == {"north"}


def test_two_labellers_words_and_gaps(tmp_path):
    words = ["water", "Land", "", "land", "water", "unclassified", "water", "land"]
    assert read(tmp_path, table(label=words)).dataset.lake("a").labels.tolist() == [[1, 2, 0], [2, 1, 3]]
    options = ReadOptions(second_labels="auto", second_water="1", second_ignore=(7,), water="codes")
    frame = table(auto=[1, 1, 0, 7, 0, 0, 1, 0])
    assert read(tmp_path, frame, options=options).dataset.lake("a").labels.tolist() == [[1, 3, 2], [0, 2, 2]]


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_reflectance_and_gaps_in_bands(tmp_path, suffix):
    frame = table(**{f"band{band}": table()[f"band{band}"] * 1e-4 for band in range(1, 8)})
    frame.loc[1, "band3"] = np.nan
    lake = read(tmp_path, frame, suffix).dataset.lake("a")
    assert lake.image[0, 1].tolist() == [11, 12, FILL, 14, 15, 16, 17]
    assert lake.labels[0].tolist() == [1, 0, 2]


def test_semicolons_and_a_byte_order_mark(tmp_path):
    first = read(tmp_path, table()).dataset.fingerprint
    assert read(tmp_path, table(), sep=";", encoding="utf-8-sig").dataset.fingerprint == first
    assert read(tmp_path, table(), sep="\t").dataset.fingerprint == first


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_lakes_across_batches(tmp_path, suffix):
    height, width = 300, 300  # 90,000 rows, two batches
    row, column = np.divmod(np.arange(height * width), width)
    bands = {f"b{band}": (row + column + band).astype(np.int16) for band in range(1, 8)}
    frame = pd.DataFrame({"lake": "x", "row": row, "col": column, **bands, "label": 1 + (column > 5)})
    lake = read(tmp_path, frame, suffix).dataset.lake("x")
    np.testing.assert_array_equal(lake.image[..., 0], np.add.outer(np.arange(300), np.arange(300)) + 1)
    np.testing.assert_array_equal(lake.labels[0], [1] * 6 + [2] * 294)


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        (table(band3="x"), "column 'band3': 'x' in row 1 is no number"),
        (table(row=0, column=0), "two rows have the same place"),
        (table(row=0.5), "expected whole numbers, the place of a pixel"),
        (table(row=[0, 10**9] * 4), "check them, or cut it into tiles"),
        (table(lake=list("ababaaaa")), "rows of lake 'a' do not stand together: sort the table by lake"),
        (table(label=7), "which of them is water"),
        (table(band1_=1).rename(columns={"band1_": "B1"}), "'band1' and 'B1' are both band 1"),
        (table()[["lake", "row", "column", "label"]], "no column holds a band"),
        (table().iloc[:0], "has columns but no rows"),
    ],
)
def test_tables_that_make_no_lakes(tmp_path, frame, expected):
    assert expected in refused(tmp_path, frame)


def test_what_is_wrong_in_parquet_is_said_too(tmp_path):
    assert "column 'band3': 'x' in row 1 is no number" in refused(tmp_path, table(band3="x"), ".parquet")


def test_columns_that_are_not_there_list_the_others(tmp_path):
    assert "unknown column 'nope': expected one of lake, row" in refused(
        tmp_path, table(), options=ReadOptions(labels="nope")
    )


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xff\xfe\x00", b"a" * (1 << 21), b'lake,"row\n1,2'])
def test_text_that_is_no_table(tmp_path, content):
    (tmp_path / "t.csv").write_bytes(content)
    with pytest.raises(LakesegError) as caught:
        detect(tmp_path / "t.csv")
    assert "\n" not in str(caught.value)


def test_what_is_no_parquet(tmp_path):
    (tmp_path / "t.parquet").write_bytes(b"PAR1" + bytes(40) + b"PAR1")
    with pytest.raises(LakesegError, match="not Parquet, or damaged"):
        detect(tmp_path / "t.parquet")


def test_a_quote_that_is_never_closed_does_not_fill_memory(tmp_path, monkeypatch):
    monkeypatch.setattr("lakeseg.data.readers.rowsource.MAX_LAKE_BYTES", 1 << 20)
    frame = table().astype(str)
    text = frame.to_csv(index=False) + '"' + "a,0,0,1,1,1,1,1,1,1,1\n" * 300_000
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(LakesegError, match="look for a quote that is not closed"):
        import_file(tmp_path / "t.csv", tmp_path / "out.h5")

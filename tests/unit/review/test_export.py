"""What is taken away opens elsewhere and says the same: pandas, the import verb, rasterio."""

import io
import json
import shlex
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest

from lakeseg.cli import main
from lakeseg.data.dataset import open_dataset
from lakeseg.data.write import write_dataset
from lakeseg.errors import ConfigError
from lakeseg.review import runs
from lakeseg.review.consensus import consensus, write_consensus
from lakeseg.review.export import verdict_table, verdicts_csv, write_arrays, write_verdicts
from lakeseg.review.geotiff import has_place, placed, write_geotiff, write_geotiffs
from lakeseg.review.verdicts import Verdict
from lakeseg.review.votes import votes_of
from tests.lakes import HEADER, make_lake

W, L, U = 1, 2, 3
MADE = datetime(2026, 5, 1, 12, 30, tzinfo=UTC)
NOTE = 'half "ice", half\nwater; =1+1'


def a_verdict(**changed) -> Verdict:
    base = Verdict("f", "a", "0:2,5:1", 3, "mixed", "Ann Ö", 35, 3, NOTE, seen={"models": {"m": "1f"}, "blind": True})
    return replace(base, **({"seconds": 4.5, "key": "k", "id": 7, "made_at": MADE} | changed))


def settled(dataset):
    """A consensus in which the first half of each lake's open pixels is water and the next quarter land."""
    verdicts = []
    for lake in dataset.iter_lakes():
        open_ = np.flatnonzero(lake.labels.ravel() == U)
        half, more = len(open_) // 2, 3 * len(open_) // 4
        for part, what in ((open_[:half], "water"), (open_[half:more], "land")):
            if len(part):
                verdicts.append(Verdict(dataset.fingerprint, lake.id, runs.encode(part), len(part), what, "ann"))
    votes = votes_of(verdicts, dataset.lakes)
    return votes, consensus(votes)


def test_verdicts_as_csv_keep_every_value():
    table = pd.read_csv(io.BytesIO(verdicts_csv([a_verdict(), a_verdict(verdict="water", fraction=None, id=8)])))
    first, second = table.iloc[0], table.iloc[1]
    assert (first.id, first.fraction, first.reviewer, first.note) == (7, 35, "Ann Ö", NOTE)
    assert runs.decode(first.runs).tolist() == [0, 1, 5]
    assert json.loads(first.seen) == {"blind": True, "models": {"m": "1f"}}
    assert datetime.fromisoformat(first.made_at) == MADE
    assert pd.isna(second.fraction)


def test_a_spreadsheet_takes_no_note_for_a_formula():
    rows = [a_verdict(note=note, reviewer="=Ann") for note in ("=1+1", "@x", "-2 px of ice", "a=b", "")]
    table = pd.read_csv(
        io.BytesIO(verdicts_csv([replace(rows[0], undone_by="=Ann"), *rows[1:]])), keep_default_na=False
    )
    assert table.note.tolist() == ["'=1+1", "'@x", "'-2 px of ice", "a=b", ""]
    assert table.reviewer.tolist() == ["'=Ann"] * 5
    assert table.undone_by.tolist() == ["'=Ann", "", "", "", ""]


def test_verdicts_as_parquet_keep_types(tmp_path):
    write_verdicts(tmp_path / "v.parquet", [a_verdict(undone_by="bob"), a_verdict(seconds=None)])
    table = pd.read_parquet(tmp_path / "v.parquet")
    pd.testing.assert_frame_equal(table, verdict_table([a_verdict(undone_by="bob"), a_verdict(seconds=None)]))
    assert table.undone_by[0] == "bob"
    assert table.seconds.isna().tolist() == [False, True]


def test_no_verdicts_make_an_empty_table(tmp_path):
    write_verdicts(tmp_path / "v.csv", [])
    assert len(pd.read_csv(tmp_path / "v.csv")) == 0


def test_another_ending_is_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"\.csv or \.parquet"):
        write_verdicts(tmp_path / "v.xlsx", [])


@pytest.mark.parametrize("shapes", [[(4, 5)] * 3, [(4, 5), (6, 3), (2, 9)]], ids=["chips", "lakes of any size"])
def test_the_import_verb_reads_the_arrays_back(tmp_path, shapes):
    lakes = [make_lake(f"a{n}", *shape, seed=n, codes=(1, 2, 3, 0)) for n, shape in enumerate(shapes)]
    source = write_dataset(tmp_path / "source.h5", HEADER, lakes)
    votes, found = settled(source)
    options = write_arrays(tmp_path / "arrays.npz", source, found)
    words = ["import", str(tmp_path / "arrays.npz"), "--out", str(tmp_path / "again.h5"), *shlex.split(options)]
    assert main(words) == 0
    direct = write_consensus(tmp_path / "direct.h5", source, votes, found, "")
    again = open_dataset(tmp_path / "again.h5")
    for lake in direct.iter_lakes():
        height, width = lake.shape
        read = again.lake(lake.id)
        np.testing.assert_array_equal(read.labels[:height, :width], lake.labels)
        np.testing.assert_array_equal(read.image[:height, :width], lake.image)
        assert not read.labels[height:].any()
        assert not read.labels[:, width:].any()
        assert read.group == lake.group
    if len(set(shapes)) == 1:
        assert again.fingerprint == direct.fingerprint


def test_geotiff_opens_in_rasterio_at_the_right_place(tmp_path, small_dataset1):
    import rasterio
    from rasterio.warp import transform

    votes, found = settled(small_dataset1)
    lake = small_dataset1.lake(small_dataset1.lake_ids[0])
    write_geotiff(tmp_path / "one.tif", small_dataset1, lake.id, found)
    direct = write_consensus(tmp_path / "direct.h5", small_dataset1, votes, found, "")
    with rasterio.open(tmp_path / "one.tif") as file:
        np.testing.assert_array_equal(file.read(1), direct.lake(lake.id).labels)
        assert file.nodata == 0
        assert file.colormap(1)[W] == (8, 48, 107, 255)
        assert file.tags()["class_1"] == "water"
        assert file.tags()["dataset_fingerprint"] == small_dataset1.fingerprint
        assert file.res == pytest.approx((463.3127, 463.3127), abs=1e-4)
        middle = [(low + high) / 2 for low, high in zip(file.bounds[:2], file.bounds[2:], strict=True)]
        assert (file.height, file.width) == lake.shape
        (lon,), (lat,) = transform(file.crs, "EPSG:4326", [middle[0]], [middle[1]])
    assert (lon, lat) == pytest.approx((lake.lon, lake.lat), abs=1e-6)


def test_each_lake_with_a_place_has_a_file(tmp_path, small_dataset1):
    _, found = settled(small_dataset1)
    paths = write_geotiffs(tmp_path / "tif", small_dataset1, found)
    assert [path.stem for path in paths] == placed(small_dataset1) == list(small_dataset1.lake_ids)
    assert all(path.is_file() for path in paths)


def test_without_a_place_there_is_no_geotiff(tmp_path):
    dataset = write_dataset(tmp_path / "d.h5", HEADER, [make_lake("a", 2, 2, codes=(3,))])
    _, found = settled(dataset)
    assert not has_place(dataset, "a")
    with pytest.raises(ConfigError, match="where it lies"):
        write_geotiff(tmp_path / "a.tif", dataset, "a", found)
    with pytest.raises(ConfigError, match="where its lakes lie"):
        write_geotiffs(tmp_path / "tif", dataset, found)


def test_without_rasterio_one_line_names_the_file_that_brings_it():
    code = (
        "import sys; sys.modules['rasterio'] = None\n"
        "from pathlib import Path\n"
        "from lakeseg.exports.cog import class_layer, write_cog\n"
        "from lakeseg.errors import ConfigError\n"
        "try: write_cog(Path('a.tif'), class_layer((1, 1), None, {}), [])\n"
        "except ConfigError as error: print(error)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "GeoTIFF needs rasterio: run `pip install -r requirements-geo.txt`"

from __future__ import annotations

import json
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import distributed
import numpy as np
import pytest
import rasterio

from lakeseg.inference import predict_lake
from lakeseg.store import ModelStore
from tests.unit.data.scenes.hdf import CELL, tile_a1

ROOT = Path(__file__).resolve().parents[3]
BANDS = (1, 2, 3, 4, 5, 6, 7)
TRANSFORM = rasterio.Affine(500, 0, 600_000, 0, -500, 6_000_000)


def write_tile(path, height=40, width=50, seed=0):
    """A GeoTIFF of seven bands in UTM with a corner without data; its counts (H, W, 7) come back."""
    image = np.random.default_rng(seed).integers(0, 9_000, (height, width, 7)).astype(np.int16)
    image[:7, :9] = -28672
    profile = {"count": 7, "dtype": "int16", "nodata": -28672, "crs": "EPSG:32633", "transform": TRANSFORM}
    with rasterio.open(path, "w", driver="GTiff", height=height, width=width, **profile) as file:
        file.write(np.moveaxis(image, -1, 0))
    return image


def expected(trained, image):
    said = predict_lake(ModelStore(trained).load("logistic"), image, BANDS)
    return np.where((image == -28672).any(axis=-1), 0, said.argmax(axis=-1) + 1), said


def classes_of(path):
    with rasterio.open(path) as file:
        return file.read(1)


@pytest.fixture
def predict(cli, trained):
    return lambda *words: cli("predict", "--models", trained, "--model", "logistic", *words)


def test_a_tile_becomes_a_raster_of_classes_in_its_place(predict, trained, tmp_path):
    image = write_tile(tmp_path / "tile.tif")
    codes, said = expected(trained, image)
    shares = tmp_path / "shares.tif"
    data = predict(tmp_path / "tile.tif", "--out", tmp_path / "water.tif", "--probabilities", shares, "--json").data
    with rasterio.open(tmp_path / "water.tif") as file:
        np.testing.assert_array_equal(file.read(1), codes)
        assert (file.crs.to_epsg(), file.transform, file.nodata) == (32633, TRANSFORM, 0)
        assert file.tags()["model"] == "logistic"
    with rasterio.open(shares) as file:
        found = np.moveaxis(file.read(), 0, -1)
        np.testing.assert_allclose(found[codes > 0], said[codes > 0], atol=1e-5)
        assert np.isnan(found[codes == 0]).all()
    (tile,) = data["tiles"]
    assert tile["pixels"] == {
        name: int((codes == code).sum()) for code, name in enumerate(["missing", "water", "land", "unclassified"])
    }
    assert (tile["shape"], tile["was_there"], data["failed"]) == ([40, 50], False, {})
    again = predict(tmp_path / "tile.tif", "--out", tmp_path / "water.tif", "--probabilities", shares)
    assert "was there already" in again.out


def test_a_modis_tile_with_and_without_its_clouds(predict, trained, tmp_path):
    state = np.full((8, 6), 8)  # clear land
    state[2:4, 1] = 8 | 1  # under a cloud
    path = tile_a1(tmp_path / "MOD09A1.A2017193.h18v04.006.2017202035302.hdf", state=state)
    image = np.stack([np.arange(48).reshape(8, 6) + 100 * band for band in BANDS], axis=-1).astype(np.int16)
    codes, _ = expected(trained, image)
    assert predict(path, "--out", tmp_path / "all.tif").code == 0
    np.testing.assert_array_equal(classes_of(tmp_path / "all.tif"), codes)
    assert predict(path, "--out", tmp_path / "clear.tif", "--clouds", "missing").code == 0
    np.testing.assert_array_equal(classes_of(tmp_path / "clear.tif"), np.where(state == 8, codes, 0))
    with rasterio.open(tmp_path / "clear.tif") as file:
        assert file.tags()["date"] == "2017-07-12"
        assert (file.transform.c, file.transform.f) == pytest.approx((1000 * CELL, 9000 * CELL))


def test_probabilities_as_percent(predict, trained, tmp_path):
    codes, said = expected(trained, write_tile(tmp_path / "tile.tif"))
    shares = tmp_path / "shares.tif"
    assert predict(tmp_path / "tile.tif", "--out", tmp_path / "w.tif", "--probabilities", shares, "--percent").code == 0
    with rasterio.open(shares) as file:
        found = np.moveaxis(file.read(), 0, -1)
        assert (file.dtypes[0], file.nodata) == ("uint8", 255)
    assert np.abs(found[codes > 0] - 100 * said[codes > 0]).max() <= 0.501
    assert (found[codes == 0] == 255).all()


def test_several_tiles_go_into_a_folder_and_a_bad_one_is_passed_over(predict, trained, tmp_path):
    images = {name: write_tile(tmp_path / f"{name}.tif", seed=seed) for seed, name in enumerate("ab")}
    (tmp_path / "torn.tif").write_bytes((tmp_path / "a.tif").read_bytes()[:900])
    bare = {"count": 2, "height": 3, "width": 3, "dtype": "int16", "crs": "EPSG:32633", "transform": TRANSFORM}
    with rasterio.open(tmp_path / "two.tif", "w", driver="GTiff", **bare) as file:
        file.write(np.ones((2, 3, 3), np.int16))  # which bands it does not say
    out = tmp_path / "water"
    ran = predict(*(tmp_path / f"{name}.tif" for name in ("a", "torn", "two", "b")), "--out", out)
    assert ran.code == 2
    assert "torn.tif" in ran.err
    assert "two.tif" in ran.err
    assert [line.split(": ")[0] for line in ran.out.splitlines()] == [str(out / "a.tif"), str(out / "b.tif")]
    assert "Traceback" not in ran.err
    for name, image in images.items():
        np.testing.assert_array_equal(classes_of(out / f"{name}.tif"), expected(trained, image)[0])
    assert sorted(path.name for path in out.glob("*.tif")) == ["a.tif", "b.tif"]


def test_progress_for_programs(predict, tmp_path):
    write_tile(tmp_path / "tile.tif")
    ran = predict(tmp_path / "tile.tif", "--out", tmp_path / "w.tif", "--progress", "json")
    lines = [json.loads(line) for line in ran.out.splitlines()]
    assert lines[-1]["done"] == lines[-1]["total"] == 100


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["tile.tif", "--out", "tile.tif"], "is the tile itself"),
        (["tile.tif", "--out", "w.npz"], "expected a name ending in .tif"),
        (["tile.tif", "--warm"], "TILE takes no --dataset, --warm"),
        (["tile.tif", "--out", "w.tif", "--lakes", "a"], "TILE takes no --dataset, --warm, --lakes"),
        (["tile.tif", "--out", "w.tif", "--model", "other"], "exactly one --model ID, got 2"),
        (["absent.tif", "--out", "w.tif"], "absent.tif: no such file"),
        (["tile.tif", "tile.tif", "--out", "w.tif"], "one file for 2 tiles: expected a folder"),
        (["tile.tif", "sub/tile.tif", "--out", "folder"], "tile.tif would be written twice"),
        (["tile.tif", "--out", "w.tif", "--percent"], "--percent says how --probabilities FILE is written"),
        (["text.txt", "--out", "w.tif"], "text.txt"),
        (["tile.tif", "--out", "w.tif", "--bands", "1,2,3"], "band"),
        (["--out", "w.npz"], "nothing to predict: name a raster"),
        (["--out", "w.npz", "--dataset", "x.h5", "--percent"], "--percent goes with TILE"),
        (["tile.tif", "--out", "w.tif", "--dask", "tcp://127.0.0.1:9"], "no scheduler answers"),
    ],
)
def test_bad_input_is_one_line(predict, words, expected, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("lakeseg.tiles.cluster._CONNECT_SECONDS", 1)
    (tmp_path / "sub").mkdir()
    write_tile(Path("tile.tif"))
    write_tile(Path("sub/tile.tif"))
    Path("text.txt").write_text("not a raster", encoding="utf-8")
    before = Path("tile.tif").read_bytes()
    assert expected in predict(*words).error
    assert Path("tile.tif").read_bytes() == before
    assert not list(tmp_path.glob("w*"))
    assert not list(tmp_path.glob(".*"))


def test_a_tile_of_many_files_is_not_written_into(predict, tmp_path):
    """Its stamp would change with every part, and a band could be written over."""
    folder = tmp_path / "bands"
    folder.mkdir()
    (folder / "b01.tif").write_bytes(b"a band")
    for name in ("b01.tif", "sub/water.tif"):
        assert "lies within the tile's own folder" in predict(folder, "--out", folder / name).error
    assert "own folder" in predict(folder, "--out", tmp_path / "w.tif", "--probabilities", folder / "p.tif").error
    assert [path.name for path in folder.iterdir()] == ["b01.tif"]
    assert (folder / "b01.tif").read_bytes() == b"a band"


def test_a_folder_without_permission_is_one_line(predict, tmp_path):
    write_tile(tmp_path / "tile.tif")
    where = Path("/proc/lakeseg/water.tif")  # where not even root may make a folder
    assert str(where) in predict(tmp_path / "tile.tif", "--out", where).error


def start(trained, tile, out, *words, **options):
    """The command in a process of its own."""
    line = [sys.executable, "-m", "lakeseg", "predict", "--models", trained, "--model", "logistic", tile, "--out", out]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen([*map(str, line), *map(str, words)], cwd=ROOT, **streams, **options)


def parts_kept(out):
    return len(list(out.with_name(f".{out.name}.parts").glob("*.npz")))


def stopped(process, out, by):
    """Send a signal once two parts are kept; return code and what was said."""
    until = time.monotonic() + 60
    while parts_kept(out) < 2:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until
        time.sleep(0.005)
    process.send_signal(by)
    _, err = process.communicate(timeout=60)
    return process.returncode, err


@pytest.mark.parametrize("by", [signal.SIGKILL, signal.SIGINT])
def test_the_same_command_goes_on_after_a_stop(predict, trained, tmp_path, by):
    tile, out = tmp_path / "tile.tif", tmp_path / "water.tif"
    image = write_tile(tile, 3200, 300)
    code, err = stopped(start(trained, tile, out), out, by)
    if by == signal.SIGKILL:
        assert code == -signal.SIGKILL
    else:
        assert code == 130
        assert "the same command goes on from there" in err
        assert "Traceback" not in err
    kept = parts_kept(out)
    assert not out.exists()
    (made,) = predict(tile, "--out", out, "--json").data["tiles"]
    assert made["known_parts"] == kept >= 2
    np.testing.assert_array_equal(classes_of(out), expected(trained, image)[0])
    assert sorted(path.name for path in tmp_path.iterdir() if "water" in path.name and path.suffix == ".tif") == [
        "water.tif"
    ]
    assert not out.with_name(".water.tif.parts").exists()


def test_a_full_disk_is_one_line_and_loses_nothing(predict, trained, tmp_path):
    tile, out = tmp_path / "tile.tif", tmp_path / "water.tif"
    image = write_tile(tile, 600, 700)

    def little_room():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))

    process = start(trained, tile, out, "--probabilities", tmp_path / "shares.tif", preexec_fn=little_room)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert [line for line in err.splitlines() if "error:" in line] == err.splitlines()[-1:]
    assert not out.exists()
    assert predict(tile, "--out", out).code == 0
    np.testing.assert_array_equal(classes_of(out), expected(trained, image)[0])


def test_a_cluster_answers_the_same(predict, trained, tmp_path):
    tile, out = tmp_path / "tile.tif", tmp_path / "water.tif"
    image = write_tile(tile, 300, 200)
    with distributed.LocalCluster(
        n_workers=1, processes=False, protocol="tcp://", dashboard_address=":0", silence_logs=50
    ) as cluster:
        assert predict(tile, "--out", out, "--dask", cluster.scheduler_address).code == 0
    np.testing.assert_array_equal(classes_of(out), expected(trained, image)[0])


def test_without_the_package_the_file_that_installs_it_is_named(predict, tmp_path, monkeypatch):
    write_tile(tmp_path / "tile.tif")
    monkeypatch.setitem(sys.modules, "distributed", None)
    words = [tmp_path / "tile.tif", "--out", tmp_path / "w.tif", "--dask", "tcp://127.0.0.1:9"]
    assert "--dask needs distributed: run `pip install -r requirements-dask.txt`" in predict(*words).error

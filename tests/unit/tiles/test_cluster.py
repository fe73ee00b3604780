"""On a cluster of two worker processes, of which one is killed."""

import os
import signal
import subprocess
import sys
import warnings
from dataclasses import replace

import distributed
import numpy as np
import pytest

from lakeseg.errors import ConfigError, ModelError
from lakeseg.inference import predict_lake
from lakeseg.store import ModelStore
from lakeseg.tiles import cluster as module
from lakeseg.tiles import parts as cutting
from lakeseg.tiles.cluster import Packed, answer_packed, connected, versions
from lakeseg.tiles.here import Here
from lakeseg.tiles.rasters import Goal
from lakeseg.tiles.tile import Tile, predict_tile
from tests.unit.tiles.rasters_by_hand import Raster, counts, model, read_back


@pytest.fixture(scope="module")
def cluster():
    """Two workers in processes of their own; a nanny starts a killed one anew."""
    with (
        warnings.catch_warnings(),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0", silence_logs=50
        ) as made,
    ):
        warnings.simplefilter("ignore")
        yield made


@pytest.fixture
def packed(tmp_path):
    """A stored model: its card and weights file."""
    store = ModelStore(tmp_path / "models")
    segmenter, card = model("mndwi")
    return store.packed(store.save(segmenter, card, "mndwi").id)


@pytest.fixture
def tile(tmp_path, monkeypatch):
    """A tile that is cut into 42 parts."""
    monkeypatch.setattr(cutting, "_ROWS", 32)
    monkeypatch.setattr(cutting, "_COLUMNS", 64)
    source = tmp_path / "tile.hdf"
    source.write_bytes(b"pixels")
    return Tile(Raster(counts(200, 380)), source, {})


def test_a_killed_worker_changes_nothing(cluster, packed, tile, tmp_path):
    goal, killed = Goal(tmp_path / "water.tif", tmp_path / "shares.tif"), []

    def progress(share, _text):
        if share > 0.2 and not killed:
            killed.append(next(iter(cluster.workers.values())).pid)
            os.kill(killed[0], signal.SIGKILL)

    with connected(cluster.scheduler_address, *packed) as runner:
        done = predict_tile(tile, runner, goal, progress)
    assert (done.parts, len(killed)) == (42, 1)
    once = predict_lake(model("mndwi")[0], tile.scene.image, Raster.bands)
    missing = (tile.scene.image == -28672).any(axis=-1)
    expected = np.where(missing, 0, once.argmax(axis=-1) + 1)
    np.testing.assert_array_equal(read_back(goal.classes)[0][0], expected)
    shares = np.moveaxis(read_back(goal.probabilities)[0], 0, -1)
    np.testing.assert_allclose(shares[~missing], once[~missing], atol=1e-5, rtol=0)


def test_a_model_that_workers_cannot_run_is_one_line(cluster, packed, tile, tmp_path):
    card, content = packed
    with (
        connected(cluster.scheduler_address, replace(card, fingerprint="damaged"), content[:-30]) as runner,
        pytest.raises(ModelError, match=r"weights\.npz is no file of plain arrays"),
    ):
        predict_tile(tile, runner, Goal(tmp_path / "water.tif"), lambda *_: None)


def test_nobody_at_the_address_is_one_line(packed, monkeypatch):
    monkeypatch.setattr(module, "_CONNECT_SECONDS", 1)
    for address in ("tcp://127.0.0.1:9", "nonsense"):
        expected = pytest.raises(ConfigError, match=f"--dask {address}: no scheduler answers")
        with expected as refused, connected(address, *packed):
            pass
        assert "\n" not in str(refused.value)


def test_a_cluster_without_workers_is_one_line(packed, tile, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_PATIENCE_SECONDS", 0.5)
    with (
        distributed.LocalCluster(
            n_workers=0, processes=False, protocol="tcp://", dashboard_address=":0", silence_logs=50
        ) as empty,
        connected(empty.scheduler_address, *packed) as runner,
        pytest.raises(ConfigError, match="has no workers: start some"),
    ):
        predict_tile(tile, runner, Goal(tmp_path / "water.tif"), lambda *_: None)


def test_a_worker_with_other_software_refuses(packed, monkeypatch):
    monkeypatch.setattr(module, "_loaded", {})
    card, content = packed
    assert versions(card).keys() == {"protocol", "scikit-learn"}
    with pytest.raises(ConfigError, match="expected protocol 0: give scheduler and workers the same lakeseg"):
        answer_packed(Packed(card, content, {"protocol": "0"}), None)


def test_a_cluster_that_ends_is_one_line_and_what_it_answered_is_kept(packed, tile, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_CONNECT_SECONDS", 1)
    monkeypatch.setattr(module, "_PATIENCE_SECONDS", 1)
    goal = Goal(tmp_path / "water.tif")
    ending = distributed.LocalCluster(
        n_workers=1, processes=False, protocol="tcp://", dashboard_address=":0", silence_logs=50
    )

    def progress(share, _text):
        if share > 0.2:
            ending.close()

    with (
        connected(ending.scheduler_address, *packed) as runner,
        pytest.raises(ConfigError, match=r"the cluster is gone.*: start it, and run the same command again"),
    ):
        predict_tile(tile, runner, goal, progress)
    alone = Here(packed[0], lambda: model("mndwi")[0])
    assert predict_tile(tile, alone, goal, lambda *_: None).known > 5


STRANGER = """
import distributed, sys
options = {"processes": False, "protocol": "tcp://", "dashboard_address": ":0", "silence_logs": 60}
with distributed.LocalCluster(n_workers=1, **options) as cluster:
    print(cluster.scheduler_address, flush=True)
    sys.stdin.read()
"""


def test_a_cluster_without_this_package_is_one_line(packed, tile, tmp_path):
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
    line = [sys.executable, "-P", "-c", STRANGER]
    with subprocess.Popen(line, cwd=tmp_path, env=environment, **streams) as stranger:
        address = stranger.stdout.readline().strip()
        with (
            connected(address, *packed) as runner,
            pytest.raises(ConfigError, match=r"No module named 'lakeseg'.*: give scheduler and workers"),
        ):
            predict_tile(tile, runner, Goal(tmp_path / "water.tif"), lambda *_: None)

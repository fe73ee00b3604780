from __future__ import annotations

import io
import subprocess
import sys

import h5py
import numpy as np
import pytest

from lakeseg.errors import ConfigError, DatasetError
from lakeseg.exports.arrays import predictions_npz, write_predictions

PROBABILITIES = np.array([[[0.75, 0.25, 0.0], [0.25, 0.5, 0.25], [0.25, 0.25, 0.5]]], np.float32)  # water, land, third


@pytest.mark.parametrize("suffix", [".npz", ".h5"])
def test_classes_and_probabilities_of_every_lake(tmp_path, suffix):
    path = tmp_path / f"p{suffix}"
    write_predictions(path, iter([("a", PROBABILITIES), ("b c", PROBABILITIES[:, ::-1])]), {"model": "m"})
    with np.load(path, allow_pickle=False) if suffix == ".npz" else h5py.File(path) as file:
        np.testing.assert_array_equal(file["a/classes"][:], [[1, 2, 3]])
        np.testing.assert_array_equal(file["b c/classes"][:], [[3, 2, 1]])
        np.testing.assert_array_equal(file["b c/probabilities"][:], PROBABILITIES[:, ::-1])
        assert file["a/classes"].dtype == np.uint8


def test_what_has_no_probabilities_has_no_class():
    holed = PROBABILITIES.copy()
    holed[0, 1] = np.nan
    with np.load(io.BytesIO(predictions_npz([("m", holed)], {})), allow_pickle=False) as file:
        np.testing.assert_array_equal(file["m/classes"], [[1, 0, 3]])
        np.testing.assert_array_equal(file["m/probabilities"], holed)


@pytest.mark.parametrize("suffix", [".npz", ".h5"])
def test_a_failure_leaves_the_old_file(tmp_path, suffix):
    path = tmp_path / f"p{suffix}"
    path.write_bytes(b"old")

    def lakes():
        yield "a", PROBABILITIES
        raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        write_predictions(path, lakes(), {})
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("suffix", [".npz", ".h5"])
def test_a_full_disk_is_one_line(tmp_path, suffix):
    """A limit on the size of files fails writes as a full disk does; HDF5 alone would end in a traceback or worse."""
    path = tmp_path / f"p{suffix}"
    path.write_bytes(b"old")
    code = (
        "import sys, signal, resource, numpy as np\n"
        "from pathlib import Path\n"
        "from lakeseg.errors import DatasetError\n"
        "from lakeseg.exports.arrays import write_predictions\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "values = np.random.default_rng(0).random((200, 200, 3), np.float32)\n"
        "try: write_predictions(Path(sys.argv[1]), ((f'a{n}', values) for n in range(5)), {})\n"
        "except DatasetError as error: print(error)\n"
    )
    ran = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    assert ran.stdout.startswith(f"{path}: the file is larger than this disk or account allows"), ran
    assert ran.stderr == ""
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("suffix", [".npz", ".h5"])
@pytest.mark.parametrize("lake_id", ["a/classes", "../a", "/a", "..", ".", "a\\b"])
def test_ids_that_would_hide_or_leave_a_part_are_refused(tmp_path, suffix, lake_id):
    with pytest.raises(DatasetError, match="rename the lake"):
        write_predictions(tmp_path / f"p{suffix}", [("a", PROBABILITIES), (lake_id, PROBABILITIES)], {})
    assert list(tmp_path.iterdir()) == []


def test_other_endings(tmp_path):
    with pytest.raises(ConfigError, match="expected a file name ending in"):
        write_predictions(tmp_path / "p.tif", [], {})

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from lakeseg.data.dataset import open_dataset
from lakeseg.data.readers.formats import FORMATS
from lakeseg.data.readers.importing import detect, import_file, preview
from lakeseg.data.readers.options import ReadOptions
from lakeseg.errors import ConfigError, DatasetError


def source(folder, count=5):
    pixels = np.arange(count * 24 * 7, dtype=np.int16).reshape(count, 4, 6, 7)
    labels = np.tile(np.array([1, 2, 2, 2, 3, 0], np.uint8), (count, 4, 1))
    np.savez(folder / "lakes.npz", X=pixels, Y=labels)
    return folder / "lakes.npz"


def test_what_a_file_is_comes_before_it_is_converted(tmp_path):
    found = detect(source(tmp_path))
    assert (found.format, found.title, found.lakes, found.pixels) == ("numpy", "NumPy arrays", 5, 120)
    assert found.bands == (1, 2, 3, 4, 5, 6, 7)
    assert found.missing == ()
    assert found.suggested["labels"] == "Y"
    assert found.suggested["water"] == "codes"
    assert "labels 0, 1, 2, 3: taken as 1 water, 2 land, 3 unclassified, 0 no label" in found.lines
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lakes.npz"]


def test_the_user_has_the_last_word(tmp_path):
    path = source(tmp_path)
    options = ReadOptions(water="2", ignore=(0, 3), bands=(7, 6, 5, 4, 3, 2, 1), name="Turned", pixel_size=30)
    dataset = import_file(path, tmp_path / "out.h5", options).dataset
    assert dataset.lake("Turned-0000").labels[0].tolist() == [2, 1, 1, 1, 0, 0]
    assert dataset.lake("Turned-0000").image[0, 0].tolist() == [6, 5, 4, 3, 2, 1, 0]
    assert dataset.pixel_size_m == 30


def test_a_mask_of_zeros_and_ones_is_never_taken_for_codes(tmp_path):
    np.savez(tmp_path / "b.npz", X=np.ones((2, 1, 2, 7), np.int16), Y=np.array([[[0, 1]]] * 2, np.uint8))
    assert detect(tmp_path / "b.npz").missing == ("water",)
    with pytest.raises(DatasetError, match="as codes 0 means no label: add --water 1"):
        import_file(tmp_path / "b.npz", tmp_path / "out.h5", ReadOptions(water="codes"))
    labels = import_file(tmp_path / "b.npz", tmp_path / "out.h5", ReadOptions(water="1")).dataset.labels()
    assert labels.tolist() == [2, 1, 2, 1]


def test_the_first_lakes_are_enough_for_a_preview(tmp_path):
    path = source(tmp_path)
    assert [lake.id for lake in preview(path)] == ["lakes-0000", "lakes-0001", "lakes-0002"]
    assert len(preview(path, count=9)) == 5
    assert sorted(inside.name for inside in tmp_path.iterdir()) == ["lakes.npz"]


def test_preview_and_import_ask_for_the_same(tmp_path):
    np.savez(tmp_path / "a.npz", X=np.ones((2, 3, 4, 5)), Y=np.ones((2, 3, 4)))
    for call in (preview, lambda path: import_file(path, tmp_path / "out.h5")):
        with pytest.raises(ConfigError, match=r"say more with --bands, --water \(--detect tells what is there\)"):
            call(tmp_path / "a.npz")


@pytest.mark.parametrize("name", ["a.txt", "a", "a.docx"])
def test_no_format_lists_them_all(tmp_path, name):
    (tmp_path / name).write_text("lakes")
    with pytest.raises(DatasetError) as caught:
        detect(tmp_path / name)
    assert all(each.name in str(caught.value) for each in FORMATS)
    assert "\n" not in str(caught.value)


def test_what_is_not_there(tmp_path):
    with pytest.raises(DatasetError, match="no such file or folder"):
        detect(tmp_path / "a.mat")
    os.mkfifo(tmp_path / "pipe.mat")  # to open it would wait for ever
    with pytest.raises(DatasetError, match="a device or a pipe"):
        detect(tmp_path / "pipe.mat")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DatasetError, match="no file in this folder makes a dataset"):
        detect(tmp_path / "empty")
    with pytest.raises(ConfigError, match="unknown format 'word': expected one of"):
        detect(source(tmp_path), ReadOptions(format="word"))
    with pytest.raises(ConfigError, match="is a folder: name the file to write"):
        import_file(source(tmp_path), tmp_path)


def test_endings_of_any_case(tmp_path):
    path = source(tmp_path).rename(tmp_path / "LAKES.NPZ")
    assert len(import_file(path, tmp_path / "out.h5").dataset.lakes) == 5


def test_every_format_has_a_module_that_detects_and_reads():
    from importlib import import_module

    for each in FORMATS:
        module = import_module(each.module)
        assert callable(module.detect)
        assert callable(module.read)
        assert all(ending == ending.lower() and ending.startswith(".") for ending in each.endings)
    assert len({each.key for each in FORMATS}) == len(FORMATS)


_SLOW = """
import sys, time
import numpy as np
from lakeseg.data.readers import importing
told = importing._told_lakes
def slowly(*args):
    for lake in told(*args):
        yield lake
        print("lake", flush=True)
        time.sleep(0.2)
importing._told_lakes = slowly
importing.import_file(sys.argv[1], sys.argv[2])
"""


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGINT])
def test_killed_in_the_middle_it_leaves_the_old_file_as_it_was(tmp_path, end):
    path, out = source(tmp_path), tmp_path / "data" / "out.h5"
    before = import_file(path, out).dataset.fingerprint
    source(tmp_path, count=40)
    surroundings = os.environ | {"PYTHONPATH": str(Path.cwd())}
    command = [sys.executable, "-c", _SLOW, str(path), str(out)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=surroundings) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"lake\n"
        process.send_signal(end)
        process.wait(20)
    assert open_dataset(out).fingerprint == before
    left = [inside.name for inside in out.parent.iterdir() if inside.suffix == ".part"]
    assert len(left) == (end == signal.SIGKILL)  # swept away by the next writer, a day later
    for inside in out.parent.glob(".*.part"):
        os.utime(inside, (time.time() - 90_000,) * 2)
    assert len(import_file(path, out).dataset.lakes) == 40
    assert [inside.name for inside in out.parent.iterdir()] == ["out.h5"]

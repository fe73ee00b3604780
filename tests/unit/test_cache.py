import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from lakeseg.cache import CacheKey, PredictionCache, safe_name

DATASET, MODEL = "d" * 64, "e" * 64
KEY = CacheKey(DATASET, "lake", MODEL)


def prediction(height=3, width=4, seed=0):
    return np.random.default_rng(seed).random((height, width, 3)).astype(np.float32)


@pytest.fixture
def cache(tmp_path):
    return PredictionCache(tmp_path / "predictions")


def only_file(cache):
    (path,) = [path for path in cache.root.rglob("*") if path.is_file()]
    return path


def run(code, *arguments):
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_what_was_put_comes_back_in_another_process_too(cache):
    assert cache.get(KEY) is None
    assert cache.put(KEY, prediction())
    assert (cache.get(KEY) == prediction()).all()
    again = PredictionCache(cache.root).get(KEY)
    assert again.dtype == np.float32
    assert (again == prediction()).all()
    assert (np.load(only_file(cache)) == prediction()).all()


def test_every_part_of_the_key_counts(cache):
    keys = [
        KEY,
        CacheKey("x" * 64, "lake", MODEL),
        CacheKey(DATASET, "lake2", MODEL),
        CacheKey(DATASET, "lake", "y" * 64),
    ]
    keys += [CacheKey(DATASET, "lake", MODEL, options) for options in ("tile=64", "tile=128", "a/b", "A")]
    for number, key in enumerate(keys):
        cache.put(key, np.full((1, 1, 3), number))
    assert [cache.get(key)[0, 0, 0] for key in keys] == list(range(len(keys)))


def test_odd_lake_ids_neither_collide_nor_leave_the_folder(cache):
    ids = [
        "a",
        "A",
        "a.npy",
        "../a",
        "..",
        ".",
        "",
        "a/b",
        "a%2fb",
        "a_b",
        "湖",
        "x" * 300,
        "x" * 301,
        "%",
        "%%",
        "a\\b",
        "con",
    ]
    ids += ["." + "y" * 200, "lakes.scores", " ", "\ud800"]
    for number, lake_id in enumerate(ids):
        assert cache.put(CacheKey(DATASET, lake_id, MODEL), np.full((1, 1, 3), number))
    assert [cache.get(CacheKey(DATASET, lake_id, MODEL))[0, 0, 0] for lake_id in ids] == list(range(len(ids)))
    files = [path for path in cache.root.parent.rglob("*") if path.is_file()]
    assert len(files) == len(ids)
    assert all(path.parent == cache.root / ("d" * 16) / ("e" * 16) for path in files)
    assert all(len(path.name) < 255 for path in files)
    assert len({path.name.lower() for path in files}) == len(ids)


def test_safe_names_are_readable_where_they_can_be():
    assert safe_name("lake-07_b.2") == "lake-07_b.2"
    assert safe_name("D2") == "%442"
    assert safe_name("..") == "%2e."


@pytest.mark.parametrize("length", [0, 1, 50, 127, 128, 129, 150, 270, 279])
def test_a_torn_file_is_no_hit_and_goes_away(cache, length):
    cache.put(KEY, prediction())
    path = only_file(cache)
    content = path.read_bytes()
    assert len(content) == 128 + 3 * 4 * 3 * 4 + 8  # header, 3×4 px of 3 float32, checksum
    path.write_bytes(content[:length])
    assert cache.get(KEY) is None
    assert not path.exists()
    assert cache.missing(DATASET, MODEL, ["lake"]) == ["lake"]


@pytest.mark.parametrize("position", [0, 7, 60, 130, 200, 272, 279])
def test_a_changed_byte_is_no_hit(cache, position):
    cache.put(KEY, prediction())
    path = only_file(cache)
    content = bytearray(path.read_bytes())
    content[position] ^= 1
    path.write_bytes(content)
    assert cache.get(KEY) is None
    assert not path.exists()


def test_a_foreign_file_of_zeros_as_a_crash_may_leave(cache):
    cache.put(KEY, prediction())
    path = only_file(cache)
    path.write_bytes(bytes(len(path.read_bytes())))
    assert cache.get(KEY) is None


def test_an_array_of_another_kind_in_the_place_of_a_prediction_is_no_hit(cache):
    cache.save_scores(DATASET, MODEL, np.zeros((2, 3, 3), np.int64))
    only_file(cache).rename(only_file(cache).with_name("lake.npy"))
    assert cache.get(KEY) is None


@pytest.mark.parametrize("shape", [(3, 3), (2, 2, 2), (0, 2, 3), (1, 2, 2, 3)])
def test_predictions_of_another_shape_are_refused(cache, shape):
    with pytest.raises(ValueError, match=r"expected \(H, W, 3\)"):
        cache.put(KEY, np.zeros(shape))


def test_missing_lists_in_the_order_asked(cache):
    assert cache.missing(DATASET, MODEL, ["b", "a"]) == ["b", "a"]
    cache.put(CacheKey(DATASET, "b", MODEL), prediction())
    assert cache.missing(DATASET, MODEL, ["c", "b", "a"]) == ["c", "a"]
    assert cache.missing(DATASET, MODEL, ["b"], options="other") == ["b"]


def test_scores_start_unknown_and_add_up(cache):
    assert (cache.scores(DATASET, MODEL, 3) == -1).all()
    assert cache.scores_stamp(DATASET, MODEL) == 0
    table = np.full((3, 3, 3), -1, np.int64)
    table[1] = 7
    assert cache.save_scores(DATASET, MODEL, table)
    stamp = cache.scores_stamp(DATASET, MODEL)
    assert stamp > 0
    other = np.full((3, 3, 3), -1, np.int64)
    other[2] = 9
    cache.save_scores(DATASET, MODEL, other)
    assert cache.scores(DATASET, MODEL, 3)[:, 0, 0].tolist() == [-1, 7, 9]
    assert cache.scores_stamp(DATASET, MODEL) >= stamp
    assert cache.missing(DATASET, MODEL, ["lakes", "lakes.scores"]) == ["lakes", "lakes.scores"]


def test_scores_of_another_number_of_lakes_are_unknown(cache):
    cache.save_scores(DATASET, MODEL, np.zeros((3, 3, 3), np.int64))
    assert (cache.scores(DATASET, MODEL, 4) == -1).all()


def test_scores_may_be_changed_by_who_asked(cache):
    cache.save_scores(DATASET, MODEL, np.zeros((1, 3, 3), np.int64))
    cache.scores(DATASET, MODEL, 1)[0] = 5
    assert cache.scores(DATASET, MODEL, 1).sum() == 0


def test_a_full_disk_is_logged_once_and_harms_nothing(cache, monkeypatch, caplog):
    cache.put(KEY, prediction())

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch, caplog.at_level(logging.WARNING):
        patch.setattr("lakeseg.cache._encode", full)
        other = CacheKey(DATASET, "other", MODEL)
        assert not cache.put(other, prediction())
        assert not cache.put(other, prediction())
        assert not cache.save_scores(DATASET, MODEL, np.zeros((1, 3, 3), np.int64))
    assert len(caplog.records) == 1
    assert "No space left on device" in cache.problem
    assert only_file(cache).name == "lake.npy"
    assert (cache.get(KEY) == prediction()).all()


def test_a_disk_that_is_full_for_real(cache, caplog):
    code = """
import resource, sys, numpy as np
from lakeseg.cache import CacheKey, PredictionCache
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
cache = PredictionCache(sys.argv[1])
sizes = {"small": 2, "large": 99}
print(*(cache.put(CacheKey("d", name, "m"), np.zeros((size, size, 3))) for name, size in sizes.items()))
print(cache.missing("d", "m", ["small", "large"]), cache.problem)
"""
    out, err = run(code, cache.root).communicate(timeout=60)
    first, second = out.splitlines()
    assert first == "True False"
    assert second.startswith("['large']")
    assert "File too large" in second
    assert err.count("cannot be cached") == 1
    assert only_file(cache).name == "small.npy"


def test_no_permission_is_no_error():
    folder = Path(tempfile.mkdtemp())
    try:
        folder.chmod(0o555)
        code = """
import os, sys, numpy as np
from lakeseg.cache import CacheKey, PredictionCache
os.getuid() or os.setuid(65534)
cache = PredictionCache(os.path.join(sys.argv[1], "new"))
print(cache.put(CacheKey("d", "a", "m"), np.zeros((2, 2, 3))), cache.get(CacheKey("d", "a", "m")), cache.problem)
"""
        out, err = run(code, folder).communicate(timeout=60)
        assert out.startswith("False None ")
        assert "Permission denied" in out
        assert err.count("cannot be cached") == 1
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)


def test_a_file_that_may_not_be_read_is_a_miss(cache):
    folder = cache.root / ("d" * 16) / ("e" * 16)
    (folder / "lake.npy").mkdir(parents=True)
    assert cache.get(KEY) is None


WRITER = """
import sys, numpy as np
from lakeseg.cache import CacheKey, PredictionCache
cache, value, n = PredictionCache(sys.argv[1]), int(sys.argv[2]), 0
while True:
    cache.put(CacheKey("d", f"lake{n % 5}", "m"), np.full((200, 200, 3), value))
    cache.save_scores("d", "m", np.full((50, 3, 3), value))
    n += 1
    print(n, flush=True)
"""


def test_two_processes_and_a_kill_at_any_moment_leave_whole_files_only(cache):
    writers = [run(WRITER, cache.root, value) for value in (1, 2)]
    try:
        for writer in writers:
            while int(writer.stdout.readline()) < 10:
                pass
        for _ in range(60):
            read = cache.get(CacheKey("d", "lake0", "m"))
            assert read is not None
            assert np.unique(read).tolist() in ([1], [2])
    finally:
        for writer in writers:
            writer.send_signal(signal.SIGKILL)
            writer.communicate(timeout=60)
    for number in range(5):
        assert np.unique(cache.get(CacheKey("d", f"lake{number}", "m"))).tolist() in ([1], [2])
    assert cache.scores("d", "m", 50)[0, 0, 0] in (1, 2)


def test_what_killed_processes_left_is_swept_away_in_time(cache):
    cache.put(KEY, prediction())
    folder = only_file(cache).parent
    (folder / ".0123.part").touch()
    (folder / ".4567.part").touch()
    os.utime(folder / ".0123.part", (time.time() - 7200,) * 2)
    PredictionCache(cache.root).put(KEY, prediction())
    assert sorted(path.name for path in folder.iterdir()) == [".4567.part", "lake.npy"]


def test_threads_may_share_a_cache(cache):
    wrong = []

    def work(seed):
        for number in range(20):
            key = CacheKey(DATASET, f"lake{number % 3}", MODEL)
            cache.put(key, np.full((8, 8, 3), seed))
            read = cache.get(key)
            if read is None or len(np.unique(read)) != 1:
                wrong.append(read)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert not cache.problem

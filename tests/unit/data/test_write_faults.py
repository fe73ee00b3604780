import errno
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from lakeseg.data.dataset import open_dataset
from lakeseg.data.sink import Sink
from lakeseg.data.write import write_dataset
from lakeseg.errors import DatasetError
from tests.lakes import HEADER, make_dataset, make_lake

WRITER = """
import os, sys
from tests.lakes import HEADER, make_lake
from lakeseg.data.write import write_dataset
from lakeseg.errors import LakesegError
{before}
path, count = sys.argv[1], int(sys.argv[2])
def lakes():
    for n in range(count):
        yield make_lake(f"b{{n}}", 60, 60, seed=n)
        {between}
try:
    print(write_dataset(path, HEADER, lakes()).fingerprint)
except LakesegError as error:
    print(error)
"""


def sixty(count):
    """What WRITER writes."""
    return (make_lake(f"b{n}", 60, 60, seed=n) for n in range(count))


def start(path, count, before="pass", between="pass"):
    script = WRITER.format(before=before, between=between)
    command = [sys.executable, "-X", "faulthandler", "-c", script, str(path), str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def said_by(process):
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    return out.strip()


@pytest.fixture
def old(tmp_path):
    return make_dataset(tmp_path / "d.h5", [(3, 4)])


def still_there(old):
    """The old file is whole, and nothing else lies beside it."""
    assert open_dataset(old.path).fingerprint == old.fingerprint
    assert (open_dataset(old.path).lake("a0").image == old.lake("a0").image).all()
    return [path.name for path in old.path.parent.iterdir()] == [old.path.name]


@pytest.mark.parametrize("room", [0, 10, 700, 3_000, 200_000, 500_000, 1_000_000])
def test_a_disk_that_fills_up_at_any_point(old, room, monkeypatch):
    class Full(Sink):
        def _try(self, view):
            if self.tell() + len(view) > room:
                self.error = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                return 0
            return super()._try(view)

    monkeypatch.setattr("lakeseg.data.write.Sink", Full)
    lakes = iter(list(sixty(60)))
    with pytest.raises(DatasetError, match=r"d.h5: the disk is full: free some space .*; nothing was changed"):
        write_dataset(old.path, HEADER, lakes)
    assert next(lakes, None) is not None, "it went on after the first failure"
    assert still_there(old)


@pytest.mark.parametrize("limit", [1_000, 400_000])
def test_a_file_size_limit_of_the_system(old, limit):
    before = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))"
    assert "larger than this disk or account allows; nothing was changed" in said_by(start(old.path, 60, before))
    assert still_there(old)
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY


def test_a_real_disk_that_is_full(tmp_path):
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", tmp_path], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("mounting a small disk needs root; the tests above fill one up by other means")
    try:
        old = make_dataset(tmp_path / "d.h5", [(3, 4)])
        assert "the disk is full" in said_by(start(old.path, 60))
        assert still_there(old)
    finally:
        subprocess.run(["umount", tmp_path], check=True)


def test_no_permission_to_write():
    folder = Path(tempfile.mkdtemp())
    try:
        old = make_dataset(folder / "d.h5", [(3, 4)])
        folder.chmod(0o555)
        said = said_by(start(old.path, 1, before="os.getuid() or os.setuid(65534)"))
        assert said == f"{old.path}: no permission to write there: choose another folder; nothing was changed"
        assert still_there(old)
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)


def test_a_kill_in_the_middle_leaves_the_old_file(old):
    process = start(old.path, 10_000, between="print(n, flush=True)")
    while int(process.stdout.readline()) < 20:
        pass
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)
    assert not still_there(old), "the kill came after the file was in place"
    left = next(path for path in old.path.parent.iterdir() if path != old.path)
    assert left.name.startswith(".d.h5.")
    make_dataset(old.path, [(2, 2)])
    assert left.exists(), "it might belong to a living process"
    os.utime(left, (time.time() - 90_000,) * 2)
    make_dataset(old.path, [(2, 2)])
    assert not left.exists()


def test_two_writers_at_once_leave_one_whole_file(tmp_path):
    path, counts = tmp_path / "d.h5", (40, 41)
    alone = [write_dataset(tmp_path / "alone.h5", HEADER, sixty(count)).fingerprint for count in counts]
    (tmp_path / "alone.h5").unlink()
    said = [said_by(writer) for writer in [start(path, count) for count in counts]]
    dataset = open_dataset(path)
    assert dataset.fingerprint in said
    assert len(dataset.lakes) == counts[alone.index(dataset.fingerprint)]
    assert len(list(dataset.iter_lakes())) == len(dataset.lakes)
    for line, fingerprint in zip(said, alone, strict=True):
        assert line == fingerprint or "another process wrote a dataset there at the same time" in line
    assert list(tmp_path.iterdir()) == [path]


def test_a_writer_that_was_overtaken_says_so(tmp_path, monkeypatch):
    other = make_dataset(tmp_path / "other.h5", [(2, 2)])
    monkeypatch.setattr("lakeseg.data.write.open_dataset", lambda _: other)
    with pytest.raises(DatasetError, match="another process wrote a dataset there at the same time"):
        make_dataset(tmp_path / "d.h5", [(3, 3)])

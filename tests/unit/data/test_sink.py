import errno

import h5py
import numpy as np
import pytest

from lakeseg.data.sink import Sink


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "file"
    path.touch()
    return path


class Full(Sink):
    """A sink on a disk with `room` bytes left."""

    room = 100

    def _try(self, view):
        if self.tell() + len(view) > self.room:
            self.error = OSError(errno.ENOSPC, "No space left on device")
            return 0
        return super()._try(view)


def test_what_is_written_is_in_the_file(path):
    with Sink(str(path)) as sink:
        sink.seek(2)
        assert sink.write(np.arange(3, dtype=np.uint8)) == 3
        sink.seek(0)
        buffer = bytearray(6)
        assert sink.readinto(buffer) == 6
        sink.check()
    assert bytes(buffer) == b"\0\0\0\x01\x02\0"
    assert path.read_bytes() == b"\0\0\0\x01\x02"


def test_after_a_failure_it_remembers_what_it_could_not_write(path):
    with Full(str(path)) as sink:
        sink.write(b"a" * 90)
        sink.write(b"b" * 20)
        sink.write(b"c" * 5)
        assert sink.tell() == 115
        sink.seek(88)
        buffer = bytearray(30)
        sink.readinto(buffer)
        with pytest.raises(OSError, match="No space left"):
            sink.check()
    assert bytes(buffer) == b"aa" + b"b" * 20 + b"c" * 5 + b"\0" * 3
    assert path.read_bytes() == b"a" * 90


def test_a_device_that_is_always_full():
    with Sink("/dev/full") as sink:
        assert sink.write(b"lake") == 4
        assert sink.error.errno == errno.ENOSPC


@pytest.mark.parametrize("room", [0, 50, 1000, 5000, 100_000])
def test_hdf5_closes_in_peace_on_a_full_disk(path, room, monkeypatch):
    monkeypatch.setattr(Full, "room", room)
    with Full(str(path)) as sink:
        with h5py.File(sink, "w") as file:
            data = file.create_dataset("data", (0,), "i2", maxshape=(None,), chunks=(1000,))
            for part in range(100):
                data.resize(1000 * (part + 1), axis=0)
                data[-1000:] = part
            assert data[50_500] == 50
        assert sink.error.errno == errno.ENOSPC


def test_hdf5_reads_what_it_wrote(path):
    with Sink(str(path)) as sink, h5py.File(sink, "w") as file:
        file["data"] = np.arange(1000)
    with h5py.File(path, "r") as file:
        assert (file["data"][:] == np.arange(1000)).all()

"""A file for HDF5 to write into that outlives a full disk.

When a write fails, the HDF5 library cannot close the file any more, and the whole process ends in a segmentation fault
at the next file it opens (h5py issues 914 and 2160; seen with h5py 3.14 on HDF5 1.14.6). So HDF5 never learns of it:
the first failure is kept in `error`, and from there on all writes go to memory until the file is closed and dropped.
"""

from __future__ import annotations

import io
from typing import Any


class Sink(io.FileIO):
    """A file opened for writing and reading whose writes never fail; look at `error` to learn whether one has."""

    error: OSError | None = None

    def __init__(self, path: str) -> None:
        super().__init__(path, "r+")
        self._late: list[tuple[int, bytes]] = []

    def write(self, data: Any) -> int:
        """Write all of `data` at the current position, to memory after a failure."""
        view, start = memoryview(data).cast("B"), self.tell()
        done = 0
        while done < len(view) and self.error is None:
            done += self._try(view[done:])
        if done < len(view):
            self._late.append((start + done, bytes(view[done:])))
            self.seek(start + len(view))
        return len(view)

    def _try(self, view: memoryview) -> int:
        try:
            return super().write(view) or 0
        except OSError as error:
            self.error = error
            return 0

    def readinto(self, buffer: Any) -> int:
        """Fill all of `buffer` from the current position, zeros where nothing was written."""
        view, start = memoryview(buffer).cast("B"), self.tell()
        view[:] = bytes(len(view))
        super().readinto(view)
        for position, data in self._late:
            first, last = max(position, start), min(position + len(data), start + len(view))
            if first < last:
                view[first - start : last - start] = data[first - position : last - position]
        return len(view)

    def truncate(self, size: int | None = None) -> int:
        """Set the size of the file."""
        try:
            return super().truncate(size)
        except OSError as error:
            self.error = self.error or error
            return size or 0

    def check(self) -> None:
        """Raise the first failure, if there was one."""
        if self.error is not None:
            raise self.error

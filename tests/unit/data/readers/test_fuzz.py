"""Damaged files of every format: one line that says so, or lakes that keep the contract; within a limit of memory.

All runs stand in one process of their own with little memory to take (`RLIMIT_AS`): whatever would fill it, hang, or
end the process ends the test alone. Files that carry checksums have to come out right or not at all.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[4]
CHECKED = ("v7.mat", "cells.mat", "pixels.mat", "pairs.npz", "packed.npz")  # compressed, or with a checksum

_MAKE = """
import h5py, numpy as np, pandas as pd
from scipy.io import savemat
from tests.matlab import Cell, write_v73

rng = np.random.default_rng(0)
shapes = ((5, 5), (4, 9), (12, 3), (16, 16))
X = [rng.integers(0, 9999, (*shape, 7)).astype("i2") for shape in shapes]
Y = [rng.integers(1, 4, shape).astype("u1") for shape in shapes]
lakes = [{"X": x, "Y": y} for x, y in zip(X, Y)]
records = np.array([tuple(each.values()) for each in lakes], [("X", object), ("Y", object)])[None]
cells = {name: np.empty((1, 4), object) for name in "XY"}
for name, values in (("X", X), ("Y", Y)):
    cells[name][0, :] = values
pairs = {f"X_{n}": x for n, x in enumerate(X)} | {f"Y_{n}": y for n, y in enumerate(Y)}
flat = np.hstack([np.concatenate([x.reshape(-1, 7) for x in X]), np.concatenate([y.ravel() for y in Y])[:, None]])
frame = pd.DataFrame(flat, columns=[f"b{b}" for b in range(1, 8)] + ["label"])

def make(path):
    name = path.name
    if name in ("v6.mat", "v7.mat"):
        savemat(path, {"lakes": records}, do_compression=name == "v7.mat")
    elif name == "cells.mat":
        savemat(path, cells, do_compression=True)
    elif name == "pixels.mat":
        savemat(path, {"P": flat}, do_compression=True)
    elif name == "v73.mat":
        write_v73(path, {"lakes": lakes})
    elif name == "cells73.mat":
        write_v73(path, {name: Cell(each[name] for each in lakes) for name in "XY"})
    elif name == "pairs.npz":
        np.savez(path, **pairs)
    elif name == "packed.npz":
        np.savez_compressed(path, **pairs)
    elif name == "table.npy":
        np.save(path, flat)
    elif name == "pairs.h5":
        with h5py.File(path, "w") as file:
            for key, values in pairs.items():
                file.create_dataset(key, data=values, compression=1, fletcher32=True)
    elif path.suffix == ".csv":
        frame.to_csv(path, index=False)
    else:
        frame[:40].to_parquet(path)
"""

_RUN = """
import faulthandler, random, resource, sys, time
from pathlib import Path
from lakeseg.data.readers.importing import import_file
from lakeseg.data.readers.options import ReadOptions
from lakeseg.errors import LakesegError

faulthandler.dump_traceback_later(100, exit=True)
folder, name, flips, checked = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4] == "checked"
make(folder / name)
data, (folder / "in").mkdir()
options = ReadOptions(bands=(1, 2, 3, 4, 5, 6, 7), water="codes")
right = import_file(folder / name, folder / "right.h5", options).dataset.fingerprint
resource.setrlimit(resource.RLIMIT_AS, (ADDRESS + (700 << 20),) * 2)
rng = random.Random(sum(map(ord, name)))

def damaged():
    yield from ((f"truncated at {size}", data[:size]) for size in range(0, len(data), 1024))
    yield from ((f"truncated by {size}", data[:-size]) for size in (1, 2, 8, 100) if size < len(data))
    for number in range(flips):
        changed = bytearray(data)
        for _ in range(rng.choice((1, 1, 3))):
            changed[rng.randrange(min(len(data), rng.choice((200, 1500, len(data)))))] ^= rng.randrange(1, 256)
        yield f"flip {number}", bytes(changed)
    for number in range(flips // 4):  # the header of one, the body of another place
        at, size = rng.randrange(len(data)), rng.choice((4, 8, 64))
        filler = rng.choice((b"\\xff", b"\\x00", b"\\x7f")) * size
        yield f"filled {number}", data[:at] + filler + data[at + size :]

refused = same = other = 0
slowest = 0.0
for what, content in damaged():
    path = folder / "in" / name
    path.write_bytes(content)
    start = time.monotonic()
    try:
        made = import_file(path, folder / "out.h5", options).dataset.fingerprint
        same, other = same + (made == right), other + (made != right)
        assert not checked or made == right, what
    except LakesegError as error:
        assert "\\n" not in str(error), what
        refused += 1
    slowest = max(slowest, time.monotonic() - start)
    assert [each.name for each in folder.glob(".*")] == [], what
assert refused > 5 and slowest < 5, (refused, slowest)
print(refused, same, other, round(slowest, 2), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10)
""".replace("data, (folder", "data = (folder / name).read_bytes()\n(folder").replace(
    "ADDRESS", "int(Path('/proc/self/statm').read_text().split()[0]) * resource.getpagesize()"
)


@pytest.mark.parametrize(
    ("name", "flips"),
    [
        ("v6.mat", 60),
        ("v7.mat", 60),
        ("cells.mat", 40),
        ("pixels.mat", 40),
        ("v73.mat", 60),
        ("cells73.mat", 30),
        ("pairs.npz", 60),
        ("packed.npz", 60),
        ("table.npy", 40),
        ("pairs.h5", 50),
        ("pixels.csv", 40),
        ("pixels.parquet", 4),
    ],
)
def test_damaged_files(tmp_path, name, flips):
    checked = "checked" if name in CHECKED else "any"
    command = [sys.executable, "-c", _MAKE + _RUN, str(tmp_path), name, str(flips), checked]
    surroundings = os.environ | {"PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"}
    ran = subprocess.run(command, capture_output=True, text=True, env=surroundings, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr[-3000:]

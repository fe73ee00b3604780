"""How long a dataset of 100, 10,000 and 100,000 lakes takes to open, and to give one lake, a summary and an account.

Run: python benchmarks/open_dataset.py [lakes of the largest file]
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np

from lakeseg.data.dataset import Header, Lake, open_dataset
from lakeseg.data.write import write_dataset
from lakeseg.patches import LabelSums

HEADER = Header("Benchmark", (1, 2, 3, 4, 5, 6, 7), "benchmarks/open_dataset.py", simulated=True)
SIDE = 12
REPEATS = 9


def lakes(count: int) -> Iterator[Lake]:
    """Yield `count` lakes of 12×12 px: opening reads no pixel, so small ones do."""
    rng = np.random.default_rng(0)
    image = rng.integers(0, 10_000, (SIDE, SIDE, 7)).astype(np.int16)
    labels = rng.integers(1, 3, (SIDE, SIDE)).astype(np.uint8)
    for number in range(count):
        yield Lake(f"lake-{number:06d}", image, labels, f"ground-{number:06d}", lon=0.0, lat=0.0)


def milliseconds(act: Callable[[], object], repeats: int = REPEATS) -> float:
    """Return the median time of `act` in milliseconds, the first run left out."""
    act()
    times = []
    for _ in range(repeats):
        start = perf_counter()
        act()
        times.append(perf_counter() - start)
    return 1000 * median(times)


def main() -> None:
    """Write the files, time them, print a table and the ratio of the largest to the smallest."""
    largest = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    opening = {}
    print(f"{'lakes':>9} {'file MB':>9} {'open ms':>9} {'a lake ms':>10} {'table of ids ms':>16} {'summary ms':>11}")
    with tempfile.TemporaryDirectory() as folder:
        for count in sorted({100, min(10_000, largest), largest}):
            path = Path(folder) / f"{count}.h5"
            dataset = write_dataset(path, HEADER, lakes(count))
            middle = f"lake-{count // 2:06d}"
            opening[count] = milliseconds(lambda path=path: open_dataset(path))
            reading = milliseconds(lambda dataset=dataset, middle=middle: dataset.lake(middle))
            listing = milliseconds(lambda path=path: open_dataset(path).lakes.id, 3)
            summing = milliseconds(lambda path=path: open_dataset(path).summary(), 1)
            size = path.stat().st_size / 1e6
            print(f"{count:9,} {size:9.1f} {opening[count]:9.2f} {reading:10.2f} {listing:16.1f} {summing:11.1f}")
        sums = LabelSums.of(dataset)
        accounting = milliseconds(lambda: sums.account(4, 1, True), 3)
        print(f"account of one patch size over {largest:,} lakes: {accounting:.1f} ms")
    print(f"opening {largest:,} lakes takes {opening[largest] / opening[100]:.1f} times as long as opening 100")


if __name__ == "__main__":
    main()

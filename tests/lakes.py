"""Small lakes by hand for tests: no simulator, no randomness that a test does not ask for."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from lakeseg.data.dataset import Dataset, Header, Lake
from lakeseg.data.table import LakeTable
from lakeseg.data.write import write_dataset

HEADER = Header("Small", (1, 2, 3, 4, 5, 6, 7), "made by a test", simulated=True)


def make_lake(
    name: str, height: int, width: int, group: str = "", seed: int = 0, codes: Sequence[int] = (1, 2), bands: int = 7
) -> Lake:
    """A lake of random counts and labels drawn from `codes`; it stands alone unless a group is given."""
    rng = np.random.default_rng([seed, height, width])
    image = rng.integers(0, 10_000, (height, width, bands)).astype(np.int16)
    labels = rng.choice(np.array(codes, np.uint8), (height, width))
    return Lake(name, image, labels, group or f"ground of {name}")


def make_dataset(path: Path, shapes: Sequence[tuple[int, int]], codes: Sequence[int] = (1, 2)) -> Dataset:
    """A file of lakes "a0", "a1", … of the given shapes, each alone in its group."""
    return write_dataset(
        path, HEADER, [make_lake(f"a{n}", *shape, seed=n, codes=codes) for n, shape in enumerate(shapes)]
    )


def make_table(groups: Sequence[str]) -> LakeTable:
    """The index of 1×1 lakes "lake0", "lake1", … in these groups."""
    count = len(groups)
    ones = np.ones(count, np.int32)
    texts = {"id": [f"lake{n}" for n in range(count)], "group": groups, "domain": [""] * count, "date": [""] * count}
    columns = {name: np.char.encode(np.array(values, dtype=str), "utf-8") for name, values in texts.items()}
    place = np.full(count, np.nan)
    return LakeTable({"offset": np.arange(count), "height": ones, "width": ones, "lon": place, "lat": place} | columns)

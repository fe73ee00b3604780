from pathlib import Path

import numpy as np

from lakeseg.review.halving import two_parts
from tests.e2e import ponds


def test_the_smaller_of_two_covers_is_proposed(tmp_path: Path) -> None:
    dataset, square = ponds.make(tmp_path / "ponds.h5"), ponds.positions("F")
    # In the last lake the upper row, 4 px, is water and the other 8 px are land.
    assert two_parts(dataset, "pond-4", square).tolist() == square[:4].tolist()
    assert two_parts(dataset, "pond-4", square[4:]).tolist() == []  # land alone: nothing parts it
    mixed = np.sort(np.concatenate([ponds.positions("A"), ponds.positions("D")]))  # 8 px of water, 12 of land
    assert two_parts(dataset, "pond-0", mixed).tolist() == ponds.positions("A").tolist()

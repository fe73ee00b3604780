"""Groups of lakes that share pixels or ground, on cut-outs of one scene whose overlaps are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lakeseg.analysis.health.grouping import joined_groups, regroup
from lakeseg.data.dataset import Dataset, Header, Lake, open_dataset
from lakeseg.data.write import write_dataset
from lakeseg.errors import ConfigError

RNG = np.random.default_rng(3)
SCENE = RNG.integers(0, 9000, (60, 60, 7)).astype(np.int16)
ELSEWHERE = RNG.integers(0, 9000, (24, 24, 7)).astype(np.int16)
BANDS = (1, 2, 3, 4, 5, 6, 7)


def lake(name: str, image: np.ndarray, group: str, lon: float = np.nan, lat: float = np.nan) -> Lake:
    return Lake(name, image, np.full(image.shape[:2], 2, np.uint8), group, lon=lon, lat=lat)


def dataset(path: Path, lakes: list[Lake], simulated: bool = False) -> Dataset:
    return write_dataset(path, Header("Cut-outs", BANDS, "by hand", simulated), lakes)


def cutouts() -> list[Lake]:
    """a–b and b–c overlap, so all three belong together; d is apart; e repeats d; f has the group of c."""
    return [
        lake("a", SCENE[0:30, 0:30], "1"),
        lake("b", SCENE[15:45, 10:40], "2"),
        lake("d", ELSEWHERE, "3"),
        lake("c", SCENE[36:60, 20:50], "4"),
        lake("e", ELSEWHERE, "5"),
        lake("f", ELSEWHERE[:12] + np.int16(1), "4"),
    ]


def test_lakes_that_share_pixels_come_into_one_group_and_old_groups_stay_whole(tmp_path: Path) -> None:
    found = joined_groups(dataset(tmp_path / "in.h5", cutouts()))
    assert found == ["1", "1", "3", "1", "3", "1"]


def test_nothing_but_groups_and_name_changes(tmp_path: Path) -> None:
    before = dataset(tmp_path / "in.h5", cutouts())
    regroup(before, tmp_path / "out.h5")
    after = open_dataset(tmp_path / "out.h5")
    assert after.name == "Cut-outs, regrouped"
    assert after.header.provenance["regrouped_from"] == before.fingerprint
    for old, new in zip(before.iter_lakes(), after.iter_lakes(), strict=True):
        assert (old.id, old.domain, old.date) == (new.id, new.domain, new.date)
        assert np.array_equal(old.image, new.image)
        assert np.array_equal(old.labels, new.labels)


def test_ground_counts_where_coordinates_are_real_and_not_where_they_were_drawn(tmp_path: Path) -> None:
    # 24 px of .4633 km are 11 km; .02° of latitude are 2.2 km, so the first two overlap, and 1° further none does.
    places = [
        lake("a", SCENE[:24, :24], "1", 10.0, 50.0),
        lake("b", SCENE[30:54, 30:54], "2", 10.0, 50.02),
        lake("c", ELSEWHERE, "3", 10.0, 51.0),
    ]
    assert joined_groups(dataset(tmp_path / "real.h5", places)) == ["1", "1", "3"]
    assert joined_groups(dataset(tmp_path / "simulated.h5", places, simulated=True)) == ["1", "2", "3"]


def test_a_dataset_is_never_written_over(tmp_path: Path) -> None:
    made = dataset(tmp_path / "in.h5", cutouts())
    with pytest.raises(ConfigError, match="is the dataset itself"):
        regroup(made, tmp_path / "in.h5")
    assert open_dataset(tmp_path / "in.h5").fingerprint == made.fingerprint

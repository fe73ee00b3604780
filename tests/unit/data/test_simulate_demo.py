import numpy as np
import pytest

from lakeseg.bands import LAND, UNCLASSIFIED, WATER
from lakeseg.data.dataset import Header, open_dataset
from lakeseg.data.simulate import demo, make_demo, make_small, simulate_lake
from lakeseg.data.simulate.plan import CropPlan
from lakeseg.data.simulate.scene import ScenePlan
from lakeseg.data.simulate.spectra import DOMAINS
from lakeseg.data.write import write_dataset
from lakeseg.errors import ConfigError, DatasetError


@pytest.fixture
def tiny(monkeypatch):
    """Plans of three scenes, and of three lakes of which two are crops of the second scene."""
    scenes = [ScenePlan(name, 30, 40, 0.2, 0.5, 0.5) for name in ("arid", "boreal winter", "tropical")]
    lakes = [CropPlan(1, 14, 16, 0.2), ScenePlan("temperate", 12, 28, 0.1), CropPlan(1, 12, 28, 0.1)]
    monkeypatch.setattr(demo, "plan_dataset1", lambda *_: scenes)
    monkeypatch.setattr(demo, "plan_dataset2", lambda *_: lakes)


def test_demo_writes_both_datasets(tiny, tmp_path):
    heard = []
    paths = make_demo(tmp_path / "new", seed=3, progress=lambda fraction, text: heard.append((fraction, text)))
    first, second = map(open_dataset, paths)
    assert [path.name for path in paths] == ["dataset1.h5", "dataset2.h5"]
    assert first.lake_ids == ("D1-0001", "D1-0002", "D1-0003")
    assert second.lake_ids == ("D2-0001", "D2-0002", "D2-0003")
    assert first.simulated
    assert first.truth_available
    assert "simulated" in first.header.source
    assert "seed 3" in first.header.source
    assert first.header.provenance["seed"] == 3
    fractions = [fraction for fraction, _ in heard]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1
    assert "Dataset2" in heard[-1][1]


def test_crops_are_cut_from_their_parent_and_share_its_group(tiny, tmp_path):
    first, second = map(open_dataset, make_demo(tmp_path))
    parent = first.lake("D1-0002")
    for name in ("D2-0001", "D2-0003"):
        crop = second.lake(name)
        assert crop.group == parent.group
        assert (crop.domain, crop.date) == (parent.domain, parent.date)
        windows = np.lib.stride_tricks.sliding_window_view(parent.image[..., 0], crop.shape)
        assert (windows == crop.image[..., 0]).all(axis=(2, 3)).any()
    assert len(set(first.lakes.group)) == 3
    assert second.lake("D2-0002").group not in first.lakes.group


def test_threads_change_nothing(tiny, tmp_path, monkeypatch):
    many = [open_dataset(path).fingerprint for path in make_demo(tmp_path / "many", 5)]
    monkeypatch.setattr(demo, "_MOST_WORKERS", 1)
    one = [open_dataset(path).fingerprint for path in make_demo(tmp_path / "one", 5)]
    other = [open_dataset(path).fingerprint for path in make_demo(tmp_path / "other", 6)]
    assert many == one
    assert set(many).isdisjoint(other)


def test_a_stopped_run_leaves_nothing_half_written(tiny, tmp_path):
    def stop(fraction, text):
        if "Dataset2" in text:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_demo(tmp_path, progress=stop)
    assert [path.name for path in tmp_path.iterdir()] == ["dataset1.h5"]
    assert len(open_dataset(tmp_path / "dataset1.h5").lakes) == 3


def test_a_file_in_the_way_is_one_line(tiny, tmp_path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(DatasetError, match="a file is in the way") as caught:
        make_demo(tmp_path / "taken")
    assert "\n" not in str(caught.value)


def other_dataset(path, simulated):
    header = Header("Mine", (1, 2, 3, 4, 5, 6, 7), "my instrument", simulated)
    write_dataset(path, header, [simulate_lake(np.random.default_rng(0), 8, 8)])


@pytest.mark.parametrize(
    "put",
    [
        lambda path: path.write_text("notes"),
        lambda path: path.mkdir(),
        lambda path: path.symlink_to("gone.h5"),
        lambda path: other_dataset(path, simulated=False),
        lambda path: other_dataset(path, simulated=True),
    ],
    ids=["text", "folder", "dangling link", "data", "another simulator's"],
)
@pytest.mark.parametrize("name", ["dataset1.h5", "dataset2.h5"])
def test_what_we_did_not_simulate_is_never_replaced(tiny, tmp_path, name, put):
    put(tmp_path / name)
    before = (tmp_path / name).lstat()
    with pytest.raises(DatasetError, match="is there and not simulated") as caught:
        make_demo(tmp_path)
    assert "\n" not in str(caught.value)
    after = (tmp_path / name).lstat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_our_own_is_replaced_and_anything_with_force(tiny, tmp_path):
    make_demo(tmp_path)
    (tmp_path / "dataset1.h5").write_text("notes")
    first, second = map(open_dataset, make_demo(tmp_path, force=True))
    assert open_dataset(make_demo(tmp_path, seed=4)[1]).fingerprint != second.fingerprint
    assert first.simulated


def test_small_file_has_all_domains_and_shared_groups(tmp_path):
    small = make_small(tmp_path / "small.h5", lakes=8, seed=1)
    assert len(small.lakes) == 8
    assert set(small.lakes.domain) == set(DOMAINS)
    assert small.lakes.group[3] == small.lakes.group[2]
    assert len(set(small.lakes.group)) == 6
    assert small.class_counts()[:, UNCLASSIFIED].sum() == 0
    assert (small.class_counts()[:, WATER] > 0).all()
    assert make_small(tmp_path / "again.h5", lakes=8, seed=1).fingerprint == small.fingerprint


def test_small_file_with_three_classes(tmp_path):
    small = make_small(tmp_path / "small.h5", lakes=4, three_classes=True, side=24)
    assert small.class_counts()[:, UNCLASSIFIED].sum() > 0
    assert small.lakes.height.max() <= 30


def test_one_lake_for_a_test():
    lake = simulate_lake(np.random.default_rng(0), 20, 30, "arid", water=0.3)
    assert lake.shape == (20, 30)
    assert set(np.unique(lake.labels)) == {WATER, LAND}
    assert lake.truth.mean() == pytest.approx(30, abs=1)
    with pytest.raises(ConfigError, match="unknown domain"):
        simulate_lake(np.random.default_rng(0), 5, 5, "sea")


@pytest.mark.slow
def test_full_demo_has_the_statistics_of_table_2(tmp_path):
    first, second = map(open_dataset, make_demo(tmp_path))
    one, two = first.total_counts(), second.total_counts()
    np.testing.assert_allclose(100 * one[1:] / one.sum(), [13.25, 42.9, 43.8], atol=1)
    assert 100 * two[WATER] / two.sum() == pytest.approx(6.28, abs=0.3)
    assert two[UNCLASSIFIED] == 0
    assert (len(first.lakes), len(second.lakes)) == (135, 956)
    assert one.sum() == pytest.approx(3_931_252, rel=0.02)
    assert two.sum() == pytest.approx(1_852_618, rel=0.02)
    assert (second.class_counts()[:, WATER] > 0).all()
    assert set(first.lakes.domain) == set(second.lakes.domain) == set(DOMAINS)
    shared = set(first.lakes.group) & set(second.lakes.group)
    assert np.isin(second.lakes.group, list(shared)).sum() == 120

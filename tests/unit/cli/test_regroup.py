from __future__ import annotations

from lakeseg.data.dataset import open_dataset


def test_regroup_writes_a_dataset_and_says_how_many_groups_are_left(cli, small_dataset1, tmp_path):
    out = tmp_path / "regrouped.h5"
    data = cli("regroup", small_dataset1.path, "--out", out, "--json").data
    assert data["groups_before"] == len(set(small_dataset1.lakes.group.tolist()))
    assert data["groups"] == len(set(open_dataset(out).lakes.group.tolist()))


def test_a_file_that_is_no_dataset_is_refused(cli, tmp_path):
    (tmp_path / "text.h5").write_text("not HDF5")
    assert "not an HDF5 file" in cli("regroup", tmp_path / "text.h5", "--out", tmp_path / "out.h5").error

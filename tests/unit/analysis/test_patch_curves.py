from __future__ import annotations

import numpy as np
import pytest

from lakeseg.analysis.patch_curves import SIZES, patch_curve, patch_curves, split_parts, whole_context
from lakeseg.cards import Card
from lakeseg.patches import account, grid
from tests.lakes import make_dataset


def card(dataset, **split):
    about = {"fingerprint": dataset.fingerprint}
    return Card("A model", "", {"kind": "fcn"}, (1,), 1, dataset=about, split={"seed": 0, "rule": "by hand", **split})


def test_a_curve_by_hand(tmp_path):
    dataset = make_dataset(tmp_path / "d.h5", [(20, 33), (8, 40), (7, 90)], codes=(1, 2))
    curve = patch_curve(dataset, dataset.lake_ids, prune=False, sizes=(8, 16, 20))
    # 8 px: 2·4 + 1·5 + 0 patches; 16 px: 1·2 + 0 + 0; 20 px: 1·1
    assert curve.patches.tolist() == [13, 2, 1]
    assert curve.kept.tolist() == [13 * 64, 2 * 256, 400]
    assert curve.pixels == 660 + 320 + 630
    assert curve.discarded.tolist() == [1610 - 832, 1610 - 512, 1610 - 400]
    assert curve.too_small.tolist() == [1, 2, 2]  # the third is 7 px high, the second 8
    assert curve.classified.tolist() == curve.kept.tolist()
    assert curve.share("kept")[2] == pytest.approx(400 / 1610)


@pytest.mark.parametrize(("gap", "prune"), [(0, True), (1, True), (1, False)])
def test_a_curve_is_the_sum_of_the_accounts_of_its_lakes(tmp_path, gap, prune):
    dataset = make_dataset(tmp_path / "d.h5", [(30, 41), (12, 66), (70, 64)], codes=(0, 2, 2, 2, 2, 2, 2, 3))
    curve = patch_curve(dataset, ["a2", "a0"], gap, prune)
    lakes = list(dataset.iter_lakes(["a2", "a0"]))
    for place in (0, 5, 24, 56):
        each = [account(lake.labels, grid(*lake.shape, SIZES[place], gap), prune) for lake in lakes]
        assert curve.patches[place] == sum(part.patches_kept for part in each)
        assert curve.pruned_patches[place] == sum(part.patches_pruned for part in each)
        for name in ("kept", "pruned", "discarded"):
            assert getattr(curve, name)[place] == sum(getattr(part, name) for part in each)
        assert curve.classified[place] == sum(sum(part.kept_labels[1:3]) for part in each)


def test_without_classified_pixels_the_water_share_is_undefined(tmp_path):
    dataset = make_dataset(tmp_path / "d.h5", [(9, 9)], codes=(1, 2))
    share = patch_curve(dataset, dataset.lake_ids, prune=False).water_share
    assert 0 < share[0] < 1
    assert np.isnan(share[2:]).all()  # from 10 px on the lake holds no patch


def test_parts_are_those_of_most_models_of_this_dataset(tmp_path):
    dataset = make_dataset(tmp_path / "d.h5", [(9, 9)] * 4)
    usual = card(dataset, train=["a0", "a1"], validation=["a2"], test=["a3"])
    other = card(dataset, train=["a0"], validation=["a1"], test=["a2"])
    assert split_parts(dataset, [other, usual, usual]) == {
        "train": ("a0", "a1"),
        "validation": ("a2",),
        "test": ("a3",),
    }
    strange = Card("Elsewhere", "", {"kind": "fcn"}, (1,), 1, dataset={"fingerprint": "of another"})
    assert split_parts(dataset, [strange]) == {"all lakes": ("a0", "a1", "a2", "a3")}
    gone = card(dataset, train=["a0", "gone"], validation=[], test=["a1"])
    assert list(split_parts(dataset, [gone])) == ["all lakes"]


def test_empty_parts_have_no_curve(tmp_path):
    dataset = make_dataset(tmp_path / "d.h5", [(9, 9)])
    assert list(patch_curves(dataset, {"train": ["a0"], "test": []})) == ["train"]


def test_whole_context_by_hand():
    # 13×13 neighbours: 6 px from each side of the patch are without; (16 − 12)² / 16², (64 − 12)² / 64²
    assert whole_context([8, 12, 16, 64], 6).tolist() == [0, 0, 16 / 256, 2704 / 4096]

"""Patches of whole lakes on a grid, for networks that bring their margin along."""

import numpy as np
import pytest

from lakeseg.data.dataset import Header
from lakeseg.data.write import write_dataset
from lakeseg.errors import PatchError
from lakeseg.segmenters.registry import resolve
from lakeseg.training import samples
from tests.lakes import make_lake

BANDS = (1, 2, 3, 4, 5, 6, 7)
MARGIN = 3


def grid_of(tmp_path, labels, **settings):
    """One lake of these labels whose first band numbers its pixels, cut into windows of 16 px."""
    labels = np.asarray(labels, np.uint8)
    lake = make_lake("a0", *labels.shape)
    lake.image[..., 0] = np.arange(labels.size).reshape(labels.shape)
    lake.labels[:] = labels
    header = Header("Numbered", BANDS, "made by a test", simulated=True, scale=1.0)
    dataset = write_dataset(tmp_path / "numbered.h5", header, [lake])
    config = resolve("fcn-lakeseg", BANDS, bands=(1,), patch=16, windows="grid", augment=False, **settings)
    return samples.training_samples(dataset, dataset.lake_ids, config, MARGIN)


def quarters(upper_left, upper_right, lower_left, lower_right):
    """Return 32×32 labels of four windows of one class each."""
    return np.kron([[upper_left, upper_right], [lower_left, lower_right]], np.ones((16, 16)))


def test_unpruned_patches_hold_each_pixel_once_with_its_neighbours(tmp_path):
    labels = np.random.default_rng(0).integers(1, 3, (20, 33))
    cut = grid_of(tmp_path, labels, prune=False)
    assert cut.images.shape == (2 * 3, 22, 22, 1)
    numbers = cut.images[:, MARGIN:-MARGIN, MARGIN:-MARGIN, 0][cut.labels > 0].astype(int)
    assert sorted(numbers) == list(range(20 * 33))
    assert np.array_equal(labels.ravel()[numbers], cut.labels[cut.labels > 0])
    # The second window starts in column 16: its margin is the columns 13 to 15 of the same rows.
    assert cut.images[1, MARGIN, :MARGIN, 0].tolist() == [13, 14, 15]
    # The first has nothing to its left: columns 3, 2, 1 mirrored.
    assert cut.images[0, MARGIN, :MARGIN, 0].tolist() == [3, 2, 1]


def test_pruned_patches_hold_both_classes(tmp_path):
    labels = quarters(1, 2, 1, 2)
    labels[0, 0] = 2  # one pixel saves a window
    cut = grid_of(tmp_path, labels, prune=True)
    assert len(cut.images) == 1
    assert int((cut.labels == 1).sum()) == 255


def test_nothing_left_of_pruning_is_said(tmp_path):
    with pytest.raises(PatchError, match=r"pruning leaves no window of 16×16 px.*turn it off"):
        grid_of(tmp_path, quarters(1, 2, 2, 1), prune=True)


def test_each_epoch_holds_every_patch(tmp_path):
    cut = grid_of(tmp_path, np.random.default_rng(1).integers(1, 3, (32, 48)), prune=False, batch_size=4)
    assert cut.steps == 2
    for epoch in range(2):
        seen = [images[:, MARGIN, MARGIN, 0] for images, _ in cut.batches(np.random.default_rng(epoch))]
        assert sorted(np.concatenate(seen).astype(int)) == [16 * c + 48 * 16 * r for r in range(2) for c in range(3)]

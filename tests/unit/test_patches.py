import numpy as np
import pytest

from lakeseg.errors import DatasetError, PatchError
from lakeseg.patches import (
    LabelSums,
    account,
    collect,
    extract,
    grid,
    is_single_class,
    label_counts,
    single_class,
    stitch,
)
from tests.lakes import make_dataset


def test_corners_without_gap():
    # 7 rows hold two patches of 3 (rows 0 and 3), 10 columns hold three
    lay = grid(7, 10, 3)
    assert lay.corners.tolist() == [[0, 0], [0, 3], [0, 6], [3, 0], [3, 3], [3, 6]]
    assert (lay.rows, lay.columns, len(lay)) == (2, 3, 6)


def test_corners_with_the_study_s_gap():
    # a gap of one: 3 + 1 + 3 = 7 rows hold two patches, 3 + 1 + 3 + 1 = 8 columns hold two, 11 hold three
    assert grid(7, 8, 3, gap=1).corners.tolist() == [[0, 0], [0, 4], [4, 0], [4, 4]]
    assert len(grid(6, 11, 3, gap=1)) == 3


@pytest.mark.parametrize(("height", "width"), [(2, 10), (10, 2), (1, 1)])
def test_an_image_smaller_than_a_patch_has_none(height, width):
    lay = grid(height, width, 3)
    assert len(lay) == 0
    assert lay.corners.shape == (0, 2)
    assert extract(np.zeros((height, width, 7)), lay).shape == (0, 3, 3, 7)
    assert (stitch(np.zeros((0, 3, 3)), lay, height, width, fill=5) == 5).all()


def test_a_long_thin_image_does_not_pass_for_a_large_one():
    assert len(grid(40, 10, 32)) == 0


@pytest.mark.parametrize(("size", "gap"), [(0, 0), (-1, 0), (3, -1)])
def test_sizes_that_make_no_sense(size, gap):
    with pytest.raises(PatchError, match="expected"):
        grid(10, 10, size, gap)


def test_no_image_no_grid():
    with pytest.raises(PatchError, match="0×5 px: expected at least 1×1"):
        grid(0, 5, 3)


def test_extract_takes_the_right_pixels():
    image = np.arange(7 * 8 * 2).reshape(7, 8, 2)
    patches = extract(image, grid(7, 8, 3, gap=1))
    assert patches.shape == (4, 3, 3, 2)
    assert (patches[1] == image[0:3, 4:7]).all()
    assert (patches[2] == image[4:7, 0:3]).all()


def test_stitch_puts_them_back_and_fills_the_rest():
    image = np.arange(7 * 8, dtype=np.float32).reshape(7, 8)
    lay = grid(7, 8, 3, gap=1)
    back = stitch(extract(image, lay), lay, 7, 8, fill=-1)
    covered = np.ones((7, 8), bool)
    covered[3], covered[:, 3], covered[:, 7] = False, False, False
    assert (back[covered] == image[covered]).all()
    assert (back[~covered] == -1).all()


def test_shapes_that_do_not_fit_are_refused():
    lay = grid(6, 6, 3)
    with pytest.raises(PatchError, match="expected 6×6 px"):
        extract(np.zeros((6, 7)), lay)
    with pytest.raises(PatchError, match=r"expected \(4, 3, 3"):
        stitch(np.zeros((3, 3, 3)), lay, 6, 6)
    with pytest.raises(PatchError, match="laid for 6×6"):
        stitch(np.zeros((4, 3, 3)), lay, 6, 9)


def test_single_class_ignores_pixels_without_label():
    patches = np.array(
        [[[1, 1], [1, 1]], [[1, 2], [1, 1]], [[0, 2], [0, 2]], [[0, 0], [0, 0]], [[0, 3], [2, 2]]], np.uint8
    )
    assert single_class(patches).tolist() == [True, False, True, True, False]


def test_account_by_hand():
    # 5×4 px in patches of 2: rows 0–3 make four patches, row 4 (4 px) is discarded.
    labels = np.array([[1, 1, 1, 2], [1, 1, 2, 2], [2, 2, 0, 3], [2, 2, 3, 3], [1, 1, 1, 1]], np.uint8)
    lay = grid(5, 4, 2)
    whole = account(labels, lay)
    assert (whole.kept, whole.pruned, whole.discarded, whole.patches_kept) == (16, 0, 4, 4)
    # all water, mixed, all land, unclassified with one unlabelled pixel: three of them hold a single class
    pruned = account(labels, lay, prune=True)
    assert (pruned.kept, pruned.pruned, pruned.discarded) == (4, 12, 4)
    assert (pruned.patches_kept, pruned.patches_pruned) == (1, 3)
    assert pruned.kept_labels == (0, 1, 3, 0)
    assert pruned.pixels == labels.size


def test_the_study_s_gap_loses_what_the_audit_says():
    # 132×132 px, 32 asked: at a stride of 33 four patches a side, each 32 px: 132² − 16·32² px lost
    assert account(np.ones((132, 132), np.uint8), grid(132, 132, 32, gap=1)).discarded == 132**2 - 16 * 1024


@pytest.mark.parametrize(
    ("size", "gap", "prune"), [(2, 0, True), (3, 1, True), (4, 0, False), (5, 2, True), (64, 0, False)]
)
def test_account_of_a_dataset_is_the_sum_of_its_lakes(tmp_path, size, gap, prune):
    dataset = make_dataset(tmp_path / "d.h5", [(12, 28), (5, 5), (1, 1), (9, 3), (20, 17)], codes=(0, 1, 2, 2, 2, 3))
    total = LabelSums.of(dataset).account(size, gap, prune)
    each = [account(lake.labels, grid(*lake.shape, size, gap), prune) for lake in dataset.iter_lakes()]
    for name in ("kept", "pruned", "discarded", "patches_kept", "patches_pruned"):
        assert getattr(total, name) == sum(getattr(part, name) for part in each)
    assert list(total.kept_labels) == np.sum([part.kept_labels for part in each], axis=0).tolist()


def test_account_of_some_lakes(tmp_path):
    dataset = make_dataset(tmp_path / "d.h5", [(12, 28), (5, 5), (9, 3)])
    assert LabelSums.of(dataset, ["a1"]).account(5).kept == 25
    assert LabelSums.of(dataset, ["a2", "a0"]).pixels == 27 + 336


def test_account_refuses_what_it_cannot_count():
    with pytest.raises(PatchError, match="expected 6"):
        LabelSums(np.ones(5, np.uint8), np.array([2]), np.array([3]))
    with pytest.raises(PatchError, match="at most 1448"):
        LabelSums(np.ones(6, np.uint8), np.array([2]), np.array([3])).account(1449)


def test_collect_cuts_images_and_labels_alike(tmp_path):
    dataset = make_dataset(tmp_path / "d.h5", [(7, 8), (2, 9), (6, 3)])
    images, labels = collect(dataset, ["a2", "a0", "a1"], 3, gap=1)
    third, first = dataset.lake("a2"), dataset.lake("a0")
    assert images.shape == (1 + 4, 3, 3, 7)
    assert (images.dtype, labels.dtype) == (np.int16, np.uint8)
    assert (images[0] == third.image[:3, :3]).all()
    assert (labels[4] == first.labels[4:7, 4:7]).all()


def test_collect_prunes_patches_of_one_class(tmp_path):
    dataset = make_dataset(tmp_path / "d.h5", [(20, 20), (20, 20)], codes=(1, 2, 2, 2, 2, 2, 2, 2))
    images, labels = collect(dataset, dataset.lake_ids, 2, prune=True)
    pruned = LabelSums.of(dataset).account(2, prune=True)
    assert len(images) == len(labels) == pruned.patches_kept < 200
    assert not single_class(labels).any()


def test_a_patch_larger_than_every_lake(tmp_path):
    dataset = make_dataset(tmp_path / "d.h5", [(40, 32), (20, 36)])
    with pytest.raises(
        PatchError, match=r"^patch 64 is larger than every lake \(largest 40×32 px\): choose at most 32$"
    ):
        collect(dataset, dataset.lake_ids, 64)


def test_pruning_everything_says_so(tmp_path):
    dataset = make_dataset(tmp_path / "d.h5", [(8, 8)], codes=(2,))
    with pytest.raises(PatchError, match="pruning leaves no patch of 4×4 px"):
        collect(dataset, dataset.lake_ids, 4, prune=True)


def test_collect_of_no_or_unknown_lakes(tmp_path):
    dataset = make_dataset(tmp_path / "d.h5", [(8, 8)])
    with pytest.raises(PatchError, match="zero lakes"):
        collect(dataset, [], 4)
    with pytest.raises(DatasetError, match="unknown lake 'b'"):
        collect(dataset, ["b"], 4)


def test_label_counts_by_hand():
    labels = np.array([[1, 1, 1, 2, 3], [1, 1, 2, 2, 3], [2, 2, 0, 3, 3]], np.uint8)
    counts = label_counts(labels, grid(3, 5, 2))
    assert counts.tolist() == [[[0, 4, 0, 0], [0, 1, 3, 0]]]
    assert is_single_class(counts).tolist() == [[True, False]]
    assert label_counts(labels, grid(3, 5, 4)).shape == (0, 1, 4)

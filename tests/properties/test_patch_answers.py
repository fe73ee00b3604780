import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from lakeseg.analysis.flips import FLIP_SIZES, flip_counts, flip_table
from lakeseg.analysis.patch_curves import whole_context
from lakeseg.figures.labels import moved_apart
from lakeseg.patches import account, grid, is_single_class, label_counts
from lakeseg.study.sizes import kept_labels

LABELS = arrays.arrays(np.uint8, st.tuples(st.integers(1, 24), st.integers(1, 24)), elements=st.integers(0, 3))


@given(st.data(), st.integers(1, 6), st.integers(1, 6))
def test_flips_lie_between_none_and_every_size(data, height, width):
    codes = arrays.arrays(np.uint8, (height, width), elements=st.integers(1, 3))
    whole, by_size = data.draw(codes), [data.draw(codes) for _ in FLIP_SIZES]
    counts = flip_counts(whole, by_size)
    assert counts.max() <= len(FLIP_SIZES)
    often, changed = flip_table(whole, by_size, np.ones((height, width), bool))
    assert often.sum() == whole.size
    assert (often * np.arange(len(often))).sum() == changed.sum() == counts.sum()
    assert flip_counts(whole, [whole] * 3).max() == 0


@given(LABELS, st.integers(1, 9), st.integers(0, 2))
def test_label_counts_agree_with_account_and_patches(labels, size, gap):
    height, width = labels.shape
    lay = grid(height, width, size, gap)
    counts = label_counts(labels, lay)
    assert (counts.sum(axis=-1) == size * size).all()
    kept = ~is_single_class(counts)
    found = account(labels, lay, prune=True)
    assert kept.sum() == found.patches_kept
    assert tuple(counts[kept].sum(axis=0)) == found.kept_labels


@given(LABELS, st.integers(1, 9))
def test_the_study_s_pixels_are_those_of_kept_patches(labels, size):
    height, width = labels.shape
    lay = grid(height, width, size)
    codes = np.bincount(kept_labels(labels, size).ravel(), minlength=4)
    assert tuple(codes[1:]) == account(labels, lay, prune=True).kept_labels[1:]


@given(st.lists(st.floats(-1, 2), min_size=1, max_size=9))
def test_names_keep_their_order_and_their_distance(places):
    moved = moved_apart(places, 0.1, 0, 1)
    order = np.argsort(places, kind="stable")
    assert (np.diff(np.array(moved)[order]) >= 0.1 - 1e-9).all()
    assert max(moved) <= 1 + 1e-9
    assert min(moved) >= -1e-9  # nine of them have room


@given(st.integers(1, 200), st.integers(0, 20))
def test_context_grows_with_the_patch(size, margin):
    smaller, larger = whole_context([size, size + 1], margin)
    assert 0 <= smaller <= larger <= 1

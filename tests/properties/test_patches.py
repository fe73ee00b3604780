import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from lakeseg.patches import LabelSums, account, extract, grid, single_class, stitch

SIDES = st.integers(1, 24)
SIZES = st.integers(1, 9)
GAPS = st.integers(0, 3)
LABELS = arrays.arrays(np.uint8, st.tuples(SIDES, SIDES), elements=st.integers(0, 3))


@given(LABELS, SIZES, GAPS)
def test_extract_undoes_stitch(labels, size, gap):
    lay = grid(*labels.shape, size, gap)
    patches = extract(labels, lay)
    assert (extract(stitch(patches, lay, *labels.shape), lay) == patches).all()


@given(
    arrays.arrays(np.float32, st.tuples(SIDES, SIDES, st.integers(1, 3)), elements=st.floats(0, 1, width=32)),
    SIZES,
    GAPS,
)
def test_stitch_undoes_extract_where_patches_lie(image, size, gap):
    lay = grid(*image.shape[:2], size, gap)
    back = stitch(extract(image, lay), lay, *image.shape[:2], fill=-1)
    covered = (back != -1).all(axis=-1)
    assert (back[covered] == image[covered]).all()
    assert covered.sum() == len(lay) * size * size


@given(LABELS, SIZES)
def test_without_a_gap_only_the_trimmed_border_is_left_out(labels, size):
    height, width = (side // size * size for side in labels.shape)
    lay = grid(*labels.shape, size)
    assert (stitch(extract(labels, lay), lay, *labels.shape)[:height, :width] == labels[:height, :width]).all()


@given(SIDES, SIDES, SIZES, GAPS)
def test_patches_lie_within_the_image_and_never_overlap(height, width, size, gap):
    seen = np.zeros((height, width), int)
    for row, column in grid(height, width, size, gap).corners:
        assert row + size <= height
        assert column + size <= width
        seen[row : row + size, column : column + size] += 1
    assert seen.max() <= 1


@given(LABELS, SIZES, GAPS, st.booleans())
def test_every_pixel_is_kept_pruned_or_discarded(labels, size, gap, prune):
    lay = grid(*labels.shape, size, gap)
    result = account(labels, lay, prune)
    assert result.kept + result.pruned + result.discarded == labels.size
    assert min(result.kept, result.pruned, result.discarded) >= 0
    assert sum(result.kept_labels) == result.kept
    assert result.patches_kept + result.patches_pruned == len(lay)
    assert prune or not result.pruned
    patches = extract(labels, lay)
    assert result.patches_pruned == (single_class(patches).sum() if prune else 0)


@given(st.lists(LABELS, min_size=1, max_size=5), SIZES, GAPS, st.booleans())
def test_the_account_of_many_lakes_is_the_sum_of_each(lakes, size, gap, prune):
    flat = np.concatenate([labels.ravel() for labels in lakes])
    heights, widths = (np.array(sides) for sides in zip(*(labels.shape for labels in lakes), strict=True))
    total = LabelSums(flat, heights, widths).account(size, gap, prune)
    each = [account(labels, grid(*labels.shape, size, gap), prune) for labels in lakes]
    assert (total.kept, total.pruned, total.discarded) == tuple(
        sum(getattr(part, name) for part in each) for name in ("kept", "pruned", "discarded")
    )
    assert list(total.kept_labels) == np.sum([part.kept_labels for part in each], axis=0).tolist()

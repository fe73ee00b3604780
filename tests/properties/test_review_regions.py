"""What holds of the regions of any lake, of any ranking, of any division."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.ndimage import label

from lakeseg.errors import ConfigError
from lakeseg.review.dividing import divide
from lakeseg.review.merging import Sizes, merge, neighbours
from lakeseg.review.ranking import NAMES, Components, rank, scores

SHAPES = arrays.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=14)
MASKS = SHAPES.flatmap(lambda shape: arrays.arrays(bool, shape))
CORNERS = np.ones((3, 3))


@st.composite
def cuts(draw):
    """A mask with open pixels, features, and limits of size."""
    mask = draw(MASKS.filter(lambda mask: mask.any()))
    seed = draw(st.integers(0, 2**32 - 1))
    features = np.random.default_rng(seed).normal(size=(int(mask.sum()), 3)).round(draw(st.integers(0, 3)))
    price = draw(st.sampled_from([0.0, 0.1, 1.0, 100.0]))
    return mask, features, Sizes(price, draw(st.integers(1, 6)), draw(st.integers(10, 60)))


def regions_of(mask, features, sizes):
    return merge(features, np.argwhere(mask), *neighbours(mask), sizes)


@given(cuts())
@settings(deadline=None, max_examples=60)
def test_each_open_pixel_is_in_one_region_and_each_region_hangs_together(cut):
    mask, features, sizes = cut
    region = regions_of(mask, features, sizes)
    assert region.shape == (mask.sum(),)
    assert np.array_equal(np.unique(region), np.arange(region.max() + 1))
    drawn = np.full(mask.shape, -1)
    drawn[mask] = region
    assert all(label(drawn == one, CORNERS)[1] == 1 for one in range(region.max() + 1))


@given(cuts())
@settings(deadline=None, max_examples=60)
def test_no_region_is_giant_and_a_speck_stands_alone(cut):
    mask, features, sizes = cut
    region = regions_of(mask, features, sizes)
    counts = np.bincount(region)
    # a rest of less than a tenth may join a full piece
    assert counts.max() <= sizes.most + sizes.most // 10
    islands, found = label(mask, CORNERS)
    whole = np.bincount(islands[mask], minlength=found + 1)[islands[mask]]
    small = counts[region] < sizes.least
    # a region below the least size is all there is of its island, or was cut off one that was too large
    assert (whole[small] == counts[region][small])[whole[small] <= sizes.most].all()


@given(cuts())
@settings(deadline=None, max_examples=30)
def test_the_same_lake_gives_the_same_regions_in_the_order_of_their_first_pixels(cut):
    region = regions_of(*cut)
    assert np.array_equal(region, regions_of(*cut))
    first = np.unique(region, return_index=True)[1]
    assert (np.diff(first) > 0).all()


@given(st.integers(0, 2**32 - 1), st.sampled_from(NAMES), st.integers(2, 30))
@settings(deadline=None, max_examples=60)
def test_more_of_a_component_never_moves_a_region_back(seed, name, count):
    rng = np.random.default_rng(seed)
    table = rng.random((count, len(NAMES))).astype(np.float32)
    weights = dict(zip(NAMES, rng.random(len(NAMES)).tolist(), strict=True))
    place, domain = int(rng.integers(count)), np.zeros(count, int)
    more = table.copy()
    more[place, NAMES.index(name)] = 1
    before, after = (Components(one, ("",), domain, np.zeros(1)) for one in (table, more))
    assert scores(after, weights)[place] >= scores(before, weights)[place]
    assert list(rank(after, weights)).index(place) <= list(rank(before, weights)).index(place)
    # more weight on what a region has most of does not move it back either
    heavier = weights | {NAMES[int(table[place].argmax())]: 10.0}
    if table[place].argmax() == int(table[:, table[place].argmax()].argmax()) and table[place].max() == table.max():
        assert scores(before, heavier)[place] >= scores(before, weights)[place]


@given(MASKS.filter(lambda mask: mask.any()), st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=60)
def test_dividing_partitions_a_region(mask, seed):
    drawn = np.random.default_rng(seed).random(mask.shape) < 0.5
    positions = np.flatnonzero(mask)
    try:
        inside, outside = divide(positions, drawn)
    except ConfigError:
        assert drawn[mask].all() or not drawn[mask].any()
        return
    assert np.array_equal(np.sort(np.concatenate([inside, outside])), positions)
    assert drawn.ravel()[inside].all()
    assert not drawn.ravel()[outside].any()
    assert len(inside) > 0 < len(outside)

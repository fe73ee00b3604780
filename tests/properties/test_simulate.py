import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from lakeseg.bands import LAND, UNCLASSIFIED, WATER
from lakeseg.data.simulate.labellers import agreed
from lakeseg.data.simulate.scene import ScenePlan, draw_scene
from lakeseg.data.simulate.spectra import DOMAINS
from lakeseg.data.simulate.terrain import quantile

PLANS = st.builds(
    ScenePlan,
    domain=st.sampled_from(sorted(DOMAINS)),
    height=st.integers(1, 24),
    width=st.integers(1, 24),
    water=st.floats(0, 1),
    snow=st.floats(0, 1),
    ice=st.floats(0, 1),
    river=st.booleans(),
    cloud=st.floats(0, 0.3),
)


@settings(max_examples=40, deadline=None)
@given(PLANS, st.integers(0, 2**32))
def test_every_scene_is_valid_and_its_seed_alone(plan, seed):
    scene, again = (draw_scene(np.random.default_rng(seed), plan) for _ in range(2))
    assert scene.image.shape == (plan.height, plan.width, 7)
    assert scene.image.min() >= -100
    assert scene.image.max() <= 16000
    assert scene.truth.max() <= 100
    np.testing.assert_array_equal(scene.image, again.image)
    np.testing.assert_array_equal(scene.truth, again.truth)
    labels = scene.lake("x", "g", three_classes=True).labels
    np.testing.assert_array_equal(labels == UNCLASSIFIED, scene.map_water != scene.rule_water)
    np.testing.assert_array_equal(labels == WATER, scene.map_water & scene.rule_water)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1))
def test_labels_are_symmetric_in_the_labellers(pairs):
    one, two = np.array(pairs).T
    np.testing.assert_array_equal(agreed(one, two), agreed(two, one))
    assert set(np.unique(agreed(one, two))) <= {WATER, LAND, UNCLASSIFIED}


@given(st.lists(st.integers(-50, 50), min_size=1, unique=True), st.floats(0, 1))
def test_the_quantile_leaves_its_share_below(values, share):
    below = (np.array(values, float) < quantile(np.array(values, float), share)).sum()
    assert below == round(share * len(values))

from datetime import date

import numpy as np
import pytest

from lakeseg.bands import LAND, UNCLASSIFIED, WATER
from lakeseg.data.simulate.scene import ScenePlan, draw_scene
from lakeseg.data.simulate.spectra import DOMAINS


def draw(seed=0, domain="temperate", height=50, width=60, water=0.2, **more):
    return draw_scene(np.random.default_rng(seed), ScenePlan(domain, height, width, water, **more))


@pytest.mark.parametrize("domain", DOMAINS)
def test_scene_keeps_the_array_contract(domain):
    scene = draw(domain=domain, snow=0.5, ice=0.5)
    assert scene.image.shape == (50, 60, 7)
    assert scene.image.dtype == np.int16
    assert scene.truth.dtype == np.uint8
    assert scene.truth.max() == 100
    assert scene.map_water.shape == scene.rule_water.shape == (50, 60)
    assert date(2000, 2, 18) <= date.fromisoformat(scene.date) <= date(2000, 3, 18)
    boxes = DOMAINS[domain].places
    assert any(w <= scene.lon <= e and s <= scene.lat <= n for w, e, s, n in boxes)


def test_same_seed_same_scene_other_seed_another():
    one, two, other = draw(3), draw(3), draw(4)
    np.testing.assert_array_equal(one.image, two.image)
    np.testing.assert_array_equal(one.map_water, two.map_water)
    assert (one.image != other.image).mean() > 0.9


def test_truth_is_the_share_of_water_asked_for():
    # Every pixel rounds to a whole per cent, so the mean is the share to within half of one.
    assert draw(water=0.2).truth.mean() == pytest.approx(20, abs=0.5)


def test_water_is_dark_in_the_infrared_and_shores_lie_between():
    scene = draw(7, "tropical", 100, 100, 0.3)
    infrared = scene.image[..., 1]
    water, land = infrared[scene.truth == 100].mean(), infrared[scene.truth == 0].mean()
    shore = infrared[(scene.truth > 30) & (scene.truth < 70)].mean()
    assert water < 1000 < shore < land


def test_a_frozen_lake_is_water_in_truth_and_bright_in_the_image():
    frozen = draw(5, "boreal winter", ice=1.0, snow=0.5)
    thawed = draw(5, "boreal winter", ice=0.0, snow=0.5)
    np.testing.assert_array_equal(frozen.truth, thawed.truth)
    lake = frozen.truth == 100
    assert frozen.image[lake][:, 0].mean() > 4 * thawed.image[lake][:, 0].mean()


def test_snow_makes_conflict_and_low_light_darkness():
    snowy, bare = draw(1, "boreal winter", snow=0.8), draw(1, "boreal winter", snow=0.0)
    share = [(scene.lake("x", "g", True).labels == UNCLASSIFIED).mean() for scene in (snowy, bare)]
    assert share[0] > 0.45
    assert share[1] < 0.2
    dim, day = (np.median(draw(s, "low light").image) for s in (1, 2)), np.median(draw(1).image)
    assert max(dim) < 0.5 * day


def test_lake_carries_labels_of_the_kind_asked_for():
    scene = draw(2)
    three, two = scene.lake("a", "g", True), scene.lake("a", "g", False)
    assert set(np.unique(three.labels)) == {WATER, LAND, UNCLASSIFIED}
    assert set(np.unique(two.labels)) == {WATER, LAND}
    conflict = three.labels == UNCLASSIFIED
    np.testing.assert_array_equal(three.labels[~conflict], two.labels[~conflict])


def test_crop_is_a_window_and_moves_its_centre():
    scene = draw(2)
    crop = scene.crop(30, 10, 20, 50)
    np.testing.assert_array_equal(crop.image, scene.image[30:50, 10:60])
    np.testing.assert_array_equal(crop.truth, scene.truth[30:50, 10:60])
    # The centre moves from row 25 to 40: 15 px of 500 m south, at 111.195 km a degree.
    assert crop.lat == pytest.approx(scene.lat - 15 * 0.5 / 111.195)
    assert crop.lon > scene.lon


@pytest.mark.parametrize("size", [(1, 1), (1, 30), (12, 28)])
@pytest.mark.parametrize("water", [0.0, 0.5, 1.0])
def test_extreme_frames_are_drawn(size, water):
    scene = draw(1, "low light", *size, water, snow=1.0, ice=1.0, river=True, cloud=0.1)
    assert scene.image.shape == (*size, 7)
    assert scene.truth.mean() == pytest.approx(100 * water, abs=7)

import numpy as np
import pytest

from lakeseg.data.simulate.plan import (
    CROPS,
    DATASET1,
    DATASET2,
    CropPlan,
    plan_dataset1,
    plan_dataset2,
    shares_with_mean,
)
from lakeseg.data.simulate.spectra import DOMAINS


def plans(seed):
    first = plan_dataset1(np.random.default_rng(seed))
    return first, plan_dataset2(np.random.default_rng(seed + 1), first)


@pytest.fixture(scope="module", params=[2018, 7])
def both(request):
    return plans(request.param)


def test_totals_are_those_of_table_2(both):
    for lakes, count, pixels in zip(both, (135, 956), (3_931_252, 1_852_618), strict=True):
        assert len(lakes) == count
        assert sum(lake.height * lake.width for lake in lakes) == pytest.approx(pixels, rel=0.001)


def test_dataset2_ranges_from_the_smallest_to_the_largest_of_the_study(both):
    sizes = [(lake.height, lake.width) for lake in both[1]]
    areas = [height * width for height, width in sizes]
    assert sizes[int(np.argmin(areas))] == (12, 28)
    assert sizes[int(np.argmax(areas))] == (132, 132)
    assert sizes.count((12, 28)) == sizes.count((132, 132)) == 1
    assert min(min(size) for size in sizes) == 12
    assert max(max(size) for size in sizes) == 132


def test_dataset1_is_larger_and_every_domain_occurs(both):
    first, second = both
    assert np.mean([lake.height * lake.width for lake in first]) == pytest.approx(29_120, rel=0.01)
    assert {lake.domain for lake in first} == set(DOMAINS)
    assert {lake.domain for lake in second if not isinstance(lake, CropPlan)} == set(DOMAINS)


def test_crops_fit_their_parents_and_come_from_every_domain(both):
    first, second = both
    crops = [lake for lake in second if isinstance(lake, CropPlan)]
    assert len(crops) == CROPS
    assert all(c.height <= first[c.parent].height and c.width <= first[c.parent].width for c in crops)
    assert {first[crop.parent].domain for crop in crops} == set(DOMAINS)
    assert len({crop.parent for crop in crops}) < CROPS  # several share a scene


@pytest.mark.parametrize("recipe", [DATASET1, DATASET2])
def test_domain_shares_add_up(recipe):
    assert sum(recipe.domains.values()) == pytest.approx(1)


def test_water_and_snow_meet_their_means_over_pixels(both):
    first = both[0]
    areas = np.array([lake.height * lake.width for lake in first])
    assert np.average([lake.water for lake in first], weights=areas) == pytest.approx(DATASET1.water, abs=1e-4)
    boreal = [lake for lake in first if lake.domain == "boreal winter"]
    land = [lake.height * lake.width * (1 - lake.water) for lake in boreal]
    assert np.average([lake.snow for lake in boreal], weights=land) == pytest.approx(0.68, abs=1e-4)
    assert all(lake.snow == lake.ice == 0 for lake in first if lake.domain in ("arid", "temperate", "tropical"))


def test_shares_by_hand():
    # expit(ln 3) = .75 and expit(−ln 3) = .25: moved by nothing, their even mean is .5.
    logits = np.array([np.log(3), -np.log(3)])
    np.testing.assert_allclose(shares_with_mean(logits, np.ones(2), 0.5), [0.75, 0.25], atol=1e-9)
    assert shares_with_mean(logits, np.ones(2), 0.5, least=0.4).min() == pytest.approx(0.4)


def test_a_plan_is_its_seed():
    assert plans(3) == plans(3)
    assert plans(3) != plans(4)

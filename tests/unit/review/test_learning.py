import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from lakeseg.data.dataset import Header, Lake
from lakeseg.data.write import write_dataset
from lakeseg.review import runs
from lakeseg.review.learning import (
    LEARNER,
    MODELS,
    TRUTH,
    VERDICTS_LATER,
    Lessons,
    bought,
    features,
    learn,
    lessons,
    true_water,
)
from lakeseg.review.regions import Judge, Regions
from lakeseg.review.verdicts import Verdict
from tests.unit.review.regions_by_hand import regions

LAKES = 40


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    """Lakes of 2×4 px on ground of their own; the left half of those of even number is water."""
    lakes = []
    for number in range(LAKES):
        truth = np.zeros((2, 4), np.uint8)
        truth[:, :2] = 100 * (number % 2 == 0)
        image = np.full((2, 4, 1), 400, np.int16)
        lakes.append(Lake(f"l{number:02}", image, np.full((2, 4), 3, np.uint8), f"g{number:02}", truth))
    header = Header("d", (1,), "a test", simulated=True)
    return write_dataset(tmp_path_factory.mktemp("learning") / "d.h5", header, lakes)


@pytest.fixture(scope="module")
def halves(dataset):
    """Two regions a lake, left and right; dark where there is water, and a judge who knows nothing."""
    count = 2 * LAKES
    number, left = np.divmod(np.arange(count), 2)[0], np.arange(count) % 2 == 0
    wet = left & (number % 2 == 0)
    places = np.where(left[:, None], [0, 1, 4, 5], [2, 3, 6, 7])
    plain = np.zeros(count, np.float32)
    return Regions(
        dataset.fingerprint,
        (Judge("one", "f1", "One"),),
        (1,),
        number.astype(np.int32),
        np.arange(count + 1) * 4,
        places.ravel().astype(np.int32),
        np.zeros((count, 4), np.int32),
        np.where(wet, 0.04, 0.36)[:, None].astype(np.float32),
        np.full((count, 1), 0.3, np.float32),
        np.full((count, 1), 2, np.uint8),
        plain,
        plain,
        plain,
    )


def verdict(dataset, regions, region, what, **more) -> Verdict:
    text = runs.encode(regions.positions_of(region))
    lake = dataset.lake_ids[regions.lake[region]]
    return Verdict(dataset.fingerprint, lake, text, 4, what, "ann", **more)


def right(dataset, halves, some):
    truth = true_water(dataset, halves)
    return [verdict(dataset, halves, region, "water" if truth[region] else "land") for region in some]


def test_lessons_are_pixels_of_regions_whatever_the_verdicts_were_on(dataset, halves):
    across = Verdict(dataset.fingerprint, "l00", "1:2", 2, "mixed", "ann", fraction=25)  # a pixel of each region
    unsure = verdict(dataset, halves, 4, "unsure")
    said = lessons(halves, dataset, [unsure, across, verdict(dataset, halves, 2, "land")])
    assert said.verdict.tolist() == [1, 1, 2]
    assert said.region.tolist() == [0, 1, 2]
    assert said.pixels.tolist() == [1, 1, 4]
    assert said.water.tolist() == [0.25, 0.25, 0]
    assert said.verdicts == 3
    votes, water = said.by_region(len(halves))
    assert votes[:4].tolist() == [1, 1, 4, 0]
    assert water[:4].tolist() == [0.25, 0.25, 0, 0]


def test_true_water_is_counted_from_half_a_pixel_on(dataset, halves):
    assert true_water(dataset, halves)[:6].tolist() == [4, 0, 0, 0, 4, 0]


def test_nothing_is_learned_from_one_class(dataset, halves):
    assert learn(halves, lessons(halves, dataset, [])) is None
    assert learn(halves, lessons(halves, dataset, right(dataset, halves, [1, 2, 3]))) is None


def test_the_fit_is_that_of_scikit_learn_with_weights(dataset, halves):
    said = lessons(
        halves, dataset, [*right(dataset, halves, range(8)), verdict(dataset, halves, 9, "mixed", fraction=25)]
    )
    learned = learn(halves, said)
    values, wet = features(halves), np.array([1, 0, 0, 0, 1, 0, 0, 0])
    taught = np.vstack([values[:8], values[[9, 9]]])
    other = LogisticRegression(tol=1e-10, max_iter=1000)
    other.fit(taught, [*wet, 1, 0], [*[1.0] * 8, 0.25, 0.75])  # the mixed one by its fraction, all of 4 px
    assert learned.water == pytest.approx(other.predict_proba(values)[:, 1], abs=1e-4)
    assert learned.regions == 9
    assert list(learned.weights) == ["band 1", "One"]


def test_what_is_learned_on_some_ground_holds_on_other(dataset, halves):
    truth = true_water(dataset, halves)
    verdicts = right(dataset, halves, range(2 * LAKES)) + right(dataset, halves, range(2 * LAKES))
    found = bought(halves, dataset, lessons(halves, dataset, verdicts), truth)
    rows = {(row.verdicts, row.who, row.judged_by): row for row in found}
    assert {row.verdicts for row in found if row.who == LEARNER} == {100, 160}
    for goal in (VERDICTS_LATER, TRUTH):
        before, after = rows[0, MODELS, goal], rows[160, LEARNER, goal]
        assert (before.f1, before.accuracy) == (0, 0.75)  # the judge says land: a quarter is water
        assert (after.f1, after.accuracy, after.pixels) == (1, 1, 8 * LAKES)


def test_nobody_is_judged_on_ground_that_he_learned_from(dataset, halves):
    # The only water that anybody told of lies in lake 0: whoever is judged there has not heard of any.
    truth = true_water(dataset, halves)
    some = [0, *(region for region in range(2 * LAKES) if not truth[region])]
    found = bought(halves, dataset, lessons(halves, dataset, right(dataset, halves, some)), truth)
    last = [row for row in found if row.who == LEARNER and row.judged_by == VERDICTS_LATER][-1]
    assert last.f1 == 0
    assert last.accuracy == pytest.approx(1 - 1 / len(some))


def test_without_verdicts_nothing_was_bought(dataset, halves):
    assert bought(halves, dataset, lessons(halves, dataset, []), None) == []
    assert features(regions()).shape == (6, 3)


@pytest.mark.parametrize(
    ("verdicts", "first", "last", "most"),
    [
        (250, [100, 200, 250], 250, 3),
        (1_900, [100, 200, 300], 1_900, 20),
        (17_650, [100, 200, 300], 17_650, 21),
        (100_000, [100, 200, 300], 100_000, 21),
    ],
)
def test_a_long_log_is_looked_at_in_few_steps_most_of_them_early(dataset, halves, verdicts, first, last, most):
    """One region was called water again and again, one land: that is enough for a fit at each step."""
    number = np.arange(verdicts)
    said = Lessons(number, number % 2, np.ones(verdicts, np.int64), (number % 2).astype(float), verdicts)
    steps = [one.verdicts for one in bought(halves, dataset, said) if one.who == LEARNER]
    assert steps[:3] == first
    assert steps[-1] == last
    assert len(steps) <= most
    assert all(step % 100 == 0 for step in steps[:-1])

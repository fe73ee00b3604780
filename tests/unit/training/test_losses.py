"""Losses against numbers by hand and definitions in NumPy."""

from itertools import permutations

import numpy as np
import pytest

from lakeseg.segmenters import backend
from lakeseg.segmenters.config import LOSSES
from lakeseg.training.loss import minimised

# Four pixels: water said .8, water said .5, land said .75 (so water .25), and one masked.
LABELS = np.array([[[1, 1], [2, 0]]], np.uint8)
PROBABILITIES = np.array([[[[0.8, 0.2, 0.0], [0.5, 0.5, 0.0]], [[0.25, 0.75, 0.0], [0.9, 0.1, 0.0]]]], np.float32)


def loss(name, labels=LABELS, probabilities=PROBABILITIES):
    return float(minimised(name)(labels, backend.load().ops.convert_to_tensor(probabilities)))


def drawn(seed, masked=0.3):
    rng = np.random.default_rng(seed)
    labels = rng.integers(1, 3, (2, 3, 4)).astype(np.uint8)
    labels[rng.random(labels.shape) < masked] = 0
    logits = rng.normal(0, 2, (2, 3, 4, 3))
    exponents = np.exp(logits)
    return labels, (exponents / exponents.sum(axis=-1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        # −(ln .8 + ln .5 + ln .75) / 3
        ("crossentropy", (0.2231436 + 0.6931472 + 0.2876821) / 3),
        # water: (.2231436 + .6931472) / 2; land: .2876821; both weigh alike
        ("weighted", (0.4581454 + 0.2876821) / 2),
        # (.2² · .2231436 + .5² · .6931472 + .25² · .2876821) / 3
        ("focal", (0.0089257 + 0.1732868 + 0.0179801) / 3),
        # Σ p y = 1.3, Σ p = 1.55, Σ y = 2: 1 − (2.6 + 1) / (3.55 + 1)
        ("dice", 1 - 3.6 / 4.55),
        # Errors in order: .5 (water), .25 (land), .2 (water). 1 − IoU when the first 1, 2, 3 of them are wrong:
        # 1 − 1/2 = 1/2, 1 − 1/3 = 2/3, 1 − 0/3 = 1. Steps 1/2, 1/6, 1/3.
        ("lovasz", 0.5 / 2 + 0.25 / 6 + 0.2 / 3),
    ],
)
def test_by_hand(name, expected):
    assert loss(name) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("seed", range(3))
def test_masked_pixels_do_not_matter(name, seed):
    labels, probabilities = drawn(seed)
    other = np.where((labels == 0)[..., None], np.float32([0.05, 0.9, 0.05]), probabilities)
    assert not np.array_equal(other, probabilities)
    assert loss(name, labels, other) == pytest.approx(loss(name, labels, probabilities), rel=1e-5)


@pytest.mark.parametrize("name", LOSSES)
def test_a_step_towards_the_label_lowers_the_loss(name):
    labels, probabilities = drawn(5)
    water = labels == 1
    better = probabilities.copy()
    better[water, 0] = np.minimum(better[water, 0] + 0.05, 1)
    assert loss(name, labels, better) < loss(name, labels, probabilities)


@pytest.mark.parametrize("name", LOSSES)
def test_the_right_answer_costs_nothing_and_the_wrong_one_costs_most(name):
    labels, probabilities = drawn(7)
    right = np.eye(3, dtype=np.float32)[labels.astype(int) - 1]
    wrong = np.eye(3, dtype=np.float32)[2 - labels.astype(int)]
    assert loss(name, labels, right) == pytest.approx(0, abs=1e-5)
    assert loss(name, labels, wrong) > loss(name, labels, probabilities) > loss(name, labels, right)


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("code", [0, 1, 2])
def test_a_batch_of_one_class_or_none_gives_a_finite_loss(name, code):
    _, probabilities = drawn(3)
    labels = np.full(probabilities.shape[:-1], code, np.uint8)
    found = loss(name, labels, probabilities)
    assert np.isfinite(found)
    assert found >= 0


def jaccard_loss(wrong, water):
    """Return 1 − IoU of water when the pixels `wrong` are misclassified, 0 where there is nothing to unite."""
    union = (water | wrong).sum()
    return 1 - (water & ~wrong).sum() / union if union else 0.0


def lovasz_extension(errors, water):
    """Return the Lovász extension of 1 − IoU as it is defined: its maximum over all orders of the pixels.

    A submodular set function's extension is the support function of its base polytope, whose corners are the steps of
    the function along each order (Bach 2013, doi:10.1561/2200000039, proposition 3.2).
    """
    best = -np.inf
    for order in permutations(range(len(errors))):
        wrong, before, total = np.zeros(len(errors), bool), 0.0, 0.0
        for place in order:
            wrong[place] = True
            now = jaccard_loss(wrong, water)
            total += errors[place] * (now - before)
            before = now
        best = max(best, total)
    return best


@pytest.mark.parametrize("seed", range(4))
def test_lovasz_is_the_extension_of_the_jaccard_loss(seed):
    rng = np.random.default_rng(seed)
    labels = np.array([[[1, 1, 2], [2, 2, 0]]], np.uint8)
    said = rng.uniform(0.01, 0.99, (1, 2, 3)).astype(np.float32)
    probabilities = np.stack([said, 1 - said, np.zeros_like(said)], axis=-1)
    known, water = labels.ravel() > 0, labels.ravel() == 1
    errors = np.abs(water - said.ravel().astype(float))[known]
    assert loss("lovasz", labels, probabilities) == pytest.approx(lovasz_extension(errors, water[known]), rel=1e-5)


def test_lovasz_of_hard_answers_is_one_minus_iou():
    # Water: pixels 0, 1, 2; called water: 1, 2, 3. Shared 2, united 4.
    labels = np.array([[[1, 1, 1, 2, 2]]], np.uint8)
    called = np.array([[[0, 1, 1, 1, 0]]], np.float32)
    probabilities = np.stack([called, 1 - called, np.zeros_like(called)], axis=-1)
    assert loss("lovasz", labels, probabilities) == pytest.approx(1 - 2 / 4)

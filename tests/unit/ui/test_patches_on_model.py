"""What the answer on a model says of pixels, by hand."""

from types import SimpleNamespace

import numpy as np
import pytest

from lakeseg.analysis.flips import FLIP_SIZES
from lakeseg.bands import DEFAULT_FILL
from lakeseg.inference import OWN_WAY, Options
from lakeseg.serving import Failed, Pending, Ready
from lakeseg.ui.cache.patches import flip_map
from lakeseg.ui.patches import on_model
from lakeseg.ui.patches.on_model import Answers


@pytest.fixture
def view():
    """A lake of 1×4 px, water and land in turn, whose last pixel has no value in band 2."""
    image = np.full((1, 4, 2), 100, np.int16)
    image[0, 3, 1] = DEFAULT_FILL
    lake = SimpleNamespace(image=image, labels=np.array([[1, 2, 1, 2]], np.uint8), shape=(1, 4))
    dataset = SimpleNamespace(fill=DEFAULT_FILL, fingerprint="d")
    return SimpleNamespace(lake=lake, dataset=dataset, lake_id="a")


def said(*codes):
    return Ready(np.eye(3, dtype=np.float32)[np.array([codes]) - 1])


def answers(whole, patches, others=None):
    by_way = dict.fromkeys([Options(patch=size) for size in FLIP_SIZES], others or patches)
    return Answers(SimpleNamespace(fingerprint="m"), 16, by_way | {OWN_WAY: whole, Options(patch=16): patches})


def test_pixels_without_a_value_do_not_change(view):
    made = answers(said(1, 2, 1, 2), said(2, 2, 1, 1))
    # of the three pixels with values one changes; in one pass all three are right, through patches one water is missed:
    # F1 = 2·1 / (2·1 + 1)
    assert "**1** of 3 px (33.3 %) change class: F1 .667 through patches, 1.000 in one pass, 3 px." in (
        on_model._in_a_line(view, made)
    )
    parts = [answer.probabilities for answer in (made.whole, *made.flipping)]
    flips = flip_map("d", "a", "m", parts, np.array([[True, True, True, False]]))
    np.testing.assert_array_equal(flips, np.array([[7, 0, 0, np.nan]], np.float32))


@pytest.mark.parametrize(
    ("patches", "kinds"),
    [
        (Failed("no weights: restore them"), ["classes", "message", "message", "message"]),
        (Pending(), ["classes", "pending", "pending", "pending"]),
        (said(2, 2, 1, 1), ["classes", "classes", "difference", "scalar"]),
    ],
)
def test_panels_wait_only_for_what_may_come(view, patches, kinds):
    assert [panel.kind for panel in on_model._panels(view, answers(said(1, 2, 1, 2), patches))] == kinds

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lakeseg.data.scenes.scene import Window
from lakeseg.framing import frame
from lakeseg.inference import Options, predict_lake, predict_part, way_of
from lakeseg.segmenters.base import CLASSES
from lakeseg.segmenters.registry import resolve

BANDS = (1, 2, 3, 4, 5, 6, 7)
MARGINS = {"logistic": 0, "fcn-lakeseg": 6, "fcn-paper-8": 0, "unet-paper-16": 0, "unet-lakeseg": 0}


class Nosy:
    """Answers with what depends on all that a window holds and on the place within it: a wrong window is seen."""

    bands = (1, 4, 7)
    multiple = 1
    parameters = 0

    def __init__(self, name):
        self.config, self.margin = resolve(name, BANDS), MARGINS[name]
        self.reach = self.config.reach

    def predict_pixels(self, reflectance):
        return reflectance

    def predict_padded(self, images):
        if self.reach == "whole":  # the mean over the neighbours that it may look at, weighted by where they lie
            side = 2 * self.margin + 1
            near = np.lib.stride_tricks.sliding_window_view(images, (side, side), (1, 2))
            return (near * np.linspace(0.5, 2, side)).mean(axis=(-1, -2))
        place = np.linspace(0, 1, images.shape[1] * images.shape[2]).reshape(1, *images.shape[1:3], 1)
        return (images + images.mean(axis=(1, 2), keepdims=True) + place).astype(np.float32)

    def predict_windows(self, images):
        sides = (self.margin, self.margin)
        return self.predict_padded(np.pad(images, ((0, 0), sides, sides, (0, 0)), mode="reflect"))

    def state(self):
        return {}


@st.composite
def cuts(draw, side):
    """Places where a side is cut, its ends included."""
    inner = draw(st.lists(st.integers(1, max(1, side - 1)), max_size=3, unique=True))
    return sorted({0, side, *(cut for cut in inner if cut < side)})


@settings(max_examples=80, deadline=None)
@given(data=st.data(), name=st.sampled_from(sorted(MARGINS)), patch=st.sampled_from([0, 0, 8]))
def test_parts_of_an_image_are_answered_as_within_the_whole(data, name, patch):
    shape = data.draw(st.tuples(st.integers(1, 190), st.integers(1, 60)))
    options = Options(patch=patch if name in ("fcn-lakeseg", "fcn-paper-8") else 0)
    image = np.random.default_rng(0).integers(-200, 12_000, (*shape, len(BANDS))).astype(np.int16)
    image[shape[0] // 2, :] = -28672
    model = Nosy(name)
    once = predict_lake(model, image, BANDS, options=options)
    rows, columns = (data.draw(cuts(side)) for side in shape)
    for top, bottom in pairwise(rows):
        for left, right in pairwise(columns):
            part = frame(way_of(model, options), shape, Window(top, left, bottom - top, right - left))
            area = part.window
            seen = image[area.row : area.row + area.height, area.column : area.column + area.width]
            assert seen.shape[:2] == (area.height, area.width)  # nothing outside the image is asked for
            said = predict_part(model, part, seen, BANDS, options=options)
            assert said.shape == (bottom - top, right - left, CLASSES)
            np.testing.assert_allclose(said, once[top:bottom, left:right], atol=1e-5, rtol=0)


@pytest.mark.parametrize("name", sorted(MARGINS))
def test_no_place_to_cut_is_a_wrong_one(name):
    image = np.random.default_rng(1).integers(-200, 12_000, (43, 9, len(BANDS))).astype(np.int16)
    model, shape = Nosy(name), (43, 9)
    once = predict_lake(model, image, BANDS)
    for cut in range(1, 43):
        for top, bottom in ((0, cut), (cut, 43)):
            part = frame(way_of(model), shape, Window(top, 0, bottom - top, 9))
            seen = image[part.window.row : part.window.row + part.window.height]
            said = predict_part(model, part, seen, BANDS)
            np.testing.assert_allclose(said, once[top:bottom], atol=1e-5, rtol=0)

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from lakeseg.inference import predict_lake
from lakeseg.segmenters.base import CLASSES
from lakeseg.segmenters.registry import resolve

BANDS = (1, 2, 3, 4, 5, 6, 7)
REACHES = {"fcn-paper-8": ("patches", 1), "unet-paper-16": ("tiles", 16), "unet-lakeseg": ("tiles", 16)}


class Scores:
    """A softmax over three bands of each pixel: any way to cut the image must give the same."""

    bands = (1, 4, 7)
    margin = 0
    parameters = 0

    def __init__(self, name):
        self.config = resolve(name, BANDS)
        self.reach, self.multiple = REACHES[name]

    def predict_windows(self, images):
        powers = np.exp(5 * images)
        return powers / powers.sum(axis=-1, keepdims=True)

    predict_padded = predict_windows

    def state(self):
        return {}


@settings(max_examples=60, deadline=None)
@given(
    name=st.sampled_from(sorted(REACHES)),
    height=st.integers(1, 150),
    width=st.integers(1, 60),
    seed=st.integers(0, 2**16),
)
def test_cutting_and_joining_loses_and_changes_nothing(name, height, width, seed):
    image = np.random.default_rng(seed).integers(-200, 12_000, (height, width, len(BANDS))).astype(np.int16)
    model = Scores(name)
    result = predict_lake(model, image, BANDS)
    expected = model.predict_windows(image[..., [0, 3, 6]].astype(np.float32) * np.float32(1e-4))
    assert result.shape == (height, width, CLASSES)
    assert result.dtype == np.float32
    assert np.isfinite(result).all()
    assert np.abs(result.sum(axis=-1) - 1).max() < 1e-5
    assert np.abs(result - expected).max() < 1e-5

"""With a stand-in for the network; the network itself is in test_networks.py."""

import numpy as np
import pytest

from lakeseg.errors import ConfigError, ModelError
from lakeseg.segmenters.anyband import Told, random_masks, with_masks
from lakeseg.segmenters.base import bands_seen
from lakeseg.segmenters.config import SegmenterConfig
from lakeseg.segmenters.registry import resolve

BANDS = (1, 2, 3, 4, 5, 6, 7)
SIX = (1, 2, 3, 4, 6, 7)


class Echo:
    """Gives back what it is shown."""

    bands, margin, multiple, parameters = BANDS, 6, 1, 3

    def __init__(self):
        self.config = resolve("fcn-bands", BANDS)

    def predict_padded(self, images):
        return images

    predict_windows = predict_padded

    def state(self):
        return {"a": np.zeros(1)}


def test_a_missing_band_is_zero_and_so_is_its_mark():
    images = np.arange(1, 7, dtype=np.float32).reshape(1, 1, 2, 3)
    masks = np.array([[True, False, True]])
    # Two pixels of three bands: 1 2 3 and 4 5 6; the second band is missing.
    np.testing.assert_array_equal(with_masks(images, masks)[0, 0], [[1, 0, 3, 1, 0, 1], [4, 0, 6, 1, 0, 1]])


def test_masks_keep_all_bands_a_named_choice_or_any_number_of_them():
    masks = random_masks(np.random.default_rng(1), 20_000, BANDS)
    kept = masks.sum(axis=1)
    assert kept.min() == 1
    assert len(np.unique(masks, axis=0)) == 127

    def share(*bands):
        return (masks == np.isin(BANDS, bands)).all(axis=1).mean()

    # .2 are whole; of the other .8, .45 are one of five named choices and .55 have 1 to 7 bands alike.
    named, drawn = 0.8 * 0.45 / 5, 0.8 * 0.55 / 7
    assert share(*BANDS) == pytest.approx(0.2 + named + drawn, abs=0.01)
    assert share(1, 3, 4) == pytest.approx(named + drawn / 35, abs=0.01)  # 35 ways to choose three of seven
    assert share(6, 7) == pytest.approx(named + drawn / 21, abs=0.01)
    assert (kept == 1).mean() == pytest.approx(drawn, abs=0.01)
    assert (kept == 6).mean() == pytest.approx(drawn, abs=0.01)


def test_a_network_hears_which_bands_it_has_and_sees_them_in_their_places():
    told = Told(Echo(), (2, 7))
    shown = told.predict_padded(np.array([[[[0.5, 0.25]]]], np.float32))
    np.testing.assert_array_equal(shown[0, 0, 0], [0, 0.5, 0, 0, 0, 0, 0.25, 0, 1, 0, 0, 0, 0, 1])
    assert (told.bands, told.margin, told.multiple, told.reach, told.parameters) == ((2, 7), 6, 1, "whole", 3)
    assert told.state() == {"a": np.zeros(1)}
    np.testing.assert_array_equal(told.predict_windows(np.ones((1, 1, 1, 2), np.float32))[0, 0, 0].sum(), 4)


def test_a_model_for_any_bands_takes_what_is_there():
    config = resolve("fcn-bands", BANDS)
    assert bands_seen(config, BANDS, SIX) == SIX
    assert bands_seen(config, BANDS, BANDS, (1, 3)) == (1, 3)
    assert bands_seen(config, SIX, BANDS) == SIX
    with pytest.raises(ModelError, match="needs band 5, the data has 1, 2, 3, 4, 6, 7"):
        bands_seen(config, BANDS, SIX, (4, 5))
    with pytest.raises(ModelError, match="knows bands 1, 2, 3, 4, 6, 7, it is asked for 4, 5"):
        bands_seen(config, SIX, BANDS, (4, 5))
    with pytest.raises(ModelError, match="knows bands 1, 2, the data has 6, 7"):
        bands_seen(config, (1, 2), (6, 7))


def test_a_model_of_fixed_bands_takes_no_others():
    config = resolve("fcn-lakeseg", BANDS)
    assert bands_seen(config, BANDS, BANDS, BANDS) == BANDS
    with pytest.raises(ModelError, match="FCN takes bands 1, 2, 3, 4, 5, 6, 7 and no others"):
        bands_seen(config, BANDS, BANDS, (1, 3), name="FCN")
    with pytest.raises(ModelError, match="needs band 5"):
        bands_seen(config, BANDS, SIX)


@pytest.mark.parametrize(("kind", "variant"), [("fcn", "paper"), ("unet", "lakeseg"), ("logistic", "")])
def test_only_the_mended_fcn_learns_any_bands(kind, variant):
    with pytest.raises(ConfigError, match="any_bands: expected the lakeseg variant of an fcn"):
        SegmenterConfig(kind, variant, patch=32, any_bands=True)

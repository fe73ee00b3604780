import numpy as np
import pytest

from lakeseg.bands import LAND, UNCLASSIFIED, WATER
from lakeseg.data.simulate.labellers import agreed, reconciled, spectral_rule, static_map
from lakeseg.data.simulate.sensor import CELLS, MARGIN
from lakeseg.data.simulate.spectra import ENDMEMBERS


def counts(*names):
    return np.array([[ENDMEMBERS[name] for name in names]]) * 1e4


def test_rule_knows_plain_water_and_land():
    image = counts("clear water", "eutrophic water", "forest", "grass", "sand", "soil").astype(np.int16)
    np.testing.assert_array_equal(spectral_rule(image), [[True, True, False, False, False, False]])


def test_rule_takes_snow_ice_and_deep_shadow_for_water():
    shadow = 0.12 * counts("forest")  # near infrared .042, below .05
    image = np.concatenate([counts("snow", "bare ice"), shadow], axis=1).astype(np.int16)
    assert spectral_rule(image).all()


def test_rule_misses_blooms_and_mixed_shores():
    bloom = counts("eutrophic water")
    bloom[..., 1] += 300  # green .06, near infrared .08
    shore = 0.6 * counts("turbid water") + 0.4 * counts("forest")  # green .074, near infrared .17
    image = np.concatenate([bloom, shore], axis=1).astype(np.int16)
    assert not spectral_rule(image).any()


def test_labels_agree_or_are_unclassified():
    on_map, by_rule = np.array([[True, True, False, False]]), np.array([[True, False, True, False]])
    np.testing.assert_array_equal(agreed(on_map, by_rule), [[WATER, UNCLASSIFIED, UNCLASSIFIED, LAND]])
    np.testing.assert_array_equal(reconciled(on_map), [[WATER, WATER, LAND, LAND]])
    assert agreed(on_map, by_rule).dtype == reconciled(on_map).dtype == np.uint8


@pytest.fixture
def square():
    """A 40×40 px frame with a square lake of 20×20 px, in cells."""
    cells = np.zeros((40 * CELLS + 2 * MARGIN,) * 2, bool)
    cells[MARGIN + 40 : MARGIN + 120, MARGIN + 40 : MARGIN + 120] = True
    return cells


def test_map_errs_at_the_shore_by_a_pixel_and_hardly_elsewhere(square):
    maps = np.stack([static_map(np.random.default_rng(seed), square) for seed in range(40)])
    truth = np.zeros((40, 40), bool)
    truth[10:30, 10:30] = True
    wrong = (maps != truth).mean(axis=0)
    shore = np.zeros((40, 40), bool)
    shore[9:31, 9:31] = True
    shore[11:29, 11:29] = False
    assert wrong[shore].mean() > 0.1
    assert wrong[~shore].mean() < 0.01


def test_map_errors_are_shared_by_neighbours(square):
    # An even half of water everywhere: what the map says is the error field alone, whose neighbours mostly agree.
    half = np.zeros_like(square)
    half[:, ::2] = True
    said = static_map(np.random.default_rng(1), half)
    assert 0.2 < said.mean() < 0.8
    # Independent errors would agree half the time; with correlation r it is 1/2 + asin(r)/π: .67 at r = .5.
    assert (said[1:] == said[:-1]).mean() > 0.67

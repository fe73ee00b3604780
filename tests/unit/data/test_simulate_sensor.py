import numpy as np
import pytest

from lakeseg.data.simulate.landscape import Layer
from lakeseg.data.simulate.sensor import (
    CELLS,
    MARGIN,
    Sun,
    Weather,
    box_pixels,
    illumination,
    mix,
    observe,
    sensor_pixels,
    sun_position,
)

NOON = Sun(0.0, 0.0)


def cells(height, width):
    return np.zeros((height * CELLS + 2 * MARGIN, width * CELLS + 2 * MARGIN), np.float32)


def test_box_is_the_plain_mean_of_sixteen_cells():
    fine = cells(2, 3)
    fine[MARGIN : MARGIN + 2, MARGIN + 4 : MARGIN + 8] = 1  # the upper half of pixel (0, 1)
    np.testing.assert_array_equal(box_pixels(fine), [[0, 0.5, 0], [0, 0, 0]])
    # Moving the grid one cell down leaves one of the two rows in the pixel, one cell right three of the four columns.
    np.testing.assert_array_equal(box_pixels(fine, (1, 1))[0], [0.25 / 4, 0.25 * 3 / 4, 0])


def test_sensor_is_a_triangle_two_pixels_wide_along_scan():
    fine = cells(3, 9)
    fine[MARGIN + 4 : MARGIN + 8, MARGIN + 16 : MARGIN + 20] = 1  # pixel (1, 4)
    seen = sensor_pixels(fine)
    assert (seen[[0, 2]] == 0).all()  # along track a pixel sees its own rows alone
    # Weights 1 − |x|/8 at x = ±.5, ±1.5 … ±7.5 cells sum to 8. Own cells, at ±.5 and ±1.5: 2·(.9375 + .8125)/8 = .4375;
    # of a neighbour, at 2.5 … 5.5: (.6875 + .5625 + .4375 + .3125)/8 = .25; of the next, at 6.5, 7.5: .25/8 = .03125.
    np.testing.assert_allclose(seen[1], [0, 0, 0.03125, 0.25, 0.4375, 0.25, 0.03125, 0, 0], atol=1e-6)
    assert seen.sum() == pytest.approx(1)


def test_sensor_keeps_an_even_field_even():
    np.testing.assert_allclose(sensor_pixels(np.ones_like(cells(4, 5))), np.ones((4, 5)), rtol=1e-6)


def test_sun_at_equinox_noon_is_overhead_at_the_equator():
    assert sun_position(0, 81, hour=12).zenith == pytest.approx(0, abs=0.01)  # day 81: declination 0
    assert sun_position(45, 81, hour=12).zenith == pytest.approx(np.deg2rad(45), abs=0.01)


def test_morning_sun_stands_south_east_in_the_north_and_low_in_february():
    sun = sun_position(67, 50)
    assert np.deg2rad(78) < sun.zenith < np.deg2rad(84)
    assert np.pi / 2 < sun.azimuth < np.pi


def test_slopes_that_face_the_sun_are_brighter():
    ridge = np.minimum(np.arange(40), np.arange(40)[::-1]).astype(np.float32)
    flat = np.zeros((40, 40), bool)
    south = illumination(np.repeat(ridge[:, None], 40, 1), flat, 0.1, Sun(1.0, np.pi))
    assert south[25, 0] > 1 > south[10, 0]  # rows run south: the far side of the ridge faces the sun
    east = illumination(np.repeat(ridge[None], 40, 0), flat, 0.1, Sun(1.0, np.pi / 2))
    assert east[0, 25] > 1 > east[0, 10]
    assert (illumination(np.repeat(ridge[None], 40, 0), ~flat, 0.1, Sun(1.0, 0.0)) == 1).all()


def test_mixing_is_linear():
    half = np.full_like(cells(3, 3), 0.5)
    layers = [Layer("a", np.full(7, 0.2, np.float32), half), Layer("b", np.full(7, 0.6, np.float32), half)]
    np.testing.assert_allclose(mix(layers, np.ones_like(half)), 0.4, rtol=1e-5)


def observed(weather, reflectance=0.1, shape=(60, 60)):
    ground = np.full((*shape, 7), reflectance, np.float32)
    return observe(np.random.default_rng(0), ground, weather, NOON)


def test_counts_are_int16_in_the_valid_range():
    for reflectance in (-1.0, 0.0, 3.0):
        counts = observed(Weather(0.0), reflectance)
        assert counts.dtype == np.int16
        assert counts.min() >= -100
        assert counts.max() <= 16000


def test_haze_lifts_blue_most_then_green_red_and_infrared():
    lift = observed(Weather(0.1)).mean(axis=(0, 1)) - observed(Weather(0.0)).mean(axis=(0, 1))
    order = [3, 4, 1, 2, 5, 6, 7]
    assert list(np.argsort(-lift) + 1) == order
    assert lift[2] == pytest.approx(1000, rel=0.2)


def test_noise_differs_between_pixels_and_weighs_more_in_the_dark():
    bright, dim = observed(Weather(0.0)), observed(Weather(0.0, dimming=0.2))
    assert 5 < (bright[..., 0] - bright[..., 3]).std() < 100
    assert dim.std(axis=(0, 1))[0] / dim.mean() > 2 * bright.std(axis=(0, 1))[0] / bright.mean()


def test_cloud_covers_its_share_and_throws_a_shadow():
    sun = Sun(1.0, np.pi)
    ground = np.full((80, 80, 7), 0.2, np.float32)
    clear = observe(np.random.default_rng(1), ground, Weather(0.0), sun)
    cloudy = observe(np.random.default_rng(1), ground, Weather(0.0, cloud=0.1), sun)
    assert (clear[..., 0] < 2600).all()
    assert 0.01 < (cloudy[..., 0] > 2600).mean() < 0.12
    assert (cloudy[..., 0] < 1600).mean() > 0.005

import numpy as np
import pytest

from lakeseg.data.simulate.landscape import Season, lay_cover, lay_water
from lakeseg.data.simulate.spectra import DOMAINS
from lakeseg.data.simulate.terrain import Texture, flood_level, fractal_field, gradient, quantile, river_distance

MARGIN = 12


def rng(seed=0):
    return np.random.default_rng(seed)


def test_field_is_standardised_and_float32():
    field = fractal_field(rng(), (90, 130), Texture(0.8, 60))
    assert field.shape == (90, 130)
    assert field.dtype == np.float32
    assert abs(field.mean()) < 1e-5
    assert field.std() == pytest.approx(1, abs=1e-4)


def test_opposite_edges_do_not_meet():
    # A field made by FFT is periodic. The frame is cut smaller, so its edges are no neighbours.
    field = fractal_field(rng(), (128, 128), Texture(1.0, 60))
    neighbours = np.abs(field[:, 0] - field[:, 1]).mean()
    across = np.abs(field[:, 0] - field[:, -1]).mean()
    assert across > 4 * neighbours


@pytest.mark.parametrize("hurst", [0.3, 0.5, 0.7])
def test_increments_grow_with_distance_to_the_power_of_hurst(hurst):
    # The definition of a fractional Brownian surface: E|z(x + r) − z(x)|² ∝ r^2H, well inside the outer scale.
    field = np.concatenate([fractal_field(rng(s), (300, 300), Texture(hurst, 3000)) for s in range(4)])
    spread = [np.sqrt(np.mean((field[:, lag:] - field[:, :-lag]) ** 2)) for lag in (4, 16)]
    assert np.log(spread[1] / spread[0]) / np.log(4) == pytest.approx(hurst, abs=0.08)


def test_stretch_lengthens_features_along_its_angle():
    field = fractal_field(rng(), (256, 256), Texture(0.9, 80, stretch=4.0, angle=0.0))
    down, right = gradient(field)
    assert np.abs(down).mean() > 1.8 * np.abs(right).mean()


def test_a_centred_frame_has_its_hollow_in_the_middle():
    field = fractal_field(rng(3), (120, 160), Texture(1.0, 80), centred=True)
    middle = field[30:90, 40:120]
    assert middle.min() == field.min()
    assert middle.mean() < field.mean() - 0.3


def test_quantile_counts_by_hand():
    values = np.array([4.0, 1.0, 3.0, 2.0])
    assert quantile(values, 0.5) == 3.0  # 1 and 2 lie below
    assert quantile(values, 0.25) == 2.0
    assert quantile(values, 0) == -np.inf
    assert quantile(values, 1) == np.inf
    assert flood_level(values, 0) == -np.inf


def test_a_river_crosses_the_frame():
    distance = river_distance(rng(2), (200, 260))
    near = distance < 2
    assert 0.002 < near.mean() < 0.08
    edges = [near[0], near[-1], near[:, 0], near[:, -1]]
    assert sum(edge.any() for edge in edges) >= 2


@pytest.mark.parametrize("river", [False, True])
@pytest.mark.parametrize("share", [0.02, 0.15, 0.6])
def test_water_covers_the_share_asked_for(share, river):
    water = lay_water(rng(1), (224, 264), MARGIN, share, river)
    inner = water.now[MARGIN:-MARGIN, MARGIN:-MARGIN]
    assert inner.mean() == pytest.approx(share, abs=1e-3)
    mapped = water.mapped[MARGIN:-MARGIN, MARGIN:-MARGIN].mean()
    assert mapped != inner.mean()
    assert mapped == pytest.approx(share, rel=0.6)


@pytest.mark.parametrize("domain", DOMAINS.values(), ids=DOMAINS)
def test_abundances_add_up_to_one(domain):
    water = lay_water(rng(4), (120, 150), MARGIN, 0.3, river=False)
    layers = lay_cover(rng(5), domain, water, Season(snow=0.5, ice=0.5))
    total = sum(layer.abundance for layer in layers)
    np.testing.assert_allclose(total, 1, atol=1e-5)
    assert min(layer.abundance.min() for layer in layers) >= 0
    land = sum(layer.abundance for layer in layers if layer.name in {cover.name for cover in domain.covers})
    assert land[water.now].max() == 0


def test_snow_lies_open_on_the_share_asked_for_and_ice_on_water():
    water = lay_water(rng(6), (300, 300), MARGIN, 0.3, river=False)
    layers = lay_cover(rng(7), DOMAINS["boreal winter"], water, Season(snow=0.7, ice=0.4))
    white = {layer.name: layer.abundance for layer in layers}
    inner = (slice(MARGIN, -MARGIN),) * 2
    land, lake = ~water.now[inner], water.now
    assert (white["snow"][inner][land] > 0.55).mean() == pytest.approx(0.7, abs=0.05)
    frozen = white["bare ice"] + white["snow"]
    assert 0.3 < (frozen[lake] > 0.5).mean() <= 0.41  # leads are open
    assert white["bare ice"][~lake].max() == 0

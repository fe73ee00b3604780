import numpy as np
import pytest

from lakeseg.bands import (
    ALL_BANDS,
    BANDS,
    CLASS_COLOURS,
    CLASS_NAMES,
    COMPOSITES,
    INDICES,
    LAND,
    NO_LABEL,
    RGB_BANDS,
    UNCLASSIFIED,
    WATER,
    WATER_INDICES,
    band_stack,
    is_fill,
    select_bands,
    spectral_index,
    to_reflectance,
)
from lakeseg.errors import ConfigError

# reflectance in bands 1 to 7
CLEAR_WATER = np.array([0.02, 0.01, 0.03, 0.03, 0.008, 0.005, 0.003], np.float32)
FOREST = np.array([0.03, 0.35, 0.02, 0.05, 0.34, 0.18, 0.07], np.float32)
SNOW = np.array([0.85, 0.78, 0.86, 0.86, 0.38, 0.09, 0.06], np.float32)


def test_band_limits_of_modis():
    limits = [(620, 670), (841, 876), (459, 479), (545, 565), (1230, 1250), (1628, 1652), (2105, 2155)]
    assert [BANDS[number].nm for number in range(1, 8)] == limits
    assert ALL_BANDS == (1, 2, 3, 4, 5, 6, 7)
    assert BANDS[1].centre_nm == 645


def test_class_codes_names_and_colours():
    assert (NO_LABEL, WATER, LAND, UNCLASSIFIED) == (0, 1, 2, 3)
    assert set(CLASS_NAMES) == set(CLASS_COLOURS) == {0, 1, 2, 3}
    assert len(set(CLASS_COLOURS.values())) == 4


def test_composites_use_bands_that_exist():
    assert COMPOSITES["Natural colour 1-4-3"] == (1, 4, 3)
    assert all(band in BANDS for bands in COMPOSITES.values() for band in bands)
    assert RGB_BANDS == (1, 3, 4)


@pytest.mark.parametrize(
    ("name", "water", "forest"),
    [
        ("NDWI", 0.02 / 0.04, -0.30 / 0.40),
        ("MNDWI", 0.025 / 0.035, -0.13 / 0.23),
        ("AWEI", 4 * 0.025 - (0.25 * 0.01 + 2.75 * 0.003), 4 * -0.13 - (0.25 * 0.35 + 2.75 * 0.07)),
        ("NDVI", -0.01 / 0.03, 0.32 / 0.38),
        ("NDSI", 0.025 / 0.035, -0.13 / 0.23),
    ],
)
def test_indices_by_hand(name, water, forest):
    values = spectral_index(name, np.stack([CLEAR_WATER, FOREST]), ALL_BANDS)
    assert values == pytest.approx([water, forest], rel=1e-5)
    assert values.dtype == np.float32
    if name in WATER_INDICES:
        assert values[0] > INDICES[name].water_above > values[1]


def test_snow_is_found_by_its_index():
    assert spectral_index("NDSI", SNOW, ALL_BANDS) > 0.4


def test_index_of_other_band_orders_and_shapes():
    image = np.random.default_rng(0).random((3, 4, 7)).astype(np.float32)
    six = image[..., [0, 1, 2, 3, 5, 6]]
    assert (spectral_index("AWEI", six, (1, 2, 3, 4, 6, 7)) == spectral_index("AWEI", image, ALL_BANDS)).all()


def test_ratio_of_nothing_is_zero():
    dark = np.zeros((2, 7), np.float32)
    dark[1, 1] = -0.01
    assert spectral_index("NDWI", dark, ALL_BANDS).tolist() == [0, 0]


def test_index_that_is_unknown_or_needs_a_missing_band():
    with pytest.raises(ConfigError, match="unknown index 'WRI': expected one of NDWI"):
        spectral_index("WRI", CLEAR_WATER, ALL_BANDS)
    with pytest.raises(ConfigError, match=r"MNDWI needs bands \(4, 6\), the data has \(1, 3, 4\)"):
        spectral_index("MNDWI", CLEAR_WATER[:3], RGB_BANDS)


def test_band_stack_and_its_wrong_count():
    stack = band_stack(CLEAR_WATER[None], ALL_BANDS)
    assert float(stack[4][0]) == pytest.approx(0.03)
    with pytest.raises(ConfigError, match="expected 3 values a pixel, got 7"):
        band_stack(CLEAR_WATER, RGB_BANDS)


def test_select_bands():
    assert select_bands((1, 2, 3, 4, 6, 7), (1, 6)) == [0, 4]
    with pytest.raises(ConfigError, match=r"bands \[5\] are missing"):
        select_bands((1, 2, 3, 4, 6, 7), (4, 5))


def test_reflectance_with_fill_in_one_band():
    counts = np.array([[[10_000, 5_000], [-28672, 5_000]], [[-100, 0], [5_000, -28672]]], np.int16)
    assert to_reflectance(counts) == pytest.approx(np.array([[[1, 0.5], [0, 0]], [[-0.01, 0], [0, 0]]]))
    assert to_reflectance(counts).dtype == np.float32
    assert is_fill(counts).tolist() == [[False, True], [False, True]]
    assert not is_fill(counts, fill=-1).any()
    assert to_reflectance(counts, scale=2e-4, fill=-1)[0, 0] == pytest.approx([2, 1])

from __future__ import annotations

import numpy as np
import pytest

from lakeseg.data.scenes.quality import QUALITY

WATER, LAND, OPEN, NONE = 1, 2, 3, 0


def bits(**fields):
    """Put values at bits: bits(at3=5) is 5 << 3."""
    return sum(value << int(name.removeprefix("at")) for name, value in fields.items())


# Land/water of the state, by its table: 0 shallow ocean, 1 land, 2 shoreline, 3 shallow inland water, 4 ephemeral,
# 5 deep inland water, 6 moderate ocean, 7 deep ocean.
@pytest.mark.parametrize(
    ("ground", "code"), [(0, WATER), (1, LAND), (2, OPEN), (3, WATER), (4, OPEN), (5, WATER), (6, WATER), (7, WATER)]
)
def test_land_and_water_of_the_modis_state(ground, code):
    flags = QUALITY["state"](np.array([[bits(at3=ground)]], np.uint16))
    assert flags.codes.tolist() == [[code]]
    assert not flags.hidden.any()


@pytest.mark.parametrize(
    ("number", "hidden"),
    [
        (bits(at0=0), False),
        (bits(at0=1), True),  # cloudy
        (bits(at0=2), True),  # mixed
        (bits(at0=3), False),  # not set, assumed clear
        (bits(at2=1), True),  # shadow
        (bits(at6=3), False),  # much aerosol
        (bits(at8=2), False),  # average cirrus
        (bits(at8=3), True),  # high cirrus
        (bits(at10=1), True),  # internal cloud
        (bits(at11=1), False),  # fire
        (bits(at12=1), True),  # snow by MOD35
        (bits(at13=1), False),  # beside a cloud
        (bits(at14=1), False),  # salt pan
        (bits(at15=1), True),  # internal snow
    ],
)
def test_what_hides_the_ground_by_the_modis_state(number, hidden):
    assert QUALITY["state"](np.array([[number]], np.uint16)).hidden.tolist() == [[hidden]]


def test_a_missing_state_gives_no_label():
    assert QUALITY["state"](np.array([[65535]], np.uint16)).codes.tolist() == [[NONE]]


def test_real_states_read_as_their_table_says():
    # 8: clear land. 136 = 8 + 2·64: clear land, average aerosol. 8328 = 8192 + 136: the same, beside a cloud.
    flags = QUALITY["state"](np.array([[8, 136, 8328]], np.uint16))
    assert flags.codes.tolist() == [[LAND] * 3]
    assert not flags.hidden.any()


@pytest.mark.parametrize(
    ("number", "code", "hidden"),
    [
        (21824, LAND, False),  # clear, low confidence of everything: the most common value of land
        (21952, WATER, False),  # the same over water
        (22280, LAND, True),  # cloud, high confidence
        (23888, LAND, True),  # cloud shadow
        (30048, LAND, True),  # snow
        (54596, LAND, True),  # cirrus
        (1, NONE, False),  # fill
    ],
)
def test_qa_pixel_of_landsat_by_the_values_of_its_guide(number, code, hidden):
    flags = QUALITY["QA_PIXEL"](np.array([[number]], np.uint16))
    assert (flags.codes.tolist(), flags.hidden.tolist()) == ([[code]], [[hidden]])


@pytest.mark.parametrize(
    ("number", "code", "hidden"),
    [(0, LAND, False), (32, WATER, False), (34, WATER, True), (8, LAND, True), (16, LAND, True), (4, LAND, False),
     (64 + 128, LAND, False), (255, NONE, True)],
)  # fmt: skip
def test_fmask_of_hls(number, code, hidden):
    flags = QUALITY["Fmask"](np.array([[number]], np.uint8))
    assert (flags.codes.tolist(), flags.hidden.tolist()) == ([[code]], [[hidden]])


def test_scene_classes_of_sentinel_2():
    flags = QUALITY["SCL"](np.arange(12, dtype=np.uint8)[None])
    #  none, defective, dark, shadow, vegetation, bare, water, unclassified, cloud, cloud, cirrus, snow
    assert flags.codes.tolist() == [[NONE, NONE, OPEN, NONE, LAND, LAND, WATER, OPEN, NONE, NONE, NONE, NONE]]
    assert flags.hidden.tolist() == [[False] * 3 + [True] + [False] * 4 + [True] * 4]

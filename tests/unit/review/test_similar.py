import numpy as np
import pytest

from lakeseg.review.similar import Spectra
from tests.unit.review.regions_by_hand import COUNTS, regions


def test_distances_are_in_standard_deviations_of_the_pixels():
    # square roots of reflectance: .2 ×7 px, .4 ×1, .21 ×6, .6 ×3
    rooted = np.array([0.2, 0.2, 0.4, 0.21, 0.6, 0.2])
    spread = np.repeat(rooted, COUNTS).std()
    assert Spectra(regions()).distances(0) == pytest.approx(np.abs(rooted - 0.2) / spread, rel=1e-5)


def test_precedents_are_settled_and_the_nearest_first():
    spectra = Spectra(regions())
    found = spectra.settled_alike(0, np.array([1, 0, 2, 1, 2, 4]), count=3)
    assert [one.region for one in found] == [5, 3, 2]
    assert [one.distance for one in found] == sorted(one.distance for one in found)
    assert spectra.settled_alike(0, np.zeros(6, int)) == ()


def test_in_bulk_go_open_regions_of_the_same_sure_call_and_spectrum():
    spectra = Spectra(regions())
    assert spectra.undisputed.tolist() == [True, False, True, True, True, False]
    # 1 is in dispute, 5 as well; 3 is near and sure
    assert spectra.open_alike(0, np.ones(6)).tolist() == [0, 3]
    assert spectra.open_alike(0, np.array([1, 1, 1, 0, 1, 1])).tolist() == [0]
    assert spectra.open_alike(1, np.ones(6)).tolist() == []
    assert spectra.open_alike(2, np.ones(6)).tolist() == [2]  # 4 is land, too, but far brighter
    assert spectra.open_alike(2, np.ones(6), near=10).tolist() == [2, 4]


def test_equal_spectra_are_no_distance_apart():
    assert not Spectra(regions(spectra=np.full((6, 1), 0.1, np.float32))).distances(3).any()

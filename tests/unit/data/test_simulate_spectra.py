import numpy as np
import pytest

from lakeseg.data.simulate.spectra import DOMAINS, ENDMEMBERS, WATERS, domain_named, draw_spectrum
from lakeseg.errors import ConfigError


def drawn(name, times=400):
    rng = np.random.default_rng(0)
    return np.stack([draw_spectrum(rng, name) for _ in range(times)])


def test_table_has_thirteen_covers_in_seven_bands():
    assert len(ENDMEMBERS) == 13
    assert {len(spectrum) for spectrum in ENDMEMBERS.values()} == {7}
    assert ENDMEMBERS["snow"][5] == 0.09
    assert ENDMEMBERS["clear water"][1] == 0.01


def test_five_domains_name_known_covers_and_fair_odds():
    assert list(DOMAINS) == ["tropical", "temperate", "arid", "boreal winter", "low light"]
    for domain in DOMAINS.values():
        assert {cover.name for cover in domain.covers} <= set(ENDMEMBERS)
        assert sum(domain.waters) == pytest.approx(1)
    assert [domain.name for domain in DOMAINS.values() if domain.wintry] == ["boreal winter", "low light"]


@pytest.mark.parametrize("name", ENDMEMBERS)
def test_scenes_vary_around_the_table(name):
    spectra = drawn(name)
    assert spectra.dtype == np.float32
    assert (spectra > 0).all()
    assert (spectra <= 1).all()
    ratio = np.median(spectra, axis=0) / ENDMEMBERS[name]
    assert (ratio > 0.75).all()  # snow and ice have aged
    assert (ratio < 1.1).all()
    assert (spectra.std(axis=0) > 0.02 * np.array(ENDMEMBERS[name])).all()


def test_water_varies_by_factors_and_snow_only_darkens():
    assert drawn("turbid water")[:, 0].max() / drawn("turbid water")[:, 0].min() > 3
    assert (drawn("snow") <= np.float32(ENDMEMBERS["snow"])).all()
    assert set(WATERS) <= set(ENDMEMBERS)


def test_neighbouring_bands_vary_together():
    spectra = np.log(drawn("grass"))
    assert np.corrcoef(spectra[:, 0], spectra[:, 3])[0, 1] > 0.8  # red and green are 100 nm apart


def test_unknown_domain_lists_the_valid_ones():
    with pytest.raises(ConfigError, match="unknown domain 'lunar': expected one of tropical, temperate"):
        domain_named("lunar")

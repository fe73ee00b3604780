from __future__ import annotations

import pytest

from lakeseg.errors import ConfigError
from lakeseg.extras import GEO, extra


def test_a_package_that_is_there_is_returned():
    assert extra("json", "this test", GEO).loads("1") == 1
    assert extra("os.path", "this test", GEO).basename("a/b") == "b"


def test_one_that_is_absent_is_named_with_its_file():
    with pytest.raises(ConfigError) as caught:
        extra("no_such_package.part", "GeoTIFF", GEO)
    assert str(caught.value) == "GeoTIFF needs no_such_package: run `pip install -r requirements-geo.txt`"

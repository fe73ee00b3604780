"""Which cut-outs share ground, in one coordinate reference system and across several."""

from __future__ import annotations

from rasterio.warp import transform

from lakeseg.data.scenes.cutting import Cut, Placed, grouped
from lakeseg.data.scenes.scene import Window

ZONE_32, ZONE_33 = "EPSG:32632", "EPSG:32633"
SIDE = 10_000.0


def square(crs: str, lon: float, lat: float) -> Placed:
    """A square of 10 km around a place, in metres of `crs`."""
    (x,), (y,) = transform("EPSG:4326", crs, [lon], [lat])
    return Placed(Cut("a", Window(0, 0, 1, 1)), crs, (x - SIDE / 2, y - SIDE / 2, x + SIDE / 2, y + SIDE / 2))


def groups(*places: Placed) -> list[str]:
    return grouped(list(places), [str(number) for number in range(len(places))])


def test_neighbouring_zones_share_the_ground_between_them():
    # At 46° N a degree of longitude is 77 km: 0.1° apart is 8 km, 0.5° is 39 km
    assert groups(square(ZONE_32, 12.0, 46.0), square(ZONE_33, 12.1, 46.0)) == ["0", "0"]
    assert groups(square(ZONE_32, 12.0, 46.0), square(ZONE_33, 12.5, 46.0)) == ["0", "1"]


def test_names_of_one_system_are_one_system():
    one = square(ZONE_32, 9.0, 46.0)
    other = Placed(one.cut, "+proj=utm +zone=32 +datum=WGS84 +units=m +no_defs", one.box)
    beside = Placed(one.cut, ZONE_32, (one.box[2], one.box[1], one.box[2] + SIDE, one.box[3]))
    assert groups(one, other, beside) == ["0", "0", "2"]


def test_places_that_nobody_knows_share_nothing_with_others():
    one = square(ZONE_32, 9.0, 46.0)
    unknown = Placed(one.cut, "pixels of a", one.box)
    local = Placed(one.cut, 'LOCAL_CS["plan",UNIT["metre",1]]', one.box)
    assert groups(one, unknown, local) == ["0", "1", "2"]


def test_across_the_date_line():
    one, other = square("EPSG:32660", 179.99, 10.0), square("EPSG:32601", -179.99, 10.0)
    assert groups(one, other) == ["0", "0"]

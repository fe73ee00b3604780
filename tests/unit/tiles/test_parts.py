import numpy as np
import pytest

from lakeseg.framing import Way
from lakeseg.tiles.parts import parts

WAYS = [
    Way("pixel"),
    Way("whole", margin=6),
    Way("patches", side=32),
    Way("tiles", side=128, overlap=32, multiple=16),
    Way("tiles", side=16, overlap=8, multiple=16),
]


@pytest.mark.parametrize("how", WAYS, ids=str)
@pytest.mark.parametrize("shape", [(1, 1), (300, 5), (257, 1281), (2400, 2400), (700, 11_000)])
def test_every_pixel_belongs_to_one_part(how, shape):
    seen = np.zeros(shape, np.uint8)
    for part in parts(how, shape):
        seen[part.row : part.row + part.height, part.column : part.column + part.width] += 1
        assert part.height * part.width <= 640 * 1700
    assert (seen == 1).all()


def test_parts_of_a_modis_tile_lie_where_windows_do():
    # Blocks of 256 px: nine rows of parts, of which the last takes the rest of 96 px too, cut once from top to bottom.
    blocks = parts(Way("whole", margin=6), (2400, 2400))
    assert {part.row for part in blocks} == set(range(0, 2304, 256))
    assert blocks[-1].height == 352
    assert {part.column for part in blocks} == {0, 1280}
    # Tiles of 128 px over each other by 32 start 96 px apart, at -16: a part that begins 16 px after such a start
    # begins where the fading zone of the tile before is half over.
    tiles = parts(Way("tiles", side=128, overlap=32, multiple=16), (2400, 2400))
    assert {part.row for part in tiles} == {0, 496, 976, 1456, 1936}

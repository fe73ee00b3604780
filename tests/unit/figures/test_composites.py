from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from lakeseg.errors import ConfigError
from lakeseg.figures.composites import NODATA_GREY, STRETCHES, composite, entropy, thumbnail

BANDS = (1, 2, 3, 4)


def test_bands_become_channels_in_order():
    image = np.zeros((1, 1, 4), np.float32)
    image[0, 0] = [0.3, 0.9, 0.0, 0.15]  # bands 1, 2, 3, 4; fixed stretch to 0.3: red full, green half, blue none
    picture = composite(image, BANDS, (1, 4, 3), STRETCHES["Fixed 0–0.3"])
    assert picture[0, 0].tolist() == [255, 128, 0]


def test_gamma_brightens():
    image = np.full((1, 1, 4), 0.25, np.float32)
    picture = composite(image, BANDS, (1, 1, 1), STRETCHES["Fixed 0–1"], gamma=2.0)
    assert picture[0, 0, 0] == 128  # 255 · √0.25 = 127.5


def test_percentiles_ignore_invalid_pixels_and_paint_them_grey():
    image = np.tile(np.linspace(0, 1, 100, dtype=np.float32)[:, None, None], (1, 1, 4))
    image[0] = 1e6
    valid = np.ones((100, 1), bool)
    valid[0] = False
    picture = composite(image, BANDS, (1, 4, 3), valid=valid)
    assert picture[0, 0].tolist() == [NODATA_GREY] * 3
    assert picture[-1, 0, 0] == 255
    assert picture[50, 0, 0] == pytest.approx(128, abs=3)


def test_missing_band_and_bad_gamma_say_so():
    image = np.zeros((2, 2, 4), np.float32)
    with pytest.raises(ConfigError, match=r"\[7\] are missing"):
        composite(image, BANDS, (7, 2, 1))
    with pytest.raises(ConfigError, match="gamma"):
        composite(image, BANDS, (1, 4, 3), gamma=0)


def test_entropy_of_sure_even_and_two_way():
    p = np.array([[1, 0, 0], [1 / 3, 1 / 3, 1 / 3], [0.5, 0.5, 0]], np.float32)
    np.testing.assert_allclose(entropy(p), [0, np.log2(3), 1], atol=1e-6)


@pytest.mark.parametrize("shape", [(1, 1), (12, 28), (500, 300)])
def test_thumbnail_keeps_aspect_and_fits(shape):
    image = np.random.default_rng(0).random((*shape, 4), np.float32)
    picture = Image.open(BytesIO(thumbnail(image, BANDS, np.ones(shape, bool), side=72)))
    assert max(picture.size) <= 72
    assert picture.width / picture.height == pytest.approx(shape[1] / shape[0], rel=0.1)


def test_thumbnail_of_a_dataset_without_visible_bands():
    image = np.random.default_rng(0).random((5, 5, 1), np.float32)
    assert thumbnail(image, (7,), np.ones((5, 5), bool)).startswith(b"RIFF")


def test_a_single_marked_pixel_is_seen_in_a_small_picture():
    reflectance, valid, marked = (
        np.full((300, 200, 7), 0.1, np.float32),
        np.ones((300, 200), bool),
        np.zeros((300, 200), bool),
    )
    marked[151, 3] = True
    picture = thumbnail(reflectance, range(1, 8), valid, side=60, marked=marked, colour=(255, 0, 0))
    pixels = np.asarray(Image.open(BytesIO(picture)).convert("RGB")).astype(int)
    assert pixels.shape == (60, 40, 3)
    red = pixels[..., 0] - pixels[..., 1]
    assert np.unravel_index(red.argmax(), red.shape)[0] in (29, 30, 31)  # 151 of 300 rows is row 30 of 60
    assert (red > 60).sum() <= 9  # WebP halves the colour's resolution

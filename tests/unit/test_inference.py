"""With stand-ins for networks, so that each pixel's answer is known by hand."""

import numpy as np
import pytest

from lakeseg import inference
from lakeseg.errors import ConfigError, DatasetError, ModelError
from lakeseg.inference import Options, note, predict_lake, seen
from lakeseg.segmenters.registry import resolve
from lakeseg.segmenters.rules import Naive

BANDS = (1, 2, 3, 4, 5, 6, 7)


class Stub:
    """Answers from each pixel's first band, or from the corner of its window, and counts its calls."""

    parameters = 0

    def __init__(self, name, reach, margin=0, multiple=1, by_window=False):
        self.config = resolve(name, BANDS)
        self.bands, self.reach, self.margin, self.multiple, self.by_window = (2,), reach, margin, multiple, by_window
        self.shapes = []

    def predict_windows(self, images):
        return self.predict_padded(np.pad(images, ((0, 0), *((self.margin, self.margin),) * 2, (0, 0)), "edge"))

    def predict_padded(self, images):
        self.shapes.append(images.shape)
        assert images.dtype == np.float32
        assert all(side % self.multiple == 0 for side in images.shape[1:3])
        kept = slice(self.margin, -self.margin or None)
        water = images[:, kept, kept, 0]
        if self.by_window:
            water = np.broadcast_to(water[:, :1, :1], water.shape)
        if self.margin:  # the mean over the neighbourhood of 2 margin + 1 that a real network would look at
            side = 2 * self.margin + 1
            water = np.lib.stride_tricks.sliding_window_view(images[..., 0], (side, side), (1, 2)).mean(axis=(-1, -2))
        return np.stack([water, 1 - water, 0 * water], axis=-1)

    def state(self):
        return {}


def counts(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 10_000, (height, width, 7)).astype(np.int16)


SIZES = [(1, 1), (1, 40), (3, 2), (16, 16), (17, 31), (40, 33), (70, 96)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("name", "reach", "multiple"), [("fcn-paper-16", "patches", 16), ("unet-paper-16", "tiles", 16)]
)
def test_every_pixel_gets_its_own_answer_from_patches_and_tiles(name, reach, multiple, size):
    stub, image = Stub(name, reach, multiple=multiple), counts(*size)
    result = predict_lake(stub, image, BANDS)
    assert result.shape == (*size, 3)
    assert result.dtype == np.float32
    assert np.allclose(result[..., 0], image[..., 1] * 1e-4, atol=1e-6)  # band 2 is the second of the image's
    assert all(shape[1:3] == (16, 16) for shape in stub.shapes)


@pytest.mark.parametrize("size", [*SIZES, (130, 97)])
def test_the_mended_unets_tiles_grow_only_as_far_as_they_must(size):
    stub, image = Stub("unet-lakeseg", "tiles", multiple=16), counts(*size)
    assert np.allclose(predict_lake(stub, image, BANDS)[..., 0], image[..., 1] * 1e-4, atol=1e-6)
    tile = tuple(128 if side + 32 > 128 else -(-(side + 32) // 16) * 16 for side in size)
    assert {shape[1:3] for shape in stub.shapes} == {tile}


def test_a_pixel_keeps_the_regular_patchs_answer():
    # 16 + 4 rows, 16 + 7 columns: the patches moved inwards start at row 4 and column 7. Each answers with its corner.
    image = counts(20, 23)
    answer = predict_lake(Stub("fcn-paper-16", "patches", by_window=True), image, BANDS)[..., 0]
    corner = image[..., 1] * np.float32(1e-4)
    assert np.allclose(answer[:16, :16], corner[0, 0])
    assert np.allclose(answer[:16, 16:], corner[0, 7])
    assert np.allclose(answer[16:, :16], corner[4, 0])
    assert np.allclose(answer[16:, 16:], corner[4, 7])


def test_blocks_of_a_raster_join_without_a_seam(monkeypatch):
    image = counts(50, 41)
    once = predict_lake(Stub("fcn-lakeseg", "whole", margin=6), image, BANDS)
    monkeypatch.setattr(inference, "_BLOCK", 16)
    stub = Stub("fcn-lakeseg", "whole", margin=6)
    assert np.allclose(predict_lake(stub, image, BANDS), once, atol=1e-6)
    assert max(max(shape[1:3]) for shape in stub.shapes) == 16 + 12


def test_the_border_of_a_whole_image_is_mirrored():
    image = np.zeros((9, 9, 7), np.int16)
    image[0, 0] = 10_000
    # The mean over 13×13 around the corner pixel: mirroring does not repeat the edge, so the pixel counts once.
    corner = predict_lake(Stub("fcn-lakeseg", "whole", margin=6), image, BANDS)[0, 0, 0]
    assert corner == pytest.approx(1 / 169)


def test_tiles_fade_into_each_other():
    image = np.zeros((16, 40, 7), np.int16)
    image[:, 10:] = 10_000
    rows = predict_lake(Stub("unet-paper-16", "tiles", multiple=16, by_window=True), image, BANDS)[8, :, 0]
    assert np.abs(np.diff(rows)).max() < 0.25  # two tiles that disagree outright meet over eight pixels
    assert rows.min() == pytest.approx(0)
    assert rows.max() == pytest.approx(1)


def test_fill_enters_as_zero_and_still_gets_an_answer():
    image = counts(4, 5)
    image[1, 2, 6] = -28672
    result = predict_lake(Stub("fcn-lakeseg", "whole"), image, BANDS)
    assert result[1, 2].tolist() == [0, 1, 0]
    assert np.isfinite(result).all()


def test_what_nobody_saw_has_no_answer():
    image = counts(4, 5)
    image[1, 2, 6] = -28672
    answers = np.random.default_rng(0).random((4, 5, 3), np.float32)
    shown = seen(answers, image)
    assert np.argwhere(np.isnan(shown).all(axis=-1)).tolist() == [[1, 2]]
    assert shown.dtype == np.float32
    np.testing.assert_array_equal(np.nan_to_num(shown), np.where(np.isnan(shown), 0, answers))
    assert seen(answers, image, fill=-1) is answers  # a whole image is not copied


def test_scale_and_fill_are_the_datasets():
    image = np.full((1, 1, 7), 50, np.int16)
    assert predict_lake(Stub("fcn-lakeseg", "whole"), image, BANDS, scale=0.01)[0, 0, 0] == pytest.approx(0.5)
    assert predict_lake(Stub("fcn-lakeseg", "whole"), image, BANDS, scale=0.01, fill=50)[0, 0, 0] == 0


def test_pixels_go_in_parts(monkeypatch):
    monkeypatch.setattr(inference, "_PIXELS_AT_ONCE", 7)
    result = predict_lake(Naive(resolve("naive", BANDS)), counts(5, 6), BANDS)
    assert result.tolist() == [[[0, 1, 0]] * 6] * 5


def test_missing_bands_and_odd_images_are_refused():
    stub = Stub("fcn-lakeseg", "whole")
    with pytest.raises(ModelError, match="fcn needs band 2, the data has 1, 3, 4"):
        predict_lake(stub, counts(3, 3)[..., :3], (1, 3, 4))
    with pytest.raises(DatasetError, match=r"image of shape \(3, 3, 7\): expected \(H, W, 6\)"):
        predict_lake(stub, counts(3, 3), BANDS[:6])
    with pytest.raises(DatasetError, match="H and W at least 1"):
        predict_lake(stub, np.empty((0, 3, 7), np.int16), BANDS)


def test_notes_say_how_the_border_was_handled():
    paper = resolve("fcn-paper-16", BANDS)
    assert note(resolve("naive", BANDS), 9, 9) == ""
    assert note(paper, 32, 16) == "Patches of 16×16 px, side by side."
    assert "moved inwards" in note(paper, 32, 17)
    assert "Smaller than the 16×16 px patch" in note(paper, 15, 40)
    assert "16×16 px overlap by 8 px" in note(resolve("unet-paper-16", BANDS), 40, 40)
    assert "mirrored" in note(resolve("fcn-lakeseg", BANDS), 40, 40)


@pytest.mark.parametrize("size", SIZES)
def test_a_network_of_any_size_can_be_shown_patches_one_by_one(size):
    stub, image = Stub("fcn-lakeseg", "whole", margin=2), counts(*size)
    result = predict_lake(stub, image, BANDS, options=Options(patch=8))
    assert result.shape == (*size, 3)
    assert {shape[1:3] for shape in stub.shapes} == {(12, 12)}  # 8 px and a margin of 2 on each side, never more
    # A pixel's answer is the mean over its neighbours within its own patch: an inner pixel's as in one pass, an outer
    # one's from neighbours repeated at the patch's edge instead of those across it.
    whole = predict_lake(Stub("fcn-lakeseg", "whole", margin=2), image, BANDS)
    if min(size) >= 16:
        np.testing.assert_allclose(result[2:6, 2:6], whole[2:6, 2:6], atol=1e-6)
        assert np.abs(result[7:9] - whole[7:9]).max() > 1e-3


@pytest.mark.parametrize("name", ["fcn-paper-16", "unet-paper-16"])
def test_a_network_of_one_size_takes_its_own_patches_and_no_others(name):
    reach = "patches" if name.startswith("fcn") else "tiles"
    stub, image = Stub(name, reach, multiple=16, by_window=True), counts(32, 32)
    alone = predict_lake(stub, image, BANDS, options=Options(patch=16))
    # The stand-in answers with its window's first pixel: each quarter of 16 × 16 px holds one value, its corner's.
    corners = image[::16, ::16, 1].repeat(16, axis=0).repeat(16, axis=1) * np.float32(1e-4)
    np.testing.assert_allclose(alone[..., 0], corners, atol=1e-6)
    with pytest.raises(ModelError, match="takes patches of 16×16 px and of no other size"):
        predict_lake(stub, image, BANDS, options=Options(patch=8))


def test_single_pixels_do_not_notice_patches():
    stub = Naive(resolve("naive", BANDS))
    np.testing.assert_array_equal(
        predict_lake(stub, counts(9, 9), BANDS, options=Options(patch=8)), predict_lake(stub, counts(9, 9), BANDS)
    )


def test_the_key_of_a_way_of_predicting_tells_it_apart():
    ways = [Options(), Options(patch=8), Options(bands=(1, 3)), Options(patch=8, bands=(1, 3))]
    assert [way.key for way in ways] == ["", "patch8", "bands13", "patch8-bands13"]


@pytest.mark.parametrize(("values", "message"), [({"patch": -1}, "patch -1"), ({"bands": (3, 1)}, "ascending order")])
def test_ways_that_cannot_be_are_refused(values, message):
    with pytest.raises(ConfigError, match=message):
        Options(**values)

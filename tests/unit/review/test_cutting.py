import numpy as np
import pytest

from lakeseg.cache import CacheKey, PredictionCache
from lakeseg.data.dataset import Header, Lake
from lakeseg.data.write import write_dataset
from lakeseg.errors import DatasetError, ModelError
from lakeseg.review import keeping
from lakeseg.review.cutting import cut, open_pixels
from lakeseg.review.merging import Sizes, merge, neighbours
from lakeseg.review.regions import Judge

FILL = -28672
JUDGES = (Judge("one", "print one", "One"), Judge("two", "print two", "Two"))


@pytest.fixture
def dataset(tmp_path):
    """A lake of 6×8 px: column 0 water, column 7 land, between them four dark columns and two bright ones that
    are unclassified, one pixel of them fill; then a lake in which nothing is open."""
    labels = np.full((6, 8), 3, np.uint8)
    labels[:, 0], labels[:, 7] = 1, 2
    image = np.full((6, 8, 2), 400, np.int16)
    image[:, 5:7] = 3600
    image[0, 1, 1] = FILL
    lakes = [
        Lake("open", image, labels, "g1"),
        Lake("sure", np.full((2, 2, 2), 100, np.int16), np.ones((2, 2), np.uint8), "g2"),
    ]
    return write_dataset(tmp_path / "d.h5", Header("d", (1, 2), "a test", simulated=False), lakes)


@pytest.fixture
def cache(tmp_path, dataset):
    """Judge one calls rows 0 to 2 water, surely, and the rest land; judge two calls everything land."""
    cache = PredictionCache(tmp_path / "cache")
    first = np.zeros((6, 8, 3), np.float32)
    first[:3, :, 0] = first[3:, :, 1] = 1
    second = np.zeros((6, 8, 3), np.float32)
    second[..., 1] = 1
    for judge, said in zip(JUDGES, (first, second), strict=True):
        cache.put(CacheKey(dataset.fingerprint, "open", judge.fingerprint), said)
    return cache


def test_regions_part_where_the_spectrum_changes(dataset, cache):
    regions = cut(dataset, (), cache)
    # 24 dark pixels less the one of fill, 12 bright ones
    assert regions.pixels.tolist() == [23, 12]
    assert regions.lake.tolist() == [0, 0]
    assert regions.box.tolist() == [[0, 1, 5, 4], [0, 5, 5, 6]]
    assert regions.spectra == pytest.approx(np.array([[0.04, 0.04], [0.36, 0.36]]))
    # nobody knows what lies between: water is at column 0, land at column 7, and column 4 (or 5) is 4 and 3 (2) away
    assert regions.shore.tolist() == [4, 5]
    assert regions.split.tolist() == regions.entropy.tolist() == [0, 0]
    assert regions.water.shape == (2, 0)


def test_regions_part_where_a_judge_changes_its_mind(dataset, cache):
    regions = cut(dataset, JUDGES, cache)
    # rows 0 to 2 and 3 to 5 of both parts
    assert regions.pixels.tolist() == [11, 6, 12, 6]
    assert regions.says.tolist() == [[1, 2], [1, 2], [2, 2], [2, 2]]
    assert regions.unanimous.tolist() == [0, 0, 2, 2]
    assert regions.water.tolist() == [[1, 0], [1, 0], [0, 0], [0, 0]]
    assert regions.split.tolist() == [1, 1, 0, 0]
    assert regions.entropy == pytest.approx([1, 1, 0, 0], abs=1e-6)  # half and half is one bit
    assert regions.shore.tolist()[2:] == [1, 5]  # all say land there: columns 1 and 5 are so far from the water


def test_every_pixel_that_can_be_settled_is_in_one_region_and_in_its_box(dataset, cache):
    regions = cut(dataset, JUDGES, cache)
    open_ = np.flatnonzero(open_pixels(dataset.lake("open"), dataset.fill))
    assert sorted(regions.positions.tolist()) == open_.tolist()
    for region in range(len(regions)):
        rows, columns = np.divmod(regions.positions_of(region), 8)
        assert regions.box[region].tolist() == [rows.min(), columns.min(), rows.max(), columns.max()]
        assert (np.diff(regions.positions_of(region)) > 0).all()


def test_what_was_not_predicted_names_the_command(dataset, tmp_path):
    with pytest.raises(ModelError, match=r"lake 'open': one has not predicted it yet: run `python -m lakeseg predict"):
        cut(dataset, JUDGES, PredictionCache(tmp_path / "empty"))


def test_progress_ends_with_the_last_lake(dataset, cache):
    told = []
    cut(dataset, (), cache, lambda share, lake: told.append((share, lake)))
    assert told == [(0.5, "open"), (1.0, "sure")]


def test_a_speck_joins_its_surroundings_and_what_is_too_large_is_divided():
    mask = np.ones((10, 10), bool)
    features = np.zeros((100, 1))
    features[55] = 10  # one bright pixel
    where, edges = np.argwhere(mask), neighbours(mask)
    assert merge(features, where, *edges, Sizes(0.1, 1, 200)).tolist() == [0] * 55 + [1] + [0] * 44
    assert set(merge(features, where, *edges, Sizes(0.1, 4, 200)).tolist()) == {0}
    pieces = np.bincount(merge(features, where, *edges, Sizes(0.1, 4, 40)))
    assert len(pieces) >= 3
    assert pieces.max() <= 44


def test_regions_come_back_from_disk(dataset, cache, tmp_path):
    regions, root = cut(dataset, JUDGES, cache), tmp_path / "kept"
    assert keeping.find(dataset.fingerprint, root=root) is None
    path = keeping.save(regions, root)
    assert keeping.find(dataset.fingerprint, root=root) == keeping.find(dataset.fingerprint, JUDGES, root) == path
    assert keeping.find(dataset.fingerprint, JUDGES[:1], root) is None
    back = keeping.load(path)
    assert (back.dataset, back.judges, back.bands) == (regions.dataset, regions.judges, regions.bands)
    for name in ("lake", "first", "positions", "box", "spectra", "water", "says", "split", "entropy", "shore"):
        one, other = getattr(back, name), getattr(regions, name)
        assert one.dtype == other.dtype
        assert np.array_equal(one, other)


@pytest.mark.parametrize("content", [b"", b"no archive", None])
def test_a_file_that_is_torn_says_what_to_do(dataset, cache, tmp_path, content):
    path = keeping.save(cut(dataset, (), cache), tmp_path / "kept")
    path.write_bytes(path.read_bytes()[:500] if content is None else content)
    with pytest.raises(DatasetError, match=r"no whole file of regions .*review build"):
        keeping.load(path)

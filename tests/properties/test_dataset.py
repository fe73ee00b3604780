import tempfile
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from lakeseg.data.dataset import Header, Lake, open_dataset
from lakeseg.data.write import write_dataset
from lakeseg.patches import LabelSums, collect

BANDS = st.lists(st.integers(1, 7), min_size=1, max_size=7, unique=True).map(sorted).map(tuple)
TEXT = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=12)
IDS = TEXT.filter(lambda text: text not in (".", "..") and not set(text) & set("/\\"))
FILL = -28672


@st.composite
def lakes(draw, bands, with_truth):
    height, width = draw(st.integers(1, 7)), draw(st.integers(1, 7))
    counts = st.integers(-100, 16_000) | st.just(FILL)
    image = draw(arrays.arrays(np.int16, (height, width, len(bands)), elements=counts))
    image[0, 0, 0] = 1  # a lake of fill alone is refused
    labels = draw(arrays.arrays(np.uint8, (height, width), elements=st.integers(0, 3)))
    truth = draw(arrays.arrays(np.uint8, (height, width), elements=st.integers(0, 100))) if with_truth else None
    place = st.floats(-180, 180) | st.just(float("nan"))
    texts = [draw(TEXT), draw(TEXT | st.just("")), draw(TEXT | st.just(""))]
    return Lake(draw(IDS), image, labels, texts[0], truth, texts[1], texts[2], draw(place), draw(place))


@st.composite
def contents(draw):
    bands = draw(BANDS)
    header = Header(draw(TEXT), bands, draw(TEXT), draw(st.booleans()), draw(st.sampled_from([1e-4, 2.75e-5])), FILL)
    one = lakes(bands, draw(st.booleans()))
    return header, draw(st.lists(one, min_size=1, max_size=5, unique_by=lambda lake: lake.id))


@given(contents())
@settings(max_examples=60)
def test_what_is_written_is_read(content):
    header, written = content
    with tempfile.TemporaryDirectory() as folder:
        dataset = write_dataset(Path(folder) / "d.h5", header, written)
        assert open_dataset(dataset.path).fingerprint == dataset.fingerprint
        assert dataset.header == header
        assert list(dataset.lake_ids) == [lake.id for lake in written]
        for before, after in zip(written, dataset.iter_lakes(), strict=True):
            for name in ("image", "labels", "truth"):
                first, second = getattr(before, name), getattr(after, name)
                assert np.array_equal(first, second) if first is not None else second is None
            assert (before.group, before.domain, before.date) == (after.group, after.domain, after.date)
            assert np.array_equal([before.lon, before.lat], [after.lon, after.lat], equal_nan=True)
        counts = dataset.class_counts()
        assert (counts == [np.bincount(lake.labels.ravel(), minlength=4) for lake in written]).all()
        assert counts.sum() == dataset.pixel_count == dataset.lakes.size.sum()


@given(contents(), st.integers(1, 4), st.integers(0, 2), st.randoms())
@settings(max_examples=40)
def test_patches_of_any_choice_of_lakes_hold_what_the_account_says(content, size, gap, random):
    header, written = content
    with tempfile.TemporaryDirectory() as folder:
        dataset = write_dataset(Path(folder) / "d.h5", header, written)
        ids = [lake_id for lake_id in dataset.lake_ids if min(dataset.lake(lake_id).shape) >= size]
        random.shuffle(ids)
        if ids:
            images, labels = collect(dataset, ids, size, gap)
            expected = LabelSums.of(dataset, ids).account(size, gap)
            assert images.shape == (expected.patches_kept, size, size, len(header.bands))
            assert np.bincount(labels.ravel(), minlength=4).tolist() == list(expected.kept_labels)

"""Whatever a labeller writes, an import keeps every clean pixel and every label, and invents none."""

from __future__ import annotations

import tempfile
from pathlib import Path

import h5py
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lakeseg.data.readers.importing import import_file
from lakeseg.data.readers.labels import combine
from lakeseg.data.readers.options import ReadOptions

sizes = st.tuples(st.integers(1, 4), st.integers(1, 5), st.integers(1, 5))
opinions = sizes.flatmap(lambda n: st.tuples(*[arrays(np.uint8, n, elements=st.integers(0, 2))] * 2))


@given(pair=opinions, counts=st.integers(-32767, 32767), suffix=st.sampled_from([".npz", ".h5"]))
@settings(max_examples=40, deadline=None)
def test_an_import_keeps_every_pixel_and_label(pair, counts, suffix):
    first, second = (np.array(opinion) for opinion in pair)
    first.flat[0] = second.flat[0] = 1  # an import without water is refused
    pixels = np.arange(first.size * 3).reshape(*first.shape, 3) % 97 + min(counts, 32670)
    stored = {"X": pixels.astype(np.int16), "a": first, "b": second}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"source{suffix}"
        if suffix == ".npz":
            np.savez(path, **stored)
        else:
            with h5py.File(path, "w") as file:
                file.update(stored)
        other = {"second_labels": "b", "second_ignore": (0,)}
        options = ReadOptions(bands=(1, 2, 4), pixels="X", labels="a", water="1", ignore=(0,), fill=-28672, **other)
        dataset = import_file(path, Path(folder) / "out.h5", options).dataset
        flat, labels = dataset.pixels()
    np.testing.assert_array_equal(flat, stored["X"].reshape(-1, 3))
    # the rule, said the other way round: zero if either is zero, else the class if both are it, else 3
    a, b = first.ravel(), second.ravel()
    expected = [0 if 0 in (x, y) else x if x == y else 3 for x, y in zip(a.tolist(), b.tolist(), strict=True)]
    missing = (flat == -28672).any(axis=1)
    assert labels[~missing].tolist() == np.array(expected)[~missing].tolist()
    assert not labels[missing].any()


@given(opinions)
def test_who_speaks_first_does_not_matter(pair):
    first, second = pair
    np.testing.assert_array_equal(combine([first, second]), combine([second, first]))
    np.testing.assert_array_equal(combine([first, first]), first)

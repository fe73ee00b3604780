"""A dataset as MATLAB: read back by scipy, by h5py as MATLAB lays files out, by GNU Octave and by our own reader."""

from __future__ import annotations

import os
import subprocess

import h5py
import numpy as np
import pytest
from scipy.io import loadmat

from lakeseg.data.dataset import Header
from lakeseg.data.readers.importing import import_file
from lakeseg.data.write import write_dataset, write_pixels
from lakeseg.errors import ConfigError
from lakeseg.exports.matlab import write_matlab
from tests.lakes import make_lake

OCTAVE = os.environ.get("OCTAVE", "octave-cli")
HEADER = Header("Müritz & co", (1, 2, 4, 6), "made by a test", simulated=True, scale=2e-4)


@pytest.fixture
def dataset(tmp_path):
    from dataclasses import replace

    lakes = [
        replace(make_lake(name, *shape, group="north", seed=seed, codes=(0, 1, 2, 3), bands=4), **place)
        for seed, (name, shape, place) in enumerate(
            [
                ("a", (5, 5), {"domain": "alpine", "date": "2018-07-04", "lon": 8.25, "lat": 46.5}),
                ("b", (3, 40), {"domain": "Västerbotten"}),
                ("c", (1, 1), {}),
            ]
        )
    ]
    truth = [replace(lake, truth=np.full(lake.shape, 40 + n, np.uint8)) for n, lake in enumerate(lakes)]
    return write_dataset(tmp_path / "lakes.h5", HEADER, truth)


def octave(code: str) -> str:
    """Run a program of Octave and return what it prints."""
    ran = subprocess.run([OCTAVE, "--no-init-file", "--eval", code], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.mark.parametrize("version", ["7.3", "5"])
@pytest.mark.parametrize("ids", [None, ("a",)])
def test_our_reader_gets_the_same_dataset_back(tmp_path, dataset, version, ids):
    told = []
    write_matlab(dataset, tmp_path / "out.mat", version, ids, lambda share, text: told.append((share, text)))
    back = import_file(tmp_path / "out.mat", tmp_path / "back.h5").dataset
    if ids is None:
        assert back.fingerprint == dataset.fingerprint
        assert told[-1] == (1.0, "lake 3 of 3")
    assert (back.name, back.simulated, back.scale, back.bands) == (HEADER.name, True, 2e-4, (1, 2, 4, 6))
    for lake in back.iter_lakes():
        same = dataset.lake(lake.id)
        for name in ("image", "labels", "truth"):
            np.testing.assert_array_equal(getattr(lake, name), getattr(same, name))
        assert (lake.group, lake.domain, lake.date) == (same.group, same.domain, same.date)
        np.testing.assert_array_equal((lake.lon, lake.lat), (same.lon, same.lat))


def test_scipy_reads_version_5(tmp_path, dataset):
    write_matlab(dataset, tmp_path / "out.mat", "5")
    held = loadmat(tmp_path / "out.mat")
    assert held["lakes"].shape == (1, 3)
    for element, lake in zip(held["lakes"][0], dataset.iter_lakes(), strict=True):
        np.testing.assert_array_equal(element["X"], lake.image)
        np.testing.assert_array_equal(element["Y"], lake.labels)
        assert (element["X"].dtype, element["Y"].dtype) == (np.int16, np.uint8)
    assert held["bands"].tolist() == [[1, 2, 4, 6]]


def test_version_7_3_is_laid_out_as_by_matlab(tmp_path, dataset):
    write_matlab(dataset, tmp_path / "out.mat")
    head = (tmp_path / "out.mat").read_bytes()[:512]
    assert head.startswith(b"MATLAB 7.3 MAT-file")
    assert head[124:128] == b"\x00\x02IM"
    with h5py.File(tmp_path / "out.mat") as file:
        assert file.userblock_size == 512
        assert file["lakes"].attrs["MATLAB_class"] == b"struct"
        assert file["lakes/X"].shape == (3, 1)
        for number, lake in enumerate(dataset.iter_lakes()):
            stored = file[file["lakes/X"][number, 0]]
            assert stored.name.startswith("/#refs#/")
            assert stored.attrs["MATLAB_class"] == b"int16"
            np.testing.assert_array_equal(stored[()], lake.image.transpose(2, 1, 0))  # axes in reverse
            name = file[file["lakes/id"][number, 0]]
            assert (name.attrs["MATLAB_class"], name.attrs["MATLAB_int_decode"]) == (b"char", 2)
            assert "".join(map(chr, name[:, 0])) == lake.id
        empty = file[file["lakes/date"][2, 0]]
        assert empty.attrs["MATLAB_empty"] == 1
        assert empty[()].tolist() == [0, 0]
        first = file["#refs#/a"]
        assert (first.attrs["MATLAB_class"], first[()].tolist()) == (b"canonical empty", [0, 0])


def test_version_7_3_has_the_attributes_that_matlab_writes(tmp_path, dataset):
    """As in a struct array that MATLAB saved (`cell_struct_v73.mat` of pymatreader 1.3.2)."""
    write_matlab(dataset, tmp_path / "out.mat")
    with h5py.File(tmp_path / "out.mat") as file:
        struct = file["lakes"]
        order = ["X", "Y", "truth", "id", "group", "domain", "date", "lon", "lat"]
        assert [name.tobytes().decode() for name in struct.attrs["MATLAB_fields"]] == order
        assert [set(struct[name].attrs) for name in order] == [set()] * len(order)
        place = {"MATLAB_class", "H5PATH"}
        found = {name: file[struct[name][2, 0]].attrs for name in order}
        assert set(found["X"]) == set(found["lon"]) == place
        assert set(found["id"]) == place | {"MATLAB_int_decode"}
        assert set(found["date"]) == place | {"MATLAB_empty"}
        assert found["X"]["H5PATH"].decode() == file[struct["X"][2, 0]].name
        assert set(file["scale"].attrs) == {"MATLAB_class"}


def test_octave_reads_version_5(tmp_path, dataset):
    write_matlab(dataset, tmp_path / "out.mat", "5")
    said = octave(
        f"s = load('{tmp_path / 'out.mat'}'); n = numel(s.lakes); printf('%d ', n, s.bands, s.simulated);"
        "for k = 1:n printf('%s %s %s %d %d %d %d ', s.lakes(k).id, class(s.lakes(k).X), class(s.lakes(k).Y), "
        "size(s.lakes(k).X)(1:2), sum(s.lakes(k).X(:, 1, 2)), s.lakes(k).Y(end, 1)); end"
    )
    expected = ["3", "1", "2", "4", "6", "1"]
    for lake in dataset.iter_lakes():
        sizes = [*lake.shape, int(lake.image[:, 0, 1].astype(int).sum()), int(lake.labels[-1, 0])]
        expected += [lake.id, "int16", "uint8", *map(str, sizes)]
    assert said.split() == expected


_MAKE = """
for n = 1:3
  h = 2 + n; w = 7 - n;
  [c, r] = meshgrid(1:w, 1:h);
  X = zeros(h, w, 7);
  for b = 1:7, X(:, :, b) = 1000 * r + 10 * c + b; end
  lakes(n).X = int16(X); lakes(n).Y = uint8(1 + (c > 1)); lakes(n).id = sprintf('lake %d', n);
end
X = {lakes.X}; Y = {lakes.Y}; P = [reshape(double(lakes(1).X), [], 7), reshape(double(lakes(1).Y), [], 1)];
"""


@pytest.fixture(scope="module")
def made_by_octave(tmp_path_factory):
    folder = tmp_path_factory.mktemp("octave")
    saves = [
        f"save('-{version}', '{folder}/{name}-{version}.mat', {variables});"
        for version in ("v6", "v7")
        for name, variables in (("struct", "'lakes'"), ("cells", "'X', 'Y'"), ("pixels", "'P'"))
    ]
    octave(_MAKE + f"save('-v4', '{folder}/old.mat', 'P');" + "".join(saves))
    return folder


@pytest.mark.parametrize("version", ["v6", "v7"])
@pytest.mark.parametrize("name", ["struct", "cells"])
def test_lakes_that_octave_saved(tmp_path, made_by_octave, version, name):
    dataset = import_file(made_by_octave / f"{name}-{version}.mat", tmp_path / "out.h5").dataset
    for number, lake in enumerate(dataset.iter_lakes(), start=1):
        height, width = 2 + number, 7 - number
        row, column, band = np.mgrid[1 : height + 1, 1 : width + 1, 1:8]
        np.testing.assert_array_equal(lake.image, 1000 * row + 10 * column + band)
        np.testing.assert_array_equal(lake.labels, 1 + (column[..., 0] > 1))
    assert len(dataset.lakes) == 3
    if name == "struct":
        assert dataset.lake_ids == ("lake 1", "lake 2", "lake 3")


@pytest.mark.parametrize("version", ["v6", "v7"])
def test_pixels_that_octave_saved(tmp_path, made_by_octave, version):
    pixels, labels = import_file(made_by_octave / f"pixels-{version}.mat", tmp_path / "out.h5").dataset.pixels()
    column, row = np.divmod(np.arange(18), 3)  # MATLAB runs down the columns
    np.testing.assert_array_equal(pixels[:, 0], 1000 * (row + 1) + 10 * (column + 1) + 1)
    np.testing.assert_array_equal(labels, 1 + (column > 0))


def test_version_4_is_refused_with_the_remedy(tmp_path, made_by_octave):
    from lakeseg.errors import DatasetError

    with pytest.raises(DatasetError, match=r"version 4, which is not read: in MATLAB, save it with -v7"):
        import_file(made_by_octave / "old.mat", tmp_path / "out.h5")


def test_what_cannot_become_a_struct_array(tmp_path, dataset, monkeypatch):
    with pytest.raises(ConfigError, match=r"ending in \.mat"):
        write_matlab(dataset, tmp_path / "out.h5")
    with pytest.raises(ConfigError, match=r"expected 7\.3 or 5"):
        write_matlab(dataset, tmp_path / "out.mat", "6")
    monkeypatch.setattr("lakeseg.exports.matlab.MOST_BYTES", 10)
    with pytest.raises(ConfigError, match=r"too many for version 5: write version 7\.3"):
        write_matlab(dataset, tmp_path / "out.mat", "5")
    pixels = write_pixels(tmp_path / "p.h5", HEADER, [(np.ones((2, 4), np.int16), np.ones(2, np.uint8))])
    with pytest.raises(ConfigError, match="has pixels but no lakes"):
        write_matlab(pixels, tmp_path / "out.mat")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lakes.h5", "p.h5"]

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from lakeseg.data.readers.importing import Imported, import_file
from lakeseg.data.readers.labels import WaterRule
from lakeseg.data.readers.options import ReadOptions
from lakeseg.errors import ConfigError, DatasetError, LakesegError

FILL = -28672
BANDS = (1, 2, 3, 4, 6, 7)


def chips(count=3, height=4, width=5, bands=6):
    """Counts 0, 1, 2, … so that every value tells its place; label 1 in the first column, 0 elsewhere."""
    pixels = np.arange(count * height * width * bands, dtype=np.int16).reshape(count, height, width, bands)
    labels = np.zeros((count, height, width), np.uint8)
    labels[:, :, 0] = 1
    return {"X": pixels, "label": labels}


def save(path: Path, arrays) -> Path:
    if path.suffix == ".npz":
        np.savez_compressed(path, **arrays)
    else:
        with h5py.File(path, "w") as file:
            for name, values in arrays.items():
                file[name] = values
    return path


def options(**changes) -> ReadOptions:
    return ReadOptions(**({"pixels": "X", "labels": "label", "water": "1", "bands": BANDS} | changes))


def run(tmp_path: Path, arrays, suffix=".npz", progress=None, **changes) -> Imported:
    return import_file(save(tmp_path / f"src{suffix}", arrays), tmp_path / "out.h5", options(**changes), progress)


def fails(tmp_path: Path, arrays, suffix=".npz", error=LakesegError, **changes) -> str:
    with pytest.raises(error) as caught:
        run(tmp_path, arrays, suffix, **changes)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out.h5").exists()
    assert not list(tmp_path.glob(".*"))
    return str(caught.value)


@pytest.mark.parametrize("suffix", [".npz", ".h5"])
def test_counts_labels_and_names_arrive_unchanged(tmp_path, suffix):
    arrays = chips()
    done = run(tmp_path, arrays, suffix)
    dataset = done.dataset
    assert dataset.bands == BANDS
    assert dataset.lake_ids == ("src-0000", "src-0001", "src-0002")
    assert dataset.simulated is False
    for position, lake in enumerate(dataset.iter_lakes()):
        np.testing.assert_array_equal(lake.image, arrays["X"][position])
        np.testing.assert_array_equal(lake.labels, np.where(arrays["label"][position] == 1, 1, 2))
    # 3 lakes of 4 × 5 px with one water column of 4: 12 water, 48 land
    assert dataset.total_counts().tolist() == [0, 12, 48, 0]
    assert done.warnings == [
        "no --groups: each lake is its own group; lakes that overlap may stand on both sides of a split"
    ]


def test_both_kinds_of_file_give_the_same_fingerprint(tmp_path):
    first = run(tmp_path, chips(), ".npz").dataset.fingerprint
    assert run(tmp_path, chips(), ".h5").dataset.fingerprint == first


def test_bands_in_another_order_are_sorted(tmp_path):
    arrays = chips(bands=3)
    lake = run(tmp_path, arrays, bands=(4, 2, 1)).dataset.lake("src-0001")
    np.testing.assert_array_equal(lake.image, arrays["X"][1][..., [2, 1, 0]])


def test_two_labellers_that_differ_make_unclassified(tmp_path):
    arrays = chips(count=1, height=2, width=3)
    # by hand:        water land  land  / water water land   against bit 5 (32) of the second
    arrays["label"] = np.array([[[1, 0, 0], [1, 1, 0]]], np.uint8)
    arrays["mask"] = np.array([[[32, 0, 33], [2, 255, 64]]], np.uint8)
    second = {"second_labels": "mask", "second_water": "bit:5", "second_ignore": (255,)}
    lake = run(tmp_path, arrays, **second).dataset.lake("src-0000")
    # agree water, agree land, differ; differ, second has none, agree land
    assert lake.labels.tolist() == [[1, 2, 3], [3, 0, 2]]


def test_groups_and_ids_come_from_keys(tmp_path):
    arrays = chips() | {"g": np.array([7, 7, 9]), "chip": np.array(["a", "b", "c"])}
    table = run(tmp_path, arrays, groups="g", ids="chip").dataset.lakes
    assert table.group.tolist() == ["7", "7", "9"]
    assert table.id.tolist() == ["a", "b", "c"]


def test_texts_in_hdf5_are_read_as_utf8(tmp_path):
    arrays = chips(count=2) | {"g": np.array([b"Garda", "Müritz".encode()])}
    assert run(tmp_path, arrays, ".h5", groups="g").dataset.lakes.group.tolist() == ["Garda", "Müritz"]


def test_reflectance_becomes_counts_and_nan_becomes_fill(tmp_path):
    arrays = chips(count=1, height=1, width=4)
    arrays["X"] = np.full((1, 1, 4, 6), 0.12344, np.float32)
    arrays["X"][0, 0, 1, 2] = np.nan
    arrays["X"][0, 0, 2, 0] = -np.inf
    lake = run(tmp_path, arrays).dataset.lake("src-0000")
    # 0.12344 / 1e-4 = 1234.4 → 1234
    assert lake.image[0, 0].tolist() == [1234] * 6
    assert lake.image[0, 1].tolist() == [1234, 1234, FILL, 1234, 1234, 1234]
    assert lake.image[0, 2].tolist() == [FILL] + [1234] * 5
    assert lake.labels.tolist() == [[1, 0, 0, 2]]


def test_another_scale_is_kept(tmp_path):
    arrays = chips() | {"X": np.full((3, 4, 5, 6), 0.5, np.float64)}
    dataset = run(tmp_path, arrays, scale=2.75e-5).dataset
    assert dataset.scale == 2.75e-5
    assert dataset.lake("src-0000").image[0, 0, 0] == 18182  # 0.5 / 2.75e-5 = 18181.8


@pytest.mark.parametrize(("dtype", "fill"), [(np.int16, -9999), (np.uint16, 65535), (np.float32, -9999.0)])
def test_a_named_fill_value_is_missing(tmp_path, dtype, fill):
    arrays = chips(count=1)
    arrays["X"] = np.zeros((1, 4, 5, 6), dtype)
    arrays["X"][0, 2, 3, 1] = fill
    lake = run(tmp_path, arrays, fill=fill).dataset.lake("src-0000")
    assert lake.image[2, 3].tolist() == [0, FILL, 0, 0, 0, 0]
    assert lake.labels[2, 3] == 0


def test_values_beyond_int16_are_refused_or_clipped(tmp_path):
    arrays = chips(count=1)
    arrays["X"] = arrays["X"].astype(np.uint16)
    arrays["X"][0, 0, 0, 0] = 40000
    message = fails(tmp_path, arrays)
    assert "40000 counts" in message
    assert "--fill" in message
    done = run(tmp_path, arrays, clip=True)
    assert done.dataset.lake("src-0000").image[0, 0, 0] == 32767
    assert "1 values beyond ±32767 counts were cut off" in done.warnings


def test_real_numbers_that_are_counts_are_refused(tmp_path):
    arrays = chips()
    arrays["X"] = arrays["X"].astype(np.float32) + 500.5
    assert "save counts as int16" in fails(tmp_path, arrays)
    assert "between whole numbers" in fails(tmp_path, arrays, counts=True)


def test_whole_numbers_kept_as_reals_are_counts(tmp_path):
    arrays = chips()
    whole = arrays | {"X": arrays["X"].astype(np.float64)}
    done = run(tmp_path, whole)
    assert "pixels are whole numbers kept as reals: taken as counts" in done.found.lines
    np.testing.assert_array_equal(done.dataset.lake("src-0001").image, arrays["X"][1])


def test_usual_fill_is_pointed_out(tmp_path):
    arrays = chips()
    arrays["X"][0, 0, 0, 0] = -9999
    assert any("--fill=-9999" in line for line in run(tmp_path, arrays).warnings)


def test_lakes_without_a_clean_pixel_are_left_out(tmp_path):
    arrays = chips()
    arrays["X"] = arrays["X"].astype(np.float32) * 1e-4
    arrays["X"][1] = np.nan
    done = run(tmp_path, arrays)
    assert done.dataset.lake_ids == ("src-0000", "src-0002")
    assert "left out 1 lakes without a clean pixel: src-0001" in done.warnings


def test_every_value_missing_is_an_error(tmp_path):
    arrays = chips()
    assert "every pixel is fill or NaN" in fails(tmp_path, arrays | {"X": np.full((3, 4, 5, 6), np.nan)})
    assert "every pixel is fill or NaN" in fails(tmp_path, arrays | {"X": np.full((3, 4, 5, 6), FILL, np.int16)})


def test_lakes_of_one_pixel_are_kept_with_a_warning(tmp_path):
    done = run(tmp_path, chips(height=1, width=1))
    assert done.dataset.lakes.size.tolist() == [1, 1, 1]
    assert any("single pixel (1×1)" in line for line in done.warnings)


def test_values_that_may_mean_no_data_are_pointed_out(tmp_path):
    arrays = chips()
    arrays["label"][0, 0, 4] = 255
    assert any("255 (1 px) taken as land" in line and "--ignore" in line for line in run(tmp_path, arrays).warnings)
    done = run(tmp_path, arrays, ignore=(255,))
    assert not any("255" in line for line in done.warnings)
    assert done.dataset.lake("src-0000").labels[0].tolist() == [1, 2, 2, 2, 0]


def test_all_bits_set_is_pointed_out(tmp_path):
    arrays = chips()
    arrays["label"][0, 0, 4] = 255
    assert any("255 (1 px) taken as water" in line for line in run(tmp_path, arrays, water="bit:0").warnings)


def test_labels_as_reals_may_be_nan_but_not_fractions(tmp_path):
    arrays = chips()
    arrays["label"] = arrays["label"].astype(np.float32)
    arrays["label"][0, 0, 4] = np.nan
    assert run(tmp_path, arrays).dataset.lake("src-0000").labels[0].tolist() == [1, 2, 2, 2, 0]


def test_labels_between_whole_numbers_are_refused(tmp_path):
    arrays = chips()
    assert "between whole numbers" in fails(tmp_path, arrays | {"label": arrays["label"] * 0.5})


def test_no_water_lists_the_values(tmp_path):
    assert "no water by the rule 2: its values are 0, 1" in fails(tmp_path, chips(), water="2")


def test_provenance_tells_the_file_name_and_options_but_no_folder(tmp_path):
    provenance = run(tmp_path, chips()).dataset.header.provenance
    assert provenance["source"] == "src.npz"
    assert provenance["reader"] == "numpy"
    assert provenance["options"]["labels"] == [{"key": "label", "water": "1", "ignore": []}]
    assert set(provenance["versions"]) == {"python", "numpy", "h5py"}
    assert str(tmp_path) not in str(provenance)


def test_progress_reaches_one(tmp_path):
    seen = []
    run(tmp_path, chips(), progress=lambda fraction, text: seen.append((fraction, text)))
    assert seen == [(pytest.approx(1 / 3), "lake 1 of 3"), (pytest.approx(2 / 3), "lake 2 of 3"), (1.0, "lake 3 of 3")]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"X": np.zeros((3, 4, 5), np.int16)}, "'X' has 5 values a pixel, but --bands names 6"),
        ({"X": np.zeros((3, 4, 5, 7), np.int16)}, "7 values a pixel, but --bands names 6"),
        ({"X": np.zeros((0, 4, 5, 6), np.int16)}, "zero lakes"),
        ({"X": np.zeros((3, 0, 0, 6), np.int16)}, "(3, 0, 0, 6): zero lakes or pixels"),
        ({"X": np.zeros((3, 4, 5, 6), complex)}, "got (3, 4, 5, 6) complex128"),
        ({"label": np.zeros((3, 4, 4), np.uint8)}, "expected whole numbers, shape (3, 4, 5), got (3, 4, 4) uint8"),
        ({"label": np.full((3, 4, 5), "water")}, "expected whole numbers"),
    ],
)
@pytest.mark.parametrize("suffix", [".npz", ".h5"])
def test_arrays_that_do_not_fit(tmp_path, changes, expected, suffix):
    if suffix == ".h5" and changes.get("label", np.empty(0)).dtype.kind == "U":
        changes = {"label": changes["label"].astype("S5")}
    assert expected in fails(tmp_path, chips() | changes, suffix, DatasetError)


def test_groups_of_another_length(tmp_path):
    message = fails(tmp_path, chips() | {"g": np.arange(2)}, groups="g")
    assert "'g': expected one value for each lake, shape (3,), got (2,)" in message


def test_repeated_ids(tmp_path):
    assert "occurs twice" in fails(tmp_path, chips() | {"chip": np.array([1, 1, 2])}, ids="chip")


@pytest.mark.parametrize("suffix", [".npz", ".h5"])
def test_missing_key_lists_the_keys(tmp_path, suffix):
    message = fails(tmp_path, chips(), suffix, pixels="x")
    assert "there is no array 'x'" in message
    assert "X (3, 4, 5, 6) int16" in message
    assert "label (3, 4, 5) uint8" in message


@pytest.mark.parametrize("bands", [(), (1, 1, 2, 3, 4, 6), (1, 2, 3, 4, 6, 8)])
def test_bands_that_are_none(tmp_path, bands):
    assert "expected MODIS bands 1–7" in fails(tmp_path, chips(), error=ConfigError, bands=bands)


@pytest.mark.parametrize("scale", [0, -1e-4, float("nan"), float("inf")])
def test_scales_that_are_none(tmp_path, scale):
    assert "expected the reflectance of one count" in fails(tmp_path, chips(), error=ConfigError, scale=scale)


def test_the_source_is_never_overwritten(tmp_path):
    path = save(tmp_path / "src.h5", chips())
    before = path.read_bytes()
    with pytest.raises(ConfigError, match="the source itself"):
        import_file(path, tmp_path / "." / "src.h5", options())
    assert path.read_bytes() == before


@pytest.mark.parametrize("text", ["", "water", "bit:", "bit:-1", "bit:63", "bits:5", "1.5", "bit:x", "--1"])
def test_rules_that_are_none(text):
    with pytest.raises(ConfigError, match="no rule for water"):
        WaterRule.parse(text)


def test_rules_are_read_and_written():
    assert [str(WaterRule.parse(text)) for text in ("1", "-1", "bit:5")] == ["1", "-1", "bit:5"]

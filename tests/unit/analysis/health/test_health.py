"""Every check on lakes made by hand: what is wrong is known, and the report has to find just that."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest

from lakeseg.analysis.health import health, with_splits
from lakeseg.analysis.health.checks import modified_z
from lakeseg.analysis.health.keeping import load, save
from lakeseg.analysis.health.shapes import ERROR, FINE, NOTE, WARNING, Finding, Report
from lakeseg.analysis.health.tally import pixel_hashes, tally
from lakeseg.analysis.health.twins import overlapping
from lakeseg.data.dataset import Dataset, Lake, open_dataset
from lakeseg.data.splits import Split
from lakeseg.data.write import write_dataset
from tests.lakes import HEADER, make_lake

REAL = replace(HEADER, simulated=False)


def written(folder: Path, *lakes: Lake) -> Dataset:
    return write_dataset(folder / "made.h5", REAL, lakes)


def findings(dataset: Dataset) -> dict[str, Finding]:
    return {finding.key: finding for finding in health(dataset).findings}


def sound(count: int = 4) -> list[Lake]:
    """Lakes with nothing wrong: other pixels each, far from each other."""
    return [replace(make_lake(f"a{n}", 10, 12, seed=n), lon=10.0 * n, lat=5.0 * n) for n in range(count)]


def with_pixel(lake: Lake, value: int, at: tuple[int, int, int] = (0, 0, 0)) -> Lake:
    image = lake.image.copy()
    image[at] = value
    return replace(lake, image=image)


def test_nothing_is_found_in_sound_lakes(tmp_path):
    report = health(written(tmp_path, *sound()))
    assert report.worst == FINE
    assert {finding.severity for finding in report.findings} == {FINE}
    assert report.numbers() == {"error": 0, "warning": 0, "note": 0, "fine": len(report.findings)}
    assert (report.lakes, report.pixels) == (4, 480)


def test_values_out_of_range_are_counted_by_pixel(tmp_path):
    first, second, *rest = sound()
    first = with_pixel(with_pixel(first, -101), -50, (1, 0, 3))  # −0.0101 and −0.005
    second = with_pixel(with_pixel(second, 16_001), 16_000, (1, 0, 0))  # above 1.6, and just not
    found = findings(written(tmp_path, first, second, *rest))
    assert found["negative"].count == 2
    assert "0.417 % of the pixels" in found["negative"].text  # 2 / 480
    assert "1 below −0.01" in found["negative"].text
    assert found["negative"].severity == WARNING  # 1 of 480 is more than a thousandth
    assert [(each.lake, each.amount) for each in found["negative"].lakes] == [("a0", "2 px, 1.67 %")]
    assert found["saturation"].count == 1
    assert [each.lake for each in found["saturation"].lakes] == ["a1"]


def test_missing_pixels_and_their_labels(tmp_path):
    first, second, *rest = sound()
    gone = second.image.copy()
    gone[:6] = HEADER.fill  # 72 of 120 pixels, more than half, in all bands
    labels = second.labels.copy()
    labels[:6] = 0
    lakes = [with_pixel(first, HEADER.fill), replace(second, image=gone, labels=labels), *rest]
    found = findings(written(tmp_path, *lakes))
    assert (found["fill"].count, found["fill"].severity) == (73, WARNING)
    assert "1 of them in some bands alone" in found["fill"].text
    assert "1 lake by more than half" in found["fill"].text
    assert [each.lake for each in found["fill"].lakes] == ["a1", "a0"]  # the worst first
    assert (found["labelled_fill"].count, found["labelled_fill"].severity) == (1, NOTE)
    assert found["negative"].severity == FINE  # fill is below 0, but no reflectance
    assert "15 % of all pixels have no label" in found["unlabelled"].text  # 72 / 480


def test_bands_without_information(tmp_path):
    flat, *rest = sound()
    image = flat.image.copy()
    image[..., [1, 4]] = 700
    found = findings(written(tmp_path, replace(flat, image=image), *rest))
    assert (found["constant"].count, found["constant"].severity) == (1, WARNING)
    assert found["constant"].lakes[0].amount == "bands 2, 5"
    assert found["repeated"].severity == FINE
    same = [replace(lake, image=lake.image[..., [0, 1, 2, 1, 4, 5, 6]]) for lake in sound()]
    found = findings(written(tmp_path, *same))
    assert found["repeated"].severity == ERROR
    assert "bands 2 and 4" in found["repeated"].text


def test_labels_that_say_little(tmp_path):
    dry, wet, none, small = sound()
    lakes = [
        replace(dry, labels=np.full((10, 12), 2, np.uint8)),
        replace(wet, labels=np.full((10, 12), 1, np.uint8)),
        replace(none, labels=np.zeros((10, 12), np.uint8)),
        replace(small, image=small.image[:7], labels=small.labels[:7]),
    ]
    found = findings(written(tmp_path, *lakes))
    assert [(each.lake, each.amount) for each in found["one_class"].lakes] == [("a0", "no water"), ("a1", "all water")]
    assert [each.lake for each in found["unlabelled"].lakes] == ["a2"]
    assert [(each.lake, each.amount) for each in found["tiny"].lakes] == [("a3", "7×12 px")]
    bare = findings(written(tmp_path, *(replace(lake, labels=np.zeros((10, 12), np.uint8)) for lake in sound())))
    assert bare["one_class"].text == "No pixel is labelled water or land."


def test_codes_that_are_none(tmp_path):
    dataset = written(tmp_path, *sound())
    with h5py.File(dataset.path, "r+") as file:
        file["labels"][125] = 7  # the sixth pixel of the second lake
    found = findings(open_dataset(dataset.path))
    assert (found["codes"].count, found["codes"].severity) == (1, ERROR)
    assert [each.lake for each in found["codes"].lakes] == ["a1"]


def test_the_same_image_in_other_groups_is_an_error(tmp_path):
    one, *rest = sound()
    found = findings(written(tmp_path, one, *rest, replace(one, id="again", lon=60.0)))["duplicates"]
    assert (found.count, found.severity) == (2, WARNING)  # in the group of the first one
    found = findings(written(tmp_path, one, *rest, replace(one, id="again", group="elsewhere", lon=60.0)))["duplicates"]
    assert (found.count, found.severity) == (2, ERROR)


@pytest.mark.parametrize(("group", "severity"), [("ground of whole", NOTE), ("elsewhere", ERROR)])
def test_cut_outs_that_overlap_are_found_by_their_pixels(tmp_path, group, severity):
    whole = make_lake("whole", 40, 50, seed=9)
    left = Lake("left", whole.image[:30, :35], whole.labels[:30, :35], "ground of whole")
    right = Lake("right", whole.image[12:, 20:], whole.labels[12:, 20:], group)
    dataset = written(tmp_path, left, *sound(), right)
    (pair,) = overlapping(dataset, tally(dataset))
    assert (pair.first, pair.second, pair.pixels, pair.moved) == (0, 5, 18 * 15, (12, 20))
    found = findings(dataset)["overlaps"]
    assert (found.count, found.severity) == (1, severity)
    assert found.lakes[0].amount == "270 px with right"


def test_ground_is_compared_by_coordinates(tmp_path):
    # a0 and a1: 12 px of 463.3 m wide; 6 px east of each other they share half of their ground.
    east = 6 * 463.3127 / 111_194.93
    one, other, *rest = sound()
    lakes = [replace(one, lat=0.0, lon=0.0), replace(other, lat=0.0, lon=east), *rest]
    found = findings(written(tmp_path, *lakes))["ground"]
    assert (found.count, found.severity, found.lakes[0].amount) == (1, WARNING, "50 % with a1")
    grouped = [replace(lake, group="shared") for lake in lakes[:2]]
    assert findings(written(tmp_path, *grouped, *rest))["ground"].severity == FINE
    nowhere = [replace(lake, lon=float("nan")) for lake in lakes]
    assert "No lake has coordinates" in findings(written(tmp_path, *nowhere))["ground"].text
    beyond = findings(written(tmp_path, replace(one, lat=95.0), *rest))["places"]
    assert (beyond.count, beyond.severity) == (1, WARNING)


def test_a_split_that_parts_a_group(tmp_path):
    lakes = [replace(lake, group="shared") if n < 2 else lake for n, lake in enumerate(sound())]
    dataset = written(tmp_path, *lakes)
    torn = Split(("a0", "a2"), ("a3",), ("a1",), 0, "by hand")
    sane = Split(("a0", "a1"), ("a3",), ("a2",), 0, "by hand")
    report = health(dataset)
    (found,) = (f for f in with_splits(report, dataset, {"fcn": torn, "unet": sane}).findings if f.key == "splits")
    assert (found.count, found.severity) == (1, ERROR)
    assert [(each.lake, each.amount) for each in found.lakes] == [("a0", "split of fcn"), ("a1", "split of fcn")]
    assert with_splits(report, dataset, {"unet": sane}).worst == FINE


def test_outliers_are_far_from_their_peers(tmp_path):
    lakes = [replace(make_lake(f"a{n}", 30, 30, seed=100 + n), lon=5.0 * n, lat=0.0) for n in range(24)]
    bright = lakes[0].image.astype(int)
    bright[..., 2] += 8000
    found = findings(written(tmp_path, replace(lakes[0], image=bright.astype(np.int16)), *lakes[1:]))["outliers"]
    assert [each.lake for each in found.lakes] == ["a0"]
    assert found.lakes[0].amount.startswith("band 3: +")
    assert "1 in band 3" in found.text


def test_no_outlier_is_denied_among_few_lakes(tmp_path):
    few = [make_lake(f"a{n}", 30, 30, seed=n) for n in range(2)]
    assert findings(written(tmp_path, *few))["outliers"].text.startswith("Too few lakes to say")


def test_modified_z_by_hand():
    values = np.array([[float(n)] for n in range(1, 20)] + [[50.0]])
    # Median 10.5; deviations .5 .5 … 8.5 8.5, 9.5 and 39.5: their median is (4.5 + 5.5) / 2.
    scores = modified_z(values, np.zeros(20, int))
    assert scores[-1, 0] == pytest.approx(0.6745 * 39.5 / 5)
    assert not modified_z(values[:19], np.zeros(19, int)).any()  # too few to compare


def test_parts_of_the_file_make_no_difference(tmp_path):
    dataset = written(tmp_path, *sound(5))
    whole = tally(dataset)
    for at_once in (1, 7, 119, 120, 121):
        part = tally(dataset, at_once=at_once)
        assert part.digests == whole.digests
        assert np.array_equal(part.sums, whole.sums)
        assert np.array_equal(part.classes, whole.classes)
        assert set(part.sampled_at) == set(whole.sampled_at)


def test_a_pixels_hash_depends_on_every_band():
    counts = np.zeros((8, 7), np.int16)
    counts[np.arange(7), np.arange(7)] = -1
    assert len(set(pixel_hashes(counts).tolist())) == 8


def test_a_report_is_kept_by_fingerprint_and_rules(tmp_path):
    report = health(written(tmp_path, *sound()))
    save(tmp_path / "kept", report)
    assert load(tmp_path / "kept", report.fingerprint) == report
    assert load(tmp_path / "kept", "another") is None
    assert Report.from_json(report.to_json() | {"version": 0}) is None
    (tmp_path / "kept" / f"{report.fingerprint}.json").write_text("[")
    assert load(tmp_path / "kept", report.fingerprint) is None

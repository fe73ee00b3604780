"""Results of measurements: written whole, found again, and never taken from another dataset or part."""

import json
from dataclasses import replace

import pytest

from lakeseg.cards import Card
from lakeseg.study import results
from lakeseg.study.parts import PARTS, check
from lakeseg.study.results import Result, file_name, find, local_dir, origin, save, stamp

FINGERPRINT = "0123456789abcdef"


@pytest.fixture(autouse=True)
def own_folders(tmp_path, monkeypatch):
    monkeypatch.setenv("LAKESEG_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(results, "SHIPPED", tmp_path / "shipped")


def result(part="sizes", value=1.0, fingerprint=FINGERPRINT):
    dataset = {"name": "Mine", "fingerprint": fingerprint, "simulated": False}
    return Result(part, dataset, "test", [{"model": "a", "f1": value}, {"model": "b", "f1": float("nan")}], {"a": "ff"})


def test_a_result_comes_back_and_undefined_is_none(tmp_path):
    path = save(result(), local_dir())
    assert path == tmp_path / "data" / ".cache" / "results" / "sizes-0123456789ab.json"
    found = find("sizes", FINGERPRINT)
    assert found.rows == [{"model": "a", "f1": 1.0}, {"model": "b", "f1": None}]
    assert found.of_model("a") == [{"model": "a", "f1": 1.0}]
    assert (found.split, found.dataset["name"]) == ("test", "Mine")
    now = Card("A", "", {"kind": "fcn"}, (1,), 1, id="a", fingerprint="ff")
    trained_anew = replace(now, fingerprint="00")
    assert (found.has(now), found.has(trained_anew)) == (True, False)
    assert found.rows_of({"a": now, "b": replace(now, id="b")}) == [{"model": "a", "f1": 1.0}]
    assert found.rows_of({"a": trained_anew}) == []


def test_what_this_machine_measured_goes_before_what_was_shipped(tmp_path):
    save(result(value=0.25), tmp_path / "shipped")
    assert find("sizes", FINGERPRINT).rows[0]["f1"] == 0.25
    before = stamp("sizes", FINGERPRINT)
    save(result(value=0.75), local_dir())
    assert find("sizes", FINGERPRINT).rows[0]["f1"] == 0.75
    assert stamp("sizes", FINGERPRINT) != before


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"part": 1}'])
def test_a_damaged_file_is_no_result(text):
    path = local_dir() / file_name("sizes", FINGERPRINT)
    path.parent.mkdir(parents=True)
    path.write_text(text)
    assert find("sizes", FINGERPRINT) is None


@pytest.mark.parametrize(("part", "fingerprint"), [("flips", FINGERPRINT), ("sizes", "0123456789ab0000")])
def test_a_result_of_something_else_is_not_taken(part, fingerprint):
    # Only the first digits of a fingerprint stand in the name, so the file itself must say whose it is.
    save(result(part=part, fingerprint=fingerprint), local_dir())
    written = local_dir() / file_name(part, fingerprint)
    written.rename(local_dir() / file_name("sizes", FINGERPRINT))
    assert find("sizes", FINGERPRINT) is None


def test_rows_must_be_objects():
    path = save(result(), local_dir())
    path.write_text(json.dumps(json.loads(path.read_text()) | {"rows": [1, 2]}))
    assert find("sizes", FINGERPRINT) is None


def test_origin_names_the_dataset(small_dataset):
    assert origin(small_dataset) == {
        "name": small_dataset.name,
        "fingerprint": small_dataset.fingerprint,
        "simulated": True,
    }


def test_an_unknown_part_lists_the_known_ones():
    with pytest.raises(Exception, match="expected one of sizes, flips, subsets, components"):
        check("size")
    for part in PARTS:
        check(part)

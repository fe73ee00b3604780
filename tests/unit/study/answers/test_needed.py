"""Question 2: RGB against all bands, and the fewest bands that do."""

from __future__ import annotations

from lakeseg.study.answers import answer
from lakeseg.study.results import Result
from tests.unit.study.answers.hands import DATASET, known, lakes, runs_of, spaced

GOOD, POOR = lakes(8, 2, 2, 88), lakes(5, 5, 5, 85)  # F1 .8 and .5


def row(bands, f1, model="net"):
    return {"model": model, "bands": bands, "f1": f1, "low": f1, "high": f1, "pixels": 10, "lakes": 2}


def subsets(part, both):
    """Return what the part says of three bands, of which one alone, or only all, reach F1 .8."""
    rows = [row([1], part), row([2], 0.1), row([1, 2], both)]
    rows += [row(each["bands"], each["f1"] / 2, "logistic") for each in rows]
    return Result("subsets", DATASET, "test", rows, {"net": "its fingerprint"})


def verdict(rgb, rows=None):
    runs = runs_of("fcn-paper-8", GOOD), runs_of("fcn-paper-8-rgb", rgb)
    return spaced(answer(2, known(*runs, **({"subsets": rows} if rows else {}))).verdict)


def test_all_bands_beat_rgb_and_one_band_does():
    said = verdict(POOR, subsets(0.795, 0.8))
    assert said.startswith(
        "Not all of them: with all bands the FCN beats the same network on red, green and blue at 8 px"
    )
    assert "(F1 +.300)" in said
    assert "1 of 2 bands (1) comes within .01 of all of them (F1 .795 against .800)" in said


def test_all_bands_are_needed_where_none_can_go():
    said = verdict(POOR, subsets(0.5, 0.8))
    assert said.startswith("More than the visible bands are needed: ")
    assert "no fewer than all 2 reach the F1 of all of them" in said


def test_no_need_was_shown_where_rgb_does_as_well():
    said = verdict(GOOD)
    assert said.startswith("No need was shown: with all bands the FCN cannot be told apart from the same network")


def test_table_4_has_printed_recomputed_and_ours():
    table = answer(2, known(runs_of("fcn-paper-8", GOOD), runs_of("fcn-paper-8-rgb", POOR))).tables[0]
    rows = {row[:2]: row[2:] for row in table.rows}
    assert rows["8×8", "RGB"] == (".7160", "–", ".500 [.50, .50]", ".500–.500", "–", "5")
    assert rows["8×8", "all"] == (".7730", ".7783", ".800 [.80, .80]", ".800–.800", "+.300 [+.300, +.300]", "5")
    assert rows["64×64", "RGB"][:3] == ("NA", "–", "not run yet")
    assert len(rows) == 8

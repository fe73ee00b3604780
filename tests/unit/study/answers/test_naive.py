"""Question 1: the verdict follows the numbers."""

from __future__ import annotations

from lakeseg.study.answers import answer
from tests.unit.study.answers.hands import known, lakes, runs_of, spaced


def verdict(**counts):
    groups = [runs_of(name.replace("_", "-"), value) for name, value in counts.items()]
    return spaced(answer(1, known(*groups)).verdict)


def test_a_network_that_finds_most_water_beats_both():
    # tp 8, fn 2, fp 2, tn 88: F1 16/20 = .8; accuracy .96 against .90 of all land; all water's F1 20/110 = .182
    said = verdict(fcn_paper_8=lakes(8, 2, 2, 88))
    assert said.startswith("Yes: the FCN beats the naive classifiers at 8 px on F1 (.800, against 0 for all land")
    assert ".182 for all water" in said
    assert "already 90.0 % right" in said


def test_one_that_finds_nothing_does_not():
    assert verdict(fcn_paper_64=lakes(0, 10, 0, 90)).startswith("No: ")


def test_one_that_finds_water_but_errs_as_often_wins_on_f1_alone():
    # tp 5, fn 5, fp 5: F1 .5, accuracy .9 as all land's
    said = verdict(fcn_paper_8=lakes(8, 2, 2, 88), fcn_paper_16=lakes(5, 5, 5, 85))
    assert said.startswith("It depends on the patch size: the FCN beats the naive classifiers at 8 px on F1")
    assert "at 16 px on F1 alone (.500)" in said


def test_where_half_is_water_accuracy_alone_can_be_won():
    # tp 2, fn 8, tn 10: F1 4/12 = .333, all water's 20/30; accuracy .6 against .5 of all land
    said = verdict(fcn_paper_8=lakes(2, 8, 0, 10))
    assert said.startswith("No: the FCN beats the naive classifiers at 8 px on accuracy alone; accuracy shows it")


def test_calling_everything_water_is_no_finding():
    assert verdict(fcn_paper_8=lakes(10, 0, 90, 0)).startswith("No: ")


def test_table_3_has_every_cell_of_ours():
    table = answer(1, known(runs_of("fcn-paper-8", lakes(8, 2, 2, 52)))).tables[0]
    rows = {row[:2]: tuple(spaced(cell) for cell in row[2:]) for row in table.rows}
    # 6400 training pixels are 100 patches of 8×8; 12 lakes of 64 tested pixels are 12; counts are 12 times a lake's
    assert rows["8×8", "ours, 5 seeds"][:6] == ("100", "12", "624", "24", "96", "24")
    assert rows["8×8", "ours, 5 seeds"][7:] == ("84.4 %", "93.75 %")  # land 54/64, right 60/64
    assert rows["8×8", "printed"][:7] == ("4,406", "861", "41,629", "2,208", "8,585", "2,682", ".7730")
    assert rows["8×8", "recomputed"][6] == ".7783"  # the audit's number
    assert rows["64×64", "printed"][6] == "NA"
    assert rows["64×64", "not run yet"]


def test_nothing_has_run_yet():
    found = answer(1, known())
    assert found.verdict == "Not run yet."
    assert found.missing == ("fcn-paper-8", "fcn-paper-16", "fcn-paper-32", "fcn-paper-64")

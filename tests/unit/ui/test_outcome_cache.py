"""What comes out of one record of a ledger fits together, whatever others say meanwhile."""

from __future__ import annotations

from lakeseg.review.consensus import Rule
from lakeseg.review.ledger import Ledger
from lakeseg.review.verdicts import Verdict
from lakeseg.ui.cache import outcome
from tests.lakes import make_dataset


def test_a_verdict_between_two_numbers_changes_neither(tmp_path, log):
    dataset = make_dataset(tmp_path / "d.h5", [(2, 4)], codes=(3,))
    ledger = Ledger(dataset, log)
    ledger.add([Verdict(dataset.fingerprint, "a0", "0:2", 2, "water", "Ann")])
    record = ledger.snapshot()
    assert outcome.settled(record, Rule()).counts["water"] == 2
    ledger.add([Verdict(dataset.fingerprint, "a0", "4:3", 3, "water", "Bob")])
    assert len(outcome.changed(record, Rule()).pixel) == 2
    assert outcome.table2(record, Rule())[0]["water after"] == 2
    assert [one.name for one in outcome.people(record)] == ["Ann"]
    assert outcome.table2(ledger.snapshot(), Rule())[0]["water after"] == 5


def test_another_ledger_of_the_same_version_is_no_reason_to_repeat_old_numbers(tmp_path, log):
    """A server that read two verdicts at its start is in the first version, as one that read a single one was."""
    dataset = make_dataset(tmp_path / "d.h5", [(2, 4)], codes=(3,))
    for text, expected in (("0:2", 2), ("4:3", 5)):
        log.add([Verdict(dataset.fingerprint, "a0", text, int(text[-1]), "land", "Ann")])
        fresh = Ledger(dataset, log)
        assert fresh.refresh() == 1
        assert len(outcome.votes(fresh.snapshot())) == expected

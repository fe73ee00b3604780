"""What a health report consists of: findings, each with the lakes concerned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

ERROR, WARNING, NOTE, FINE = "error", "warning", "note", "fine"
SEVERITIES: Final = (ERROR, WARNING, NOTE, FINE)  # the worst first
VERSION: Final = 3  # of the rules; a report made by others is made anew
MOST_LAKES: Final = 1000


@dataclass(frozen=True)
class Concern:
    """A lake that a finding concerns, and how: `amount` in words, such as "12.3 %"."""

    lake: str
    amount: str


@dataclass(frozen=True)
class Finding:
    """What one check found.

    Attributes:
        key: Of the check.
        title: What was looked for.
        severity: `ERROR` makes numbers wrong, `WARNING` may, `NOTE` is worth knowing, `FINE` is nothing found.
        count: How many.
        unit: Of what.
        text: What was found and what it means, one or two sentences.
        lakes: The lakes concerned, the worst first, `MOST_LAKES` at most.
        concerned: How many lakes are concerned.
    """

    key: str
    title: str
    severity: str
    count: int
    unit: str
    text: str
    lakes: tuple[Concern, ...] = ()
    concerned: int = 0


@dataclass(frozen=True)
class Report:
    """The health of a dataset: its findings, the worst first."""

    fingerprint: str
    lakes: int
    pixels: int
    findings: tuple[Finding, ...]

    @property
    def worst(self) -> str:
        """The highest severity among the findings."""
        return min((finding.severity for finding in self.findings), key=SEVERITIES.index, default=FINE)

    def numbers(self) -> dict[str, int]:
        """Return how many findings there are of each severity."""
        return {name: sum(finding.severity == name for finding in self.findings) for name in SEVERITIES}

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {"version": VERSION} | asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Report | None:
        """Read what `to_json` gave; None if it is anything else, or made by other rules."""
        try:
            if values["version"] != VERSION:
                return None
            findings = [_finding(each) for each in values["findings"]]
            return cls(str(values["fingerprint"]), int(values["lakes"]), int(values["pixels"]), tuple(findings))
        except (KeyError, TypeError, ValueError, AttributeError):
            return None


def _finding(values: Mapping[str, Any]) -> Finding:
    lakes = tuple(Concern(str(each["lake"]), str(each["amount"])) for each in values["lakes"])
    found = Finding(**{**values, "lakes": lakes})
    if found.severity not in SEVERITIES:
        raise ValueError(found.severity)
    return found


def in_order(findings: list[Finding]) -> tuple[Finding, ...]:
    """Return findings with the worst first, else in the order of the checks."""
    return tuple(sorted(findings, key=lambda finding: SEVERITIES.index(finding.severity)))

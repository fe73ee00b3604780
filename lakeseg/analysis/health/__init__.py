"""The health of a dataset: what may be wrong with it before any model is blamed.

`health` reads the file once and compares lakes with each other. The checks are in `checks` and `relations`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from lakeseg.analysis.health import checks, relations
from lakeseg.analysis.health.shapes import Finding, Report, in_order
from lakeseg.analysis.health.tally import Progress, Tally, quiet, tally
from lakeseg.data.dataset import Dataset
from lakeseg.data.splits import Split, default_split
from lakeseg.errors import ConfigError

_OF_VALUES: Final[tuple[Callable[[Dataset, Tally], Finding], ...]] = (
    checks.codes,
    checks.fill,
    checks.labelled_fill,
    checks.nan,
    checks.negative,
    checks.high,
    checks.repeated,
)
_OF_LAKES: Final[tuple[Callable[[Dataset, Tally], Finding], ...]] = (
    relations.duplicates,
    relations.overlaps,
    checks.constant,
    checks.outliers,
    checks.one_class,
    checks.unlabelled,
    checks.tiny,
)
_READING: Final = 0.9  # of the time


def health(dataset: Dataset, progress: Progress = quiet) -> Report:
    """Examine a dataset. It is read once, in parts; of lakes that seem to overlap, the pixels are read again.

    Args:
        dataset: Any dataset; of a file of pixels alone only the values are examined.
        progress: Called with a share from 0 to 1 and a text.
    """
    counted = tally(dataset, lambda share, text: progress(_READING * share, text))
    findings = [check(dataset, counted) for check in _OF_VALUES]
    if not dataset.of_pixels:
        progress(_READING, "comparing lakes")
        findings += [check(dataset, counted) for check in _OF_LAKES]
        findings += [relations.ground(dataset), relations.places(dataset)]
        findings.append(relations.across_splits(dataset, _default(dataset)))
    progress(1.0, "done")
    lakes = 0 if dataset.of_pixels else len(dataset.lakes)
    return Report(dataset.fingerprint, lakes, dataset.pixel_count, in_order(findings))


def _default(dataset: Dataset) -> dict[str, Split]:
    """Return the split by which models are trained unless somebody asks for another; none where there is none."""
    try:
        return {"the default": default_split(dataset.lakes)}
    except ConfigError:  # too few groups
        return {}


def with_splits(report: Report, dataset: Dataset, splits: Mapping[str, Split]) -> Report:
    """Return a report whose finding on splits covers these too, such as those of the models trained on the dataset."""
    if not splits or dataset.of_pixels:
        return report
    others = [finding for finding in report.findings if finding.key != "splits"]
    return replace(
        report, findings=in_order([*others, relations.across_splits(dataset, {**_default(dataset), **splits})])
    )

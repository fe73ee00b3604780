"""The checks on single lakes and their values: each makes one finding out of a tally."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from lakeseg.analysis.health.shapes import ERROR, FINE, MOST_LAKES, NOTE, WARNING, Concern, Finding
from lakeseg.analysis.health.tally import HIGH, Tally
from lakeseg.bands import CLASS_NAMES, LAND, NO_LABEL, WATER
from lakeseg.data.dataset import Dataset

HALF: Final = 0.5
MANY: Final = 0.001  # share of all pixels
TINY: Final = 8  # px, the smallest patch of the study
FAR: Final = 5.0  # modified z-score
LEAST_PEERS: Final = 20
_LACKING: Final = len(CLASS_NAMES)  # the column of codes that are none


def concerns(dataset: Dataset, rows: np.ndarray, amount: Callable[[int], str]) -> tuple[Concern, ...]:
    """Return the lakes in `rows`, the worst first, as concerns; none for a file of pixels alone."""
    if dataset.of_pixels:
        return ()
    return tuple(Concern(str(dataset.lakes.id[row]), amount(int(row))) for row in rows[:MOST_LAKES])


def percent(share: float) -> str:
    """Return a share in percent with three significant digits; one below a thousandth of a percent says so."""
    return "< 0.001 %" if 0 < share < 1e-5 else f"{100 * share:.3g} %"


def plural(count: int, word: str) -> str:
    """Return `word` as it stands behind this number."""
    return word if count == 1 else f"{word}s"


def of_lakes(
    name: tuple[str, str], severity: str, dataset: Dataset, rows: np.ndarray, amount: Callable[[int], str], text: str
) -> Finding:
    """Return a finding on the lakes in `rows`, the worst first; `name` is key and title, `severity` of any."""
    found = concerns(dataset, rows, amount)
    return Finding(*name, severity if len(rows) else FINE, len(rows), plural(len(rows), "lake"), text, found, len(rows))


def _of_pixels(
    name: tuple[str, str], severity: str, dataset: Dataset, tally: Tally, pixels: np.ndarray, text: str
) -> Finding:
    """Return a finding on (L,) pixels of lakes, those with the largest share of them first."""
    share = pixels / np.maximum(tally.size, 1)
    rows = np.flatnonzero(pixels)
    rows = rows[np.argsort(-share[rows], kind="stable")]
    lakes = concerns(dataset, rows, lambda row: f"{int(pixels[row]):,} px, {percent(float(share[row]))}")
    total = int(pixels.sum())
    concerned = 0 if dataset.of_pixels else len(rows)
    return Finding(*name, severity if total else FINE, total, "px", text, lakes, concerned)


def codes(dataset: Dataset, tally: Tally) -> Finding:
    """Class codes other than 0 to 3."""
    bad = tally.classes[:, _LACKING]
    names = ", ".join(f"{code} {name}" for code, name in CLASS_NAMES.items())
    text = f"Every label is one of {names}."
    if bad.any():
        text = f"Labels other than {names}: nothing can be scored there. Import the data again."
    return _of_pixels(("codes", "Class codes"), ERROR, dataset, tally, bad, text)


def nan(dataset: Dataset, tally: Tally) -> Finding:
    """Values that are no number, which counts cannot hold."""
    text = "Pixels are whole 16-bit counts, which have no NaN: on import, what was NaN became a missing pixel."
    return _of_pixels(("nan", "NaN"), ERROR, dataset, tally, np.zeros_like(tally.size), text)


def fill(dataset: Dataset, tally: Tally) -> Finding:
    """Missing pixels."""
    mostly = 0 if dataset.of_pixels else int((tally.fill > HALF * tally.size).sum())
    text = "No pixel is missing."
    if tally.fill.any():
        words = [f"{_share(tally.fill, tally)} of the pixels miss a value, and no metric counts them"]
        words += [f"{int(tally.part.sum()):,} of them in some bands alone"] if tally.part.any() else []
        words += [f"{mostly:,} {plural(mostly, 'lake')} by more than half"] if mostly else []
        text = "; ".join(words) + "."
    return _of_pixels(("fill", "Missing pixels"), WARNING if mostly else NOTE, dataset, tally, tally.fill, text)


def labelled_fill(dataset: Dataset, tally: Tally) -> Finding:
    """Missing pixels that carry a label."""
    text = "No missing pixel has a label."
    if tally.labelled.any():
        text = "Missing pixels that have a label all the same: they are drawn with it, but no metric counts them."
    name = ("labelled_fill", "Labels on missing pixels")
    return _of_pixels(name, NOTE, dataset, tally, tally.labelled, text)


def negative(dataset: Dataset, tally: Tally) -> Finding:
    """Reflectance below zero."""
    low = int(tally.low.sum())
    text = "No value is below 0."
    if tally.negative.any():
        text = (
            f"{_share(tally.negative, tally)} of the pixels are below 0 in a band: the atmosphere was over-corrected; "
        )
        text += f"{low:,} below −0.01, outside the valid range of MOD09." if low else "none below −0.01."
    severity = WARNING if low > MANY * tally.size.sum() else NOTE
    return _of_pixels(("negative", "Negative reflectance"), severity, dataset, tally, tally.negative, text)


def high(dataset: Dataset, tally: Tally) -> Finding:
    """Reflectance above the valid range."""
    text = f"No value is above {HIGH}, the end of the valid range of MOD09."
    if tally.high.any():
        text = f"{_share(tally.high, tally)} of the pixels are above {HIGH} in a band, where the valid range of MOD09 "
        text += "ends: glint, cloud, or a wrong scale."
    severity = WARNING if tally.high.sum() > MANY * tally.size.sum() else NOTE
    return _of_pixels(("saturation", "Saturation"), severity, dataset, tally, tally.high, text)


def _share(pixels: np.ndarray, tally: Tally) -> str:
    return percent(float(pixels.sum() / max(int(tally.size.sum()), 1)))


def constant(dataset: Dataset, tally: Tally) -> Finding:
    """Bands that say nothing in a lake."""
    flat = (tally.least == tally.most) & (tally.valid > 1)
    rows = np.flatnonzero(flat.any(axis=1))
    rows = rows[np.argsort(-flat[rows].sum(axis=1), kind="stable")]
    text = "In every lake every band varies."
    if len(rows):
        text = "A band with one single value in a lake is usually a fault of its source."
    name = ("constant", "Constant bands")
    return of_lakes(name, WARNING, dataset, rows, lambda row: _bands(dataset, flat[row]), text)


def repeated(dataset: Dataset, tally: Tally) -> Finding:
    """Bands that hold the same counts in every pixel."""
    places = np.argwhere(np.tril(tally.same_bands, -1)).tolist()
    pairs = [f"{dataset.bands[low]} and {dataset.bands[high]}" for high, low in places]
    text = "No two bands are the same."
    if pairs:
        text = f"The same counts in every pixel: bands {', '.join(pairs)}. Look at how the bands were named on import."
    severity = ERROR if pairs else FINE
    return Finding("repeated", "Repeated bands", severity, len(pairs), plural(len(pairs), "pair"), text)


def one_class(dataset: Dataset, tally: Tally) -> Finding:
    """Lakes that hold only water or only land."""
    water, land = tally.classes[:, WATER], tally.classes[:, LAND]
    rows = np.flatnonzero((water > 0) != (land > 0))
    rows = rows[np.argsort(water[rows] > 0, kind="stable")]
    dry = int((water[rows] == 0).sum())
    text = "Every labelled lake has water and land." if (water + land).any() else "No pixel is labelled water or land."
    if len(rows):
        text = (
            f"{dry:,} without water, {len(rows) - dry:,} without land: F1 of such a lake says little or is undefined."
        )
    amounts = {True: "all water", False: "no water"}
    return of_lakes(
        ("one_class", "Lakes of one class"), NOTE, dataset, rows, lambda row: amounts[bool(water[row])], text
    )


def unlabelled(dataset: Dataset, tally: Tally) -> Finding:
    """Lakes without any label."""
    rows = np.flatnonzero(tally.classes[:, NO_LABEL] == tally.size)
    text = "Nothing can be scored there; models can predict them." if len(rows) else "Every lake has labels."
    if tally.classes[:, NO_LABEL].any():
        text += f" {_share(tally.classes[:, NO_LABEL], tally)} of all pixels have no label."
    name = ("unlabelled", "Lakes without a label")
    return of_lakes(name, NOTE, dataset, rows, lambda row: f"{int(tally.size[row]):,} px", text)


def tiny(dataset: Dataset, tally: Tally) -> Finding:
    """Lakes that are smaller than any patch."""
    table = dataset.lakes
    rows = np.flatnonzero(np.minimum(table.height, table.width) < TINY)
    rows = rows[np.argsort(tally.size[rows], kind="stable")]
    text = f"Every lake is at least {TINY} px high and wide."
    if len(rows):
        text = f"Less than {TINY} px high or wide: the smallest patch of the study does not fit in."
    amount = "{}×{} px".format
    return of_lakes(
        ("tiny", "Tiny lakes"), NOTE, dataset, rows, lambda row: amount(table.height[row], table.width[row]), text
    )


def outliers(dataset: Dataset, tally: Tally) -> Finding:
    """Lakes whose mean in a band is far from that of their peers."""
    scores = modified_z(_means(tally), _peers(dataset))
    far = np.abs(scores) > FAR
    rows = np.flatnonzero(far.any(axis=1))
    rows = rows[np.argsort(-np.abs(scores[rows]).max(axis=1, initial=0), kind="stable")]
    by_band = zip(dataset.bands, far.sum(axis=0).tolist(), strict=True)
    text = "No lake is far brighter or darker than its peers in any band."
    if len(dataset.lakes) < LEAST_PEERS:
        text = f"Too few lakes to say: outliers are looked for among {LEAST_PEERS} or more."
    if len(rows):
        listed = ", ".join(f"{count} in band {band}" for band, count in by_band if count)
        text = f"Mean reflectance more than {FAR:g} robust deviations from other lakes of the same domain: {listed}."
    return of_lakes(
        ("outliers", "Outliers by band"), NOTE, dataset, rows, lambda row: _farthest(dataset, scores[row]), text
    )


def _means(tally: Tally) -> np.ndarray:
    """Return the mean count of each lake and band, (L, B), NaN where all of it is missing."""
    return np.asarray(tally.sums / np.where(tally.valid > 0, tally.valid, np.nan))


def _peers(dataset: Dataset) -> np.ndarray:
    """Return (L,) whole numbers, the same for lakes that are compared: of a domain, or of all too small domains."""
    _, place, count = np.unique(dataset.lakes.domain, return_inverse=True, return_counts=True)
    return np.where(count[place] >= LEAST_PEERS, place + 1, 0)


def modified_z(values: np.ndarray, peers: np.ndarray) -> np.ndarray:
    """Return (L, B) modified z-scores, 0.6745 (x − median) / MAD, of (L, B) values among their `peers` (L,).

    They are 0 among fewer than `LEAST_PEERS`, and where the values do not vary. Source: Iglewicz and Hoaglin (1993),
    How to detect and handle outliers.
    """
    scores = np.zeros(values.shape)
    for peer in np.unique(peers):
        rows = np.flatnonzero((peers == peer) & np.isfinite(values).all(axis=1))
        if len(rows) >= LEAST_PEERS:
            off = values[rows] - np.median(values[rows], axis=0)
            spread = np.median(np.abs(off), axis=0)
            scores[rows] = np.where(spread > 0, 0.6745 * off / np.where(spread > 0, spread, 1), 0)
    return scores


def _farthest(dataset: Dataset, scores: np.ndarray) -> str:
    """Return the band in which a lake is farthest off, and its score."""
    band = int(np.abs(scores).argmax())
    return f"band {dataset.bands[band]}: {'+' if scores[band] > 0 else '−'}{abs(scores[band]):.1f}"


def _bands(dataset: Dataset, chosen: np.ndarray) -> str:
    numbers = [str(band) for band, is_chosen in zip(dataset.bands, chosen, strict=True) if is_chosen]
    return f"{plural(len(numbers), 'band')} {', '.join(numbers)}"

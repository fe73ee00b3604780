"""From dataset, split and config to a trained segmenter."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar, cast

import numpy as np

from lakeseg.bands import NO_LABEL, is_fill
from lakeseg.data.dataset import Dataset
from lakeseg.data.splits import Split
from lakeseg.errors import ModelError, PatchError
from lakeseg.patches import LabelSums, PatchAccount
from lakeseg.segmenters import backend, network, pixelwise, rules
from lakeseg.segmenters.base import PixelSegmenter, Segmenter
from lakeseg.segmenters.config import PAPER, PIXELWISE, SegmenterConfig
from lakeseg.segmenters.normalise import Normaliser
from lakeseg.segmenters.registry import check_neighbours
from lakeseg.training import dropout, loop, samples
from lakeseg.training.checkpoint import History, checkpoint_path
from lakeseg.training.loop import After, Progress
from lakeseg.training.loss import summed_crossentropy
from lakeseg.training.temperature import calibrate

_TICK_SECONDS: Final = 1.0

Fitted = TypeVar("Fitted")


@dataclass(frozen=True)
class TrainingResult:
    """A trained segmenter and how it came about.

    Attributes:
        segmenter: Ready to predict and to be stored.
        history: `loss` and `val_loss` (mean cross-entropy a labelled pixel), for networks `accuracy` and `val_accuracy`
            (share of labelled pixels whose class is right), and `seconds`, one value an epoch; models without epochs
            have one value, rules an empty list of losses.
        device: Name of the GPU that trained it, or "CPU".
        pixels: Labelled pixels it learned from.
        patches: Where every pixel of the training lakes went, if it learned from patches.
    """

    segmenter: Segmenter
    history: History
    device: str
    pixels: int
    patches: PatchAccount | None = None

    @property
    def seconds_per_epoch(self) -> float:
        """Median seconds of an epoch."""
        return float(np.median(self.history["seconds"])) if self.history["seconds"] else 0.0


def train(
    dataset: Dataset,
    split: Split,
    config: SegmenterConfig,
    progress: Progress | None = None,
    resume_dir: Path | None = None,
    after: After | None = None,
) -> TrainingResult:
    """Train a segmenter on the split's training lakes; its validation lakes give the validation loss.

    Args:
        dataset: Where the lakes are.
        split: Which lakes to learn from. Test lakes are not read.
        config: What to train, its bands resolved (`registry.resolve`).
        progress: Called with the share done (0–1) and a line of text.
        resume_dir: Folder in which a network keeps its standing after each epoch. The same call goes on from there
            after an interruption; `finished` removes it.
        after: Called with a network after each epoch; what it raises ends the training.

    Raises:
        ModelError: The dataset lacks bands of the config, holds single pixels where images are needed, or the lakes
            hold nothing to learn from.
        PatchError: No lake gives a patch of the config's size.
    """
    if not split.train:
        raise ModelError("the split holds no training lakes: expected at least one")
    check_neighbours(config.kind, dataset, config.kind)
    report = progress or (lambda _done, _text: None)
    report(0.0, "reading the lakes")
    if config.is_network:
        return _train_network(dataset, split, config, report, resume_dir, after)
    result = _train_pixels(dataset, split, config, report)
    report(1.0, "trained")
    return result


def finished(dataset: Dataset, split: Split, config: SegmenterConfig, resume_dir: Path) -> None:
    """Remove what `train` kept in `resume_dir` for this run: call it once the model is stored."""
    checkpoint_path(resume_dir, dataset, split, config).unlink(missing_ok=True)


def _train_network(
    dataset: Dataset,
    split: Split,
    config: SegmenterConfig,
    progress: Progress,
    resume_dir: Path | None,
    after: After | None,
) -> TrainingResult:
    backend.load().utils.set_random_seed(config.seed)
    backend.repeatable()
    margin = network.margin(config)
    learned = samples.training_samples(dataset, split.train, config, margin)
    pixels = int(sum((labels != NO_LABEL).sum() for labels in learned.labels))
    if not pixels:
        raise ModelError("the training lakes hold no labelled pixel of the classes to learn")
    checked = _validation(dataset, split.validation, config, margin)
    drawn: samples.Samples = learned
    if config.any_bands:
        drawn = dropout.BandDropout(learned, config.bands)
        checked = checked and dropout.with_fixed_masks(checked, config.bands, config.seed)
    statistics = _statistics(dataset, split.train, config) if network.standardises(config) else None
    with backend.arithmetic(config.precision):
        segmenter = network.Network(config, statistics)
    path = checkpoint_path(resume_dir, dataset, split, config) if resume_dir else None
    history = loop.fit(segmenter, drawn, checked, progress, path, after)
    exact = segmenter if config.precision == "float32" else network.rebuild(config, segmenter.state())
    if config.calibrate:
        calibrate(exact, dataset, split.validation)
    return TrainingResult(exact, history, backend.device_name(), pixels, _account(dataset, split.train, config))


def _account(dataset: Dataset, ids: Sequence[str], config: SegmenterConfig) -> PatchAccount | None:
    """Return where the pixels of the lakes went, or None for a network that learns from windows of whole lakes."""
    if config.variant != PAPER:
        return None
    return LabelSums.of(dataset, ids).account(config.patch, config.gap, config.prune)


def _validation(dataset: Dataset, ids: Sequence[str], config: SegmenterConfig, margin: int) -> samples.Patches | None:
    """Return what to validate on; None if there are no lakes, or none that gives a patch: then its loss is NaN."""
    try:
        return samples.validation_samples(dataset, ids, config, margin) if ids else None
    except PatchError:
        return None


def _statistics(dataset: Dataset, ids: Sequence[str], config: SegmenterConfig) -> Normaliser:
    """Return mean and variance of the config's bands over all pixels of the lakes that have every value."""
    counts, labels = dataset.pixels(ids)
    reflectance, _ = samples.prepare(dataset, config, counts, labels)
    return Normaliser.fit(reflectance[~is_fill(counts, dataset.fill)])


def _train_pixels(dataset: Dataset, split: Split, config: SegmenterConfig, report: Progress) -> TrainingResult:
    made = train_on(dataset, config, *dataset.pixels(split.train), report)
    if made.history["loss"]:
        segmenter = cast("PixelSegmenter", made.segmenter)
        made.history["val_loss"].append(
            _loss(segmenter, *_labelled(dataset, config, *dataset.pixels(split.validation)))
        )
    return made


def train_on(
    dataset: Dataset, config: SegmenterConfig, counts: np.ndarray, labels: np.ndarray, report: Progress
) -> TrainingResult:
    """Train a segmenter of single pixels on (N, B) counts and (N,) labels of a dataset; those that count are used."""
    started = time.perf_counter()
    reflectance, known = _labelled(dataset, config, counts, labels)
    segmenter = _watched(lambda: _fit(config, reflectance, known), f"fitting {len(known):,} pixels", report)
    history: History = {"loss": [], "val_loss": [], "seconds": [time.perf_counter() - started]}
    if config.kind in PIXELWISE:
        history["loss"].append(_loss(segmenter, reflectance, known))
    return TrainingResult(segmenter, history, "CPU", len(known))


def _watched(work: Callable[[], Fitted], text: str, report: Progress) -> Fitted:
    """Return what `work` returns, and report every second that it is still going on.

    A fit of scikit-learn does not say how far it is, so the share stands still and the seconds count. `work` runs in a
    thread of its own and the reports come from this one, which an interrupt therefore reaches at once.
    """
    done: Future[Fitted] = Future()

    def run() -> None:
        try:
            done.set_result(work())
        except BaseException as error:  # noqa: BLE001  it is raised again where the result is asked for
            done.set_exception(error)

    started = time.monotonic()
    report(0.0, text)
    threading.Thread(target=run, name="fit", daemon=True).start()
    while not wait([done], timeout=_TICK_SECONDS).done:
        report(0.0, f"{text} for {time.monotonic() - started:.0f} s")
    return done.result()


def _labelled(dataset: Dataset, config: SegmenterConfig, counts: np.ndarray, labels: np.ndarray) -> samples.Batch:
    reflectance, codes = samples.prepare(dataset, config, counts, labels)
    known = codes != NO_LABEL
    return reflectance[known], codes[known]


def _fit(config: SegmenterConfig, reflectance: np.ndarray, labels: np.ndarray) -> PixelSegmenter:
    if config.kind == "naive":
        return rules.Naive(config)
    if config.kind == "index":
        return rules.fit_index(config, reflectance, labels)
    return pixelwise.fit_pixels(config, reflectance, labels)


def _loss(segmenter: PixelSegmenter, reflectance: np.ndarray, labels: np.ndarray) -> float:
    if not len(labels):
        return float("nan")
    return summed_crossentropy(labels, segmenter.predict_pixels(reflectance)) / len(labels)

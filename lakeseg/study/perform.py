"""One run of the study: train, choose the threshold on the validation lakes, score the test lakes."""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from lakeseg.analysis.selection import ground_groups
from lakeseg.analysis.temperature import calibration
from lakeseg.analysis.thresholds import PixelScores, curves, water_score
from lakeseg.bands import LAND, NO_LABEL, WATER
from lakeseg.data.dataset import Dataset
from lakeseg.data.splits import Split
from lakeseg.evaluation import scored_labels
from lakeseg.inference import OWN_WAY, Options, predict_lake
from lakeseg.metrics import Scores
from lakeseg.segmenters.base import Segmenter
from lakeseg.segmenters.config import SegmenterConfig
from lakeseg.study.experiments import Experiment, is_of_the_study
from lakeseg.study.results import origin
from lakeseg.study.runs import CHOSEN, FAIR, STUDY, Run, key_of
from lakeseg.study.sizes import kept_labels

if TYPE_CHECKING:
    from lakeseg.training import TrainingResult

Progress = Callable[[float, str], None]
_TRAINING_PIXELS: Final = 0.75  # of all pixels: the study's 1,389,463 of 1,852,618
_TRAINED: Final = 0.9
_HALF: Final = 0.5
_CALIBRATED: Final = ("validation", "test")  # parts whose calibration errors a run holds


@dataclass(frozen=True)
class Order:
    """What to run, on which lakes of which dataset, and where an interrupted training stands."""

    experiment: Experiment
    seed: int
    dataset: Dataset
    split: Split
    changes: Mapping[str, Any]
    resume_dir: Path

    @property
    def config(self) -> SegmenterConfig:
        """Settings of the training."""
        config = self.experiment.config(self.dataset.bands, self.seed)
        fits = self.changes if config.is_network else {}
        return self.experiment.config(self.dataset.bands, self.seed, fits) if fits else config

    @property
    def key(self) -> str:
        """What decides the result, as a hash."""
        split, pixels = self.split, self.experiment.pixels
        lakes = [] if pixels else [split.train, split.validation, split.test]
        return key_of(
            {
                "config": self.config.choices(),
                "data": self.dataset.fingerprint,
                "lakes": lakes,
                "pixels": pixels,
            }
        )


def perform(order: Order, progress: Progress) -> Run:
    """Train and score one run.

    A network that was interrupted goes on from `order.resume_dir`.

    Raises:
        LakesegError: As `training.train`: bands are missing, no lake gives a patch, nothing to learn from.
    """
    from lakeseg.training import finished, train

    if order.experiment.pixels:
        return _on_pixels(order, progress)
    config, split, dataset = order.config, order.split, order.dataset
    made = train(dataset, split, config, lambda share, text: progress(_TRAINED * share, text), order.resume_dir)
    options = Options(patch=config.patch) if is_of_the_study(config) else OWN_WAY
    progress(_TRAINED, "scoring")
    checked = _Seen.of(made.segmenter, dataset, split.validation, options)
    tested = _Seen.of(made.segmenter, dataset, split.test, options)
    found = curves(checked.pixels())
    threshold = found.best[0] if found else _HALF
    scores = {FAIR: _counts(tested.pixels(), _HALF), CHOSEN: _counts(tested.pixels(), threshold)}
    if is_of_the_study(config):
        scores[STUDY] = _counts(tested.pixels(config.patch), _HALF)
    run = _run(order, made, scores, threshold, _validation(checked, threshold))
    finished(dataset, split, config, order.resume_dir)
    return run


@dataclass(frozen=True, eq=False)
class _Seen:
    """What a model says of some lakes: labels that count and scores, one (H, W) array a lake."""

    labels: Sequence[np.ndarray]
    scores: Sequence[np.ndarray]
    water: Sequence[np.ndarray]

    @classmethod
    def of(cls, segmenter: Segmenter, dataset: Dataset, ids: Sequence[str], options: Options) -> _Seen:
        labels, scores, water = [], [], []
        for lake in dataset.iter_lakes(ids):
            said = predict_lake(segmenter, lake.image, dataset.bands, dataset.scale, dataset.fill, options)
            labels.append(scored_labels(lake, dataset.fill))
            scores.append(water_score(said))
            water.append(said[..., 0])
        return cls(labels, scores, water)

    def pixels(self, size: int = 0) -> PixelScores:
        """Return the labelled pixels; with a size those of patches of that side that hold both classes."""
        labels = [kept_labels(each, size) for each in self.labels] if size else self.labels
        known = [np.isin(each, (WATER, LAND)) for each in labels]
        ends = np.cumsum([int(mask.sum()) for mask in known], dtype=np.int64)
        codes, scores, water = (_flat(arrays, known) for arrays in (labels, self.scores, self.water))
        return PixelScores(codes, scores, water, ends)


def _flat(arrays: Sequence[np.ndarray], masks: Sequence[np.ndarray]) -> np.ndarray:
    """Return the masked values of all arrays, one after the other; none without arrays."""
    return np.concatenate([np.empty(0, np.uint8), *(a[mask] for a, mask in zip(arrays, masks, strict=True))])


def _counts(pixels: PixelScores, threshold: float) -> np.ndarray:
    """Return tp, fn, fp, tn of water in each lake, (L, 4)."""
    return _four(pixels.lake_confusions(threshold))


def _four(matrices: np.ndarray) -> np.ndarray:
    """Return (..., 4) tp, fn, fp, tn of (..., 3, 3) confusions; what is called unclassified is called no water."""
    water, land = matrices[..., WATER - 1, :], matrices[..., LAND - 1, :]
    tp, fp = water[..., WATER - 1], land[..., WATER - 1]
    return np.stack([tp, water.sum(axis=-1) - tp, fp, land.sum(axis=-1) - fp], axis=-1)


def _validation(checked: _Seen, threshold: float) -> dict[str, Any]:
    pixels = checked.pixels()
    names = ((_HALF, "f1"), (threshold, "f1_chosen"))
    found = {name: Scores.from_confusion(pixels.confusion(value)).f1 for value, name in names}
    return found | {"pixels": pixels.pixels, "lakes": len(pixels.ends)}


def _run(
    order: Order,
    made: TrainingResult,
    scores: Mapping[str, np.ndarray],
    threshold: float | None,
    validation: Mapping[str, Any],
) -> Run:
    dataset, split = order.dataset, order.split
    lakes = [] if order.experiment.pixels else list(split.test)
    rows = np.array([dataset.lakes.position(lake) for lake in lakes], np.int64)
    patches = made.patches
    return Run(
        name=order.experiment.name,
        title=order.experiment.label,
        seed=order.seed,
        key=order.key,
        config=order.config.to_json(),
        dataset=origin(dataset),
        split=_about(split, order.experiment.pixels)
        | {"train_patches": patches.patches_kept if patches else None, "test_patches": _test_patches(order)},
        parameters=int(made.segmenter.parameters),
        training_pixels=made.pixels,
        history=made.history,
        seconds_per_epoch=made.seconds_per_epoch,
        machine=machine(made.device, order.config),
        threshold=threshold,
        validation=validation,
        lakes=lakes,
        groups=ground_groups(dataset, rows),
        scores={name: counts.tolist() for name, counts in scores.items()},
        calibration=calibration(made.segmenter, dataset, {name: split.part(name) for name in _CALIBRATED}),
    )


def _about(split: Split, pixels: bool) -> dict[str, Any]:
    if pixels:
        return {"rule": f"a random {_TRAINING_PIXELS:.0%} of all pixels to learn from, the others to test"}
    return {"rule": split.rule, **{name: len(split.part(name)) for name in ("train", "validation", "test")}}


def _test_patches(order: Order) -> int | None:
    """Return how many test patches hold both classes, for a network of the study."""
    from lakeseg.patches import LabelSums

    if not is_of_the_study(order.config):
        return None
    config = order.config
    return LabelSums.of(order.dataset, order.split.test).account(config.patch, config.gap, prune=True).patches_kept


def machine(device: str, config: SegmenterConfig) -> dict[str, Any]:
    """Return on what a run was made."""
    import os

    from lakeseg.making import versions

    cores = os.environ.get("OMP_NUM_THREADS", "")
    return {
        "device": device,
        "processor": processor(),
        "cores": int(cores) if cores.isdigit() else os.cpu_count(),
        "versions": versions(config),
    }


def processor() -> str:
    """Return the name of the processor: as Linux tells it, else as Python does."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    named = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    features = next((line.split() for line in lines if line.startswith("flags")), [])
    matrix = " with matrix units (AMX)" if "amx_bf16" in features else ""
    return f"{named or platform.processor() or platform.machine()}{matrix}"


def _on_pixels(order: Order, progress: Progress) -> Run:
    """Fit on a random part of the labelled pixels of all lakes and score the others, as the study did."""
    from lakeseg.training.train import train_on

    config, dataset = order.config, order.dataset
    counts, labels = dataset.pixels(list(dataset.lake_ids))
    known = np.flatnonzero(labels != NO_LABEL)
    drawn = np.random.default_rng(order.seed).permutation(known)
    ends = round(_TRAINING_PIXELS * len(drawn))
    made = train_on(dataset, config, counts[drawn[:ends]], labels[drawn[:ends]], progress)
    tested = _pixels_of(made.segmenter, dataset, config, counts[drawn[ends:]], labels[drawn[ends:]])
    return _run(order, made, {STUDY: _counts(tested, _HALF)}, None, {})


def _pixels_of(
    segmenter: Any, dataset: Dataset, config: SegmenterConfig, counts: np.ndarray, labels: np.ndarray
) -> PixelScores:
    from lakeseg.training.samples import prepare

    reflectance, codes = prepare(dataset, config, counts, labels)
    known = codes != NO_LABEL
    said = segmenter.predict_pixels(reflectance[known])
    return PixelScores(codes[known], water_score(said), said[:, 0], np.array([int(known.sum())], np.int64))

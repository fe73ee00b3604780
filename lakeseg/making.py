"""From a dataset to a stored model: train, score on lakes not seen, choose the precision of the weights, save."""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from lakeseg.analysis.temperature import calibration
from lakeseg.cards import Card
from lakeseg.data.dataset import Dataset
from lakeseg.data.splits import Split
from lakeseg.errors import ModelError
from lakeseg.evaluation import evaluate
from lakeseg.inference import predict_lake
from lakeseg.metrics import classes
from lakeseg.segmenters.config import SegmenterConfig
from lakeseg.segmenters.registry import Preset, rebuild
from lakeseg.store import ModelStore, check_id

if TYPE_CHECKING:
    from lakeseg.patches import PatchAccount
    from lakeseg.segmenters.base import Segmenter
    from lakeseg.training import TrainingResult

Progress = Callable[[float, str], None]
HALF_KINDS: Final = ("unet",)
RESUME_FOLDER: Final = ".training"
_TRAINING_SHARE: Final = 0.9


@dataclass(frozen=True)
class Order:
    """What to make: a preset with its resolved config, the data and its split, and the wanted id."""

    preset: Preset
    config: SegmenterConfig
    dataset: Dataset
    split: Split
    model_id: str = ""


def make_model(order: Order, store: ModelStore, progress: Progress | None = None, resume: bool = True) -> Card:
    """Train, score and save one model; return its card.

    While a network trains, its state lies in a hidden folder of the store, so that the same order goes on where an
    interrupted one stood; it is removed at the end. `resume=False` starts anew.
    """
    from lakeseg.training import finished, train

    check_id(order.model_id or order.preset.name)
    folder, run = store.root / RESUME_FOLDER, (order.dataset, order.split, order.config)
    if not resume:
        finished(*run, folder)
    report = progress or _say_nothing
    result = train(*run, _part(report, 0, _TRAINING_SHARE), folder)
    segmenter, halved = result.segmenter, None
    if order.config.kind in HALF_KINDS:
        report(_TRAINING_SHARE, "comparing float16 weights")
        halved = _halved_alike(segmenter, order)
    segmenter, half = halved or segmenter, halved is not None
    parts = {name: order.split.part(name) for name in ("validation", "test")}
    scores = evaluate(segmenter, "", order.dataset, parts, progress=_part(report, _TRAINING_SHARE, 1))
    made = replace(_card(order, result, segmenter, scores), calibration=calibration(segmenter, order.dataset, parts))
    card = store.save(segmenter, made, order.model_id, half)
    finished(*run, folder)
    _remove_if_empty(folder)
    return card


def _say_nothing(_share: float, _text: str) -> None:
    pass


def _part(report: Progress, start: float, end: float) -> Progress:
    return lambda share, text: report(start + (end - start) * share, text)


def _remove_if_empty(folder: Path) -> None:
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def _halved_alike(segmenter: Segmenter, order: Order) -> Segmenter | None:
    """Return the segmenter with float16 weights where that is seen to change no class on the test lakes, else None.

    Without test lakes there is nothing to see it by; weights that float16 cannot hold are refused when they come back.
    """
    if not order.split.test:
        return None
    try:
        halved = halve(segmenter)
    except ModelError:
        return None
    return halved if changed_pixels(segmenter, halved, order.dataset, order.split.test) == 0 else None


def halve(segmenter: Segmenter) -> Segmenter:
    """Return the segmenter as it comes back from float16 weights; a `ModelError` where they are not finite."""
    state = segmenter.state()
    if isinstance(state, bytes):
        return segmenter
    rounded = {name: _rounded(array) for name, array in state.items()}
    return rebuild(segmenter.config, rounded)


def _rounded(array: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore"):  # beyond float16 it becomes infinite, which changes pixels and so rules it out
        return array.astype(np.float16).astype(np.float32) if array.dtype == np.float32 else array


def changed_pixels(one: Segmenter, other: Segmenter, dataset: Dataset, ids: tuple[str, ...]) -> int:
    """Return on how many pixels of the lakes `ids` two segmenters say another class."""
    changed = 0
    for lake in dataset.iter_lakes(ids):
        said = [
            classes(predict_lake(each, lake.image, dataset.bands, dataset.scale, dataset.fill)) for each in (one, other)
        ]
        changed += int((said[0] != said[1]).sum())
    return changed


def _card(order: Order, result: TrainingResult, segmenter: Segmenter, scores: Mapping[str, Any]) -> Card:
    """Return the card of a new model; the store adds what it knows of the weights."""
    return Card(
        title=order.preset.title,
        description=order.preset.description,
        config=order.config.to_json(),
        bands=tuple(segmenter.bands),
        parameters=int(segmenter.parameters),
        dataset=_origin(order) | {"training_pixels": result.pixels} | _patches(order.config, result.patches),
        split=order.split.to_json(),
        history=result.history,
        seconds_per_epoch=result.seconds_per_epoch,
        device=result.device,
        versions=versions(order.config),
        scores=scores,
        id=order.preset.name,
    )


def _patches(config: SegmenterConfig, account: PatchAccount | None) -> dict[str, Any]:
    """Return the account of the training lakes' pixels for a network that learned from patches, else nothing."""
    if account is None:
        return {}
    plain = {name: value for name, value in asdict(account).items() if name != "kept_labels"}
    return {"patches": {"size": config.patch, "gap": config.gap} | plain}


def _origin(order: Order) -> dict[str, Any]:
    """Return what the model was trained on, with the ground groups that it saw."""
    dataset, seen = order.dataset, [*order.split.train, *order.split.validation]
    groups = {str(dataset.lakes.group[dataset.lakes.position(lake_id)]) for lake_id in seen}
    about = {
        "name": dataset.name,
        "fingerprint": dataset.fingerprint,
        "simulated": dataset.simulated,
        "lakes": 0 if dataset.of_pixels else len(dataset.lakes),
        "pixels": dataset.pixel_count,
        "groups_seen": sorted(groups - {""}),
    }
    return about | {"of_pixels": True} if dataset.of_pixels else about


def versions(config: SegmenterConfig) -> dict[str, str]:
    """Return the versions of what took part."""
    if config.is_network:
        from lakeseg.segmenters import backend

        return {"python": platform.python_version(), "numpy": np.__version__} | backend.versions()
    import sklearn

    return {"python": platform.python_version(), "numpy": np.__version__, "scikit-learn": sklearn.__version__}

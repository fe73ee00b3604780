"""How networks learned: loss by epoch (Figure 6 of the study), seconds, and what F1 they bought."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from lakeseg.study.answers.measures import level, machines
from lakeseg.study.answers.pairs import Named
from lakeseg.study.answers.shapes import Evidence, Figure, Row, Table
from lakeseg.study.answers.words import NONE, NOT_RUN, UNIT, count, score, with_seconds
from lakeseg.study.published import facts
from lakeseg.study.runs import CHOSEN, Series

LOSS_PATCH: Final = 16  # that of the study's Figure 6
NETWORKS: Final = (("FCN", f"fcn-paper-{LOSS_PATCH}"), ("U-Net", f"unet-paper-{LOSS_PATCH}"))
EPOCHS: Final = (1, 5, 10, 20, 30)
SHARED: Final = 1.3  # times the least seconds of an epoch, from which on the time was not the training's alone
SETTLED: Final = 1.1  # times the last loss
_PARTS: Final = (("training", "loss"), ("validation", "val_loss"))


def losses_figure(known: Evidence) -> list[Figure]:
    """Return Figure 6: the loss of both networks by epoch, with the least and the most of the seeds."""
    rows: list[Row] = []
    for title, name in NETWORKS:
        if series := known.series(name):
            rows += [row for part, field in _PARTS for row in _curve(title, part, _losses(series, field))]
    if not rows:
        return []
    caption = (
        f"Cross-entropy a pixel at {LOSS_PATCH}×{LOSS_PATCH} px, mean over the seeds; bands run from the least to the "
        "most. Solid: training, dashed: validation lakes, which the study's figure does not show. Its curves were "
        "published as a picture alone."
    )
    title = "Figure 6: loss of both networks by epoch"
    return [Figure("networks-loss", "losses", tuple(rows), title, caption)]


def losses_table(known: Evidence) -> list[Table]:
    """Return Figure 6 in numbers: the loss at some epochs, and when it stops to fall."""
    rows = []
    for title, name in NETWORKS:
        if series := known.series(name):
            curves = [(part, _losses(series, field)) for part, field in _PARTS]
            rows += [(title, part, *_at_epochs(curve), str(len(series))) for part, curve in curves if curve.size]
    if not rows:
        return []
    note = (
        f"Cross-entropy a pixel at {LOSS_PATCH}×{LOSS_PATCH} px: mean over the seeds, […] least to most. The last "
        f"column is the median over the seeds of the first epoch with no more than {SETTLED:.1f} times the last loss."
    )
    heads = tuple(f"Epoch {epoch}" for epoch in EPOCHS)
    return [Table("Figure 6 in numbers", ("Network", "Loss", *heads, "Settled at", "Seeds"), tuple(rows), note)]


def _at_epochs(losses: np.ndarray) -> tuple[str, ...]:
    """Return the (S, E) losses at `EPOCHS`, a dash where training ended before, and the epoch at which they settle."""
    cells = [_loss(losses[:, epoch - 1]) if epoch <= losses.shape[1] else NONE for epoch in EPOCHS]
    settled = (losses <= SETTLED * losses[:, -1:]).argmax(axis=1) + 1
    return (*cells, f"{np.median(settled):g}")


def _loss(values: np.ndarray) -> str:
    return f"{score(float(values.mean()))} [{score(float(values.min()))}–{score(float(values.max()))}]"


def _losses(series: Series, field: str) -> np.ndarray:
    """Return the (S, E) losses of the epochs that every seed has."""
    curves = [run.history.get(field, ()) for run in series.runs]
    shortest = min(len(curve) for curve in curves)
    return np.array([curve[:shortest] for curve in curves], np.float64)


def _curve(model: str, part: str, losses: np.ndarray) -> list[Row]:
    return [
        {
            "model": model,
            "part": part,
            "epoch": epoch,
            "value": float(values.mean()),
            "low": float(values.min()),
            "high": float(values.max()),
            "seeds": len(values),
        }
        for epoch, values in enumerate(losses.T, start=1)
    ]


def quickest(series: Series) -> float:
    """Return the seconds of all epochs in the seed that took the least: other work on a machine adds to the rest."""
    return min(run.seconds for run in series.runs)


def shared_sentence(series: Sequence[Series]) -> list[str]:
    """Say how far times of one training lie apart between seeds, where that is more than a little."""
    ratios = {each.title: max(_paces(each)) / min(_paces(each)) for each in series if min(_paces(each)) > 0}
    if not ratios or max(ratios.values()) < SHARED:
        return []
    name = max(ratios, key=lambda title: ratios[title])
    differ = f"The seconds of one epoch differ between seeds by up to a factor of {ratios[name]:.1f} ({name})"
    return [f"{differ}: the least of the seeds is taken as a training's time."]


def _paces(series: Series) -> list[float]:
    return [run.seconds_per_epoch for run in series.runs]


def budget_figure(models: Sequence[Named]) -> list[Figure]:
    """Return F1 against the seconds that a training took."""
    rows: list[Row] = []
    for label, series in models:
        if series and quickest(series) > 0:
            family = "FCN" if label.startswith("FCN") else "U-Net"
            about = {"seconds": quickest(series), "parameters": series.parameters, "family": family}
            rows.append({**level(label, series, CHOSEN), **about})
    if not rows:
        return []
    caption = (
        "F1 of water on every labelled pixel of the test lakes against the seconds of all epochs (least of the "
        f"seeds, log scale; {machines([series for _, series in models if series])}). Bars are 95 % intervals over "
        "lakes and seeds."
    )
    return [Figure("networks-budget", "budget", tuple(rows), "What the seconds of a training bought", caption)]


def times_table(models: Sequence[Named]) -> Table:
    """Return epochs, seconds per epoch and of all epochs, beside the study's."""
    stated = facts()["training"]
    epochs = stated["epochs"]
    rows: list[tuple[str, ...]] = [
        (f"{title}, published", str(epochs), f"about {each} s", f"about {epochs * each} s", NONE, "not stated")
        for title, each in (("FCN", stated["seconds_per_epoch"]["fcn"]), ("U-Net", stated["seconds_per_epoch"]["unet"]))
    ]
    rows += [_times(label, series) for label, series in models]
    note = (
        "The study gave seconds per epoch for both networks and named neither machine nor patch size; totals follow "
        "from its epochs. Ours: least to most of the seeds, and the least of all epochs."
    )
    columns = ("Training", "Epochs", "Seconds per epoch", "Seconds", "Parameters", "Machine")
    return Table("Training time", columns, tuple(rows), note)


def _times(label: str, series: Series | None) -> tuple[str, ...]:
    if series is None:
        return (label, NOT_RUN, *[NONE] * 4)
    epochs = int(np.median([len(run.history.get("loss", ())) for run in series.runs]))
    least, most = with_seconds(min(_paces(series))), with_seconds(max(_paces(series)))
    pace = least if least == most else f"{least.removesuffix(f'{UNIT}s')}–{most}"
    return (label, str(epochs), pace, with_seconds(quickest(series)), count(series.parameters), machines([series]))

"""One tile from its file to a raster of classes: what is answered is kept, what is left is asked for, then written."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from lakeseg.cards import Card
from lakeseg.data.scenes.scene import Scene, Window
from lakeseg.errors import DatasetError
from lakeseg.framing import Way, frame, way
from lakeseg.plain import duration, plain
from lakeseg.segmenters.base import bands_seen
from lakeseg.segmenters.config import SegmenterConfig
from lakeseg.segmenters.network import margin
from lakeseg.tiles.answers import Answer, Task
from lakeseg.tiles.parts import parts
from lakeseg.tiles.rasters import Goal, run_key, there, write
from lakeseg.tiles.standing import Standing, standing

VERSION: Final = 1
"""Grows whenever parts would be cut or answered otherwise: parts of another version are not gone on with."""

Progress = Callable[[float, str], None]


class Runner(Protocol):
    """What answers tasks: this process, or a cluster."""

    @property
    def card(self) -> Card:
        """Of the model that answers."""
        ...

    def run(self, tasks: Iterable[Task]) -> Iterator[tuple[Window, Answer]]:
        """Yield parts with their answers in any order; tasks are taken as there is room for them."""
        ...


@dataclass(frozen=True)
class Tile:
    """A tile to be predicted.

    Attributes:
        scene: Opened.
        source: File or folder that it is read from; another stamp of it starts anew.
        options: How it is read, as plain values.
    """

    scene: Scene
    source: Path
    options: Mapping[str, Any]


@dataclass(frozen=True)
class Done:
    """What came out.

    Attributes:
        shape: Of the tile.
        pixels: By class code, 0 where there is no data.
        parts: Of the tile.
        known: Parts that an earlier run had answered.
        was_there: Whether the files were there already, of the same tile and model; then they were left as they are.
    """

    shape: tuple[int, int]
    pixels: dict[int, int]
    parts: int
    known: int
    was_there: bool = False


def predict_tile(tile: Tile, runner: Runner, goal: Goal, progress: Progress, anew: bool = False) -> Done:
    """Predict a tile into one or two rasters, which appear whole or not at all.

    What was answered is kept beside `goal.classes` until they are written, so that the same call goes on after a kill.

    Args:
        tile: To be predicted; with the values that `predict_lake` gives for the whole of it in one pass.
        runner: What answers its parts.
        goal: What to write.
        progress: Told the share that is done, and in words what is left.
        anew: Forget what is kept, and write over files that are there already.

    Raises:
        ConfigError: The goal makes no sense, another process is at it, or what writes GeoTIFF is not installed.
        ModelError: The tile lacks a band that the model needs.
        DatasetError: The tile cannot be read, changes meanwhile, or the files cannot be written.
    """
    goal.check(tile.source)
    config = SegmenterConfig.from_json(runner.card.config)
    bands_seen(config, runner.card.bands, tile.scene.bands, name=runner.card.id)
    how, about = way(config, margin(config)), _about(tile, runner.card, goal)
    wanted, keep, run = parts(how, tile.scene.shape), goal.probabilities is not None, run_key(about)
    if not anew and (pixels := there(goal, run)) is not None:
        return Done(tile.scene.shape, pixels, len(wanted), len(wanted), was_there=True)
    with standing(goal.classes, about, keep, anew) as kept:
        left = [part for part in wanted if not kept.has(part)]
        tasks = _tasks(tile.scene, how, left, keep)
        _answer(runner.run(tasks), kept, wanted, left, progress)
        if _stamp(tile.source) != about["stamp"]:
            raise DatasetError(f"{tile.source}: changed while it was read: run the command again")
        progress(1.0, "writing")
        pixels = write(tile.scene, runner.card, goal, kept, wanted, run)
        kept.remove()
    return Done(tile.scene.shape, pixels, len(wanted), len(wanted) - len(left))


def _about(tile: Tile, card: Card, goal: Goal) -> dict[str, Any]:
    """Return all that decides the answers, as plain values."""
    about = {
        "version": VERSION,
        "source": str(tile.source.resolve()),
        "stamp": _stamp(tile.source),
        "options": dict(tile.options),
        "scene": [tile.scene.name, tile.scene.shape, tile.scene.bands],
        "model": card.fingerprint,
        "probabilities": (goal.probabilities is not None) + (goal.probabilities is not None and goal.percent),
    }
    return dict(plain(about))


def _stamp(source: Path) -> list[list[Any]]:
    """Return name, size and time of change of a file, or of all files in a folder."""
    try:
        files = sorted(source.rglob("*")) if source.is_dir() else [source]
        found = [(path.name, path.stat()) for path in files]
    except OSError as error:
        raise DatasetError(f"{source}: cannot be read ({error.strerror}): check the path") from error
    return [[name, stat.st_size, stat.st_mtime_ns] for name, stat in found]


def _tasks(scene: Scene, how: Way, left: Iterable[Window], keep: bool) -> Iterator[Task]:
    """Read what each part needs, when its turn comes."""
    for part in left:
        seen = frame(how, scene.shape, part)
        yield Task(part, seen, scene.read(seen.window), scene.bands, keep)


def _answer(
    answers: Iterable[tuple[Window, Answer]],
    kept: Standing,
    wanted: Sequence[Window],
    left: Sequence[Window],
    progress: Progress,
) -> None:
    """Keep answers as they come, and tell how long the rest will take; the first, which loads the model, tells not."""
    total, ahead = _pixels(wanted), _pixels(left)
    progress((total - ahead) / total, "")
    started, timed, done = 0.0, 0, 0
    for part, answer in answers:
        kept.save(part, answer)
        done += _pixels([part])
        rest = ""
        if timed and done < ahead:
            rest = f"about {duration((time.monotonic() - started) / (done - timed) * (ahead - done))} left"
        elif not timed:
            started, timed = time.monotonic(), done
        progress((total - ahead + done) / total, rest)


def _pixels(some: Iterable[Window]) -> int:
    return sum(part.height * part.width for part in some)

"""The part of `predict` that turns whole tiles into rasters."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lakeseg.cli.console import Console, Progress, Result, progress_of
from lakeseg.cli.options import whole_numbers

if TYPE_CHECKING:
    from lakeseg.data.readers.options import ReadOptions
    from lakeseg.data.scenes.scene import Scene
    from lakeseg.store import ModelStore
    from lakeseg.tiles.rasters import Goal
    from lakeseg.tiles.tile import Done, Runner

_READING = ("bands", "scale", "offset", "fill", "pixel_size", "clouds")  # as fields of `ReadOptions`
_OPTIONS = ("probabilities", "percent", "anew", "dask", *_READING)
_STEPS = 100  # of progress for each tile

Step = Callable[[float, str], None]


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the tiles and the options that go with them."""
    parser.add_argument("tiles", nargs="*", type=Path, metavar="TILE", help="raster to predict: a file or a folder")
    add = parser.add_argument_group("whole tiles").add_argument
    add("--probabilities", type=Path, metavar="FILE", help="write probabilities too; a folder for several tiles")
    add("--percent", action="store_true", default=None, help="probabilities as whole percent (a quarter of the size)")
    add("--anew", action="store_true", default=None, help="forget what an earlier run has answered or written")
    add("--dask", metavar="ADDRESS", help="let a Dask cluster of yours answer, such as tcp://10.0.0.5:8786")
    add("--bands", type=whole_numbers, metavar="B,…", help="MODIS bands in the order of the file, if it does not say")
    add("--scale", type=float, metavar="S", help="reflectance of one count (default: what the file says, else 1e-4)")
    add("--offset", type=float, metavar="R", help="reflectance of a count of zero (default: the product's)")
    add("--fill", type=float, metavar="V", help="value that marks missing data (default: what the file says)")
    add("--pixel-size", type=float, metavar="M", help="average onto pixels of this side in metres (default: as it is)")
    hidden = "pixels where the product sees cloud, shadow or snow: answer, or no data (default: keep)"
    add("--clouds", choices=("keep", "missing"), help=hidden)


def refuse(args: argparse.Namespace) -> None:
    """Raise a `ConfigError` for an option that goes with tiles alone."""
    from lakeseg.errors import ConfigError

    for name in _OPTIONS:
        if getattr(args, name) is not None:
            raise ConfigError(f"--{name.replace('_', '-')} goes with TILE: name a raster, or leave it out")


def run(args: argparse.Namespace, console: Console) -> Result:
    """Predict tiles one after the other; with several, one that cannot be read is passed over with a note."""
    from lakeseg.data.readers.options import ReadOptions
    from lakeseg.store import ModelStore

    _check(args)
    options = ReadOptions(**{name: getattr(args, name) for name in _READING})
    options.check()
    goals = _goals(args)
    for tile, goal in goals.items():
        goal.check(tile)
    title, total = f"predict {args.model[0]}", len(goals) * _STEPS
    with _runner(args, ModelStore(args.models)) as runner, progress_of(args, console, title, total) as progress:
        try:
            return _all(args, console, runner, goals, options, progress)
        except KeyboardInterrupt:
            console.note("stopped; what is answered is kept: the same command goes on from there")
            raise


def _check(args: argparse.Namespace) -> None:
    from lakeseg.errors import ConfigError

    if len(args.model) != 1:
        raise ConfigError(f"TILE takes exactly one --model ID, got {len(args.model)}: see `python -m lakeseg models`")
    if args.dataset or args.warm or args.lakes or args.split != "all":
        raise ConfigError("TILE takes no --dataset, --warm, --lakes or --split: leave them out")
    if args.percent and args.probabilities is None:
        raise ConfigError("--percent says how --probabilities FILE is written: add it")
    for tile in args.tiles:
        if not tile.exists():
            raise ConfigError(f"{tile}: no such file or folder: check the path")


def _goals(args: argparse.Namespace) -> dict[Path, Goal]:
    """Return what to write for each tile: the files that were named, or files of the tiles' names in folders."""
    from lakeseg.errors import ConfigError
    from lakeseg.tiles.rasters import Goal

    out, shares = args.out, args.probabilities
    if len(args.tiles) == 1 and not out.is_dir():
        return {args.tiles[0]: Goal(out, shares, bool(args.percent))}
    for folder in filter(None, (out, shares)):
        if folder.suffix.lower() in (".tif", ".tiff") and not folder.is_dir():
            raise ConfigError(f"{folder}: one file for {len(args.tiles)} tiles: expected a folder")
    names = [f"{tile.resolve().name if tile.is_dir() else tile.stem}.tif" for tile in args.tiles]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise ConfigError(f"{out}: {twice} would be written twice: name tiles of other names, or each alone")
    return {
        tile: Goal(out / name, shares / name if shares else None, bool(args.percent))
        for tile, name in zip(args.tiles, names, strict=True)
    }


@contextmanager
def _runner(args: argparse.Namespace, store: ModelStore) -> Iterator[Runner]:
    """Yield what answers: this process, or the cluster."""
    card = store.card(args.model[0])
    if args.dask is None:
        from lakeseg.tiles.here import Here

        yield Here(card, partial(store.load, card.id, card.fingerprint))
        return
    from lakeseg.tiles.cluster import connected

    with connected(args.dask, *store.packed(card.id, card.fingerprint)) as runner:
        yield runner


def _all(
    args: argparse.Namespace,
    console: Console,
    runner: Runner,
    goals: dict[Path, Goal],
    options: ReadOptions,
    progress: Progress,
) -> Result:
    from lakeseg.errors import DatasetError, ModelError

    made, failed = [], dict[str, str]()
    for place, (tile, goal) in enumerate(goals.items()):
        try:
            done = _one(tile, goal, runner, options, _step(progress, place, list(goals)), bool(args.anew))
            made.append(_told(tile, goal, done))
        except (DatasetError, ModelError) as error:
            if len(goals) == 1:
                raise
            failed[str(tile)] = str(error)
            console.note(f"error: {error}")
    data = {"model": runner.card.id, "tiles": made, "failed": failed}
    return Result(data, [] if args.progress == "json" else list(map(_line, made)), 2 if failed else 0)


def _one(tile: Path, goal: Goal, runner: Runner, options: ReadOptions, progress: Step, anew: bool) -> Done:
    from lakeseg.tiles.tile import Tile, predict_tile

    with _opened(tile, options) as scene:
        return predict_tile(Tile(scene, tile, options.given()), runner, goal, progress, anew)


@contextmanager
def _opened(tile: Path, options: ReadOptions) -> Iterator[Scene]:
    """Open a tile; where options do not fit it, that is a fault of this tile, and others may go on."""
    from lakeseg.data.scenes.opening import open_scene
    from lakeseg.errors import ConfigError, DatasetError

    with ExitStack() as stack:
        try:
            scene = stack.enter_context(open_scene(tile, options))
        except ConfigError as error:
            raise DatasetError(str(error)) from error
        yield scene


def _step(progress: Progress, place: int, tiles: list[Path]) -> Step:
    name = f"{tiles[place].name}: " * (len(tiles) > 1)
    return lambda share, text: progress((place + share) / len(tiles), f"{name}{text}".strip())


def _told(tile: Path, goal: Goal, done: Done) -> dict[str, Any]:
    from lakeseg.bands import CLASS_NAMES

    counts = {"missing" if code == 0 else CLASS_NAMES[code]: count for code, count in done.pixels.items()}
    return {
        "tile": str(tile),
        "path": str(goal.classes),
        "probabilities": str(goal.probabilities) if goal.probabilities else None,
        "shape": list(done.shape),
        "pixels": counts,
        "parts": done.parts,
        "known_parts": done.known,
        "was_there": done.was_there,
    }


def _line(made: dict[str, Any]) -> str:
    height, width = made["shape"]
    total = max(1, height * width)
    shares = ", ".join(f"{name} {100 * count / total:.1f} %" for name, count in made["pixels"].items() if count)
    if made["was_there"]:
        return f"{made['path']}: was there already ({shares}); --anew makes it again"
    known = f"; {made['known_parts']} of {made['parts']} parts by an earlier run" if made["known_parts"] else ""
    return f"{made['path']}: {height}×{width} px, {shares}{known}"

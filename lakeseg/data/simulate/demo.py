"""Make the demo: both simulated datasets, or one small lake or file for a test."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import cycle, islice
from pathlib import Path
from typing import Final, TypeVar

import numpy as np

from lakeseg.bands import ALL_BANDS
from lakeseg.data.dataset import Dataset, Header, Lake, open_dataset
from lakeseg.data.simulate.plan import CropPlan, plan_dataset1, plan_dataset2
from lakeseg.data.simulate.scene import Scene, ScenePlan, draw_scene
from lakeseg.data.simulate.spectra import DOMAINS
from lakeseg.data.write import write_dataset
from lakeseg.errors import DatasetError

SIMULATOR_VERSION: Final = 1
DEFAULT_SEED: Final = 2018
Progress = Callable[[float, str], None]

_READER: Final = "simulator"
_MOST_WORKERS = 4  # bounds memory: a large scene takes about 60 MB while it is drawn
_FEWEST_MAP_PX, _ATTEMPTS = 3, 12
_WINDOWS = 200
_PLAN, _SCENES1, _SCENES2, _WINDOWS2 = range(4)  # branches of the seed

Job = TypeVar("Job")
Result = TypeVar("Result")


def make_demo(
    out: Path | str, seed: int = DEFAULT_SEED, progress: Progress | None = None, force: bool = False
) -> tuple[Path, Path]:
    """Write `dataset1.h5` and `dataset2.h5` into the folder `out` and return their paths.

    The same seed gives the same data, however many threads draw it. A run that is stopped leaves nothing half-written.

    Args:
        out: Folder; it is made if it is missing.
        seed: Non-negative integer.
        progress: Called in this thread with the done fraction (0–1) and a line of text.
        force: Replace files of these names whatever they are; otherwise only what this simulator made is replaced.

    Raises:
        DatasetError: The files cannot be written, or one that is there is not simulated.
    """
    paths = Path(out) / "dataset1.h5", Path(out) / "dataset2.h5"
    if not force:
        for path in paths:
            _check_free(path)
    plans1 = plan_dataset1(_rng(seed, _PLAN, 1))
    plans2 = plan_dataset2(_rng(seed, _PLAN, 2), plans1)
    meter = _Meter(progress, sum(plan.height * plan.width for plan in (*plans1, *plans2)))
    crops: dict[int, Scene] = {}
    write_dataset(paths[0], _header("Dataset1", seed), meter.watch("Dataset1", _dataset1(seed, plans1, plans2, crops)))
    write_dataset(paths[1], _header("Dataset2", seed), meter.watch("Dataset2", _dataset2(seed, plans2, crops)))
    return paths


def _check_free(path: Path) -> None:
    """Refuse to replace what somebody may want to keep: all that this simulator did not make, readable or not."""
    if not os.path.lexists(path):
        return
    try:
        header = open_dataset(path).header
        ours = header.simulated and header.provenance.get("reader") == _READER
    except DatasetError:
        ours = False
    if not ours:
        raise DatasetError(
            f"{path}: is there and not simulated by lakeseg: move it away, choose another folder (--out), or replace "
            "it with --force"
        )


def make_small(
    path: Path | str, lakes: int = 12, seed: int = DEFAULT_SEED, three_classes: bool = False, side: int = 40
) -> Dataset:
    """Write a small dataset of `lakes` scenes over all domains, about `side` px wide, for tests and trial runs.

    Every fourth lake is a crop of the lake before it and shares its group.
    """
    scenes = enumerate(islice(_small_scenes(_rng(seed, _PLAN, 0), side), lakes), start=1)
    small = (scene.lake(f"S-{number:04d}", group, three_classes) for number, (scene, group) in scenes)
    return write_dataset(path, _header("Small demo", seed), small)


def simulate_lake(
    rng: np.random.Generator,
    height: int = 40,
    width: int = 40,
    domain: str = "temperate",
    water: float = 0.15,
    *,
    three_classes: bool = False,
    lake_id: str = "S-0001",
) -> Lake:
    """Return one simulated (height, width, 7) lake of `domain` with about a share `water` of water.

    Raises:
        ConfigError: The domain is unknown.
    """
    scene = _any_scene(rng, (height, width), domain, water)
    return scene.lake(lake_id, f"group-{lake_id}", three_classes)


def _any_scene(rng: np.random.Generator, size: tuple[int, int], domain: str, water: float) -> Scene:
    """Draw a scene of `domain` with snow, ice and a river as chance has it."""
    snow, ice, river = float(rng.uniform(0.1, 0.8)), float(rng.uniform(0, 1)), bool(rng.random() < 0.3)
    return draw_scene(rng, ScenePlan(domain, *size, water, snow, ice, river))


def _small_scenes(rng: np.random.Generator, side: int) -> Iterator[tuple[Scene, str]]:
    """Yield scenes and their groups without end, domain after domain; every third is followed by a crop of itself."""
    for number, domain in enumerate(cycle(DOMAINS), start=1):
        height, width = (int(n) for n in rng.integers(max(side * 3 // 4, 1), side * 5 // 4 + 1, 2))
        scene = _any_scene(rng, (height, width), domain, float(rng.uniform(0.08, 0.3)))
        yield scene, f"group-{number:04d}"
        if number % 3 == 0:
            crop = scene.crop(height // 8, width // 8, max(height * 3 // 4, 1), max(width * 3 // 4, 1))
            yield crop, f"group-{number:04d}"


def _rng(seed: int, *branch: int) -> np.random.Generator:
    """Return the generator of one branch of `seed`: independent of every other branch and of who draws when."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=branch))


def _header(name: str, seed: int) -> Header:
    source = f"simulated by lakeseg.data.simulate version {SIMULATOR_VERSION} from seed {seed}"
    provenance = {"reader": _READER, "version": SIMULATOR_VERSION, "seed": seed, "numpy": np.__version__}
    return Header(f"{name} (simulated)", ALL_BANDS, source, simulated=True, provenance=provenance)


def _dataset1(
    seed: int, plans: list[ScenePlan], crop_plans: list[ScenePlan | CropPlan], crops: dict[int, Scene]
) -> Iterator[Lake]:
    """Yield the lakes of Dataset1 and put what Dataset2 cuts from them into `crops`, by position in Dataset2."""
    cuts = [(i, plan) for i, plan in enumerate(crop_plans) if isinstance(plan, CropPlan)]
    for number, scene in enumerate(_in_order(lambda i: _draw(seed, _SCENES1, i, plans[i]), range(len(plans)))):
        for position, plan in cuts:
            if plan.parent == number:
                crops[position] = _cut(_rng(seed, _WINDOWS2, position), scene, plan)
        yield scene.lake(f"D1-{number + 1:04d}", _group1(number), three_classes=True)


def _dataset2(seed: int, plans: list[ScenePlan | CropPlan], crops: dict[int, Scene]) -> Iterator[Lake]:
    """Yield the lakes of Dataset2: the `crops`, in the group of their parent, and scenes of their own."""

    def draw(position: int) -> tuple[Scene, str]:
        plan = plans[position]
        if isinstance(plan, CropPlan):
            return crops[position], _group1(plan.parent)
        return _draw(seed, _SCENES2, position, plan), f"scene-2-{position + 1:04d}"

    for number, (scene, group) in enumerate(_in_order(draw, range(len(plans)))):
        yield scene.lake(f"D2-{number + 1:04d}", group, three_classes=False)


def _group1(number: int) -> str:
    return f"scene-1-{number + 1:04d}"


def _draw(seed: int, branch: int, number: int, plan: ScenePlan) -> Scene:
    """Draw a scene, anew while its map shows hardly any water: such a place would be on nobody's list of lakes."""
    for attempt in range(_ATTEMPTS):
        scene = draw_scene(_rng(seed, branch, number, attempt), plan)
        if scene.map_water.sum() >= _FEWEST_MAP_PX:
            break
    return scene


def _cut(rng: np.random.Generator, scene: Scene, plan: CropPlan) -> Scene:
    """Cut a crop from `scene`: of many random windows, the one whose mapped water is nearest to the plan's."""
    rows, columns = scene.truth.shape
    tops = rng.integers(0, rows - plan.height + 1, _WINDOWS)
    lefts = rng.integers(0, columns - plan.width + 1, _WINDOWS)
    total = np.pad(scene.map_water.astype(np.int64).cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))
    bottoms, rights = tops + plan.height, lefts + plan.width
    count = total[bottoms, rights] - total[tops, rights] - total[bottoms, lefts] + total[tops, lefts]
    best = int(np.abs(count - plan.water * plan.height * plan.width).argmin())
    return scene.crop(int(tops[best]), int(lefts[best]), plan.height, plan.width)


def _in_order(function: Callable[[Job], Result], jobs: Iterable[Job]) -> Iterator[Result]:
    """Yield `function(job)` in the order of `jobs`, drawn ahead by a few threads (the arithmetic releases the lock)."""
    workers = min(_MOST_WORKERS, os.cpu_count() or 1)
    pending: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(workers, thread_name_prefix="simulate") as pool:
        try:
            for job in jobs:
                pending.append(pool.submit(function, job))
                if len(pending) > 2 * workers:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        finally:
            for future in pending:
                future.cancel()


class _Meter:
    """Counts pixels that pass by and tells `progress`."""

    def __init__(self, progress: Progress | None, pixels: int) -> None:
        self.progress, self.pixels, self.done = progress, pixels, 0

    def watch(self, name: str, lakes: Iterable[Lake]) -> Iterator[Lake]:
        for number, lake in enumerate(lakes, start=1):
            yield lake
            self.done += lake.labels.size
            if self.progress:
                self.progress(min(self.done / self.pixels, 1.0), f"Simulating {name}: {number} lakes")

"""The experiments of the study as one table: what is trained, on whose terms it is scored, and how often."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from lakeseg.data.splits import Split
from lakeseg.errors import ConfigError, unknown
from lakeseg.segmenters.config import PAPER as PAPER_VARIANT
from lakeseg.segmenters.config import SegmenterConfig
from lakeseg.segmenters.registry import preset, resolve

PAPER, FAIR, QUICK = "paper", "fair", "quick"
SEEDS: Final = 5
_FEW: Final = 3  # of controls, which no published number waits for
_FAST: Final[Mapping[str, Any]] = {"precision": "bfloat16"}


@dataclass(frozen=True)
class Experiment:
    """One row of the table.

    Attributes:
        name: Of its runs.
        model: Name of a preset of `segmenters.registry`.
        protocols: `PAPER` and `FAIR`, or one of them.
        title: For a person; by default the preset's.
        settings: What differs from the preset.
        seeds: How many trainings; 1 where a seed changes nothing.
        pixels: Train and test on a random split of all pixels, as the study did with its regression.
    """

    name: str
    model: str
    protocols: tuple[str, ...]
    title: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    seeds: int = SEEDS
    pixels: bool = False

    @property
    def label(self) -> str:
        """Its title."""
        return self.title or preset(self.model).title

    def config(self, bands: Sequence[int], seed: int, changes: Mapping[str, Any] | None = None) -> SegmenterConfig:
        """Return the settings of one run; raises as `registry.resolve`."""
        return resolve(self.model, bands, **{**self.settings, **(changes or {}), "seed": seed})


def _network(
    name: str, *protocols: str, model: str = "", title: str = "", seeds: int = SEEDS, **settings: Any
) -> Experiment:
    return Experiment(name, model or name, protocols, title, {**_FAST, **settings}, seeds)


def _unets(name: str, title: str, patches: tuple[int, ...], **settings: Any) -> list[Experiment]:
    """Return the study's U-Net with other settings, for patches of some sizes."""
    return [
        _network(f"{name}-{px}", FAIR, model=f"unet-paper-{px}", title=f"{title} {px}×{px}", seeds=_FEW, **settings)
        for px in patches
    ]


_BOTH: Final = (PAPER, FAIR)
TABLE: Final = (
    Experiment("logistic-pixels", "logistic", (PAPER,), "Logistic regression, random pixels", pixels=True),
    Experiment("naive", "naive", (FAIR,), seeds=1),
    Experiment("logistic", "logistic", (FAIR,), seeds=1),
    Experiment("logistic-rgb", "logistic-rgb", (FAIR,), seeds=1),
    Experiment("boosting", "boosting", (FAIR,)),
    *(_network(f"fcn-paper-{patch}{rgb}", *_BOTH) for rgb in ("", "-rgb") for patch in (8, 16, 32, 64)),
    *(_network(f"unet-paper-{patch}", *_BOTH) for patch in (32, 16)),
    _network("fcn-lakeseg", FAIR),
    _network("fcn-pixel", FAIR),
    *_unets("unet-small", "U-Net small", (32, 16), width=8),
    *_unets("unet-short", "U-Net brief", (32,), epochs=14),
    *_unets("unet-short", "U-Net brief", (16,), epochs=5),
    *_unets("unet-learned", "U-Net learned up-sampling", (32,), learned_upsampling=True),
)


@dataclass(frozen=True)
class Programme:
    """Which experiments are run, and what is changed in all of them.

    Attributes:
        experiments: Rows of the table.
        seeds: Most trainings of each.
        lakes: Most lakes of training; tests and validation take a fifth as many. 0 takes them all.
        changes: Settings that differ in every network of it.
    """

    experiments: tuple[Experiment, ...]
    seeds: int = SEEDS
    lakes: int = 0
    changes: Mapping[str, Any] = field(default_factory=dict)

    def narrowed(self, names: Sequence[str], seeds: int | None, epochs: int | None = None) -> Programme:
        """Return the programme with only the experiments `names` (all if there are none) and at most `seeds` trainings.

        `epochs` are those of every network instead of its own.

        Raises:
            ConfigError: A name is none of its experiments, or `seeds` is below 1.
        """
        known = [row.name for row in self.experiments]
        for name in names:
            if name not in known:
                raise ConfigError(unknown("experiment of this preset", name, known))
        if seeds is not None and seeds < 1:
            raise ConfigError(f"seeds {seeds}: expected a whole number of at least 1")
        rows = tuple(row for row in self.experiments if not names or row.name in names)
        changes = dict(self.changes) | ({} if epochs is None else {"epochs": epochs})
        return replace(self, experiments=rows, seeds=self.seeds if seeds is None else seeds, changes=changes)

    def shortened(self, split: Split) -> Split:
        """Return the split with no more lakes than it wants."""
        if not self.lakes:
            return split
        few = max(1, self.lakes // 5)
        rule = f"{split.rule}; the first {self.lakes} training lakes, {few} validation and {few} test lakes"
        return Split(split.train[: self.lakes], split.validation[:few], split.test[:few], split.seed, rule)


def _of(protocol: str) -> tuple[Experiment, ...]:
    return tuple(row for row in TABLE if protocol in row.protocols)


_SAMPLE: Final = (
    "logistic-pixels",
    "naive",
    "logistic",
    "boosting",
    "fcn-paper-16",
    "fcn-paper-16-rgb",
    "unet-paper-16",
    "fcn-lakeseg",
    "fcn-pixel",
)
PROGRAMMES: Final[Mapping[str, Programme]] = {
    PAPER: Programme(_of(PAPER)),
    FAIR: Programme(_of(FAIR)),
    QUICK: Programme(
        tuple(row for row in TABLE if row.name in _SAMPLE),
        seeds=2,
        lakes=40,
        changes={"epochs": 1, "precision": "float32"},
    ),
}


def programme(name: str) -> Programme:
    """Return a programme; an unknown name raises a `ConfigError` that lists the valid ones."""
    if name not in PROGRAMMES:
        raise ConfigError(unknown("preset of the study", name, list(PROGRAMMES)))
    return PROGRAMMES[name]


def is_of_the_study(config: SegmenterConfig) -> bool:
    """Say whether it is one of the study's networks, which see patches one by one."""
    return config.is_network and config.variant == PAPER_VARIANT

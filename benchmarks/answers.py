"""What the pages work out while somebody waits: the account of all patch sizes, a regression, a network, intervals.

    PYTHONPATH=. python benchmarks/answers.py [--rounds 7] [--dataset dataset2]

Needs the demo data and the shipped models. Each answer is timed in turn with a peer that gives the same: patches cut
out and counted size by size; scikit-learn's own fit with its default solver; `Model.predict`; a plain loop over
resamplings. The peers of the first and last are run on a part, and the time is scaled up, which is said.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
from statistics import median
from time import perf_counter
from typing import Final

import numpy as np

from benchmarks.shared.browser import machine, verdict
from lakeseg.analysis.comparing import paired_difference
from lakeseg.analysis.patch_curves import SIZES, patch_curves
from lakeseg.analysis.regression import Material, fit_bands, prepare
from lakeseg.analysis.selection import split_of
from lakeseg.data.dataset import Dataset, open_dataset
from lakeseg.inference import Options, predict_lake
from lakeseg.metrics import Scores, bootstrap_interval
from lakeseg.patches import account, grid
from lakeseg.places import data_dir, models_dir
from lakeseg.segmenters.anyband import with_masks
from lakeseg.store import ModelStore

SUBSETS: Final = ((2,), (1, 3, 4), (1, 2, 3, 4, 5, 6, 7))
PART: Final = 19  # of the 57 sizes, and of the resamplings, that a peer is run on: one in this many
DRAWS: Final = 2000

Call = Callable[[], object]


def seconds(call: Call) -> float:
    """Return how long a call takes."""
    start = perf_counter()
    call()
    return perf_counter() - start


def compare(name: str, ours: Call, peer: Call, rounds: int, limit: float, scaled: int = 1) -> None:
    """Time both in turn and print medians, their ratio and whether the limit, in seconds, was kept."""
    pairs = [(seconds(ours), scaled * seconds(peer)) for _ in range(rounds + 1)][1:]  # the first fills caches
    mine, theirs = (median(column) for column in zip(*pairs, strict=True))
    ratio = median(mine / theirs for mine, theirs in pairs)
    print(f"{name:46} {1000 * mine:8.0f} ms   peer {1000 * theirs:9.0f} ms   ratio {ratio:.3f}")
    verdict("  " + name, mine, limit, "s")


def cut_and_count(dataset: Dataset) -> None:
    """Account for one patch size in `PART` by cutting every lake into patches."""
    for size in SIZES[::PART]:
        for lake_id in dataset.lake_ids:
            labels = dataset.labels([lake_id])
            row = dataset.lakes.position(lake_id)
            height, width = int(dataset.lakes.height[row]), int(dataset.lakes.width[row])
            account(labels.reshape(height, width), grid(height, width, size), prune=True)


def default_fit(material: Material, bands: tuple[int, ...]) -> None:
    """Fit scikit-learn's regression as it comes."""
    from sklearn.linear_model import LogisticRegression

    LogisticRegression(max_iter=1000).fit(material.columns(bands), material.labels)


def plain_bootstrap(confusions: np.ndarray) -> None:
    """Draw one in `PART` of the resamplings in a loop."""
    rng = np.random.default_rng(0)
    for _ in range(DRAWS // PART):
        Scores.from_confusion(confusions[rng.integers(0, len(confusions), len(confusions))].sum(axis=0))


def any_band_network(dataset: Dataset, rounds: int) -> None:
    """Time the network for any bands on a lake of middling size and on the largest."""
    segmenter = ModelStore(models_dir()).load("fcn-bands")
    order = np.argsort(dataset.lakes.size)
    for name, row in (("middling", order[len(order) // 2]), ("largest", order[-1])):
        lake = dataset.lake(dataset.lake_ids[row])
        ours = partial(
            predict_lake, segmenter, lake.image, dataset.bands, dataset.scale, dataset.fill, Options(bands=(1, 3, 4))
        )
        framed = np.zeros((1, lake.shape[0] + 12, lake.shape[1] + 12, len(dataset.bands)), np.float32)
        shown = with_masks(framed, np.ones((1, len(dataset.bands)), bool))
        peer = partial(segmenter.model.predict, shown, verbose=0)  # type: ignore[attr-defined]
        size = f"{lake.shape[0]}×{lake.shape[1]} px"
        compare(f"network for any bands, {name} lake ({size})", ours, peer, rounds, 0.3)


def main() -> None:
    """Print the machine and a row for each answer."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--dataset", default="dataset2", help="file name in data/, without .h5")
    args = parser.parse_args()
    dataset = open_dataset(data_dir() / f"{args.dataset}.h5")
    print(machine())
    print(f"{dataset.name}: {len(dataset.lakes)} lakes, {dataset.pixel_count:,} px; medians of {args.rounds} rounds")
    every = partial(patch_curves, dataset, {"all": dataset.lake_ids})
    compare("patches of 8 to 64 px on all lakes", every, partial(cut_and_count, dataset), 1, 2, PART)
    material = prepare(dataset, split_of(dataset, ModelStore(models_dir()).cards()[0]).split)
    for bands in SUBSETS:
        name = f"regression on {len(bands)} band(s), {len(material.labels):,} px"
        compare(name, partial(fit_bands, material, bands), partial(default_fit, material, bands), args.rounds, 1)
    any_band_network(dataset, args.rounds)
    confusions = np.random.default_rng(0).integers(0, 500, (len(dataset.lakes), 3, 3))
    groups = [str(row) for row in range(len(confusions))]
    slow = partial(plain_bootstrap, confusions)
    interval = partial(bootstrap_interval, confusions, np.random.default_rng(0), draws=DRAWS)
    compare(f"interval, {DRAWS:,} resamplings of {len(groups)} groups", interval, slow, args.rounds, 1, PART)
    paired = partial(paired_difference, confusions, confusions[::-1], groups, draws=DRAWS)
    compare(f"paired difference, {DRAWS:,} resamplings", paired, slow, args.rounds, 1, 2 * PART)


if __name__ == "__main__":
    main()

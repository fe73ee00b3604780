"""Review through `app.py` on data that says little: six bands, no truth, places, domains or models, and odd names."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from lakeseg.cache import PredictionCache
from lakeseg.data.dataset import Dataset, Header, Lake
from lakeseg.data.write import write_dataset
from lakeseg.places import review_database
from lakeseg.review import keeping, runs
from lakeseg.review.cutting import cut
from lakeseg.review.log import Log
from lakeseg.review.opening import open_engine
from lakeseg.review.verdicts import Verdict

ROOT = Path(__file__).parents[2]
ANN, BOB = "*Ann* [x](y)", "|Bob| $1$ :red[b]"


@pytest.fixture
def dataset(in_lab: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Dataset:
    """Three lakes whose left half is open, cut into regions without any model, a third of these settled."""
    monkeypatch.setenv("LAKESEG_DATA", str(tmp_path))
    draw = np.random.default_rng(0)
    lakes = []
    for name in ("a *b* ü", "...", "=1"):
        image = draw.integers(200, 4000, (12, 10, 6)).astype(np.int16)
        image[0, :3] = -28672
        labels = draw.choice([1, 2], (12, 10)).astype(np.uint8)
        labels[:, :5] = 3
        lakes.append(Lake(name, image, labels, f"group of {name}"))
    made = write_dataset(tmp_path / "bare.h5", Header("bare", (1, 2, 3, 4, 6, 7), "a test", simulated=False), lakes)
    regions = cut(made, [], PredictionCache(tmp_path / ".cache" / "predictions"))
    keeping.save(regions)
    log = Log(open_engine(review_database()))
    log.prepare()
    log.add([_said(made, regions, one, ANN if one % 2 else BOB) for one in range(len(regions) // 3)])
    return made


def _said(dataset: Dataset, regions, region: int, by: str) -> Verdict:
    positions, lake = regions.positions_of(region), dataset.lake_ids[regions.lake[region]]
    verdict = ("water", "land", "unsure")[region % 3]
    return Verdict(dataset.fingerprint, lake, runs.encode(positions), len(positions), verdict, by, note="=1+1")


def shown(part: str, **link: str) -> AppTest:
    test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    for name, value in ({"dataset": "bare", "part_of_review": part, "reviewer": ANN} | link).items():
        test.query_params[name] = value
    test.run().switch_page("pages/review.py").run()
    assert not test.exception
    assert not test.error
    return test


@pytest.mark.parametrize("part", ["Decide", "Queue", "Agreement", "Outcome", "Learning"])
def test_every_part_shows_it(dataset, part):
    shown(part)


@pytest.mark.parametrize(
    "link", [{"blind": "true"}, {"honeypots": "25", "repeats": "25"}, {"rank": "What the learner is unsure of"}]
)
def test_decide_keeps_a_verdict_whatever_is_chosen(dataset, link):
    log = Log(open_engine(review_database()))
    before = len(log.all(dataset.fingerprint))
    app = shown("Decide", **link)
    next(one for one in app.button if str(one.key).startswith("say_water_")).click().run()
    assert not app.exception
    assert not app.error
    kept = log.all(dataset.fingerprint)
    assert len(kept) == before + 1
    assert (kept[-1].reviewer, kept[-1].verdict) == (ANN, "water")


@pytest.mark.usefixtures("dataset")
def test_the_distance_to_the_shore_is_said_whatever_the_order_goes_by():
    app = shown("Decide", rank="Largest first")
    assert any("shore" in str(one.value) for one in app.markdown)

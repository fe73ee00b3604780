import json
from dataclasses import replace

import numpy as np
import pytest

from lakeseg.bands import UNCLASSIFIED
from lakeseg.cache import PredictionCache
from lakeseg.cards import Card
from lakeseg.cli import main
from lakeseg.data.dataset import Header, Lake, open_dataset
from lakeseg.data.write import write_dataset
from lakeseg.errors import DatasetError, ModelError
from lakeseg.review import keeping
from lakeseg.review.building import build, judges_for
from lakeseg.store import ModelStore


def card(name: str, kind: str, f1: float, bands=(1, 2, 3, 4, 5, 6, 7)) -> Card:
    scores = {"test": {"f1": f1}}
    return Card(name, "", {"kind": kind}, bands, 1, id=name, fingerprint=name, scores=scores)


def test_the_best_of_each_kind_is_asked(small_dataset1):
    cards = [
        card("poor fcn", "fcn", 0.7),
        card("good fcn", "fcn", 0.8),
        card("rgb", "unet", 0.95, (1, 3, 4)),
        card("unet", "unet", 0.6),
        card("forest", "boosting", 0.75),
        card("rule", "mndwi", 0.5),
        card("wrong", "ndwi", 0.3),
        card("line", "logistic", 0.65),
        replace(card("unscored", "nobody", 0), scores={}),
    ]

    def asked(*some: int) -> list[str]:
        return [one.id for one in judges_for(small_dataset1, [cards[place] for place in some])]

    assert asked(*range(len(cards))) == ["good fcn", "forest", "line", "unet"]  # four, by F1
    assert asked(0, 2) == ["rgb", "poor fcn"]
    assert asked(0, 6) == ["poor fcn"]  # .3 is not half of .7
    assert asked() == []


def test_regions_are_made_from_nothing_and_predictions_are_kept(lab, tmp_path):
    dataset, cache, told = open_dataset(lab / "data" / "dataset1.h5"), PredictionCache(tmp_path / "cache"), []
    root = tmp_path / "kept"
    store = ModelStore(lab / "models")
    regions, path = build(dataset, store, cache, ["mndwi"], lambda share, text: told.append((share, text)), root)
    assert regions.pixels.sum() == dataset.total_counts()[UNCLASSIFIED]
    assert [judge.id for judge in regions.judges] == ["mndwi"]
    assert np.array_equal(keeping.load(path).positions, regions.positions)
    shares = [share for share, _ in told]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert {text.split()[-2] for _, text in told} == {"predicts", "of"}
    open_ = [lake for lake, row in zip(dataset.lake_ids, dataset.class_counts(), strict=True) if row[UNCLASSIFIED]]
    assert cache.missing(dataset.fingerprint, store.card("mndwi").fingerprint, open_) == []


def test_without_unclassified_pixels_there_is_nothing_to_review(lab, tmp_path):
    dataset = open_dataset(lab / "data" / "dataset2.h5")
    with pytest.raises(DatasetError, match="has no unclassified pixels, so there is nothing to review"):
        build(dataset, ModelStore(lab / "models"), PredictionCache(tmp_path))


def test_where_all_is_fill_there_is_nothing_to_review(tmp_path):
    image = np.full((2, 2, 1), 100, np.int16)
    image[0] = -28672
    labels = np.array([[3, 3], [1, 2]], np.uint8)
    header = Header("d", (1,), "a test", simulated=False)
    dataset = write_dataset(tmp_path / "d.h5", header, [Lake("a", image, labels, "g")])
    with pytest.raises(DatasetError, match="every unclassified pixel lacks a value"):
        build(dataset, ModelStore(tmp_path / "models"), PredictionCache(tmp_path))


def test_an_unknown_model_is_named(lab, tmp_path):
    dataset = open_dataset(lab / "data" / "dataset1.h5")
    with pytest.raises(ModelError, match="'nobody'"):
        build(dataset, ModelStore(lab / "models"), PredictionCache(tmp_path), ["nobody"])


def test_the_command_line_cuts_with_the_models_that_are_there(lab, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("LAKESEG_DATA", str(tmp_path))
    words = ["review", "build", "--dataset", str(lab / "data" / "dataset1.h5"), "--models", str(lab / "models")]
    assert main([*words, "--cache", str(lab / "data" / ".cache" / "predictions"), "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    regions = keeping.load(keeping.find(data["dataset"]))
    assert (data["regions"], data["pixels"]) == (len(regions), int(regions.pixels.sum()))
    assert set(data["models"]) == {"logistic", "mndwi"}
    assert data["path"] == str(keeping.find(data["dataset"]))

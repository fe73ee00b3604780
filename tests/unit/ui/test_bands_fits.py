import threading
import time

import pytest

from lakeseg.analysis.regression import BandFit
from lakeseg.data.splits import split_by_group
from lakeseg.errors import ModelError
from lakeseg.serving import Failed, Pending
from lakeseg.ui.bands import fits
from lakeseg.ui.bands.fits import Fits


@pytest.fixture(scope="module")
def split(small_dataset):
    return split_by_group(small_dataset.lakes, 0, (0.5, 0.25, 0.25))


def test_a_fit_comes_after_a_while_and_then_at_once(small_dataset, split):
    service = Fits()
    assert isinstance(service.request(small_dataset, split, (2, 5)), Pending | BandFit)
    fit = service.request(small_dataset, split, (2, 5), patience=60)
    assert isinstance(fit, BandFit)
    assert fit.model.bands == (2, 5)
    assert service.request(small_dataset, split, (2, 5)) is fit


def test_the_latest_wish_goes_first_and_old_ones_are_dropped(small_dataset, split, monkeypatch):
    begin, done = threading.Event(), []

    def slow(_material, bands):
        begin.wait(20)
        done.append(bands)
        return BandFit(None, {}, 1)

    monkeypatch.setattr(fits, "prepare", lambda *_: None)
    monkeypatch.setattr(fits, "fit_bands", slow)
    service = Fits()
    service.request(small_dataset, split, (1,))
    while service._wishes:  # until the first is under way
        time.sleep(0.01)
    for bands in ((2,), (3,), (4,)):
        service.request(small_dataset, split, bands)
    service._wishes[next(key for key in service._wishes if key[2] == (2,))].asked -= 2 * fits.PATIENCE
    begin.set()
    assert isinstance(service.request(small_dataset, split, (3,), patience=20), BandFit)
    assert service.request(small_dataset, split, (5,), patience=20)
    assert set(done) == {(1,), (3,), (4,), (5,)}


def test_what_cannot_be_fitted_says_why_and_is_tried_again_later(small_dataset, split, monkeypatch):
    def refuse(*_):
        raise ModelError("no water here")

    monkeypatch.setattr(fits, "prepare", refuse)
    service = Fits()
    assert service.request(small_dataset, split, (1,), patience=20) == Failed("no water here")
    monkeypatch.undo()
    assert service.request(small_dataset, split, (1,)) == Failed("no water here")
    service._failed = {key: (reason, 0.0) for key, (reason, _) in service._failed.items()}
    assert isinstance(service.request(small_dataset, split, (1,), patience=60), BandFit)


def test_a_fault_does_not_end_the_service(small_dataset, split, monkeypatch, caplog):
    monkeypatch.setattr(fits, "fit_bands", lambda *_: 1 / 0)
    service = Fits()
    answer = service.request(small_dataset, split, (1,), patience=30)
    assert isinstance(answer, Failed)
    assert "ZeroDivisionError" in answer.reason
    monkeypatch.undo()
    assert isinstance(service.request(small_dataset, split, (2,), patience=60), BandFit)

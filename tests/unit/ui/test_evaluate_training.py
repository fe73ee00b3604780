from dataclasses import replace

import numpy as np
import pytest

from lakeseg.cards import Card
from lakeseg.ui.evaluate import training

CARD = Card(
    title="FCN",
    description="",
    config={"kind": "fcn", "patch": 16},
    bands=(1,),
    parameters=473_675,
    history={"loss": [0.5, 0.25], "val_loss": [0.6, None], "seconds": [1.0, 3.0]},
    seconds_per_epoch=2.0,
    device="CPU",
    id="fcn",
)


def test_a_card_without_accuracy_has_its_losses_still():
    losses = training._curve([CARD], "Loss")
    assert list(losses["value"]) == [0.5, 0.25, 0.6]  # a value that is unknown is left out
    assert training._curve([CARD], "Accuracy").empty


def test_accuracy_is_drawn_where_it_was_recorded():
    card = replace(CARD, history={**CARD.history, "accuracy": [0.8, 0.9], "val_accuracy": [0.7, 0.75]})
    found = training._curve([card, CARD], "Accuracy")
    assert list(found["value"]) == [0.8, 0.9, 0.7, 0.75]
    assert list(found["epoch"]) == [1, 2, 1, 2]


@pytest.mark.parametrize("history", [{}, {"loss": "x"}, {"loss": [None, "y"]}])
def test_whatever_stands_in_a_card_is_no_fault(history):
    assert training._curve([replace(CARD, history=history)], "Loss").empty


def test_the_studys_seconds_stand_beside_ours():
    words, exact = training._row(CARD)
    assert (words["s per epoch"], words["Study, s"], words["Parameters"]) == ("2", "30", "473,675")
    assert exact["seconds_per_epoch"] == 2.0
    assert np.isnan(exact["val_loss"])
    assert training._row(replace(CARD, config={"kind": "unet"}))[0]["Study, s"] == "23"
    assert training._row(replace(CARD, config={"kind": "logistic"}))[0]["Study, s"] == "–"

"""What a regression and the network for any bands say on the chosen bands: on the lake and on the test lakes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd
import streamlit as st

from lakeseg.analysis.regression import BandFit
from lakeseg.analysis.selection import KnownSplit
from lakeseg.analysis.subsets import Bands, options_for
from lakeseg.cards import Card
from lakeseg.evaluation import scored_labels
from lakeseg.figures.bands import written
from lakeseg.inference import predict_lake, seen
from lakeseg.metrics import Scores, classes, confusion
from lakeseg.plain import counted
from lakeseg.serving import Answer, Failed, Pending, Ready
from lakeseg.study.subsets import PART, is_current, row_of
from lakeseg.ui import cache, offer, state, status
from lakeseg.ui.bands import scene, toggles
from lakeseg.ui.cache import bands as kept
from lakeseg.ui.frame import View
from lakeseg.ui.text import full_name, plain, short, with_interval
from lakeseg.ui.viewer import viewer

POLL_SECONDS: Final = 0.25
PATIENCE: Final = 0.25  # seconds that a run waits for an answer before it shows that it is on its way
REGRESSION: Final = "Logistic regression"
ANY_BANDS: Final = "FCN any bands"
WIDTHS: Final = {"This lake": 150, "F1, test lakes": 120, "F1, test runs": 120}  # CSS pixels: room for what comes


@dataclass(frozen=True)
class Question:
    """One lake in some bands, put to a regression on the training lakes of `known` and to `network` if there is one."""

    view: View
    bands: Bands
    known: KnownSplit
    network: Card | None

    def regression(self, patience: float = 0.0) -> BandFit | Pending | Failed:
        """Return the regression on these bands as far as it is."""
        return kept.fits().request(self.view.dataset, self.known.split, self.bands, patience)

    def prediction(self) -> Answer:
        """Return what the network says of the lake as far as it is."""
        dataset, card = self.view.dataset, self.network
        if card is None:
            return Failed(f"No network for any bands here: {offer.TRAIN.format(path=dataset.path)}")
        options = options_for(self.bands, dataset.bands)
        return cache.service().request(dataset, self.view.lake_id, card.id, card.fingerprint, options)

    def is_waiting(self) -> bool:
        """Say whether an answer is still on its way; asking keeps it wanted."""
        return any([isinstance(self.prediction(), Pending), isinstance(self.regression(), Pending)])


def show(view: View, known: KnownSplit, network: Card | None) -> None:
    """Show the switches and what follows from them; only this part of the page runs when one is thrown."""
    st.fragment(_instrument)(view, known, network)


@status.errors_in_a_line()
def _instrument(view: View, known: KnownSplit, network: Card | None) -> None:
    question = Question(view, toggles.pick(view.dataset.bands), known, network)
    question.prediction()  # asked first: it runs while the regression is waited for
    fit = question.regression(PATIENCE)
    answers = {"regression": _on_lake(view, fit), "network": question.prediction()}
    titles = {"regression": REGRESSION, "network": network.title if network else ANY_BANDS}
    f1 = {} if view.dataset.of_pixels else {name: _lake_f1(view, answer) for name, answer in answers.items()}
    if f1:
        viewer(scene.of_answers(view, answers, titles, f1, state.pixel(*view.lake.shape)), key="bands_viewer")
    _show_numbers(question, fit, f1)
    if any(isinstance(answer, Pending) for answer in answers.values()):  # as drawn: one may have come since
        st.fragment(_watch, run_every=POLL_SECONDS)(question)


def _watch(question: Question) -> None:
    """Draw the page anew once every answer is there."""
    if not question.is_waiting():
        st.rerun()


def _on_lake(view: View, fit: BandFit | Pending | Failed) -> Answer:
    if not isinstance(fit, BandFit):
        return fit
    dataset = view.dataset
    made = predict_lake(fit.model, view.lake.image, dataset.bands, dataset.scale, dataset.fill)
    return Ready(seen(made, view.lake.image, dataset.fill))


def _lake_f1(view: View, answer: Answer) -> str:
    """Return F1 of an answer on the lake with the pixels it rests on, or ""."""
    if not isinstance(answer, Ready):
        return ""
    labels = scored_labels(view.lake, view.dataset.fill)
    scores = Scores.from_confusion(confusion(labels, classes(answer.probabilities)))
    return f"F1 {short(scores.f1)} · {scores.pixels:,} px"


def _show_numbers(question: Question, fit: BandFit | Pending | Failed, f1: Mapping[str, str]) -> None:
    """Show F1 of both on the test lakes with its interval, beside that on the lake, if there is one (`f1`)."""
    dataset, network = question.view.dataset, question.network
    measured = kept.result(PART, dataset)
    here, noun = {name: {"This lake": words or "…"} for name, words in f1.items()}, dataset.lakes.noun
    words = {"Model": REGRESSION, "How": "refitted on these bands", "Bands": written(question.bands)}
    rows = [words | here.get("regression", {}) | _cells(_scores_of(fit), noun)]
    if network:
        found = row_of(measured, network.id, question.bands) if is_current(measured, network) else None
        words |= {"Model": network.title, "How": "told which bands it has"}
        rows.append(words | here.get("network", {}) | _cells(found, noun))
    widths = {name: st.column_config.Column(width=width) for name, width in WIDTHS.items()}
    st.dataframe(pd.DataFrame(rows), hide_index=True, width="stretch", height=36 + 35 * len(rows), column_config=widths)
    st.caption(plain(_origin(question, fit)))
    if network and not is_current(measured, network):
        offer.measurement(PART, dataset, f"{plain(network.title)} was not scored on the subsets of this dataset yet.")


def _scores_of(fit: BandFit | Pending | Failed) -> Mapping[str, Any] | None:
    if not isinstance(fit, BandFit):
        return None
    interval, pixels = fit.scores["f1_interval"], fit.scores["excluded"]["pixels"]
    return {**fit.scores, "pixels": pixels, "low": interval["low"], "high": interval["high"]}


def _cells(scores: Mapping[str, Any] | None, noun: str) -> dict[str, str]:
    """Return F1 with its interval and the pixels and lakes (or what `noun` says) that it rests on."""
    cells = ["…"] * 3
    if scores is not None:
        ends = [float("nan") if scores[name] is None else scores[name] for name in ("f1", "low", "high")]
        cells = [with_interval(ends[0], ends[1], ends[2]), f"{scores['pixels']:,}", f"{scores['lakes']:,}"]
    return dict(zip((f"F1, test {noun}s", "Pixels", f"{noun.capitalize()}s"), cells, strict=True))


def _origin(question: Question, fit: BandFit | Pending | Failed) -> str:
    """Return what the numbers rest on."""
    dataset, known = question.view.dataset, question.known
    noun, over = dataset.lakes.noun, "runs" if dataset.of_pixels else "ground groups"
    split = f"the split of {known.model}" if known.model else f"a split made here ({known.split.rule})"
    words = f"{full_name(dataset)}, {split}, test {noun}s; 95 % intervals over {over}."
    if not isinstance(fit, BandFit):
        return words
    every = f", every {fit.every}. of them" if fit.every > 1 else ""
    lakes = counted(len(known.split.train), noun)
    return f"{words} The regression learned from {fit.training_pixels:,} px of {lakes}{every}."

"""What every page has in common: datasets and models, and the sidebar's choice of dataset and lake.

    with status.errors_in_a_line():
        view = frame.begin()
        frame.title("Patches", view, "Drag the size of the patches.")
        ...                                # the page's own controls and answers
        with st.sidebar:
            frame.end(view, cards)         # predictions in the background, and the device

Dataset and lake have the same keys on all pages, so a link and a change of page keep them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import pandas as pd
import streamlit as st
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner import get_script_run_ctx

from lakeseg.data.dataset import Dataset, Lake
from lakeseg.data.table import RUNS
from lakeseg.store import BrokenModel, Card
from lakeseg.ui import cache, demo, sidebar, state, status
from lakeseg.ui.text import plain, short_name

_APP: Final = "app.py"
_EXPLORE: Final = "pages/explore.py"
_NAME: Final = 48  # signs of a dataset's name in a title: with more of them what stands below would move


@dataclass(frozen=True)
class View:
    """What a page looks at.

    Attributes:
        dataset: The chosen dataset.
        lake_id: The chosen lake.
        cards: Every usable model by id.
        broken: Models that cannot be used.
        chosen: Ids of the chosen models, damaged ones among them; empty on pages that do not ask.
        lakes: Lakes that pass the sidebar's filter, in its order (`catalogue.lake_table`).
    """

    dataset: Dataset
    lake_id: str
    cards: Mapping[str, Card]
    broken: Sequence[BrokenModel]
    chosen: Sequence[str]
    lakes: pd.DataFrame

    @cached_property
    def lake(self) -> Lake:
        """The chosen lake, read once in a run."""
        return self.dataset.lake(self.lake_id)

    @cached_property
    def chosen_cards(self) -> list[Card]:
        """Cards of the chosen models that are usable."""
        return [self.cards[model] for model in self.chosen if model in self.cards]

    @cached_property
    def fitting(self) -> list[str]:
        """Ids of the models that can run on the dataset's bands, those trained on it first."""
        ids = [key for key, card in self.cards.items() if card.fits(self.dataset.bands, self.dataset.of_pixels)]
        return sorted(ids, key=lambda key: not self.cards[key].is_home(self.dataset.fingerprint))


def begin(
    ask_models: bool = False,
    first: Callable[[Mapping[str, Dataset]], str] | None = None,
    ask_lake: bool = True,
    without: Callable[[], None] | None = None,
    needs_images: bool = True,
) -> View:
    """Ask for dataset and lake in the sidebar, with `ask_models` for models, order and filter too, and return the view.

    Without `ask_lake` it is the lake that another page chose, or the first. Of a dataset of single pixels none is
    asked for; a page that `needs_images` ends here with a line that says so.

    Where nobody chose a dataset, `first` says which of those there are is shown, or it is the first of all.
    On the first start the demo data is made here; where there is nothing to look at, the page ends here, with what
    `without` shows if it is given.
    """
    _run_by_app()
    _leave()
    cache.settle_memory()
    datasets = _datasets(without)
    cards, broken = cache.models()
    with st.sidebar:
        status.show_unknown("dataset", state.DATASET, list(datasets))
        dataset = sidebar.pick_dataset(datasets, first(datasets) if first else "")
    if dataset.of_pixels and needs_images:
        _end_without_images(dataset, datasets)
    ask_lake = ask_lake and not dataset.of_pixels
    with st.sidebar:
        lake_place, order_place = st.container(), st.container()
        chosen: list[str] = []
        if ask_models:
            status.show_unknown("model", state.MODELS, [*cards, *(model.id for model in broken)])
            chosen = sidebar.pick_models(cards, broken, dataset)
        ranked_by = [cards[model] for model in chosen if model in cards]
        with order_place:
            lakes = sidebar.pick_order(dataset, ranked_by) if ask_models else cache.table(dataset, [])
        with lake_place:
            if not dataset.of_pixels:
                status.show_unknown("lake", state.LAKE, dataset.lakes)
            lake_id = sidebar.pick_lake(dataset, lakes) if ask_lake else sidebar.known_lake(dataset)
    return View(dataset, lake_id, cards, broken, chosen, lakes)


def _run_by_app() -> None:
    """Start over through `app.py` where Streamlit ran this page without it.

    Until `st.navigation` was called once in a server, Streamlit takes a folder `pages/` for pages of its older kind: a
    link to one of ours, among the very first requests, runs it alone, in a narrow layout and with a menu of file names.
    Such a session has `app.py` itself among its pages; another session may have put the switch right in the meantime.
    """
    context = get_script_run_ctx()
    known = context.pages_manager.get_pages().values() if context else ()
    if context and any(Path(page["script_path"]).name == _APP for page in known):
        PagesManager.uses_pages_directory = False
        st.rerun()


def _leave() -> None:
    """Open Explore where a click asked for it.

    Only a run of the whole page may do that: after a run of a fragment, Streamlit would still hold the keys of the
    widgets outside it, and Explore could not write them into its link.
    """
    link = state.take_leaving()
    if link is not None:
        st.switch_page(_EXPLORE, query_params=link)


def _datasets(without: Callable[[], None] | None) -> Mapping[str, Dataset]:
    """Return the datasets by name; make the demo data on the first start, and end the page where there is none."""
    datasets, broken = cache.datasets()
    status.show_broken(broken)
    if demo.is_missing(datasets, broken):
        demo.make_here()
    elif not datasets:
        own = "the Data page" if without is None else "give a file below"
        st.caption(f"Nothing to show yet. Demo data: `python -m lakeseg demo`. Your own: {own}.")
    if not datasets:
        if without is not None:
            without()
        st.stop()
    return datasets


def _end_without_images(dataset: Dataset, datasets: Mapping[str, Dataset]) -> None:
    """Say that single pixels make no image, and where they are shown; offer lakes if there are any; end the page."""
    words = "single pixels, which make no images: choose another in the sidebar. Bands, Evaluate and Data show it."
    st.info(f"{plain(short_name(dataset, _NAME))} holds {words}", icon=":material/scatter_plot:")
    for name in [name for name, each in datasets.items() if not each.of_pixels][:1]:  # the sidebar may be closed
        st.button(f"Show {plain(name)}", on_click=state.show_dataset, args=(name,))
    st.stop()


def title(name: str, view: View, what_to_do: str) -> None:
    """Show the page's name with dataset and lake beside it, and in a sentence what to do, or what single pixels are."""
    table, row = view.dataset.lakes, view.dataset.lakes.position(view.lake_id)
    if view.dataset.of_pixels:
        title_of_dataset(name, view, [f"{view.dataset.pixel_count:,} px"])
        st.caption(f"{RUNS[0].upper()}{RUNS[1:]}.")
        return
    lake = f"lake {view.lake_id} · {table.height[row]}×{table.width[row]} px"
    title_of_dataset(name, view, [lake, table.domain[row]])
    st.caption(what_to_do)


def title_of_dataset(name: str, view: View, about: Sequence[str]) -> None:
    """Show the page's name with the dataset beside it, and what else there is to say about it."""
    details = plain(" · ".join(word for word in [short_name(view.dataset, _NAME), *about] if word))
    st.markdown(f"#### {name} :small[:gray[{details}]]", width="stretch")


def end(view: View, cards: Sequence[Card]) -> None:
    """Predict all lakes with `cards` in the background, show how far that is, and the device of the networks."""
    status.show_background(view.dataset, cards)
    status.show_device()

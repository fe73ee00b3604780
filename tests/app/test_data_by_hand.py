"""What a person sees on Data who brings odd names, wrong links and files that fail."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from lakeseg.data.dataset import Header, Lake
from lakeseg.data.write import write_dataset
from lakeseg.ui.cache import data as kept
from lakeseg.ui.data.datasets import bands_in_words
from lakeseg.ui.tasks import Task, Tasks

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(in_lab: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of its own with one dataset of the lab; the first alone would pass for half of the demo."""
    folder = tmp_path / "data"
    folder.mkdir()
    shutil.copy(in_lab / "data" / "dataset2.h5", folder)
    monkeypatch.setenv("LAKESEG_DATA", str(folder))
    monkeypatch.delenv("LAKESEG_IMPORT", raising=False)
    return folder


@pytest.fixture
def tasks(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tasks]:
    """Tasks of a server of its own."""
    own = Tasks(folder)
    monkeypatch.setattr(kept, "tasks", lambda: own)
    yield own
    own.close()


@pytest.fixture
def data(tasks: Tasks, open_data: Callable[..., AppTest]) -> Callable[..., AppTest]:
    """`data(part_of_data="Health", …)` opens Data at a link and runs it."""
    return open_data


def text(app: AppTest) -> str:
    parts = [part.value for kind in (app.markdown, app.caption, app.error) for part in kind]
    return "\n".join(map(str, parts)).replace("\u00a0", " ").replace("\\", "")


def write_bare(path: Path, name: str, lake: str = "one", labels: int = 1) -> None:
    codes = np.ones((9, 9), np.uint8)
    codes[:3] = labels
    image = np.random.default_rng(1).integers(0, 9000, (9, 9, 3)).astype(np.int16)
    write_dataset(path, Header(name, (1, 3, 4), "test", simulated=False), [Lake(lake, image, codes, "g")])


def write_chips(path: Path) -> None:
    rng = np.random.default_rng(2)
    path.parent.mkdir(exist_ok=True)
    pixels = rng.integers(0, 9000, (5, 12, 14, 7)).astype(np.int16)
    np.savez(path, X=pixels, y=rng.integers(1, 3, (5, 12, 14)).astype(np.uint8))


@pytest.mark.parametrize(
    ("bands", "words"),
    [((1, 2, 3, 4, 5, 6, 7), "1–7"), ((1, 2, 3, 4, 6, 7), "1–4, 6, 7"), ((1, 3, 4), "1, 3, 4"), ((2,), "2")],
)
def test_bands_are_drawn_together(bands, words):
    assert bands_in_words(bands) == words


def test_a_name_of_120_signs_does_not_push_the_page_down(data, folder):
    name = f"A *very* <b>long</b> name {'n' * 97}"
    write_bare(folder / "odd.h5", name)
    run = data(dataset="odd")
    assert not run.exception
    title = next(part.value for part in run.markdown if part.value.startswith("#### Data"))
    assert len(title.replace("\\", "")) < 90
    assert r"\*very\* \<b\>long" in title
    assert "odd.h5" in title
    assert run.dataframe[0].value["Dataset"].tolist()[1] == name


def test_a_file_that_is_called_as_its_dataset_is_named_once(data, folder):
    write_bare(folder / "same.h5", "same")
    assert "#### Data :small[:gray[same]]" in text(data(dataset="same"))


def test_pixels_without_a_label_have_a_column_so_that_rows_add_up(data, folder):
    assert "No label" not in text(data(dataset="dataset2"))
    write_bare(folder / "part.h5", "part", labels=0)
    words = text(data(dataset="part"))
    assert "| :small[81] | :small[54 (66.7 %)] | :small[–] | :small[–] | :small[27 (33.3 %)] |" in words


def test_health_says_how_much_was_examined(data, folder):
    write_bare(folder / "bare.h5", "bare")
    run = data(dataset="bare", part_of_data="Health")
    deadline = time.monotonic() + 60
    while "in order" not in text(run):
        assert time.monotonic() < deadline, text(run)
        run.run()
    assert "1 lake · 81 px examined" in text(run)


def test_a_link_to_a_file_that_is_gone_says_so(data, folder):
    write_chips(folder / "incoming" / "own.npz")
    run = data(part_of_data="Import", import_from="Folder on the server", import_path="*gone*.npz")
    assert "*gone*.npz of the link is not here: choose another file." in text(run)


def test_a_name_that_is_being_made_is_not_given_again(data, folder, tasks, monkeypatch):
    write_chips(folder / "incoming" / "own.npz")
    monkeypatch.setattr(Task, "start", lambda _: None)
    assert tasks.start(Task("import", "own", (), folder / "own.h5"))
    run = data(part_of_data="Import", import_from="Folder on the server", import_path="own.npz")
    assert run.text_input("import_name").value == "own-2"
    run.text_input("import_name").set_value("own").run()
    assert "own.h5 is being made: choose another name" in text(run)
    assert next(each for each in run.button if each.label == "Convert").disabled


def test_the_first_lakes_say_what_their_colours_are(data, folder):
    write_chips(folder / "incoming" / "own.npz")
    words = text(data(part_of_data="Import", import_from="Folder on the server", import_path="own.npz"))
    assert "The first 3 of 5 lakes: natural colour, and beside it the labels: water blue, land green" in words


def test_under_a_file_that_cannot_be_read_stands_what_can(data, folder):
    (folder / "incoming").mkdir()
    (folder / "incoming" / "torn.npz").write_bytes(b"no archive")
    run = data(part_of_data="Import", import_from="Folder on the server", import_path="torn.npz")
    assert len(run.error) == 1
    assert "What can be read" in text(run)


def test_a_failure_does_not_say_where_on_the_server_a_file_lies(data, folder, tasks):
    source = folder / ".cache" / "uploads" / "0123" / "own.npz"
    words = ("import", str(source), f"--out={folder / 'own.h5'}")
    problem = f"{source}: is damaged: say it with --water, such as --water 1, or free {folder / 'own.h5'}"
    tasks._tasks = [Task("import", "own", words, folder / "own.h5", problem=problem, done=True)]
    words = text(data(part_of_data="Import"))
    assert "own.npz: is damaged: say it with “Water”, such as 1, or free own.h5" in words
    assert str(folder) not in words.partition("is damaged")[0].splitlines()[-1]

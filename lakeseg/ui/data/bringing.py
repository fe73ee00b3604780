"""Import from the page: a file, what it is, its first lakes, and its conversion in the background."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Final

import streamlit as st

from lakeseg.data.readers.formats import FORMATS, Found
from lakeseg.data.readers.options import ReadOptions
from lakeseg.errors import LakesegError
from lakeseg.places import data_dir, incoming_dir
from lakeseg.plain import counted
from lakeseg.ui import state
from lakeseg.ui.cache import data as kept
from lakeseg.ui.data import adopting, naming, options_form, progress, samples, sources
from lakeseg.ui.tasks import Task
from lakeseg.ui.text import plain

KIND: Final = "import"
FROM, FILES = "import_from", "import_files"
UPLOAD, FOLDER = "Upload", "Folder on the server"
_PREVIEWED: Final = 3


def show() -> bool:
    """Show what is being imported, and the way to import more; say whether a file was chosen."""
    progress.show(KIND, progress.offer_switch)
    with st.container(border=True):
        source, rubbish = _ask_source()
    if source is None:
        _formats()
        return False
    try:
        _convert(source, rubbish)
    except LakesegError as error:
        _say_error(error, source)
        if options_form.is_empty():
            _formats()
        else:
            options_form.show_rest(Found("", ""))
    return True


def _ask_source() -> tuple[Path | None, Path | None]:
    """Ask for a file; return it, and the folder that is to be removed when it was converted."""
    left, right = st.columns([1, 3], gap="medium")
    with left:
        way = st.radio("From", [UPLOAD, FOLDER], key=FROM, bind="query-params")
    with right:
        return _uploaded() if way != FOLDER else (_in_folder(), None)


def _uploaded() -> tuple[Path | None, Path | None]:
    files = st.file_uploader(
        "One file, or all files of a set",
        accept_multiple_files=True,
        key=f"{FILES}_{state.value(naming.TIMES, 0)}",
        help="Several files are taken as one folder, such as a GeoTIFF for each band.",
    )
    if not files:
        return None, None
    batch = sha256("\n".join(sorted(file.file_id for file in files)).encode()).hexdigest()[:20]
    folder = data_dir() / ".cache" / "uploads"
    path = sources.keep(folder, batch, {file.name: file.getvalue for file in files})
    return path, path.parent


def _in_folder() -> Path | None:
    root = incoming_dir()
    there = sources.listed(root)
    if not there:
        st.caption(
            f"Put files of any size into `{root}` on the server, and they can be chosen here; the variable "
            "`LAKESEG_IMPORT` names another folder."
        )
        st.button("Look again", icon=":material/refresh:", key="look_again")
        return None
    for name in set(state.asked(naming.PATH)) - set(there):
        st.caption(f":material/warning: {plain(name)} of the link is not here: choose another file.")
    chosen = st.selectbox(f"File or folder in `{root}`", there, index=None, key=naming.PATH, bind="query-params")
    return None if chosen is None else sources.inside(root, str(chosen))


def _formats() -> None:
    """Say what can be read."""
    lines = [
        f"**{plain(each.name)}** :small[:gray[{plain(', '.join(each.endings))} · {plain(each.holds.replace('`', ''))}]]"
        for each in FORMATS
    ]
    st.markdown("###### What can be read", anchors=False)
    st.markdown("  \n".join(lines))


def _convert(source: Path, rubbish: Path | None) -> None:
    """Show what the file is, its options and its first lakes, and offer to convert it."""
    if state.value(naming.SHOWN, None) != str(source):
        options_form.forget()
        naming.suggest(source)
        state.put(naming.SHOWN, str(source))
    dataset = adopting.own(source)
    if dataset is not None:
        adopting.show(dataset, rubbish)
        return
    home = _home(source)
    found, options, problem = _look(source, home)
    outlines = sources.outlines(home)
    _say(source, found)
    options_form.show(found, outlines)
    missing = [name for name in found.missing if getattr(options, name) is None]
    if problem is None and missing:
        listed = ", ".join(options_form.label(name).lower() for name in missing)
        st.caption(f":material/edit: Say more to see its first lakes: {listed}.")
    elif problem is None:
        named = replace(options, name=naming.given() or None)
        problem = _preview(source, named.over(found.suggested), found)
    if problem is not None:
        _say_error(problem, source)
    _offer(source, rubbish, found, can_be=problem is None and not missing)
    options_form.show_rest(found, outlines)


def _look(source: Path, home: Path) -> tuple[Found, ReadOptions, LakesegError | None]:
    """Return what the file is with the options that were given, and these; or without them, and what is wrong in them.

    Raises:
        LakesegError: The file cannot be read at all.
    """
    try:
        options = sources.kept_inside(options_form.said(), home)
        return kept.found(source, options), options, None
    except LakesegError as error:
        if options_form.is_empty():
            raise
        return kept.found(source, ReadOptions()), ReadOptions(), error


def _preview(source: Path, options: ReadOptions, found: Found) -> LakesegError | None:
    """Show the first lakes; return why that cannot be done."""
    try:
        samples.show(source, options, _PREVIEWED, found.lakes or 0)
    except LakesegError as error:
        return error
    return None


def _say_error(error: LakesegError, source: Path) -> None:
    st.error(plain(_for_page(str(error), source)), icon=":material/error:")


def _for_page(text: str, source: Path) -> str:
    """Return a text of the readers with the name of the file, not where on the server it lies, and names of fields."""
    inside = [source / "any"] if source.is_dir() else []
    return options_form.in_words(sources.without_folders(text, [*inside, source]))


def _home(source: Path) -> Path:
    """Return the folder whose files may be named in the options."""
    return source if source.is_dir() else source.parent


def _say(source: Path, found: Found) -> None:
    numbers = [counted(found.lakes, "lake") if found.lakes else "", f"{found.pixels:,} px" if found.pixels else ""]
    numbers += [counted(len(found.bands), "band") if found.bands else ""]
    about = " · ".join(word for word in [source.name, *numbers] if word)
    st.markdown(f"##### {plain(found.title)} :small[:gray[{plain(about)}]]", anchors=False)
    if found.lines:
        st.markdown("  \n".join(f":small[{plain(_for_page(line, source))}]" for line in found.lines))


def _offer(source: Path, rubbish: Path | None, found: Found, can_be: bool) -> None:
    """Ask for a name, and offer to convert."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        out = naming.ask()
        st.button(
            "Convert",
            icon=":material/play_arrow:",
            type="primary",
            disabled=out is None or not can_be,
            on_click=_start,
            args=(source, rubbish, out, found),
        )
    naming.explain()


def _start(source: Path, rubbish: Path | None, out: Path, found: Found) -> None:
    """Callback: convert the file in the background, with the options that the fields hold."""
    said = sources.kept_inside(options_form.said(), _home(source))
    words = options_form.words(replace(said, name=said.name or out.stem, format=said.format or found.format))
    command = ("import", str(source), f"--out={out}", *words)
    if kept.tasks().start(Task(KIND, out.stem, command, out, rubbish)):
        naming.another()  # otherwise somebody has just begun another one of that name, which the field then says

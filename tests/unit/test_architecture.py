"""The rules of docs/architecture.md that a program can check."""

from __future__ import annotations

import ast
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from lakeseg.cli import VERBS

ROOT = Path(__file__).resolve().parents[2]
LAYERS = (
    ("errors", "extras", "bands", "places", "plain"),
    ("data", "patches", "metrics"),
    ("segmenters",),
    ("cards", "store", "cache", "framing", "inference", "training", "evaluation", "exports", "analysis"),
    ("making", "serving", "catalogue", "tiles", "study", "review", "figures", "cli"),
    ("ui",),
    ("pages", "app"),
)
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}
HEAVY = {"tensorflow", "keras", "sklearn", "skops", "streamlit", "plotly", "altair"}
LONGEST = 300
LONGEST_TEST = 400  # a row of cases reads well at length


@dataclass(frozen=True)
class Import:
    """One import of `target` (a dotted name) on `line` of `path`; `typing` when only a type checker follows it."""

    path: Path
    line: int
    target: str
    top: bool
    typing: bool

    def __str__(self) -> str:
        return f"{self.path}:{self.line} imports {self.target}"


@cache
def sources() -> tuple[Path, ...]:
    return tuple(sorted([*ROOT.glob("lakeseg/**/*.py"), *ROOT.glob("pages/**/*.py"), ROOT / "app.py"]))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imports() -> tuple[Import, ...]:
    return tuple(found for path in sources() for found in _imports_of(path))


def _imports_of(path: Path) -> list[Import]:
    parsed = tree(path)
    typing = {
        id(child)
        for node in ast.walk(parsed)
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")
        for child in ast.walk(node)
    }
    inside = {
        id(child)
        for node in ast.walk(parsed)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for child in ast.walk(node)
    }
    found = []
    for node in ast.walk(parsed):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: imports are absolute here"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        relative = path.relative_to(ROOT)
        found += [Import(relative, node.lineno, name, id(node) not in inside, id(node) in typing) for name in names]
    return found


def unit(path: Path) -> str:
    """Return the part of the house that a file belongs to: `data`, `store`, `pages`, …; empty for `lakeseg` itself."""
    parts = path.with_suffix("").parts
    if parts[0] != "lakeseg":
        return parts[0]
    return "" if len(parts) < 2 or parts[1].startswith("__") else parts[1]


def target_unit(name: str) -> str:
    parts = name.split(".")
    return parts[1] if parts[0] == "lakeseg" and len(parts) > 1 else ""


def test_every_part_of_the_house_has_its_layer():
    units = {unit(path.relative_to(ROOT)) for path in sources()} - {""}
    assert units <= set(RANK), "a new module: give it a layer here and in docs/architecture.md"


def test_imports_go_down_only():
    upward = [
        str(found)
        for found in imports()
        if unit(found.path) and target_unit(found.target) in RANK
        if RANK[target_unit(found.target)] > RANK[unit(found.path)]
    ]
    assert upward == []


def test_modules_do_not_import_each_other_in_a_circle():
    graph: dict[str, set[str]] = {unit(path.relative_to(ROOT)): set() for path in sources()}
    for found in imports():
        if not found.typing:
            graph[unit(found.path)].add(target_unit(found.target))
    graph = {name: {target for target in targets if target in graph} - {name, ""} for name, targets in graph.items()}
    while graph:
        leaves = [name for name, targets in graph.items() if not targets]
        assert leaves, f"in a circle: {graph}"
        graph = {name: targets - set(leaves) for name, targets in graph.items() if name not in leaves}


def test_streamlit_stays_in_the_user_interface():
    inside = ("app.py", "pages/", "lakeseg/ui/")
    outside = [
        str(found)
        for found in imports()
        if found.target.split(".")[0] == "streamlit" and not found.path.as_posix().startswith(inside)
    ]
    assert outside == []


def test_session_state_stays_in_its_module_and_in_components():
    homes = ("lakeseg/ui/state.py", "lakeseg/ui/viewer/", "lakeseg/ui/strip/")  # a component keeps its own memory
    elsewhere = [
        path.relative_to(ROOT).as_posix()
        for path in sources()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and node.attr in {"session_state", "query_params"}
    ]
    assert [path for path in elsewhere if not path.startswith(homes)] == []


def test_what_is_tensorflows_own_stands_in_one_file():
    owners = {found.path.as_posix() for found in imports() if found.target.split(".")[0] == "tensorflow"}
    assert owners <= {"lakeseg/segmenters/backend.py"}


def test_heavy_packages_are_imported_where_they_are_used():
    allowed = ("app.py", "pages/", "lakeseg/ui/", "lakeseg/figures/")
    early = [
        str(found)
        for found in imports()
        if found.top and not found.typing and found.target.split(".")[0] in HEAVY
        if not found.path.as_posix().startswith(allowed)
    ]
    assert early == []


def loaded_by(code: str) -> set[str]:
    """Return the top-level packages that a fresh interpreter has loaded after `code`."""
    report = "import sys; print('\\n' + ' '.join({name.partition('.')[0] for name in sys.modules}))"
    ran = subprocess.run(
        [sys.executable, "-c", f"{code}\n{report}"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(ran.stdout.splitlines()[-1].split())


HELP = "\n".join(
    [
        "import contextlib, io",
        "from lakeseg.cli import main",
        "with contextlib.redirect_stdout(io.StringIO()):",
        f"    codes = [main([verb, '--help']) for verb in {list(VERBS)}] + [main(['--help'])]",
        "assert not any(codes), codes",
    ]
)
INFO = "import contextlib, io\nfrom lakeseg.cli import main\nmain(['models', '--json'])"


@pytest.mark.parametrize("code", ["import lakeseg", HELP, INFO], ids=["lakeseg", "help", "models"])
def test_light_commands_load_no_learning_library_and_no_streamlit(code):
    assert loaded_by(code) & {"tensorflow", "keras", "sklearn", "skops", "streamlit", "pandas", "scipy"} == set()


def test_the_user_interface_loads_no_learning_library():
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in sources()
        if "ui" in path.parts
    ]
    assert loaded_by(f"import {', '.join(modules)}") & {"tensorflow", "keras", "sklearn"} == set()


def test_files_are_short():
    limits = {"lakeseg": LONGEST, "pages": LONGEST, "benchmarks": LONGEST, "tests": LONGEST_TEST}
    lengths = {
        path.relative_to(ROOT).as_posix(): (len(path.read_text(encoding="utf-8").splitlines()), limit)
        for name, limit in limits.items()
        for path in (ROOT / name).rglob("*")
        if path.suffix in {".py", ".js"}
    }
    assert {name: lines for name, (lines, limit) in lengths.items() if lines > limit} == {}


def test_nothing_is_unpickled_and_no_page_trusts_markup():
    forbidden = {"pickle", "cPickle", "dill", "joblib", "cloudpickle", "marshal", "shelve"}
    assert [str(found) for found in imports() if found.target.split(".")[0] in forbidden] == []
    for path in sources():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call):
                words = {word.arg: word.value for word in node.keywords}
                trusted = [words.get(name) for name in ("allow_pickle", "unsafe_allow_html", "unsafe_allow_javascript")]
                assert all(value is None or getattr(value, "value", True) is False for value in trusted), (
                    f"{path}:{node.lineno}: trusts what a file or a user may have written"
                )


def test_no_assert_validates():
    asserts = [f"{path}:{n.lineno}" for path in sources() for n in ast.walk(tree(path)) if isinstance(n, ast.Assert)]
    assert asserts == []


def test_no_path_of_one_machine():
    places = ["/" + name + "/" for name in ("root", "home", "work", "Users")] + ["C:" + "\\"]
    suffixes = {".py", ".js", ".css", ".html", ".md", ".toml", ".txt", ".json", ".lock", ""}
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    files = [ROOT / name for name in tracked.stdout.split("\0") if name] or list(sources())
    for path in files:
        if path.is_file() and path.suffix in suffixes:
            text = path.read_text(encoding="utf-8")
            assert not [place for place in places if place in text], path

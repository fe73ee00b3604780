"""The documents keep up with the code."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from lakeseg.cli import VERBS
from lakeseg.segmenters.registry import PRESETS

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "data/README.md", ROOT / "models/README.md"])
# [text](target), ![picture](target), <img src="target">, and the [name]: target of a reference; without its #part.
LINK = re.compile(r"""\]\(\s*<?([^)#>\s]+)|\b(?:src|href)=["']([^"'#]+)|^\[[^\]]+\]:\s*([^#\s]+)""", re.MULTILINE)
PLACEHOLDER = re.compile(r"@@|\b(?:TODO|TBD|XXX)\b")


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("verb", VERBS)
def test_readme_names_every_verb(verb):
    assert f"`{verb}" in read("README.md")


@pytest.mark.parametrize("preset", PRESETS)
def test_models_readme_names_every_preset(preset):
    assert f"`{preset}`" in read("models/README.md")


def test_readme_names_the_two_commands():
    assert "make run" in read("README.md")
    assert "make test" in read("README.md")


def modules() -> list[str]:
    """Every module of `lakeseg` by its path inside the package."""
    paths = sorted((ROOT / "lakeseg").rglob("*.py"))
    return [path.relative_to(ROOT / "lakeseg").as_posix() for path in paths if not path.name.startswith("__")]


@pytest.mark.parametrize("module", modules())
def test_architecture_names_every_module(module):
    *folders, name = module.split("/")
    place = "/".join(folders) or "lakeseg"
    _, _, after = read("docs/architecture.md").partition(f"\n### `{place}/`\n")
    section = re.split(r"\n##+ ", after)[0]
    assert f"`{name}`" in section, f"{module} is not under `{place}/` in docs/architecture.md"


def test_architecture_names_no_module_that_is_gone():
    named = set(re.findall(r"`([a-z_0-9]+\.py)`", read("docs/architecture.md")))
    there = {path.name for path in ROOT.rglob("*.py") if not {".venv", "node_modules"} & set(path.parts)}
    assert named <= there


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_and_pictures_are_there(document):
    text = document.read_text(encoding="utf-8")
    for link in map("".join, LINK.findall(text)):
        if not link.startswith(("http://", "https://", "doi:")):
            target = (document.parent / link).resolve()
            assert target.is_relative_to(ROOT), f"{document.name}: {link} lies outside the project"
            assert target.exists(), f"{document.name}: {link} is not there"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_placeholder_is_left(document):
    lines = document.read_text(encoding="utf-8").splitlines()
    left = [f"{number}: {line}" for number, line in enumerate(lines, 1) if PLACEHOLDER.search(line)]
    assert left == []


def test_decisions_are_numbered_without_a_gap():
    numbers = [int(path.name[:4]) for path in sorted((ROOT / "docs/decisions").glob("[0-9]*.md"))]
    assert numbers == list(range(1, len(numbers) + 1))


def test_changelog_has_this_version_or_unreleased_work():
    version = tomllib.loads(read("pyproject.toml"))["project"]["version"]
    headings = re.findall(r"^## \[(.+?)\]", read("CHANGELOG.md"), re.MULTILINE)
    assert headings[0] in ("Unreleased", version)

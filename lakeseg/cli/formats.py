"""`formats`: what can be read and what can be written, from the registries of both."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from lakeseg.cli.console import Console, Result, table

START: Final = "<!-- formats: written by `python -m lakeseg formats --write README.md` -->"
END: Final = "<!-- end of formats -->"
_DESCRIPTION = "List the formats that `import` reads and what `export` and `models --export` write."
_EPILOG = """\
examples:
  python -m lakeseg formats
  python -m lakeseg formats --write README.md"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    parser.add_argument(
        "--write", type=Path, metavar="FILE", help="put the tables into a Markdown file, between the marks it holds"
    )


def run(args: argparse.Namespace, console: Console) -> Result:  # noqa: ARG001 - every verb takes both
    """Print the formats, or write them into a document."""
    read, written = _read(), _written()
    if args.write is not None:
        _replace(args.write)
        return Result({"path": str(args.write)}, [f"{args.write}: tables of formats brought up to date"])
    lines = [*table([["read", "files", "what"], *map(list, read)]), ""]
    return Result(
        {"read": read, "written": written}, lines + table([["written", "files", "what"], *map(list, written)])
    )


def _read() -> list[tuple[str, str, str]]:
    from lakeseg.data.readers.formats import FORMATS

    return [(each.name, " ".join(each.endings), each.holds) for each in FORMATS]


def _written() -> list[tuple[str, str, str]]:
    from lakeseg.exports.registry import EXPORTS

    return [(each.name, " ".join(each.endings), each.holds) for each in EXPORTS]


def markdown() -> str:
    """Return both tables in Markdown, between their marks."""
    from lakeseg.data.readers.formats import FORMATS
    from lakeseg.exports.registry import EXPORTS

    lines = [START, "", "| `import` reads | files | what | needs |", "|---|---|---|---|"]
    for each in FORMATS:
        needs = f"`{each.needs}`" if each.needs else ""
        lines.append(f"| {each.name} | {_endings(each.endings)} | {each.holds} | {needs} |")
    lines += ["", "| `export` writes | `--what` | files | what | needs |", "|---|---|---|---|---|"]
    for export in EXPORTS:
        key = f"`{export.key}`" if export.verb == "export" else f"(`{export.verb}`)"
        needs = _needs({ending: export.needs(ending) for ending in export.endings})
        lines.append(f"| {export.name} | {key} | {_endings(export.endings)} | {export.holds} | {needs} |")
    return "\n".join([*lines, "", END])


def _endings(endings: tuple[str, ...]) -> str:
    return " ".join(f"`{ending}`" for ending in endings)


def _needs(files: Mapping[str, str]) -> str:
    """Return the requirements files, and of which endings where others do without."""
    found = []
    for file in dict.fromkeys(filter(None, files.values())):
        endings = [ending for ending, needed in files.items() if needed == file]
        found.append((f"{_endings(tuple(endings))}: " if len(endings) < len(files) else "") + f"`{file}`")
    return ", ".join(found)


def _replace(path: Path) -> None:
    """Put the tables between the marks of a document."""
    from lakeseg.data.write import replacing
    from lakeseg.errors import ConfigError

    text = path.read_text(encoding="utf-8")
    before, start, rest = text.partition(START)
    _, end, after = rest.partition(END)
    if not start or not end:
        raise ConfigError(f"{path}: holds no marks for the tables: put {START} and {END} where they belong")
    with replacing(path) as temporary:
        temporary.write_text(before + markdown() + after, encoding="utf-8")

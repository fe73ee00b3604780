"""`python -m lakeseg VERB …`: one module a verb, imported when it is called.

A verb returns a `Result`; this module alone prints it, so that standard output carries the result and nothing else.
Exit codes: 0 done, 2 bad usage or bad input, 1 a fault of ours, 130 interrupted.
"""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Sequence
from contextlib import redirect_stdout
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from keyword import iskeyword
from typing import Final, NoReturn

from lakeseg.cli.console import Console, Result
from lakeseg.errors import LakesegError

VERBS: Final = {
    "demo": "make the simulated demo datasets",
    "info": "print what a dataset holds",
    "import": "turn a file or a folder into a dataset",
    "formats": "list what can be read and written",
    "regroup": "give lakes that share pixels one group",
    "train": "train a model and store it",
    "evaluate": "score a model on a dataset",
    "predict": "predict lakes into a file, or into the dashboard's cache",
    "export": "write predictions, labels or outlines for other programs",
    "study": "measure what takes minutes, for the dashboard to show",
    "search": "look for a better network",
    "review": "what experts said of unclassified pixels",
    "models": "list the models, check their files",
}
OK, FAULT, BAD_INPUT, INTERRUPTED, PIPE_CLOSED = 0, 1, 2, 130, 141


class _Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one line."""

    def error(self, message: str) -> NoReturn:
        message = " ".join(message.split())
        self.exit(BAD_INPUT, f"{self.prog}: {message} (see {self.prog} --help)\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        args = _parser(words).parse_args(words)
    except SystemExit as stop:
        return int(stop.code or 0)
    return _run(args)


def _parser(words: Sequence[str]) -> argparse.ArgumentParser:
    """Return the parser; only the verb that was called is imported and knows its options."""
    parser = _Parser(
        prog="python -m lakeseg",
        description="Water and land in MODIS images of lakes: data, models and numbers behind the dashboard.",
        epilog="Start the dashboard with `streamlit run app.py`. VERB --help tells more and gives examples.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"lakeseg {_version()}")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True, parser_class=_Parser)
    called = next((word for word in words if not word.startswith("-")), None)
    for name, summary in VERBS.items():
        verb = verbs.add_parser(name, help=summary, formatter_class=_Help, allow_abbrev=False)
        if name == called:
            module = import_module(f"lakeseg.cli.{name}{'_' * iskeyword(name)}")
            module.configure(verb)
            verb.set_defaults(run=module.run)
            verb.add_argument("--json", action="store_true", help="print one JSON object on standard output")
            verb.add_argument("--debug", action="store_true", help="show the traceback of an error")
    return parser


class _Help(argparse.RawDescriptionHelpFormatter):
    """Keep the examples as they are written; leave room for the names of options."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=30)


def _version() -> str:
    try:
        return version("lakeseg")
    except PackageNotFoundError:
        return "(not installed, run from its folder)"


def _run(args: argparse.Namespace) -> int:
    console = Console(sys.stdout, sys.stderr, as_json=args.json)
    try:
        with redirect_stdout(console.err):
            result: Result = args.run(args, console)
        console.show(result)
    except LakesegError as error:
        return _stop(args, console, str(error), BAD_INPUT)
    except KeyboardInterrupt:
        return _stop(args, console, "interrupted", INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return _stop(args, console, f"{where}{error.strerror or error}: check the path and its permissions", BAD_INPUT)
    except Exception as error:  # noqa: BLE001 - the last line of defence: one line instead of a traceback
        kind = type(error).__name__
        text = f"a fault in lakeseg ({kind}: {error}): run it again with --debug and report what it prints"
        return _stop(args, console, text, FAULT)
    return result.exit_code


def _stop(args: argparse.Namespace, console: Console, text: str, code: int) -> int:
    if args.debug:
        traceback.print_exc(file=console.err)
    console.note(f"{'' if code == INTERRUPTED else 'error: '}{' '.join(text.split())}")
    return code

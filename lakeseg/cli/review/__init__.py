"""`review`: what experts said of unclassified pixels. One module an action, listed in `ACTIONS`."""

from __future__ import annotations

import argparse
from importlib import import_module
from typing import Final

from lakeseg.cli.console import Console, Result

ACTIONS: Final = {
    "build": "cut unclassified pixels into the regions that reviewers are asked about",
    "show": "print what the database of verdicts holds",
    "export": "write verdicts, consensus labels and what they change as files",
}
_DESCRIPTION = "Experts settle unclassified pixels on the page Review; this is what can be done without it."
_EPILOG = """\
examples:
  python -m lakeseg review build --dataset data/dataset1.h5
  python -m lakeseg review show
  python -m lakeseg review show --dataset data/dataset1.h5 --json
  python -m lakeseg review export --dataset data/dataset1.h5 --to data/dataset1-reviewed.h5

`review ACTION --help` tells more. The database is the one that the dashboard uses: what .streamlit/secrets.toml says
under [connections.review], else review.db beside the datasets."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the actions, each with its own options and those that every verb has."""
    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, summary in ACTIONS.items():
        action = actions.add_parser(name, help=summary, formatter_class=parser.formatter_class, allow_abbrev=False)
        module = import_module(f"{__name__}.{name}")
        module.configure(action)
        action.set_defaults(run_action=module.run)
        for option, about in (("--json", "print one JSON object on standard output"), ("--debug", "show tracebacks")):
            action.add_argument(option, action="store_true", default=argparse.SUPPRESS, help=about)


def run(args: argparse.Namespace, console: Console) -> Result:
    """Run the action."""
    result: Result = args.run_action(args, console)
    return result

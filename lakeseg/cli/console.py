"""What a verb says to its user: a result on standard output, notes and progress on standard error."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, TextIO

from lakeseg.errors import ConfigError

QUIET_SECONDS: Final = 2.0
LINE_SECONDS: Final = 10.0
EVENT_SECONDS: Final = 0.5


@dataclass(frozen=True)
class Result:
    """The object that `--json` prints, the lines that a person reads, and the exit code."""

    data: dict[str, Any]
    lines: Sequence[str] = field(default_factory=list)
    exit_code: int = 0


class Console:
    """The two streams of one run."""

    def __init__(self, out: TextIO, err: TextIO, *, as_json: bool) -> None:
        self.out, self.err, self.as_json = out, err, as_json

    def show(self, result: Result) -> None:
        """Print the result: one JSON object, or its lines."""
        from lakeseg.plain import plain

        text = json.dumps(plain(result.data), ensure_ascii=False) if self.as_json else "\n".join(result.lines)
        if text:
            print(text, file=self.out, flush=True)

    def note(self, text: str) -> None:
        """Print one line on standard error."""
        print(f"lakeseg: {text}", file=self.err, flush=True)

    def event(self, **values: Any) -> None:
        """Print one JSON line on standard output at once, for a program that reads along."""
        print(json.dumps(values, ensure_ascii=False), file=self.out, flush=True)

    @contextmanager
    def progress(self, title: str) -> Iterator[Progress]:
        """Show how far a slow part is: a bar on a terminal, a line now and then elsewhere, nothing when it is quick."""
        bar = _Bar(title, self.err) if self.err.isatty() else _Lines(title, self.err)
        try:
            yield bar
        finally:
            bar.close()


class Progress:
    """Called as `progress(share, text)` with a share from 0 to 1."""

    def __call__(self, share: float, text: str = "") -> None:
        """Tell how far the work is."""

    def close(self) -> None:
        """Leave the screen as it was."""


class _Bar(Progress):
    """A tqdm bar on a terminal."""

    def __init__(self, title: str, stream: TextIO) -> None:
        from tqdm import tqdm

        layout = "{desc}: {percentage:3.0f}% {bar} {elapsed} < {remaining} {postfix}"
        self.bar = tqdm(
            total=1.0, desc=title, file=stream, leave=False, delay=QUIET_SECONDS, bar_format=layout, dynamic_ncols=True
        )

    def __call__(self, share: float, text: str = "") -> None:
        self.bar.set_postfix_str(text, refresh=False)
        self.bar.update(max(0.0, min(share, 1.0) - self.bar.n))

    def close(self) -> None:
        self.bar.close()


class _Lines(Progress):
    """Plain lines for a log: the first after two seconds, then one every ten."""

    def __init__(self, title: str, stream: TextIO) -> None:
        self.title, self.stream = title, stream
        self.next = time.monotonic() + QUIET_SECONDS

    def __call__(self, share: float, text: str = "") -> None:
        if time.monotonic() >= self.next:
            self.next = time.monotonic() + LINE_SECONDS
            print(f"lakeseg: {self.title}: {share:.0%} {text}".rstrip(), file=self.stream, flush=True)


class _Events(Progress):
    """JSON lines `{"done", "total", "text"}` on standard output, at most two a second, and the last."""

    def __init__(self, console: Console, total: int) -> None:
        self.console, self.total, self.next = console, total, 0.0

    def __call__(self, share: float, text: str = "") -> None:
        if time.monotonic() >= self.next or share >= 1:
            self.next = time.monotonic() + EVENT_SECONDS
            self.console.event(done=round(share * self.total), total=self.total, text=text)


@contextmanager
def progress_of(args: argparse.Namespace, console: Console, title: str, total: int) -> Iterator[Progress]:
    """Show progress as `--progress` asks (`options.add_progress`): for a person, or as JSON lines of `total` steps."""
    if args.progress != "json":
        with console.progress(title) as progress:
            yield progress
    elif args.json:
        raise ConfigError("--progress json and --json both write to standard output: choose one")
    else:
        yield _Events(console, total)


def table(rows: Sequence[Sequence[str]], numeric: Sequence[int] = ()) -> list[str]:
    """Return rows of texts as aligned lines; the columns in `numeric` stand to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(
            text.rjust(width) if column in numeric else text.ljust(width)
            for column, (text, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]

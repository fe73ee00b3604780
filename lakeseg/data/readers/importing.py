"""From any file a lab has to a dataset: say what it is, look at its first lakes, convert it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Any, Final

from lakeseg.data.dataset import Dataset, Lake
from lakeseg.data.readers.folders import holds
from lakeseg.data.readers.formats import FORMATS, Format, Found, PixelReading, Reading
from lakeseg.data.readers.options import ReadOptions
from lakeseg.data.readers.sources import SUSPICIOUS_BYTES, SUSPICIOUS_RATIO
from lakeseg.data.write import write_dataset, write_pixels
from lakeseg.errors import NOT_ALLOWED, ConfigError, DatasetError, LakesegError, unknown

Progress = Callable[[float, str], None]

_NO_LAKES: Final = "single pixels of no lake: for models of single pixels; networks and pages with images need lakes"


@dataclass(frozen=True)
class Imported:
    """The dataset written, what its source was, and one line for each thing that its user should know."""

    dataset: Dataset
    found: Found
    warnings: list[str]


def detect(path: Path | str, options: ReadOptions | None = None) -> Found:
    """Say what the file or folder at `path` is, from as little of it as will do.

    Raises:
        DatasetError: It is not there, is damaged, or is of no known format.
        ConfigError: `options` name a format that does not exist, or make no sense.
    """
    path, options = Path(path), options or ReadOptions()
    options.check()
    if not path.exists():
        raise DatasetError(f"{path}: no such file or folder: check the path")
    if not path.is_file() and not path.is_dir():
        raise DatasetError(f"{path}: is neither a file nor a folder (a device or a pipe): save it as a file first")
    candidates = _candidates(path, options)
    failed: LakesegError | None = None
    for each in candidates:
        try:
            found: Found | None = import_module(each.module).detect(path, options)
        except LakesegError as error:
            failed = failed or error
            continue
        except PermissionError as error:
            raise DatasetError(f"{path}: {NOT_ALLOWED}") from error
        if found is not None:
            return found
    if failed is not None:
        raise failed
    raise DatasetError(f"{path}: {_nothing(path, candidates)}")


def _candidates(path: Path, options: ReadOptions) -> list[Format]:
    """Return the formats whose ending fits, or the one that the user named."""
    if options.format is not None:
        named = [each for each in FORMATS if each.key == options.format]
        if not named:
            raise ConfigError(unknown("format", options.format, [each.key for each in FORMATS]))
        return named
    if path.is_dir():
        return [each for each in FORMATS if holds(path, each.endings)]
    return [each for each in FORMATS if path.name.lower().endswith(each.endings)]


def _nothing(path: Path, candidates: list[Format]) -> str:
    known = "; ".join(f"{each.name} ({', '.join(each.endings)})" for each in FORMATS)
    if path.is_dir():
        return f"no file in this folder makes a dataset: expected one of {known}"
    if candidates:
        tried = " nor ".join(each.name for each in candidates)
        return f"its ending fits, but what it holds is not {tried}: check the file"
    return f"no format ends in {path.suffix or 'nothing'!r}: expected one of {known}"


def preview(path: Path | str, options: ReadOptions | None = None, count: int = 3) -> list[Lake]:
    """Return the first lakes of a file, reading no more of it than they need; none for a file of single pixels.

    Raises:
        LakesegError: As for `import_file`.
    """
    found, chosen = _decided(Path(path), options)
    with _opened(Path(path), found, chosen) as reading:
        if isinstance(reading, PixelReading):
            return []
        return list(islice(reading.lakes(), count))


def import_file(
    src: Path | str, out: Path | str, options: ReadOptions | None = None, progress: Progress | None = None
) -> Imported:
    """Read the file or folder `src` lake by lake into a new dataset at `out`.

    Raises:
        ConfigError: The options contradict themselves, or lack what this file needs.
        DatasetError: The source cannot be read or makes no dataset; what was at `out` is still there.
    """
    src, out = Path(src), Path(out)
    _check_apart(src, out)
    found, chosen = _decided(src, options)
    with _opened(src, found, chosen) as reading:
        header, count = reading.header(), reading.count()
        if isinstance(reading, PixelReading):
            dataset = write_pixels(out, header, _told_pixels(reading, count, progress))
            return Imported(dataset, found, [*reading.warnings(), _NO_LAKES])
        lakes = _in_proportion(src, _told_lakes(reading, count, progress))
        dataset = write_dataset(out, header, lakes)
        return Imported(dataset, found, reading.warnings())


def _check_apart(src: Path, out: Path) -> None:
    if out.resolve() == src.resolve():
        raise ConfigError(f"{out}: is the source itself: choose another name for the dataset")
    if out.is_dir():
        raise ConfigError(f"{out}: is a folder: name the file to write, such as {out / 'lakes.h5'}")


def _decided(path: Path, options: ReadOptions | None) -> tuple[Found, ReadOptions]:
    """Return what a file is and the options to read it with; a `ConfigError` where the user has to say more."""
    said = options or ReadOptions()
    found = detect(path, said)
    chosen = said.over(found.suggested)
    missing = [name for name in found.missing if getattr(chosen, name) is None]
    if missing:
        words = ", ".join(option_word(name) for name in missing)
        hints = "; ".join(found.lines)
        raise ConfigError(f"{path}: {found.title}: {hints}: say more with {words} (--detect tells what is there)")
    return found, chosen


def option_word(name: str) -> str:
    """Return the option of the command line for a field of `ReadOptions`."""
    return f"--{name.replace('_', '-')}"


def _opened(path: Path, found: Found, options: ReadOptions) -> AbstractContextManager[Reading | PixelReading]:
    module = next(each.module for each in FORMATS if each.key == found.format)
    opened: AbstractContextManager[Any] = import_module(module).read(path, options)
    return opened


def _told_lakes(reading: Reading, count: int | None, progress: Progress | None) -> Iterator[Lake]:
    """Yield the lakes and say after each how far the work is."""
    done = 0
    for done, lake in enumerate(reading.lakes(), start=1):
        yield lake
        if progress is not None:
            text = f"lake {done} of {count}" if count else f"lake {done}"
            progress(min(1.0, done / count) if count else 0.0, text)
    if progress is not None and done != count:
        progress(1.0, f"{done} lakes")


def _in_proportion(src: Path, lakes: Iterator[Lake]) -> Iterator[Lake]:
    """Yield the lakes until they are out of all proportion to their source, which is made to fill disks then."""
    files = [path for path in src.rglob("*") if path.is_file()] if src.is_dir() else [src]
    most = max(SUSPICIOUS_BYTES, SUSPICIOUS_RATIO * sum(path.stat().st_size for path in files))
    made = 0
    for lake in lakes:
        made += lake.image.nbytes
        if made > most:
            sizes = f"more than {most >> 30} GiB of pixels from so small a source"
            raise DatasetError(f"{src}: {sizes}: it is made to fill disks, or packs one value: save it unpacked")
        yield lake


def _told_pixels(reading: PixelReading, count: int | None, progress: Progress | None) -> Iterator[tuple[Any, Any]]:
    done = 0
    for pixels, labels in reading.blocks():
        yield pixels, labels
        done += len(labels)
        if progress is not None:
            progress(min(1.0, done / count) if count else 0.0, f"{done:,} px" + (f" of {count:,}" if count else ""))
    if progress is not None and done != count:
        progress(1.0, f"{done:,} px")

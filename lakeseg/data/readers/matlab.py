"""MATLAB files: struct arrays and cell arrays of lakes, one lake a file, stacks of lakes, matrices of single pixels."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from lakeseg.data.dataset import Header, Lake
from lakeseg.data.readers.convert import Conversion, Raw
from lakeseg.data.readers.folders import files_below
from lakeseg.data.readers.formats import Found, PixelReading, Reading
from lakeseg.data.readers.layout import natural
from lakeseg.data.readers.mat5 import Mat5
from lakeseg.data.readers.mat73 import Mat73
from lakeseg.data.readers.matlakes import Lakes, Plan, Record, Single
from lakeseg.data.readers.matplan import last_is_label, make_plan
from lakeseg.data.readers.matvalues import CLASSES, MatFile, Opaque, Value, count_of
from lakeseg.data.readers.options import ReadOptions
from lakeseg.data.readers.sampling import Sample, few
from lakeseg.data.readers.sources import DAMAGED, text_of
from lakeseg.errors import NOT_ALLOWED, ConfigError, DatasetError, first_line

KEY: Final = "matlab"
_HDF5: Final = b"\x89HDF\r\n\x1a\n"
_BLOCK: Final = 1 << 16
_STATED: Final = ("scale", "fill", "pixel_size")
_SHOWN: Final = 6


@contextmanager
def open_mat(path: Path) -> Iterator[MatFile]:
    """Open a MATLAB file of any version that is read; whatever is wrong with it becomes a `DatasetError`."""
    file: MatFile | None = None
    try:
        with path.open("rb") as start:
            head = start.read(1024)
        hdf5 = _HDF5 in (head[:8], head[512:520])
        file = Mat73(path) if hdf5 else Mat5(path)
        yield file
    except PermissionError as error:
        raise DatasetError(f"{path}: {NOT_ALLOWED}") from error
    except DAMAGED as error:
        raise DatasetError(f"{path}: is damaged or truncated: copy the file again ({first_line(error)})") from error
    finally:
        if file is not None:
            file.close()


def detect(path: Path, options: ReadOptions) -> Found | None:
    """Say what a MATLAB file, or a folder of them, holds."""
    files = _files(path)
    if not files:
        return None
    sample = Sample(options)
    with open_mat(files[0]) as file:
        plan = make_plan(file, options)
        _stated(file, sample)
        title = f"MATLAB {file.version}, {plan.what}"
        lines = ["; ".join(map(str, file.variables()[:_SHOWN]))]
        if isinstance(plan, Single):
            lakes, pixels, bands = 0, plan.count, _see_pixels(file, plan, sample)
        else:
            lakes, pixels, bands = plan.count, None, _see_lakes(file, plan, sample)
    if path.is_dir():
        title, lakes = f"folder of {len(files)} files, {title}", len(files) if plan.count == 1 else None  # type: ignore[assignment]
        lines[0] = f"{files[0].name}: {lines[0]}"
    missing = tuple(sample.missing)
    return Found(KEY, title, (*lines, *sample.lines), lakes, pixels, bands, sample.suggested, missing)


def _files(path: Path) -> list[Path]:
    """Return the file, or those of the folder in the order of their names."""
    if not path.is_dir():
        return [path]
    named = {inside.relative_to(path).as_posix(): inside for inside in files_below(path, (".mat",))}
    return [named[name] for name in natural(named)]


def _stated(file: MatFile, sample: Sample) -> None:
    """Suggest scale, fill, pixel size and name where the file has variables of these names."""
    for name in _STATED:
        value = _number(file, name)
        if value is not None:
            sample.suggested[name] = value
    named = (
        file.array("name") if any(each.name == "name" and each.kind == "char" for each in file.variables()) else None
    )
    if isinstance(named, str) and named:
        sample.suggested["name"] = named


def _number(file: MatFile, name: str) -> float | None:
    """Return the number that a variable holds, None where there is no such variable, or none of one number."""
    held = any(each.name == name and each.kind in CLASSES and count_of(each.shape) == 1 for each in file.variables())
    value = file.array(name) if held else None
    return float(value.ravel()[0]) if isinstance(value, np.ndarray) and value.size == 1 else None


def _bands_of(file: MatFile) -> tuple[int, ...]:
    """Return the band numbers that a variable called `bands` holds, none where there is none."""
    if not any(variable.name == "bands" and 0 < count_of(variable.shape) <= 7 for variable in file.variables()):
        return ()
    value = file.array("bands")
    return tuple(int(band) for band in value.ravel(order="F")) if isinstance(value, np.ndarray) else ()


def _see_lakes(file: MatFile, plan: Lakes, sample: Sample) -> tuple[int, ...]:
    records = few(plan.records(file), lambda record: sum(getattr(value, "nbytes", 0) for value in record.values()))
    images, opinions = (_arrays(records, role) for role in ("pixels", "labels"))
    if not images:
        raise DatasetError(f"{file.path}: {plan.pixels!r} holds no full numeric array (H, W, B): nothing to read")
    _check_lake(file, plan, images[0], opinions)
    bands = sample.bands(images[0].shape[2] if images[0].ndim > 2 else 1, _bands_of(file))
    sample.pixels(images)
    if plan.labels is None:
        sample.no_labels()
    else:
        sample.labels(opinions)
    sample.suggested |= {role: name for role, name in plan.roles.items() if role in ("ids", "groups")}
    sample.lines.append(f"the first is {'×'.join(map(str, images[0].shape))} {images[0].dtype}")
    return bands


def _check_lake(file: MatFile, plan: Lakes, image: np.ndarray, opinions: list[np.ndarray]) -> None:
    """Raise a `DatasetError` where a struct holds single pixels, a row each, and not the lake that was expected."""
    labels = opinions[0].shape if opinions else ()
    if image.ndim == 2 and image.shape[1] > 1 and labels in ((len(image), 1), (1, len(image))):
        got = f"{plan.pixels!r} is {image.shape[0]}×{image.shape[1]}, single pixels within a struct or cell"
        remedy = "save matrices by themselves, of a struct S by save('pixels.mat', '-struct', 'S')"
        raise DatasetError(f"{file.path}: {got}: {remedy}")


def _arrays(records: list[Record], role: str) -> list[np.ndarray]:
    """Return the full numeric arrays among the values of one role."""
    return [value for record in records if isinstance(value := record.get(role), np.ndarray)]


def _see_pixels(file: MatFile, plan: Single, sample: Sample) -> tuple[int, ...]:
    last = last_is_label(plan, sample.options)
    head = next(file.blocks(plan.pixels, _BLOCK), np.empty((0, plan.columns)))
    bands = sample.bands(plan.columns - last, _bands_of(file))
    sample.pixels([head[:, : plan.columns - last]])
    if last:
        sample.labels([head[:, -1]])
    elif plan.labels is None:
        sample.no_labels()
    else:
        sample.labels([next(file.blocks(plan.labels, _BLOCK), np.empty(0))])
    return bands


@contextmanager
def read(path: Path, options: ReadOptions) -> Iterator[Reading | PixelReading]:
    """Open MATLAB files for conversion."""
    if not options.bands:
        raise ConfigError(f"{path}: which bands its values are, it does not say: name them with --bands")
    files = _files(path)
    with open_mat(files[0]) as file:
        plan = make_plan(file, options)
        facts = (file.version, _number(file, "simulated") == 1)
    kind = _PixelReading if isinstance(plan, Single) else _LakeReading
    yield kind(path, files, options, plan, facts)


class _Base:
    """What both readings share."""

    def __init__(
        self, path: Path, files: list[Path], options: ReadOptions, plan: Plan, facts: tuple[str, bool]
    ) -> None:
        self.path, self.files, self.options, self.plan = path, files, options, plan
        self.version, self.simulated = facts
        found = plan.labels or ("labels" if isinstance(plan, Single) and last_is_label(plan, options) else None)
        labellers = options.labellers(found) if found else []
        self.run = Conversion(path, options, options.bands or (), labellers, plan.count, plan.pixels)
        if path.is_dir():
            self.run.count = len(files) if plan.count == 1 else 0

    def header(self) -> Header:
        """Return the header of the dataset."""
        header = self.run.header(KEY, f"imported from MATLAB {self.version}")
        return replace(header, simulated=self.simulated)

    def count(self) -> int | None:
        """Return the number of lakes or pixels, None where only a full read could tell."""
        return self.run.count or None

    def warnings(self) -> list[str]:
        """Return a line for everything that the user should know of."""
        return self.run.warnings()


class _LakeReading(_Base):
    """Lakes of one file, or of a folder of files."""

    def warnings(self) -> list[str]:
        """Return a line for everything that the user should know of."""
        return self.run.warnings() + self.run.group_warning()

    def lakes(self) -> Iterator[Lake]:
        """Yield the lakes, one in memory at a time."""
        for path in self.files:
            with open_mat(path) as file:
                yield from self._lakes_of(file)
        self.run.finish()

    def _lakes_of(self, file: MatFile) -> Iterator[Lake]:
        plan = make_plan(file, self.options)
        if isinstance(plan, Single):
            raise DatasetError(f"{file.path}: holds single pixels, other files of the folder lakes: import it alone")
        for number, record in enumerate(plan.records(file)):
            name = ""
            if self.path.is_dir():
                name = file.path.stem if plan.count == 1 else f"{file.path.stem}-{number:04d}"
            lake = self.run.lake(self._raw(file, record, name))
            if lake is not None:
                yield lake

    def _raw(self, file: MatFile, record: dict[str, Value], name: str) -> Raw:
        where = f"{file.path}: lake {self.run.seen + 1}"
        pixels = _numbers(record.get("pixels"), f"{where}: {self.plan.pixels!r}")
        if pixels.ndim == 2 and len(self.run.bands) == 1:  # MATLAB drops a last axis of one
            pixels = pixels[..., None]
        roles = zip(("labels", "second"), self.run.labellers, strict=False)
        opinions = [_numbers(record.get(role), f"{where}: {labeller.key!r}") for role, labeller in roles]
        names = {role: _name(record.get(role), f"{where}: its {role[:-1]}") for role in ("ids", "groups")}
        return Raw(pixels, opinions, names["ids"] or name, names["groups"], _rest(record, where))


class _PixelReading(_Base):
    """Single pixels of a matrix."""

    def blocks(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield the pixels some at a time."""
        if len(self.files) > 1:
            raise DatasetError(f"{self.path}: {len(self.files)} files of single pixels: import one at a time")
        plan = self.plan
        last = isinstance(plan, Single) and last_is_label(plan, self.options)
        keys = [] if last else [labeller.key for labeller in self.run.labellers]
        with open_mat(self.files[0]) as file:
            for pixels, *opinions in zip(*(file.blocks(key, _BLOCK) for key in (plan.pixels, *keys)), strict=True):
                labels = [pixels[:, -1]] if last else [opinion.reshape(-1) for opinion in opinions]
                yield self.run.block(pixels[:, :-1] if last else pixels, labels)
        self.run.finish()


def _numbers(value: Value | None, where: str) -> np.ndarray:
    """Return a value as the array it has to be."""
    if isinstance(value, np.ndarray) and value.size:
        return value
    if value is None:
        raise DatasetError(f"{where} is missing: every lake needs it")
    if isinstance(value, np.ndarray):
        raise DatasetError(f"{where} is empty: leave this lake out")
    kind = value.kind if isinstance(value, Opaque) else "char" if isinstance(value, str) else "struct"
    remedy = {"sparse": "save full(…) of it", "complex": "save real(…) of it"}.get(kind, "save it as a matrix")
    raise DatasetError(f"{where} is {kind}: expected a full matrix of numbers: {remedy}")


def _name(value: Value | None, where: str) -> str:
    """Return the name of a lake or a group; one that cannot be read is refused, for groups decide on splits."""
    if isinstance(value, Opaque):
        raise DatasetError(f"{where} is {value.kind}: expected text or a number: save char(…) of it")
    return _text(value)


def _text(value: Value | None) -> str:
    """Return a name that a field holds, as text or as a number."""
    if isinstance(value, np.ndarray):
        return text_of(value.ravel()[0]) if value.size == 1 else ""
    return value if isinstance(value, str) else ""


def _rest(record: dict[str, Value], where: str) -> dict[str, Any]:
    """Return what a record says of truth, domain, date and place."""
    rest: dict[str, Any] = {name: _text(record.get(name)) for name in ("domain", "date") if name in record}
    for name in ("lon", "lat"):
        value = record.get(name)
        if isinstance(value, np.ndarray) and value.size == 1:
            rest[name] = float(value.ravel()[0])
    if "truth" in record:
        truth = _numbers(record["truth"], f"{where}: 'truth'")
        if truth.size and not (truth.min() >= 0 and truth.max() <= 100):
            raise DatasetError(f"{where}: 'truth' is no percentage of water: expected 0 to 100")
        rest["truth"] = np.rint(truth).astype(np.uint8)
    return rest

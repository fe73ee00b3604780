"""MOD09A1, MOD09GA and their like (MYD09…, MOD09Q1) in HDF4-EOS: bands, state and place.

The library runs in another process (`hdf_child.py`), which writes the layers that are needed to a file without a name:
nothing is left behind, whatever happens to either process.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from lakeseg.data.readers.options import ReadOptions
from lakeseg.data.scenes.assembling import finished, rule_of
from lakeseg.data.scenes.finding import HdfFile
from lakeseg.data.scenes.hdf_check import check_hdf4
from lakeseg.data.scenes.layers import Layer, closing
from lakeseg.data.scenes.products import product
from lakeseg.data.scenes.scene import Grid, Window
from lakeseg.data.scenes.stack import Parts
from lakeseg.data.scenes.structure import grids_by_field
from lakeseg.errors import DatasetError
from lakeseg.extras import GEO, extra

BAND: Final = re.compile(r"sur_refl_b0([1-7])(?:_1)?")
STATE: Final = re.compile(r"sur_refl_state_(?:250|500)m|state_1km(?:_1)?")
_SECONDS: Final = 300


@dataclass(frozen=True)
class Held:
    """What an HDF4 file holds: of each data set its shape, type and attributes, and where it lies."""

    sets: Mapping[str, Mapping[str, Any]]
    grids: Mapping[str, Grid]


def parts_of_hdf(image: HdfFile, options: ReadOptions) -> Parts:
    """Read the bands and the state of a file.

    Raises:
        ConfigError: pyhdf is not installed.
        DatasetError: The file is damaged, or no surface reflectance in HDF4.
    """
    held, layers = _read(image.path)
    with closing(list(layers.values())):
        bands = {int(match[1]): name for name in layers if (match := BAND.fullmatch(name))}
        if not bands:
            listed = ", ".join(list(held.sets)[:6]) or "nothing"
            raise DatasetError(
                f"{image.path}: no MODIS surface reflectance: expected sur_refl_b01 …, it holds {listed}"
            )
        rules = {}
        for band, name in bands.items():
            rules[band] = (layers[name], rule_of(layers[name], product("modis"), options, str(image.path)))
        state = next((name for name in layers if STATE.fullmatch(name)), None)
        quality = (layers[state], "state") if state else None
        return finished(image, options, rules, quality, {"product": "modis"})


def _read(path: Path) -> tuple[Held, dict[str, Layer]]:
    """Return what a file holds, and its bands and state as layers."""
    with tempfile.TemporaryFile() as file:
        held = _held(path, _run(path, file.fileno(), f"{BAND.pattern}|{STATE.pattern}"))
        written = [name for name, told in held.sets.items() if "written" in told]
        return held, {name: _Spooled(path, name, held, os.dup(file.fileno())) for name in written}


def _run(path: Path, handle: int, pattern: str) -> dict[str, Any]:
    """Run the reader in its own process, which writes to the file `handle`, and return what it says."""
    extra("pyhdf", "HDF4", GEO)
    check_hdf4(path)
    script = Path(__file__).with_name("hdf_child.py")
    command = [sys.executable, "-I", str(script), str(path.resolve()), str(handle), pattern]
    surroundings = os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    how: dict[str, Any] = {"capture_output": True, "stdin": subprocess.DEVNULL, "pass_fds": (handle,)}
    try:
        ran = subprocess.run(command, timeout=_SECONDS, check=False, env=surroundings, **how)  # noqa: S603 - no shell
    except subprocess.TimeoutExpired:
        raise DatasetError(f"{path}: damaged: reading it took longer than {_SECONDS} s; download it again") from None
    if ran.returncode > 0 and b"No space left" in ran.stderr:
        raise DatasetError(f"{path}: no room for its layers in {tempfile.gettempdir()}: free some space there")
    if ran.returncode:
        raise DatasetError(f"{path}: damaged HDF4 ({_reason(ran)}): download it again")
    try:
        told: dict[str, Any] = json.loads(ran.stdout)
    except ValueError:
        raise DatasetError(f"{path}: damaged HDF4 (it cannot be described): download it again") from None
    return told


def _reason(ran: subprocess.CompletedProcess[bytes]) -> str:
    if ran.returncode < 0:
        return f"the HDF4 library crashed on it, signal {-ran.returncode}"
    lines = ran.stderr.decode("utf-8", "replace").strip().splitlines()
    return lines[-1][:120] if lines else "the HDF4 library gave up"


def _held(path: Path, told: Mapping[str, Any]) -> Held:
    try:
        grids = grids_by_field(str(told["structure"]))
        shapes = {name: tuple(map(int, held["shape"])) for name, held in told["sets"].items()}
    except (KeyError, TypeError, ValueError) as error:
        raise DatasetError(f"{path}: damaged HDF4 (its structure makes no sense): download it again") from error
    fitting = {name: grid for name, (grid, shape) in grids.items() if shapes.get(name) == shape}
    return Held(told["sets"], fitting)


class _Spooled:
    """A layer that was written out: read row by row from a file without a name."""

    def __init__(self, path: Path, name: str, held: Held, handle: int) -> None:
        told = held.sets[name]
        attributes = told["attributes"]
        self._path, self._handle, self._start = path, handle, int(told["written"])
        self.name = f"{path.name}: {name}"
        self.shape = (int(told["shape"][0]), int(told["shape"][1]))
        self.grid = held.grids.get(name)
        self.dtype = np.dtype(f"<{told['type']}")
        self.nodata = _number(attributes.get("_FillValue"), None)
        self.scale = _number(attributes.get("scale_factor"), 1.0) or 1.0
        self.offset = _number(attributes.get("add_offset"), 0.0) or 0.0
        self.description = name

    def read(self, window: Window) -> np.ndarray:
        """Return (h, w) numbers; whole rows are read, of which the columns are taken."""
        row = self.shape[1] * self.dtype.itemsize
        data = os.pread(self._handle, window.height * row, self._start + window.row * row)
        if len(data) < window.height * row:
            raise DatasetError(f"{self._path}: {self.name} ends early: download the file again")
        rows = np.frombuffer(data, self.dtype).reshape(window.height, self.shape[1])
        return rows[:, window.column : window.column + window.width]

    def close(self) -> None:
        """Let go of the file, which ends it."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1


def _number(value: Any, default: float | None) -> float | None:
    """Return an attribute as a number, `default` where it is none."""
    value = value[0] if isinstance(value, list) and value else value
    return float(value) if isinstance(value, int | float) else default

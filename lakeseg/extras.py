"""Packages that the core does without: imported where they are used, named with their file where they are absent."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import Final

from lakeseg.errors import ConfigError

GEO: Final = "requirements-geo.txt"
ONNX: Final = "requirements-onnx.txt"
DASK: Final = "requirements-dask.txt"


def extra(module: str, what: str, requirements: str) -> ModuleType:
    """Import and return `module`, which `what` needs and which the file `requirements` installs.

    Raises:
        ConfigError: It is not installed.
    """
    try:
        return import_module(module)
    except ImportError:
        package = module.partition(".")[0]
        raise ConfigError(f"{what} needs {package}: run `pip install -r {requirements}`") from None

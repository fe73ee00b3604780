"""A scene: one lake, its panels, and how a panel is made from arrays. No Streamlit here.

Panels hold encoded bytes, so a page may keep them in a cache and build a scene from cached panels in no time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np

from lakeseg.bands import CLASS_COLOURS, CLASS_NAMES, NO_LABEL
from lakeseg.errors import ConfigError, unknown
from lakeseg.ui.viewer.overlays import PatchOverlay, RegionOverlay, check_marked, encode_marked
from lakeseg.ui.viewer.payload import PERCENT, SCALAR_STEPS, Blob, encode_bytes, encode_rgb, pack, quantise
from lakeseg.ui.viewer.ramps import RAMPS

MOST_PANELS: Final = 12
NO_DATA: Final = "no data"


@dataclass(frozen=True)
class Panel:
    """One panel: `key` is its name for overlays, swipe and memory; `title` and `subtitle` are plain text.

    Make panels with the functions below. `shape` is (H, W), or None for a panel without pixels.
    """

    key: str
    title: str
    subtitle: str
    kind: str
    shape: tuple[int, int] | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    blobs: Mapping[str, Blob] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Scene:
    """One lake as the viewer shows it.

    Attributes:
        lake: Identifies the lake. Camera and mark survive new images of the same lake; another lake resets them.
        height: Rows.
        width: Columns.
        panels: One to twelve, in reading order.
        pixel_size_m: Side of a pixel in metres for the scale bar; None leaves the bar out.
        selected: (row, column) to mark. It is applied when it differs from the last one given, so that a page may pass
            a value that lags one run behind a click.
        caption: One line for present mode and the downloaded PNG: dataset, lake, simulated or not.
        patches: A patch grid that is drawn over every panel with pixels.
        marked: (H, W) bool; these pixels get a bright outline on every panel with pixels.
        region: Pixels in question, outlined and open to drawing.
        focus: First row, first column, last row, last column (both inclusive) of what the camera frames, with room
            around it. It moves there when that or the region's name changes, and stays where the user takes it.
            None frames the `region`, and without one the whole lake.
    """

    lake: str
    height: int
    width: int
    panels: tuple[Panel, ...]
    pixel_size_m: float | None = 500.0
    selected: tuple[int, int] | None = None
    caption: str = ""
    patches: PatchOverlay | None = None
    marked: np.ndarray | None = None
    region: RegionOverlay | None = None
    focus: tuple[int, int, int, int] | None = None

    def __post_init__(self) -> None:
        """Check the scene; a `ConfigError` says which panel is wrong and how."""
        if not 1 <= len(self.panels) <= MOST_PANELS:
            raise ConfigError(f"viewer: expected 1 to {MOST_PANELS} panels, got {len(self.panels)}")
        keys = [panel.key for panel in self.panels]
        if len(set(keys)) != len(keys):
            raise ConfigError(f"viewer: expected panels with different keys, got {keys}")
        for panel in self.panels:
            self._check(panel)
        if self.pixel_size_m is not None and not self.pixel_size_m > 0:
            raise ConfigError(f"viewer: expected a pixel size above 0 m, got {self.pixel_size_m}")
        if self.patches is not None:
            self.patches.check(self.height, self.width)
        if self.marked is not None:
            check_marked(self.marked, self.height, self.width)
        if self.region is not None:
            check_marked(self.region.mask, self.height, self.width, "region")
        if self.focus is not None and not (self.contains(self.focus[:2]) and self.contains(self.focus[2:])):
            raise ConfigError(f"focus: expected a box within {(self.height, self.width)} pixels, got {self.focus}")

    def _check(self, panel: Panel) -> None:
        if panel.shape not in (None, (self.height, self.width)):
            raise ConfigError(f"panel {panel.key!r}: expected {(self.height, self.width)} pixels, got {panel.shape}")
        classes = [other.key for other in self.panels if other.kind == "classes"]
        for key in (panel.values.get("truth"), panel.values.get("predicted")):
            if key is not None and key not in classes:
                raise ConfigError(f"panel {panel.key!r}: {unknown('class panel', key, classes)}")

    @property
    def framed(self) -> dict[str, tuple[int, int, int, int]]:
        """What the camera frames, by the name that the browser knows; empty for the whole lake."""
        box = self.focus or (self.region.box() if self.region else None)
        return {"focus": box} if box else {}

    def contains(self, pixel: tuple[int, int] | None) -> bool:
        """Say whether (row, column) lies on the lake's image."""
        return pixel is not None and 0 <= pixel[0] < self.height and 0 <= pixel[1] < self.width


def image_panel(key: str, title: str, rgb: np.ndarray, *, subtitle: str = "") -> Panel:
    """Return a picture of (H, W, 3) uint8."""
    if rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.dtype != np.uint8:
        raise ConfigError(f"panel {key!r}: expected (H, W, 3) uint8, got {rgb.shape} {rgb.dtype}")
    return Panel(key, title, subtitle, "image", rgb.shape[:2], blobs={"image": encode_rgb(rgb)})


def classes_panel(
    key: str, title: str, codes: np.ndarray, probability: np.ndarray | None = None, *, subtitle: str = ""
) -> Panel:
    """Return (H, W) class codes 0 to 3; `probability` (H, W) of the class shown goes into the readout, two decimals.

    Code 0 is a pixel without label, or with `probability`, which makes the codes a model's, one without data.
    """
    _check_plane(key, codes)
    if codes.size and int(codes.max()) > max(CLASS_NAMES):
        raise ConfigError(f"panel {key!r}: expected class codes {sorted(CLASS_NAMES)}, got {int(codes.max())}")
    blobs = {"codes": encode_bytes(codes)}
    if probability is not None:
        if probability.shape != codes.shape:
            raise ConfigError(f"panel {key!r}: expected probabilities {codes.shape}, got {probability.shape}")
        blobs["probability"] = encode_bytes(quantise(probability, 0, 1, PERCENT))
    values = {"none": NO_DATA if probability is not None else CLASS_NAMES[NO_LABEL]}
    return Panel(key, title, subtitle, "classes", codes.shape, values, blobs)


def scalar_panel(
    key: str,
    title: str,
    values: np.ndarray,
    low: float = 0.0,
    high: float = 1.0,
    ramp: str = "cividis",
    *,
    subtitle: str = "",
) -> Panel:
    """Return (H, W) numbers painted by a ramp from `low` to `high` (clipped); what is not finite is hatched."""
    _check_plane(key, values)
    if ramp not in RAMPS:
        raise ConfigError(unknown("ramp", ramp, list(RAMPS)))
    plain = {"low": float(low), "high": float(high), "steps": SCALAR_STEPS, "ramp": RAMPS[ramp].split()}
    blobs = {"values": encode_bytes(quantise(values, low, high))}
    return Panel(key, title, subtitle, "scalar", values.shape, plain, blobs)


def counts_panel(key: str, title: str, counts: np.ndarray, most: int, *, subtitle: str = "") -> Panel:
    """Return (H, W) whole numbers from 0 to `most`, painted by a ramp and read out as whole numbers."""
    panel = scalar_panel(key, title, counts, 0, most, "viridis", subtitle=subtitle)
    return replace(panel, values={**panel.values, "low": 0, "high": most, "counts": True})


def difference_panel(key: str, title: str, truth_key: str, predicted_key: str, *, subtitle: str = "") -> Panel:
    """Return where two class panels of the same scene differ on water; the browser computes it.

    Water that the second does not call water is missed, land that it calls water is false, everything else agrees.
    Unclassified truth stays white; a pixel for which either has no class is hatched.
    """
    return Panel(key, title, subtitle, "difference", values={"truth": truth_key, "predicted": predicted_key})


def message_panel(key: str, title: str, message: str, *, subtitle: str = "") -> Panel:
    """Return a panel that says in one line why there is no picture."""
    return Panel(key, title, subtitle, "message", values={"message": message})


def pending_panel(key: str, title: str, message: str = "Predicting…", *, subtitle: str = "") -> Panel:
    """Return a panel whose picture is still to come."""
    return Panel(key, title, subtitle, "pending", values={"message": message})


def encode_scene(scene: Scene, *, select: tuple[int, tuple[int, int] | None] = (0, None), **options: Any) -> bytes:
    """Return the message for `scene` (see `payload`).

    Args:
        scene: What to show.
        select: (serial, pixel): the browser marks `pixel` once for each new serial.
        **options: Plain values for the header, such as `max_height` in CSS pixels.
    """
    header = {
        "lake": scene.lake,
        "height": scene.height,
        "width": scene.width,
        "pixel_size_m": scene.pixel_size_m,
        "caption": scene.caption,
        "select": list(select),
        **options,
        **scene.framed,
        "classes": {str(code): {"name": CLASS_NAMES[code], "colour": CLASS_COLOURS[code]} for code in CLASS_NAMES},
    }
    panels = [
        ({"key": p.key, "title": p.title, "subtitle": p.subtitle, "kind": p.kind, **p.values}, p.blobs)
        for p in scene.panels
    ]
    overlays = {} if scene.patches is None else {"patches": scene.patches.encode()}
    if scene.marked is not None:
        overlays["marked"] = encode_marked(scene.marked)
    if scene.region is not None:
        overlays["region"] = scene.region.encode()
    return pack(header, panels, overlays)


def _check_plane(key: str, values: np.ndarray) -> None:
    if values.ndim != 2 or values.size == 0:
        raise ConfigError(f"panel {key!r}: expected (H, W) values, got shape {values.shape}")

"""The card of a trained model: what it is, how it came about, how good it is."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any, Final, TypeGuard

from lakeseg.errors import ModelError
from lakeseg.plain import plain
from lakeseg.segmenters.config import NETWORKS

CARD_FILE: Final = "card.json"
SEEN: Final = ("train", "validation", "seen ground")  # standings of lakes that had a part in a model
NOT_KNOWN: Final = "not known"  # the standing of ground of which a file of single pixels says nothing


@dataclass(frozen=True)
class Card:
    """What is known of a trained model; `card.json` holds exactly this.

    Attributes:
        id: Name of its folder, given when it is saved.
        title, description: For a person.
        config: Settings it was made from, as `SegmenterConfig.to_json` gives them.
        bands: MODIS bands it needs.
        parameters: Numbers that training set.
        dataset: What it was trained on: name, fingerprint, simulated, lakes, pixels, training_pixels, groups_seen,
            `of_pixels` where these were single pixels, split by runs of them, and `patches` where it learned from
            patches: size, gap, pixels kept, pruned and discarded of the training lakes, patches_kept and
            patches_pruned.
        split: Lakes of each part, as `Split.to_json` gives them.
        history: Loss curves, one list for each.
        seconds_per_epoch, device, versions: How it was trained.
        scores: Results of evaluation for `validation` and `test`.
        calibration: Of a network calibrated on the validation lakes: its `temperature`, and for `validation` and `test`
            the expected calibration error `before` and `after`, and the `pixels` it rests on.
        weights: file, sha256, bytes and dtype of the weights, filled in when it is saved.
        fingerprint: SHA-256 of config and weights, filled in when it is saved; predictions are cached under it.
        created: Time of saving, ISO 8601 in UTC.
    """

    title: str
    description: str
    config: Mapping[str, Any]
    bands: tuple[int, ...]
    parameters: int
    dataset: Mapping[str, Any] = field(default_factory=dict)
    split: Mapping[str, Any] = field(default_factory=dict)
    history: Mapping[str, Any] = field(default_factory=dict)
    seconds_per_epoch: float | None = None
    device: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    scores: Mapping[str, Any] = field(default_factory=dict)
    calibration: Mapping[str, Any] = field(default_factory=dict)
    id: str = ""
    weights: Mapping[str, Any] = field(default_factory=dict)
    fingerprint: str = ""
    created: str = ""

    @property
    def kind(self) -> str:
        """Kind of segmenter, such as `fcn`."""
        return str(self.config.get("kind", ""))

    @property
    def weight_bytes(self) -> int:
        """Size of the weights on disk."""
        return int(self.weights.get("bytes", 0))

    @property
    def any_bands(self) -> bool:
        """Whether it answers for any of its bands, being told which are there."""
        return self.config.get("any_bands") is True

    @property
    def of_pixels(self) -> bool:
        """Whether it was trained on single pixels of no lake, so that nobody can say which ground it has seen."""
        return self.dataset.get("of_pixels") is True

    def fits(self, bands: Collection[int], of_pixels: bool = False) -> bool:
        """Say whether it can run on data of these bands, and on single pixels if the data are `of_pixels`."""
        if of_pixels and self.kind in NETWORKS:
            return False
        own = set(self.bands)
        return bool(own & set(bands)) if self.any_bands else own <= set(bands)

    def standing(self, fingerprint: str, lake_id: str, group: str) -> str:
        """Return what this model has to do with a lake of the dataset `fingerprint`.

        "train", "validation", "test" or "unused" for lakes of its own dataset; elsewhere "seen ground" where it learned
        from or was chosen on a lake of the same group, else "unseen"; "not known" if it learned from single pixels.
        """
        if self.is_home(fingerprint):
            return self._part_of.get(lake_id, "unused")
        if self.of_pixels:
            return NOT_KNOWN
        return "seen ground" if group in self._groups_seen else "unseen"

    def is_home(self, fingerprint: str) -> bool:
        """Say whether it was trained on the dataset `fingerprint`."""
        return fingerprint == self.dataset.get("fingerprint")

    def calibration_line(self, part: str = "test") -> str:
        """Return what its temperature did to the calibration error on the lakes of a part, in one line; else ""."""
        known, errors = self.calibration, self.calibration.get(part)
        errors = errors if isinstance(errors, Mapping) else {}
        temperature, before, after = known.get("temperature"), errors.get("before"), errors.get("after")
        if not (_is_number(temperature) and _is_number(before) and _is_number(after)):
            return ""
        return (
            f"Calibration error {100 * before:.2f} % before and {100 * after:.2f} % after temperature "
            f"T = {temperature:.2f}, fitted on the validation lakes (on the {part} lakes of its own dataset)."
        )

    @cached_property
    def _part_of(self) -> Mapping[str, str]:
        """Part of each lake of the split."""
        return {lake: part for part in ("test", "validation", "train") for lake in _names(self.split, part)}

    @cached_property
    def _groups_seen(self) -> frozenset[str]:
        return frozenset(_names(self.dataset, "groups_seen"))

    def text(self) -> str:
        """Return the content of `card.json`."""
        return json.dumps(self.to_json(), indent=1, allow_nan=False, ensure_ascii=False) + "\n"

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {entry.name: plain(getattr(self, entry.name)) for entry in fields(self)}

    @classmethod
    def from_json(cls, values: Any) -> Card:
        """Read what `to_json` gave; fields that this version does not know are passed over.

        Raises:
            ModelError: A field is missing or of another type.
        """
        if not isinstance(values, dict):
            raise ModelError(f"{CARD_FILE}: expected an object of fields, got {type(values).__name__}")
        for name, kind in _REQUIRED.items():
            if not isinstance(values.get(name), kind):
                raise ModelError(
                    f"{CARD_FILE}: field {name!r} is {'missing' if name not in values else 'of another type'}"
                )
        known = {entry.name: values[entry.name] for entry in fields(cls) if entry.name in values}
        return cls(**known | {"bands": tuple(int(band) for band in values["bands"])})


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, float | int) and not isinstance(value, bool)


def _names(values: Mapping[str, Any], key: str) -> list[str]:
    """Return a list of names in a card; somebody may have written anything there."""
    names = values.get(key)
    return [str(name) for name in names] if isinstance(names, list | tuple) else []


_REQUIRED: Final[Mapping[str, type]] = {
    "id": str,
    "title": str,
    "description": str,
    "config": dict,
    "bands": list,
    "parameters": int,
    "dataset": dict,
    "split": dict,
    "history": dict,
    "versions": dict,
    "scores": dict,
    "weights": dict,
    "fingerprint": str,
}


@dataclass(frozen=True)
class BrokenModel:
    """A folder of the store that cannot be used; `reason` is one line."""

    id: str
    reason: str

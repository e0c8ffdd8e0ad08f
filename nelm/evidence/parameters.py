"""Thresholds: label, unit, default, bounds, alternatives, source; an institution's own are checked.

A `Parameters` is complete and cannot be changed; criteria read it by name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any

from nelm.errors import ImpossibleValue, unknown_name
from nelm.evidence.sheets import read_sheet


@dataclass(frozen=True, slots=True)
class Alternative:
    """A value that another paper argues for."""

    value: Any
    source: str
    why: str


@dataclass(frozen=True, slots=True)
class Threshold:
    """One parameter's definition. `bounds` are allowed themselves; `choices` are words."""

    name: str
    label: str
    default: Any
    source: str
    unit: str | None = None
    integer: bool = False
    bounds: tuple[float, float] | None = None
    choices: tuple[str, ...] = ()
    packs: tuple[str, ...] = ()
    alternatives: tuple[Alternative, ...] = ()


def _threshold(name: str, entry: Mapping[str, Any]) -> Threshold:
    default = entry["default"]
    return Threshold(
        name=name,
        label=entry["label"],
        default=MappingProxyType(default) if isinstance(default, dict) else default,
        source=entry["source"],
        unit=entry.get("unit"),
        integer=entry.get("integer", False),
        bounds=tuple(entry["bounds"]) if "bounds" in entry else None,
        choices=tuple(entry.get("choices", ())),
        packs=tuple(entry.get("packs", ())),
        alternatives=tuple(Alternative(**one) for one in entry.get("alternatives", ())),
    )


THRESHOLDS: dict[str, Threshold] = {
    name: _threshold(name, entry) for name, entry in read_sheet("parameters.yaml").items()
}


def _in_bounds(threshold: Threshold, value: float) -> bool:
    low, high = threshold.bounds or (float("-inf"), float("inf"))
    return low <= value <= high


def _slip(threshold: Threshold, value: float) -> str:
    """The hint "Did you mean 35?" where a decimal point or a unit explains the number."""
    for candidate in (value / 10, value * 10, value * 100, value / 100, -value):
        if (
            candidate
            and _in_bounds(threshold, candidate)
            and (not threshold.integer or candidate == int(candidate))
        ):
            return f" Did you mean {candidate:g}?"
    return ""


def _refused(name: str, value: object, must: str, hint: str = "") -> ImpossibleValue:
    shown = f"{value:g}" if isinstance(value, float) else repr(value)
    message = f"Parameter {name} is {shown}; it must {must}.{hint}"
    return ImpossibleValue(message, f"parameters.{name}")


def _number(threshold: Threshold, value: object) -> float:
    name, unit = threshold.name, f" {threshold.unit}" if threshold.unit else ""
    low, high = threshold.bounds or (float("-inf"), float("inf"))
    span = f"between {low:g} and {high:g}{unit}"
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _refused(name, value, f"be a number {span}")
    if not _in_bounds(threshold, value):
        raise _refused(name, value, f"lie {span}", _slip(threshold, value))
    if threshold.integer and value != int(value):
        raise _refused(name, value, f"be a whole number {span}")
    return value


def _word(threshold: Threshold, value: object) -> str:
    if not isinstance(value, str) or value not in threshold.choices:
        near = get_close_matches(str(value), threshold.choices, n=1, cutoff=0.5)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise _refused(threshold.name, value, f"be {' or '.join(threshold.choices)}", hint)
    return value


def _switches(threshold: Threshold, value: object) -> Mapping[str, bool]:
    if not isinstance(value, Mapping):
        raise _refused("packs", value, "map the names of packs to true or false")
    for pack, on in value.items():
        if pack not in threshold.packs:
            raise unknown_name("knowledge pack", pack, threshold.packs, f"parameters.packs.{pack}")
        if not isinstance(on, bool):
            raise _refused(f"packs.{pack}", on, "be true or false")
    return MappingProxyType({**threshold.default, **value})


def _checked(name: str, value: object) -> Any:
    threshold = THRESHOLDS.get(name)
    if threshold is None:
        raise unknown_name("parameter", name, THRESHOLDS, f"parameters.{name}")
    if threshold.packs:
        return _switches(threshold, value)
    return _word(threshold, value) if threshold.choices else _number(threshold, value)


class Parameters(Mapping[str, Any]):
    """Every parameter with its value: the defaults, changed where an institution says so."""

    __slots__ = ("by_name", "changed", "packs")

    def __init__(self, overrides: Mapping[str, Any] | None = None) -> None:
        """Take the defaults and put checked `overrides` over them.

        Raises:
            Refused: an unknown name, or a value outside its bounds; the message names both.
        """
        checked = {name: _checked(name, value) for name, value in (overrides or {}).items()}
        # The same as a plain dictionary, for what looks up many at once; nobody writes to it.
        self.by_name: dict[str, Any] = {t.name: t.default for t in THRESHOLDS.values()} | checked
        self.packs: tuple[tuple[str, bool], ...] = tuple(sorted(self.by_name["packs"].items()))
        self.changed = frozenset(
            name for name, value in checked.items() if value != THRESHOLDS[name].default
        )

    def __getitem__(self, name: str) -> Any:
        return self.by_name[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.by_name)

    def __len__(self) -> int:
        return len(self.by_name)

    def has_pack(self, name: str) -> bool:
        """Whether a knowledge pack is switched on."""
        return bool(self.by_name["packs"].get(name, False))


DEFAULTS = Parameters()

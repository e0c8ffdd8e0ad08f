"""Whether the liver can be cleared by surgery, and whether enough of it would remain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from nelm.logic import Kleene, at_least, kleene_and

# The shares of the tumor burden that cloyd2020 names for cytoreduction.
PERCENT_CUTS: tuple[float, ...] = (70, 90, 100)
REMNANT_SEGMENTS = 2


class Resectability(NamedTuple):
    """`resectability` is none for a clear liver; None is unknown throughout."""

    resectability: str | None
    remnant: str | None
    remnant_adequate: Kleene
    notes: tuple[str, ...]


def _by_percent(percent: float, inadequate: bool, never_r0: bool) -> str:
    if percent >= 90 and inadequate:
        return "needs_remnant_augmentation"
    if percent >= 100 and not never_r0:
        return "r0"
    if percent >= 90:
        return "cytoreducible_90"
    return "cytoreducible_70" if percent >= 70 else "unresectable"


def _reported(
    reported: str, percent: float | None, inadequate: bool
) -> tuple[str, tuple[str, ...]]:
    conflict = ("resectability_conflict",)
    if reported == "unresectable":
        return "unresectable", conflict if percent is not None and percent >= 70 else ()
    if reported == "r0":
        return "needs_remnant_augmentation" if inadequate else "r0", ()
    if percent is None:
        return "debulkable", ()
    return _by_percent(percent, inadequate, never_r0=True), conflict if percent < 70 else ()


def _resectability(
    values: Mapping[str, Any], inadequate: bool, clear_liver: bool, liver_type: str | None
) -> tuple[str | None, tuple[str, ...]]:
    if clear_liver:
        return "none", ()
    percent = values.get("resectable_percent")
    reported = values.get("reported_resectability")
    if reported is not None:
        return _reported(reported, percent, inadequate)
    if percent is not None:
        return _by_percent(percent, inadequate, never_r0=False), ()
    if liver_type == "III":
        return "unresectable", ("resectability_derived",)
    return None, ()


def derive_resectability(
    values: Mapping[str, Any],
    parameters: Mapping[str, Any],
    clear_liver: bool,
    liver_type: str | None,
) -> Resectability:
    """What surgery can reach, from the report and from the resectable share (percent of burden).

    The remnant is adequate with at least `flr_min_percent` of standardized liver volume and two
    contiguous segments; unknown unless one is known to be short or both are known. Notes
    `resectability_conflict`, `resectability_derived` (from liver type III) and
    `remnant_below_caution` (adequate, but below the caution limit).

    Source: cloyd2020; remnant note lasalvia2016.
    """
    remnant = values.get("future_liver_remnant_percent")
    segments = values.get("remnant_contiguous_segments")
    adequate = kleene_and(
        (at_least(remnant, parameters["flr_min_percent"]), at_least(segments, REMNANT_SEGMENTS))
    )
    resectability, notes = _resectability(values, adequate is False, clear_liver, liver_type)
    if adequate and remnant < parameters["flr_caution_percent"]:
        notes += ("remnant_below_caution",)
    word = None if adequate is None else "adequate" if adequate else "inadequate"
    return Resectability(resectability, word, adequate, notes)

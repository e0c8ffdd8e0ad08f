"""Liver function: Child-Pugh class from what is known, and whether synthesis is compromised."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from nelm.logic import Kleene, kleene_or, less_than, more_than

BILIRUBIN_CUTS: tuple[float, ...] = (2, 3)
ALBUMIN_CUTS: tuple[float, ...] = (2.8, 3.5)
INR_CUTS: tuple[float, ...] = (1.7, 2.3)
CLASS_B_FROM, CLASS_C_FROM = 7, 10
EXTENT_POINTS = {"none": 1, "mild": 2, "severe": 3}
UNKNOWN_POINTS = (1, 3)


class LiverFunction(NamedTuple):
    """`liver_function` is the Child-Pugh class; the rest may be settled where the class is not."""

    liver_function: str | None
    child_pugh_at_least_b: Kleene
    child_pugh_at_least_c: Kleene
    synthetic_function_compromised: Kleene


def _points_rising(value: float | None, cuts: tuple[float, ...]) -> int | None:
    """1 point below the cuts, 2 between them, 3 above."""
    if value is None:
        return None
    low, high = cuts
    return 1 if value < low else 2 if value <= high else 3


def _points_falling(value: float | None, cuts: tuple[float, ...]) -> int | None:
    """1 point above the cuts, 2 between them, 3 below."""
    if value is None:
        return None
    low, high = cuts
    return 1 if value > high else 2 if value >= low else 3


def _points(values: Mapping[str, Any]) -> tuple[int, int]:
    """The lowest and highest possible sum; a missing part may be worth 1 to 3 points."""
    parts = (
        _points_rising(values.get("bilirubin_mg_dl"), BILIRUBIN_CUTS),
        _points_falling(values.get("albumin_g_dl"), ALBUMIN_CUTS),
        _points_rising(values.get("inr"), INR_CUTS),
        EXTENT_POINTS.get(values.get("ascites", "")),
        EXTENT_POINTS.get(values.get("encephalopathy", "")),
    )
    low = high = 0
    for part in parts:
        low += UNKNOWN_POINTS[0] if part is None else part
        high += UNKNOWN_POINTS[1] if part is None else part
    return low, high


def _at_least(threshold: int, low: int, high: int) -> Kleene:
    return True if low >= threshold else False if high < threshold else None


def derive_liver_function(
    values: Mapping[str, Any], parameters: Mapping[str, Any]
) -> LiverFunction:
    """Child-Pugh class A, B or C from bilirubin (mg/dL), albumin (g/dL), INR, ascites,
    encephalopathy; with parts missing only if every completion gives the same class.

    Synthesis is compromised in class B or C, above `bilirubin_max` or below `albumin_min`.

    Source: lewis2012 (concept); cut-offs operational (Child-Pugh as used in the field).
    """
    low, high = _points(values)
    at_least_b = _at_least(CLASS_B_FROM, low, high)
    at_least_c = _at_least(CLASS_C_FROM, low, high)
    found = None
    if at_least_b is False:
        found = "A"
    elif at_least_c is True:
        found = "C"
    elif at_least_b is True and at_least_c is False:
        found = "B"
    compromised = kleene_or(
        (
            at_least_b,
            more_than(values.get("bilirubin_mg_dl"), parameters["bilirubin_max"]),
            less_than(values.get("albumin_g_dl"), parameters["albumin_min"]),
        )
    )
    return LiverFunction(found, at_least_b, at_least_c, compromised)

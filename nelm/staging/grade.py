"""WHO grade and differentiation, with what disagrees about them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from nelm.logic import Kleene

# The cuts of the WHO grades; used in the field since 2010, assumed by the papers (operational).
KI67_CUTS: tuple[float, ...] = (2, 3, 20)
MITOSES_CUTS: tuple[float, ...] = (2, 20)


class Grade(NamedTuple):
    """`grade` G1, G2, G3, G3_or_NEC or NEC, or unknown; the rest is what criteria ask of it."""

    grade: str | None
    low_grade: Kleene
    well_g3: Kleene
    nec: Kleene
    well: Kleene
    ki67: float | None
    notes: tuple[str, ...]


def _ki67_band(percent: float, cutoff: str) -> int:
    g1 = percent <= 2 if cutoff == "le_2" else percent < 3
    return 1 if g1 else 2 if percent <= 20 else 3


def _mitoses_band(per_2mm2: float) -> int:
    return 1 if per_2mm2 < 2 else 2 if per_2mm2 <= 20 else 3


def _named(band: int, differentiation: str | None) -> str:
    """A band as a grade: above 20 it takes the differentiation to tell G3 from NEC."""
    if band < 3:
        return f"G{band}"
    return "G3" if differentiation == "well" else "G3_or_NEC"


def _agree(derived: str, reported: str) -> bool:
    return derived == reported or (derived == "G3_or_NEC" and reported == "G3")


def _decide(
    band: int | None, differentiation: str | None, reported: str | None
) -> tuple[str | None, bool]:
    """The grade, and whether the report disagrees with it."""
    derived = None if band is None else _named(band, differentiation)
    if differentiation == "poor":
        return "NEC", reported not in (None, "NEC")
    if reported == "NEC":
        if differentiation is None:
            return "NEC", derived in ("G1", "G2")
        return derived, True
    if derived is None:
        return (_named(int(reported[1]), differentiation) if reported else None), False
    return derived, reported is not None and not _agree(derived, reported)


def _notes(conflict: bool, of_ki67: list[int]) -> tuple[str, ...]:
    """`of_ki67` are the bands of primary and metastasis, as far as they are known."""
    notes: tuple[str, ...] = ("grade_conflict",) if conflict else ()
    if len(of_ki67) == 2 and of_ki67[0] != of_ki67[1]:
        notes += ("grade_discordance",)
    return notes


def derive_grade(values: Mapping[str, Any], parameters: Mapping[str, Any]) -> Grade:
    """WHO grade from Ki-67 (percent) and mitoses (per 2 mm²); the higher of the two decides.

    Ki-67 is the highest of primary and metastasis. Poor differentiation is NEC; above 20 without
    known differentiation is `G3_or_NEC`. A reported grade counts only where both are missing.
    Unknown if nothing is known. Notes `grade_conflict` and `grade_discordance`.

    Source: cut-offs operational (WHO 2010/2019); discordance cloyd2020.
    """
    cutoff, mitoses = parameters["g1_ki67_cutoff"], values.get("mitoses_per_2mm2")
    known: list[float] = []
    of_ki67: list[int] = []
    for name in ("ki67_primary_percent", "ki67_metastasis_percent"):
        ki67 = values.get(name)
        if ki67 is not None:
            known.append(ki67)
            of_ki67.append(_ki67_band(ki67, cutoff))
    bands = of_ki67 if mitoses is None else [*of_ki67, _mitoses_band(mitoses)]
    differentiation = values.get("differentiation")
    grade, conflict = _decide(
        max(bands) if bands else None, differentiation, values.get("reported_grade")
    )
    return Grade(
        grade,
        None if grade is None else grade in ("G1", "G2"),
        None if grade in (None, "G3_or_NEC") else grade == "G3",
        None if grade in (None, "G3_or_NEC") else grade == "NEC",
        None if differentiation is None else differentiation == "well",
        max(known) if known else None,
        _notes(conflict, of_ki67),
    )

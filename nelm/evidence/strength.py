"""Strength of evidence in plain words: of a criterion by its sheet, of an option by its figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from nelm.evidence.citations import DESIGNS, outcome_figures
from nelm.evidence.sheets import read_sheet

if TYPE_CHECKING:
    from nelm.criteria import Criterion, Option

STRENGTH_BY_ID: dict[str, str] = {
    name: design
    for design, lines in read_sheet("strength.yaml").items()
    for line in lines
    for name in line.split()
}


def criterion_strength(criterion: Criterion) -> str:
    """On what a criterion rests, a word of `DESIGNS`; operational where no paper stands behind it.

    The same id may rest on a paper in one option and be operational in another (`REPEAT`).
    """
    if set(criterion.cites) == {"operational"}:
        return "operational"
    return STRENGTH_BY_ID[criterion.id]


def option_strength(option: Option, packs: Mapping[str, bool] | None = None) -> tuple[str, ...]:
    """The kinds of evidence behind the figures of an option, the strongest first.

    Without figures: the strongest that its own criteria rest on. With `packs`, without the
    figures of a knowledge pack that is off.
    """
    found = {one.design for one in outcome_figures(option.id, packs) if one.design}
    if not found:
        behind = [criterion_strength(one) for one in option.criteria]
        found = {min(behind, key=DESIGNS.index)}
    return tuple(design for design in DESIGNS if design in found)

"""The papers by id, with `operational` and `later` among them, and the figures they report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nelm.errors import ImpossibleValue, unknown_name
from nelm.evidence.sheets import read_sheet

# Kinds of evidence in plain words, the strongest first. A patient series is one whose paper does
# not say whether patients were followed forward or looked back on; a review counts below the
# studies that it sums up, because it is named only where those are not.
DESIGNS: tuple[str, ...] = (
    "randomized trial",
    "prospective series",
    "retrospective series",
    "patient series",
    "review",
    "expert criteria",
    "operational",
)
_STUDIES = frozenset(DESIGNS) - {"operational"}
_YEARS = range(1980, 2027)
_FIGURE_KEYS = ("text", "cites", "n", "design", "year", "pack")


@dataclass(frozen=True, slots=True)
class Citation:
    """One source of criteria; `kind` is paper, later or operational, `design` one of `DESIGNS`."""

    id: str
    short: str
    kind: str
    text: str
    year: int | None = None
    doi: str | None = None
    read: str | None = None
    design: str | None = None

    @property
    def url(self) -> str | None:
        return f"https://doi.org/{self.doi}" if self.doi else None


@dataclass(frozen=True, slots=True)
class OutcomeFigure:
    """What papers report for a treatment: for orientation, never a prediction for a patient.

    `n` patients, `design` and `year` of the study behind it; None where the paper is silent.
    """

    text: str
    cites: tuple[str, ...]
    n: int | None = None
    design: str | None = None
    year: int | None = None
    pack: str | None = None

    @property
    def basis(self) -> str:
        """Such as "randomized trial, n 410, 2011"; empty where the paper gives none of it."""
        size = None if self.n is None else f"n {self.n}"
        year = None if self.year is None else str(self.year)
        return ", ".join(part for part in (self.design, size, year) if part)


CITATIONS: dict[str, Citation] = {
    name: Citation(id=name, **entry) for name, entry in read_sheet("citations.yaml").items()
}


def read_figure(entry: Mapping[str, Any], field: str) -> OutcomeFigure:
    """One line of outcomes.yaml.

    Raises:
        UnknownName: a key, paper or design that does not exist.
        ImpossibleValue: no text, no paper, or a number or year that cannot be.
    """
    for key in entry:
        if key not in _FIGURE_KEYS:
            raise unknown_name("part of a figure", key, _FIGURE_KEYS, field)
    if not entry.get("text") or not entry.get("cites"):
        raise ImpossibleValue(f"{field}: a figure needs a text and its papers", field)
    for name in entry["cites"]:
        citation(name)
    n, design, year = entry.get("n"), entry.get("design"), entry.get("year")
    if design is not None and design not in _STUDIES:
        raise unknown_name("design", design, _STUDIES, field)
    if n is not None and (type(n) is not int or n < 1):
        raise ImpossibleValue(f"{field}: n is {n}; it must be a number of patients", field)
    if year is not None and (type(year) is not int or year not in _YEARS):
        raise ImpossibleValue(f"{field}: year is {year}; no study of that year is cited", field)
    return OutcomeFigure(entry["text"], tuple(entry["cites"]), n, design, year, entry.get("pack"))


def citation(name: str) -> Citation:
    """The source behind an id such as `cloyd2020`.

    Raises:
        UnknownName: no such source.
    """
    if name not in CITATIONS:
        raise unknown_name("citation", name, CITATIONS, f"citations.{name}")
    return CITATIONS[name]


def paper_short(name: str) -> str:
    """How a card names a source: `lewis2012` is "Lewis 2012"."""
    return citation(name).short


_FIGURES: dict[str, tuple[OutcomeFigure, ...]] = {
    name: tuple(read_figure(entry, f"outcomes.{name}") for entry in entries)
    for name, entries in read_sheet("outcomes.yaml").items()
}
FIGURES_OF: tuple[str, ...] = tuple(_FIGURES)


def outcome_figures(
    name: str, packs: Mapping[str, bool] | None = None
) -> tuple[OutcomeFigure, ...]:
    """Figures of an option or work-up item, each with its papers; empty if none is given.

    With `packs`, without those of a knowledge pack that is off.
    """
    figures = _FIGURES.get(name, ())
    if packs is None:
        return figures
    return tuple(one for one in figures if one.pack is None or packs.get(one.pack, False))

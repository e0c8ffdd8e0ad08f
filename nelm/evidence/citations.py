"""The papers by id, with `operational` and `later` among them, and the figures they report."""

from __future__ import annotations

from dataclasses import dataclass

from nelm.errors import unknown_name
from nelm.evidence.sheets import read_sheet


@dataclass(frozen=True, slots=True)
class Citation:
    """One source of criteria; `kind` is paper, later or operational."""

    id: str
    short: str
    kind: str
    text: str
    year: int | None = None
    doi: str | None = None
    read: str | None = None

    @property
    def url(self) -> str | None:
        return f"https://doi.org/{self.doi}" if self.doi else None


@dataclass(frozen=True, slots=True)
class OutcomeFigure:
    """What papers report for a treatment: for orientation, never a prediction for a patient."""

    text: str
    cites: tuple[str, ...]
    pack: str | None = None


CITATIONS: dict[str, Citation] = {
    name: Citation(id=name, **entry) for name, entry in read_sheet("citations.yaml").items()
}

_FIGURES: dict[str, tuple[OutcomeFigure, ...]] = {
    option: tuple(
        OutcomeFigure(figure["text"], tuple(figure["cites"]), figure.get("pack"))
        for figure in figures
    )
    for option, figures in read_sheet("outcomes.yaml").items()
}


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


def outcome_figures(option: str) -> tuple[OutcomeFigure, ...]:
    """Survival and response figures of an option, each with its papers; empty if none is given."""
    return _FIGURES.get(option, ())

"""What went with a worse outcome in the papers, as far as it is true of this patient."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from nelm.facts import FactSet
from nelm.logic import Kleene, at_least, less_than, more_than

EMBOLIZATIONS = frozenset({"tae", "tace", "deb_tace", "tare"})


class Staged(Protocol):
    """What of the staging the notes look at."""

    grade: str | None
    timing: str | None
    functional: Kleene
    extrahepatic_disease_present: Kleene
    previous_therapies: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class PrognosticNote:
    """An adverse sign with the papers that saw it; `conflict` says who saw otherwise."""

    id: str
    title: str
    cites: tuple[str, ...]
    conflict: str | None = None


Question = Callable[[Mapping[str, Any], Staged, Mapping[str, Any]], Kleene]


def _bone(values: Mapping[str, Any], staging: Staged, parameters: Mapping[str, Any]) -> Kleene:
    return "bone" in (values.get("extrahepatic_sites") or ())


def _raised_shunt(
    values: Mapping[str, Any], staging: Staged, parameters: Mapping[str, Any]
) -> Kleene:
    """The paper gives no threshold; the safety limit for radioembolization stands in for it."""
    return more_than(values.get("lung_shunt_percent"), parameters["lung_shunt_max_percent"])


NOTES: tuple[tuple[PrognosticNote, Question], ...] = (
    (
        PrognosticNote(
            "synchronous",
            "Liver metastases at diagnosis",
            ("lewis2012", "cloyd2020"),
            "one series in lewis2012 reports the opposite",
        ),
        lambda values, staging, parameters: staging.timing == "synchronous",
    ),
    (
        PrognosticNote(
            "extrahepatic_disease", "Disease outside the liver", ("cloyd2020", "lewis2012")
        ),
        lambda values, staging, parameters: staging.extrahepatic_disease_present,
    ),
    (PrognosticNote("bone_metastases", "Bone metastases", ("lewis2012",)), _bone),
    (
        PrognosticNote("non_functional", "No hormonal syndrome", ("cloyd2020", "lewis2012")),
        lambda values, staging, parameters: staging.functional is False,
    ),
    (
        PrognosticNote("higher_grade", "Grade above G1", ("cloyd2020", "lewis2012")),
        lambda values, staging, parameters: staging.grade not in (None, "G1"),
    ),
    (
        PrognosticNote("bilateral_disease", "Both liver lobes involved", ("lewis2012",)),
        lambda values, staging, parameters: values.get("bilobar"),
    ),
    (
        PrognosticNote("pancreatic_origin", "Primary in the pancreas", ("lewis2012",)),
        lambda values, staging, parameters: values.get("primary_site") == "pancreas",
    ),
    (
        PrognosticNote(
            "primary_in_place",
            "Primary not resected",
            ("lewis2012",),
            "one embolization series in lewis2012 saw no difference",
        ),
        lambda values, staging, parameters: values.get("primary_status") == "in_situ",
    ),
    (
        PrognosticNote(
            "male_sex", "Male sex (seen only after ablation or embolization)", ("lewis2012",)
        ),
        lambda values, staging, parameters: values.get("sex") == "male",
    ),
    (
        PrognosticNote(
            "burden_above_50",
            "More than half of the liver replaced",
            ("lasalvia2016",),
        ),
        lambda values, staging, parameters: more_than(values.get("liver_tumor_burden_percent"), 50),
    ),
    (
        PrognosticNote(
            "burden_above_75",
            "More than three quarters of the liver replaced",
            ("lewis2012", "lasalvia2016"),
        ),
        lambda values, staging, parameters: more_than(values.get("liver_tumor_burden_percent"), 75),
    ),
    (
        PrognosticNote(
            "albumin_before_embolization",
            "Albumin below 3.5 g/dL before an embolization",
            ("lewis2012",),
        ),
        lambda values, staging, parameters: less_than(values.get("albumin_g_dl"), 3.5),
    ),
    (
        PrognosticNote(
            "raised_lung_shunt", "Raised lung shunt fraction", ("clift2021", "operational")
        ),
        _raised_shunt,
    ),
)
# The facts that the notes look at themselves, not through the staging.
PROGNOSTIC_FACTS: frozenset[str] = frozenset(
    {
        "extrahepatic_sites",
        "lung_shunt_percent",
        "bilobar",
        "primary_site",
        "primary_status",
        "sex",
        "liver_tumor_burden_percent",
        "albumin_g_dl",
        "pancreastatin_pg_ml",
    }
)
PANCREASTATIN = PrognosticNote(
    "raised_pancreastatin_after_embolization",
    "Pancreastatin above the report's limit after an embolization",
    ("clift2021",),
)


def _pancreastatin_raised(facts: FactSet, staging: Staged) -> bool:
    """Only against the report's own limit, and only where an embolization came before."""
    pancreastatin = facts.get("pancreastatin_pg_ml")
    if pancreastatin is None or pancreastatin.upper_limit is None:
        return False
    embolized = EMBOLIZATIONS & (staging.previous_therapies or frozenset())
    return bool(embolized) and at_least(pancreastatin.value, pancreastatin.upper_limit) is True


def prognostic_notes(
    facts: FactSet,
    values: Mapping[str, Any],
    staging: Staged,
    parameters: Mapping[str, Any],
) -> tuple[PrognosticNote, ...]:
    """The adverse signs that are known to be there; an unknown one is not named.

    Source: each note carries its papers.
    """
    notes = [note for note, question in NOTES if question(values, staging, parameters) is True]
    if _pancreastatin_raised(facts, staging):
        notes.append(PANCREASTATIN)
    return tuple(notes)

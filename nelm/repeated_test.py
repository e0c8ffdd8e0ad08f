"""A draft order for a test: one that a better test replaces, or whose fresh result is on file."""

from __future__ import annotations

from collections.abc import Iterable

from nelm.assessment import Assessment
from nelm.bringing import ALSO_BROUGHT
from nelm.catalog import CATALOG
from nelm.doubts import UNDATED, is_doubtful
from nelm.facts import Fact
from nelm.findings import Finding, Suggestion, digest, references
from nelm.labels import WORK_UP_LABELS, fact_phrase
from nelm.phrases import clipped, sentence, value_with_date
from nelm.waiting import unchecked_facts
from nelm.work_up import WORK_UP_FACTS
from nelm.work_up_rules import PETS

OCTREOSCAN = "octreoscan"
# What must be on file and fresh for a repeated test to bring nothing new.
_RESULT: dict[str, tuple[str, ...]] = {
    "dotatate_pet": ("krenning_score", "sstr_modality"),
    "tumor_markers": ("chromogranin_a_ng_ml",),
    "renal_function": ("egfr_ml_min_1_73m2",),
    "surgical_review": ("reported_resectability",),
    "liver_volumetry": ("future_liver_remnant_percent",),
    "performance_status": ("ecog",),
}
# What these bring comes by several kinds of study, or was typed in; no fact says by which, and a CT
# is no reason against the MRI.
_KIND_NOT_KNOWN = frozenset({"cross_sectional_imaging", "liver_mri", "echocardiogram"})


def check_test(assessment: Assessment, order: str) -> Finding | None:
    """What there is to say of a draft order for a work-up item or for OctreoScan; None if nothing.

    Source: cloyd2020 (OctreoScan); operational.
    """
    if assessment.strategy == "not_applicable":
        return None
    if order == OCTREOSCAN:
        return _replaced(assessment)
    return _fresh_result(assessment, order)


def _replaced(assessment: Assessment) -> Finding:
    """By PET; where one is on file and fresh, with what it showed: then neither is needed."""
    pet = _fresh_result(assessment, "dotatate_pet")
    score = assessment.facts.get("krenning_score")
    summary = "OctreoScan: replace by Ga-68 DOTATATE PET, which finds far more"
    known = [score] if pet is not None and score is not None and score.effective else []
    for fact in known:
        shown = fact_phrase(fact.name, fact.value)
        summary = (
            f"OctreoScan: receptor PET of {fact.effective} already shows {shown}. "
            "Repeat not needed; if repeated, by PET"
        )
    return Finding(
        order=OCTREOSCAN,
        indicator="info",
        topic="replaced",
        summary=clipped(summary),
        reason="Receptor PET is more sensitive, quicker and gives less radiation; guidelines"
        " want it wherever OctreoScan was used",
        cites=("cloyd2020",),
        suggestion=Suggestion(create="dotatate_pet", delete=OCTREOSCAN),
        sources=references(known),
        evidence=digest(OCTREOSCAN, "replaced", [], known, ()),
    )


def _is_asked_for(assessment: Assessment, order: str) -> bool:
    """Whether the work-up asks for it, or a card on an option that is not closed would: what it
    brings is missing there, imprecise, or older than the option's own limit."""
    if any(one.item == order for one in assessment.work_up):
        return True
    brought = {*WORK_UP_FACTS[order], *(f for f, item in ALSO_BROUGHT.items() if item == order)}
    wanted = {*unchecked_facts(assessment), *assessment.facts.uncertain}
    for one in assessment.options:
        if one.verdict in ("eligible", "conditional", "insufficient_data"):
            wanted.update(one.missing, one.stale)
    return not wanted.isdisjoint(brought)


def _fresh_result(assessment: Assessment, order: str) -> Finding | None:
    """The same test with a fresh result on file, unless the work-up asks for it all the same."""
    if order in _KIND_NOT_KNOWN or _is_asked_for(assessment, order):
        return None
    known = _fresh_facts(assessment, order)
    if not known:
        return None
    if order == "dotatate_pet" and assessment.facts.value("sstr_modality") not in PETS:
        return None
    return Finding(
        order=order,
        indicator="info",
        topic="fresh_result",
        summary=clipped(
            f"{sentence(WORK_UP_LABELS[order])}: a fresh result{_when(known)} is on file"
        ),
        reason=sentence("; ".join(map(value_with_date, known))),
        cites=("operational",),
        sources=references(known),
        evidence=digest(order, "fresh_result", [], known, ()),
    )


def _fresh_facts(assessment: Assessment, order: str) -> list[Fact]:
    """What the test brings, where all of it is on file and fresh; else none.

    What never turns stale is no reason against looking again.
    """
    names = _RESULT.get(order, WORK_UP_FACTS[order])
    if any(CATALOG[name].freshness is None for name in names):
        return []
    facts = [assessment.facts.get(name) for name in names]
    known = [fact for fact in facts if fact is not None and fact.name not in assessment.stale]
    if any(map(is_doubtful, known)):
        return []  # to look again is what settles a doubt
    return known if len(known) == len(names) else []


def _when(known: Iterable[Fact]) -> str:
    """ " of 2026-05-12", the latest day on which one of them was found; empty if none is known."""
    dated = [fact for fact in known if UNDATED not in fact.flags]
    dates = [fact.effective.isoformat() for fact in dated if fact.effective]
    return f" of {max(dates)}" if dates else ""

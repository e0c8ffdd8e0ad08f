"""Hormonal function, symptoms and somatostatin receptor status."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from nelm.logic import Kleene, at_least, kleene_and, kleene_not, kleene_or

PET = ("ga68_pet", "cu64_pet")
KRENNING_POSITIVE = 2


class Phenotype(NamedTuple):
    """None is unknown throughout; `functional` without known control leaves the status at that."""

    functional_status: str | None
    functional: Kleene
    functional_uncontrolled: Kleene
    carcinoid: Kleene
    symptomatic: Kleene
    sstr_status: str | None
    notes: tuple[str, ...]


def _functional_status(functional: Kleene, controlled: Kleene) -> str | None:
    if functional is None:
        return None
    if not functional:
        return "non_functional"
    if controlled is None:
        return "functional"
    return "functional_controlled" if controlled else "functional_uncontrolled"


def _sstr_status(values: Mapping[str, Any]) -> tuple[str | None, tuple[str, ...]]:
    by_score = at_least(values.get("krenning_score"), KRENNING_POSITIVE)
    by_liver = values.get("sstr_uptake_at_least_liver")
    if by_score or by_liver:
        return "positive", ()
    if by_score is None and by_liver is None:
        return None, ()
    modality = values.get("sstr_modality")
    if modality is None or modality in PET:
        return "negative", ()
    # Scintigraphy misses what PET finds: below the liver there is not negative.
    return None, ("sstr_spect_negative",) if modality == "spect" else ()


def derive_phenotype(values: Mapping[str, Any]) -> Phenotype:
    """Functional status, symptoms and receptor status.

    Symptomatic as reported; else from bulk symptoms and an uncontrolled hormonal syndrome.
    Receptor positive from Krenning 2 or uptake at least as the liver's; negative only by PET or
    with modality not stated. Notes `sstr_spect_negative`.

    Source: lewis2012; cloyd2020 (PET far more sensitive than scintigraphy).
    """
    syndrome = values.get("functional_syndrome")
    functional = None if syndrome is None else syndrome != "none"
    controlled = values.get("symptoms_controlled_on_ssa")
    uncontrolled = kleene_and((functional, kleene_not(controlled)))
    symptomatic = values.get("symptomatic")
    if symptomatic is None:
        symptomatic = kleene_or((values.get("bulk_symptoms"), uncontrolled))
    sstr_status, notes = _sstr_status(values)
    return Phenotype(
        _functional_status(functional, controlled),
        functional,
        uncontrolled,
        None if syndrome is None else syndrome == "carcinoid",
        symptomatic,
        sstr_status,
        notes,
    )

"""The proposal: a draft CarePlan from an assessment document, for a tumor board to accept or not.

Plain JSON, the same bytes for the same input. Proposes and never orders; writes nothing itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from fhir_mappings.careplan_text import (
    Sayings,
    activity_text,
    note_text,
    packs_of,
    title,
    work_up_text,
)
from fhir_mappings.order_mapping import OrderMapping, load_order_mapping
from fhir_mappings.orders import order_code

# There the next step is to find out, not to treat: only work-up items are proposed.
_WORK_UP_LEADS = frozenset({"work_up", "resectability_unclear"})
_ADJUNCTS = frozenset({"ssa", "follow_up"})
_CATEGORY = "nelm_staging_and_treatment_proposal"
_AUTHOR = "nelm-cds"

Document = Mapping[str, Any]


def proposal_identifier(
    connection: str, patient_key: str, strategy: str, canonical_base: str
) -> tuple[str, str]:
    """(system, value) by which a patient's proposal for a strategy is found again."""
    return f"{canonical_base}:proposal", f"{connection}:{patient_key}:{strategy}"


def proposed_orders(document: Document) -> tuple[str, ...]:
    """Options, then work-up items, that a proposal of this assessment names; empty: no proposal.

    Of the options: the best rank with all that share it, and adjuncts of the same standing
    (eligible, or conditional without a strong caution). Where work-up leads, work-up alone.
    """
    strategy = document.get("strategy")
    if strategy in (None, "not_applicable"):
        return ()
    items = tuple(str(one["item"]) for one in document.get("work_up") or ())
    if strategy in _WORK_UP_LEADS:
        return items
    return tuple(str(one["option"]) for one in _leading(document)) + items


def _leading(document: Document) -> list[Mapping[str, Any]]:
    standing = [option for option in document.get("options") or () if _is_open(option)]
    main = [option for option in standing if option["option"] not in _ADJUNCTS]
    best = min((option["rank"] for option in main), default=None)
    return [
        option for option in standing if option["option"] in _ADJUNCTS or option["rank"] == best
    ]


def _is_open(option: Mapping[str, Any]) -> bool:
    if option["verdict"] == "eligible":
        return True
    return option["verdict"] == "conditional" and not any(
        criterion["kind"] == "caution" and criterion.get("strong") and criterion["outcome"] == "met"
        for criterion in option["criteria"]
    )


def to_careplan(
    document: Document,
    *,
    connection: str,
    patient_key: str,
    patient_reference: str,
    addresses: Iterable[str] | None = None,
    supporting: Iterable[str] | None = None,
    canonical_base: str = "urn:nelm-cds",
    mapping: OrderMapping | None = None,
) -> dict[str, Any]:
    """The CarePlan for an assessment document (pathway section 11).

    addresses: references of the liver-metastasis Conditions. supporting: of every resource used.
    Both follow from the sources of the document's facts where they are not given.

    Raises:
        ValueError: the assessment proposes nothing (no NELM, or neither option nor work-up).

    Source: pathway section 10; FHIR R4 CarePlan.
    """
    orders = proposed_orders(document)
    if not orders:
        raise ValueError("this assessment proposes nothing")
    mapping = mapping or load_order_mapping(canonical_base)
    sayings = Sayings(document)
    strategy = str(document["strategy"])
    lead = sayings.lead() or title(strategy).lower()
    system, value = proposal_identifier(connection, patient_key, strategy, canonical_base)
    careplan: dict[str, Any] = {
        "resourceType": "CarePlan",
        "contained": [_device(document)],
        "identifier": [{"system": system, "value": value}],
        "status": "draft",
        "intent": "proposal",
        "category": [_category(canonical_base)],
        "title": f"Liver metastases of a neuroendocrine tumor: {lead}",
        "description": "Proposal of a decision support system for the tumor board; not an order.",
        "subject": {"reference": patient_reference},
        "created": str(document["as_of"]),
        "author": {"reference": f"#{_AUTHOR}"},
        "addresses": _references(_addressed(document) if addresses is None else addresses),
        "supportingInfo": _references(_used(document) if supporting is None else supporting),
        "activity": [_activity(order, document, mapping, sayings) for order in orders],
        "note": [{"text": note_text(document, sayings)}],
    }
    return {name: content for name, content in careplan.items() if content != []}


def _device(document: Document) -> dict[str, Any]:
    return {
        "resourceType": "Device",
        "id": _AUTHOR,
        "deviceName": [{"name": "NELM decision support", "type": "user-friendly-name"}],
        "type": {"text": "Clinical decision support software"},
        "version": [{"value": str(document["knowledge_version"])}],
    }


def _category(canonical_base: str) -> dict[str, Any]:
    display = "NELM staging and treatment proposal"
    coding = {"system": f"{canonical_base}:codes", "code": _CATEGORY, "display": display}
    return {"coding": [coding], "text": display}


def _addressed(document: Document) -> list[str]:
    stated = (document.get("facts") or {}).get("has_liver_metastases") or {}
    return [source for source in _sources(stated) if source.startswith("Condition/")]


def _used(document: Document) -> list[str]:
    facts = (document.get("facts") or {}).values()
    return [source for fact in facts for source in _sources(fact)]


def _sources(fact: Mapping[str, Any]) -> list[str]:
    source = fact.get("source")
    return [source] if isinstance(source, str) and "/" in source else []


def _references(references: Iterable[str]) -> list[dict[str, str]]:
    return [{"reference": reference} for reference in sorted(set(references))]


def _activity(
    order: str, document: Document, mapping: OrderMapping, sayings: Sayings
) -> dict[str, Any]:
    kind, concept = order_code(order, mapping)
    packs = packs_of(document)
    for option in document.get("options") or ():
        if option["option"] == order:
            description = activity_text(option, packs, sayings)
            break
    else:
        item = next(one for one in document["work_up"] if one["item"] == order)
        description = work_up_text(item, packs)
    return {
        "detail": {
            "kind": kind,
            "code": concept,
            "status": "not-started",
            "description": description,
        }
    }

"""Draft orders to options and work-up items, and back to a code we can propose.

Reads orders as real CDS clients send them (no Bundle.type, `category` as an object,
`code.coding: [{}]`); what is not understood stands for no order, and never raises.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from fhir_mappings.order_mapping import Key, OrderKind, OrderMapping, fold, load_order_mapping

__all__ = [
    "DraftOrder",
    "OrderMapping",
    "draft_names",
    "load_order_mapping",
    "order_code",
    "read_orders",
    "unreadable_drafts",
]

# With the names that other versions of FHIR have for them.
_SERVICES = frozenset({"ServiceRequest", "ProcedureRequest", "DiagnosticOrder"})
_MEDICATIONS = frozenset({"MedicationRequest", "MedicationOrder"})
_ORDER_TYPES = _SERVICES | _MEDICATIONS


class DraftOrder(msgspec.Struct, frozen=True):
    """One order as a CDS client drafts it.

    order: option id or work-up item id (`octreoscan` too, which one replaces); None: not ours.
    code: what decided, `system|code` or `text`; None where nothing did. resource: as it came.
    full_url: what its entry of the Bundle is called, empty where it has no name. drug, part_of: of
    a drug that alone makes no order of ours its ingredient, and the options whose regimen holds it.
    """

    reference: str
    resource_type: str
    order: str | None
    display: str | None
    code: str | None
    resource: dict[str, Any]
    full_url: str = ""
    drug: str | None = None
    part_of: tuple[str, ...] = ()


def read_orders(bundle: Any, mapping: OrderMapping) -> list[DraftOrder]:
    """Every ServiceRequest and MedicationRequest of a draftOrders Bundle, in its order.

    `bundle` is decoded JSON of any shape; anything else than orders in it is passed over.
    """
    entries = list(_entries(bundle))
    resources = {
        key: resource for full_url, resource in entries for key in _names(full_url, resource)
    }
    drugs = [_drug(resource, resources, mapping) for _, resource in entries]
    beside = frozenset(found[0] for found in drugs if found)
    return [
        _draft(full_url, resource, drug, beside, mapping)
        for (full_url, resource), drug in zip(entries, drugs, strict=True)
        if resource["resourceType"] in _ORDER_TYPES
    ]


def draft_names(bundle: Any) -> frozenset[str]:
    """Every name by which a selection may mean an entry of the Bundle, orders or not."""
    return frozenset(key for entry in _entries(bundle) for key in _names(*entry))


def unreadable_drafts(bundle: Any) -> int:
    """How many entries of the Bundle hold something that is no resource, so nobody can tell what.

    An entry that holds nothing drafts nothing.
    """
    entries = _list(bundle.get("entry")) if isinstance(bundle, Mapping) else []
    held = [_drafted(entry) for entry in entries]
    return sum(one is not None and not _is_resource(one) for one in held)


def read_order(resource: Any, mapping: OrderMapping, bundle: Any = None) -> DraftOrder | None:
    """One draft order, read beside the others of its Bundle; None if it is no order at all."""
    entries = list(_entries(bundle)) + list(_entries({"entry": [{"resource": resource}]}))
    found = read_orders({"entry": [{"resource": one} for _, one in entries]}, mapping)
    return next((one for one in reversed(found) if one.resource == resource), None)


def order_code(order: str, mapping: OrderMapping) -> tuple[OrderKind, dict[str, Any]]:
    """The resource type and the CodeableConcept to propose an option or work-up item with.

    Raises:
        KeyError: no order of that id.
    """
    sent = mapping.sent[order]
    own = {"system": mapping.code_system, "code": order, "display": sent.display}
    coding = [own]
    if sent.coding:
        system, code, display = sent.coding
        coding.insert(0, {"system": system, "code": code, "display": display})
    return sent.kind, {"coding": coding, "text": sent.display}


# --- Walking decoded JSON of unsure shape --------------------------------------------------------


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _objects(value: Any) -> Iterator[Mapping[str, Any]]:
    return (item for item in _list(value) if isinstance(item, Mapping))


def _entries(bundle: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    if not isinstance(bundle, Mapping):
        return
    for entry in _objects(bundle.get("entry")):
        resource = _drafted(entry)
        if _is_resource(resource):
            full_url = entry.get("fullUrl")
            yield full_url if isinstance(full_url, str) else "", resource


def _drafted(entry: Any) -> Any:
    """What an entry holds; some clients send the resource in the entry's place."""
    if _is_resource(entry) or not isinstance(entry, Mapping):
        return entry
    return entry.get("resource")


def _is_resource(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("resourceType"), str)


def _names(full_url: str, resource: Mapping[str, Any]) -> Iterator[str]:
    if full_url:
        yield full_url
    if isinstance(resource.get("id"), str):
        yield f"{resource['resourceType']}/{resource['id']}"


def _keys(concept: Any) -> Iterator[Key]:
    """(system, code) of the codings of one or several CodeableConcepts."""
    for one in _objects(concept):
        for coding in _objects(one.get("coding")):
            system, code = coding.get("system"), coding.get("code")
            if isinstance(system, str) and isinstance(code, str):
                yield system, code


def _texts(concept: Any) -> Iterator[str]:
    """Texts and displays of one or several CodeableConcepts, as written."""
    for one in _objects(concept):
        if isinstance(one.get("text"), str):
            yield one["text"]
        for coding in _objects(one.get("coding")):
            if isinstance(coding.get("display"), str):
                yield coding["display"]


# --- Which order ---------------------------------------------------------------------------------

_Reading = tuple[str, str]  # (order id or ingredient, what decided)


def _draft(
    full_url: str,
    resource: dict[str, Any],
    drug: _Reading | None,
    beside: frozenset[str],
    mapping: OrderMapping,
) -> DraftOrder:
    type_ = resource["resourceType"]
    named = resource.get("id")
    reference = f"{type_}/{named}" if isinstance(named, str) and named else full_url
    concept = _concept(resource)
    display = next(_texts(concept), None)
    found = None
    # Ordering that something is not to be done orders nothing.
    if resource.get("doNotPerform") is not True:
        found = _procedure(resource, concept, mapping) or _drug_order(drug, beside, mapping)
        if found is None and drug is not None:
            part_of = regimens_with(drug[0], mapping)
            return DraftOrder(
                reference, type_, None, display, None, resource, full_url, drug[0], part_of
            )
    order, decided = found or (None, None)
    return DraftOrder(reference, type_, order, display, decided, resource, full_url)


def regimens_with(ingredient: str, mapping: OrderMapping) -> tuple[str, ...]:
    """The options one of whose regimens holds the drug."""
    return tuple(
        order
        for order, parts in mapping.regimens.items()
        if any(ingredient in part for part in parts)
    )


def _concept(resource: Mapping[str, Any]) -> Any:
    if resource["resourceType"] in _MEDICATIONS:
        return resource.get("medicationCodeableConcept") or _held_concept(resource, "medication")
    if resource["resourceType"] == "DiagnosticOrder":
        return [item.get("code") for item in _objects(resource.get("item"))]
    return _held_concept(resource, "code") or resource.get("code")


def _held_concept(resource: Mapping[str, Any], name: str) -> Any:
    """The concept in a CodeableReference, as R5 has them; None where it is none."""
    value = resource.get(name)
    return value.get("concept") if isinstance(value, Mapping) else None


def _procedure(resource: Mapping[str, Any], concept: Any, mapping: OrderMapping) -> _Reading | None:
    own = _own_order(concept, mapping)
    if own is not None:
        return own, f"{mapping.code_system}|{own}"
    hepatic = _is_hepatic(resource, concept, mapping)
    coded = next(
        (
            (order, f"{key[0]}|{key[1]}")
            for key in _keys(concept)
            if (order := _held(key, mapping.codes, mapping.liver_codes, hepatic))
        ),
        None,
    )
    worded = next(
        (
            order
            for text in _texts(concept)
            if (order := _held(fold(text), mapping.texts, mapping.liver_texts, hepatic))
        ),
        None,
    )
    if worded and (coded is None or mapping.refines.get(worded) == coded[0]):
        return worded, "text"
    return coded


def _own_order(concept: Any, mapping: OrderMapping) -> str | None:
    """The order that the first code of our own names."""
    own = next((code for system, code in _keys(concept) if system == mapping.code_system), None)
    return own if own in mapping.sent else None


def _held(
    key: Any, always: Mapping[Any, str], if_hepatic: Mapping[Any, str], hepatic: bool
) -> str | None:
    return always.get(key) or (if_hepatic.get(key) if hepatic else None)


def _is_hepatic(resource: Mapping[str, Any], concept: Any, mapping: OrderMapping) -> bool:
    places = (concept, resource.get("bodySite"), resource.get("reasonCode"))
    if any(key in mapping.liver for place in places for key in _keys(place)):
        return True
    return any(_LIVER.search(text) for place in places for text in _texts(place))


_LIVER = re.compile(r"\b(?:liver|hepatic)\b", re.IGNORECASE)

# --- Drugs ---------------------------------------------------------------------------------------

# What may stand around an ingredient's name: strength, form, route; never another word.
_FILLERS = frozenset(
    "mg mcg ug g ml mci gbq kit unt meq hr day days acetate malate tosylate oral tablet tablets"
    " capsule capsules injection injectable solution suspension powder extended release depot lar"
    " autogel intramuscular subcutaneous intravenous iv im sc po prefilled syringe vial for"
    " of".split()
)
_BRAND = re.compile(r"\[[^\]]*\]|\([^)]*\)")
_WORD = re.compile(r"[a-z0-9][a-z0-9\-]*")
_STRENGTH = re.compile(r"\d[\d.,]*(?:mg|mcg|g|ml)?")


def _drug(
    resource: Mapping[str, Any], resources: Mapping[str, Mapping[str, Any]], mapping: OrderMapping
) -> _Reading | None:
    for concept in _medications(resource, resources):
        for key in _keys(concept):
            if key in mapping.drug_codes:
                return mapping.drug_codes[key], f"{key[0]}|{key[1]}"
        for text in _texts(concept):
            ingredient = _ingredient(text, mapping)
            if ingredient:
                return ingredient, "text"
    return None


def _medications(
    resource: Mapping[str, Any], resources: Mapping[str, Mapping[str, Any]]
) -> Iterator[Any]:
    """The medication's concept, said in place, contained, or as another entry of the Bundle."""
    type_ = resource["resourceType"]
    if type_ in _SERVICES:
        yield _concept(resource)
    if type_ not in _MEDICATIONS or resource.get("doNotPerform") is True:
        return
    yield _concept(resource)
    pointer = _pointer(resource)
    if not isinstance(pointer, Mapping):
        return
    medication = _referred(pointer.get("reference"), resource, resources)
    if medication:
        yield medication.get("code")
        for part in _objects(medication.get("ingredient")):
            yield part.get("itemCodeableConcept")
    if isinstance(pointer.get("display"), str):
        yield {"text": pointer["display"]}


def _pointer(resource: Mapping[str, Any]) -> Any:
    """The reference to the medication; R5 holds it in a CodeableReference."""
    held = resource.get("medication")
    in_r5 = held.get("reference") if isinstance(held, Mapping) else None
    return resource.get("medicationReference") or in_r5


def _referred(
    target: Any, resource: Mapping[str, Any], resources: Mapping[str, Mapping[str, Any]]
) -> Mapping[str, Any] | None:
    """What a reference names: a contained resource, or another entry of the Bundle."""
    if not isinstance(target, str):
        return None
    contained = {f"#{one.get('id')}": one for one in _objects(resource.get("contained"))}
    relative = "/".join(target.split("/")[-2:])
    return contained.get(target) or resources.get(target) or resources.get(relative)


def _ingredient(text: str, mapping: OrderMapping) -> str | None:
    folded = fold(text)
    if folded in mapping.drug_texts:
        return mapping.drug_texts[folded]
    words = _WORD.findall(_BRAND.sub(" ", folded))
    named = [word for word in words if word not in _FILLERS and not _STRENGTH.fullmatch(word)]
    return mapping.drug_texts.get(" ".join(named))


def _drug_order(
    drug: _Reading | None, beside: Iterable[str], mapping: OrderMapping
) -> _Reading | None:
    if drug is None:
        return None
    ingredient, code = drug
    held = set(beside)
    for order, parts in mapping.regimens.items():
        if any(ingredient in part for part in parts) and all(held & part for part in parts):
            return order, code
    order_alone = mapping.drug_orders.get(ingredient)
    return (order_alone, code) if order_alone else None

"""Where something is: the liver and its lobes, and of which organ a tissue specimen is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeVar

import msgspec

from fhir_mappings.drafts import words_of
from fhir_mappings.elements import (
    BodyStructure,
    CodeableConcept,
    Medication,
    Observation,
    Reference,
    Specimen,
)
from fhir_mappings.mapping_rules import Lookup, Refusal, SiteRule

# Not the hepatic flexure of the colon, and nothing extrahepatic, perihepatic or nodal.
_LIVER = re.compile(r"\b(liver|intrahepatic|couinaud|hepatic(?! (flexure|hil|lymph|node)))\b")
_SEGMENT = re.compile(r"segments?\s*(viii|vii|vi|iv[ab]?|v|iii|ii|i|[1-8][ab]?)\b")
_LEFT = frozenset("ii iii iv iva ivb 2 3 4 4a 4b".split())
_RIGHT = frozenset("v vi vii viii 5 6 7 8".split())
_METASTASIS = re.compile(r"metasta|\b(lymph node|bone)")
_ORGAN = re.compile(
    r"\b(pancrea|ileum|ileal|ileo|jejun|duoden|stomach|gastric|append|colon|cec|caec|rect|lung|bronch"
    r"|thym|bowel|intestin|primary|bile|biliary|ampulla)"
)


class Neighbors(msgspec.Struct):
    """What came along in the same Bundle and is referred to: by `Type/id` and by fullUrl."""

    medications: dict[str, Medication] = msgspec.field(default_factory=dict)
    body_structures: dict[str, BodyStructure] = msgspec.field(default_factory=dict)
    specimens: dict[str, Specimen] = msgspec.field(default_factory=dict)


ALONE = Neighbors()


def relative(reference: str) -> str:
    """`Type/id` of a relative, absolute or versioned reference; urn:uuid and others as they are."""
    if reference.startswith(("urn:", "#")):
        return reference
    return "/".join(reference.partition("/_history/")[0].split("/")[-2:])


def site_of(
    sites: Iterable[CodeableConcept | None], known: Lookup[SiteRule]
) -> tuple[str | None, str | None, bool]:
    """(liver, hepatic_artery or None; left, right, neither or None; whether words were read)."""
    for concept in sites:
        if concept is None:
            continue
        rule = known.by_code(concept)
        if rule is not None and not isinstance(rule, Refusal):
            return rule.site, rule.lobe or _lobe_in(words_of(concept)), False
        words = words_of(concept)
        site = _site_in(words)
        if site is not None:
            return site, _lobe_in(words), True
    return None, None, False


def _site_in(words: str) -> str | None:
    if not _LIVER.search(words) or "lymph" in words:
        return None
    return "hepatic_artery" if "arter" in words else "liver"


def _lobe_in(words: str) -> str | None:
    lobes = {
        "left" if found in _LEFT else "right" if found in _RIGHT else "neither"
        for found in _SEGMENT.findall(words)
    }
    if not lobes:
        lobes = {side for side in ("left", "right") if re.search(rf"\b{side}\b", words)}
        if "caudate" in words:
            return "neither"
    return lobes.pop() if len(lobes) == 1 else None


def tissue_of(observation: Observation, around: Neighbors, known: Lookup[SiteRule]) -> str | None:
    """`metastasis`, `primary`, or None where the specimen's organ is not stated."""
    concepts = [observation.bodySite, *specimen_concepts(observation, around)]
    if site_of(concepts, known)[0] is not None:
        return "metastasis"
    words = words_of(*concepts)
    if _METASTASIS.search(words):
        return "metastasis"
    return "primary" if _ORGAN.search(words) else None


def specimen_concepts(observation: Observation, around: Neighbors) -> list[CodeableConcept | None]:
    """What is said of the specimen: display of the reference, type and collection site."""
    reference = observation.specimen
    if reference is None:
        return []
    concepts: list[CodeableConcept | None] = [CodeableConcept(text=reference.display)]
    specimen = _specimen(reference, observation, around)
    if specimen is not None:
        concepts.append(specimen.type)
        if specimen.collection is not None:
            concepts.append(specimen.collection.bodySite)
    return concepts


def _specimen(reference: Reference, observation: Observation, around: Neighbors) -> Specimen | None:
    target = reference.reference or ""
    if target.startswith("#"):
        return contained(observation.contained, target[1:], Specimen)
    return around.specimens.get(relative(target))


Kind = TypeVar("Kind", bound=msgspec.Struct)


def contained(resources: list[dict[str, object]], inner_id: str, kind: type[Kind]) -> Kind | None:
    """A contained resource of that type and id; None if there is none, or it is malformed."""
    for resource in resources:
        if resource.get("id") == inner_id and resource.get("resourceType") == kind.__name__:
            try:
                return msgspec.convert(resource, kind)
            except msgspec.ValidationError:
                return None
    return None

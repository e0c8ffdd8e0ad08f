"""What the criteria know, for other systems: options as PlanDefinitions, facts as a Questionnaire.

FHIR R4 as plain JSON, the same bytes for the same knowledge. For review and exchange: nothing of
ours is computed from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from fhir_mappings.fact_questionnaire import fact_questionnaire
from fhir_mappings.fhirpath import fhirpath, variable
from fhir_mappings.order_mapping import load_order_mapping
from fhir_mappings.orders import order_code
from nelm.criteria import Criterion, Option
from nelm.evidence.citations import CITATIONS, OutcomeFigure, outcome_figures, paper_short
from nelm.evidence.packs import knowledge_version
from nelm.evidence.parameters import DEFAULTS, Parameters
from nelm.evidence.strength import criterion_strength, option_strength
from nelm.options.registry import options_for
from nelm.predicate_words import predicate_words
from nelm.predicates import Predicate
from nelm.wording import conflict_line, figure_line

Json = dict[str, Any]

_PLAN_TYPE = {
    "coding": [
        {
            "system": "http://terminology.hl7.org/CodeSystem/plan-definition-type",
            "code": "clinical-protocol",
            "display": "Clinical Protocol",
        }
    ]
}
_USAGE = (
    "Each inner action is one criterion: `require` must be met, `exclude` contraindicates,"
    " `caution` warns (strong: also ranks behind; check: unknown counts as met), `favor` and"
    " `note` never change a verdict. A missing fact leaves a criterion unknown, never not met."
    " Conditions are FHIRPath over variables: items of the Questionnaire of facts by linkId;"
    " `staging.` marks what is derived from them; a name in sentences stands for a judgement that"
    " is no plain comparison. No value is unknown; a set known to be empty holds 'none'."
    " Descriptions say the same in words, with the names of the settings behind numbers."
    " Supports a tumor board; decides nothing."
)


def knowledge_resources(
    canonical_base: str = "urn:nelm-cds", parameters: Parameters = DEFAULTS
) -> list[Json]:
    """The Questionnaire of facts, then one PlanDefinition for each option judged, in table order.

    parameters: the settings whose packs, rule set and limits are written out (the defaults).

    Source: FHIR R4 PlanDefinition and Questionnaire; the criteria carry their own.
    """
    version = knowledge_version(parameters)
    options = options_for(parameters)
    return [
        fact_questionnaire(canonical_base, version),
        *(plan_definition(one, canonical_base, parameters) for one in options),
    ]


def knowledge_bundle(
    canonical_base: str = "urn:nelm-cds", parameters: Parameters = DEFAULTS
) -> Json:
    """The same as one collection Bundle."""
    resources = knowledge_resources(canonical_base, parameters)
    entries = [{"fullUrl": _full_url(one["url"]), "resource": one} for one in resources]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def _full_url(url: str) -> str:
    """An http(s) canonical as it is; any other as a UUID that is always the same."""
    return url if url.startswith("http") else f"urn:uuid:{uuid5(NAMESPACE_URL, url)}"


def plan_definition(
    option: Option, canonical_base: str = "urn:nelm-cds", parameters: Parameters = DEFAULTS
) -> Json:
    """One option with its criteria, their papers, and the figures that these report."""
    identity = option.id.replace("_", "-")
    joiner = "/" if canonical_base.startswith("http") else ":"
    return {
        "resourceType": "PlanDefinition",
        "id": identity,
        "url": joiner.join((canonical_base, "PlanDefinition", identity)),
        "version": knowledge_version(parameters),
        "name": "Nelm" + "".join(word.capitalize() for word in option.id.split("_")),
        "title": f"{option.title} for neuroendocrine liver metastases",
        "type": _PLAN_TYPE,
        "status": "active",
        "experimental": False,
        "description": f"Rests on: {', '.join(option_strength(option))}.",
        "usage": _USAGE,
        "relatedArtifact": [
            *(_citation(name) for name in _papers(option, parameters)),
            *(_justification(one) for one in _figures(option, parameters)),
        ],
        "action": [_option_action(option, canonical_base, parameters)],
    }


def _figures(option: Option, parameters: Parameters) -> list[OutcomeFigure]:
    figures = outcome_figures(option.id)
    return [one for one in figures if one.pack is None or parameters.has_pack(one.pack)]


def _papers(option: Option, parameters: Parameters) -> list[str]:
    """Everything cited in it, in the order of the citations."""
    cited = {name for one in option.criteria for name in _cited(one)}
    cited.update(name for one in _figures(option, parameters) for name in one.cites)
    return [name for name in CITATIONS if name in cited]


def _cited(criterion: Criterion) -> Iterator[str]:
    yield from criterion.cites
    if criterion.conflict:
        yield from (source for source, _ in criterion.conflict.positions)


def _citation(name: str) -> Json:
    one = CITATIONS[name]
    found = {"type": "citation", "label": one.short, "citation": one.text.strip()}
    return found | ({"url": one.url} if one.url else {})


def _justification(figure: OutcomeFigure) -> Json:
    return {
        "type": "justification",
        "label": ", ".join(paper_short(name) for name in figure.cites),
        "display": figure_line(figure),
    }


def _option_action(option: Option, canonical_base: str, parameters: Parameters) -> Json:
    _, concept = order_code(option.id, load_order_mapping(canonical_base))
    criteria = [one for one in option.criteria if _is_on(one, parameters)]
    said = "Indicated: every require met, no exclude met"
    return {
        "id": option.id,
        "title": option.title,
        "code": [concept],
        "condition": [_condition(said, _indicated(criteria))],
        "action": [_criterion_action(one, canonical_base, parameters) for one in criteria],
    }


def _is_on(criterion: Criterion, parameters: Parameters) -> bool:
    return criterion.pack is None or parameters.has_pack(criterion.pack)


def _indicated(criteria: Iterable[Criterion]) -> str:
    """The verdict in terms of the criteria below, such as "%`HEP-1` and %`HEP-6`.not()"."""
    decisive = [one for one in criteria if one.decides and one.kind in ("require", "exclude")]
    named = [(variable(one.id), one.kind) for one in decisive]
    return " and ".join(name if kind == "require" else f"{name}.not()" for name, kind in named)


def _condition(description: str, expression: str) -> Json:
    return {
        "kind": "applicability",
        "expression": {
            "description": description,
            "language": "text/fhirpath",
            "expression": expression,
        },
    }


def _criterion_action(criterion: Criterion, canonical_base: str, parameters: Parameters) -> Json:
    code = {"system": f"{canonical_base}:codes", "code": criterion.kind, "display": criterion.kind}
    said = predicate_words(criterion.predicate, parameters)
    return {
        "id": criterion.id,
        "prefix": criterion.id,
        "title": criterion.title,
        "description": _described(criterion, parameters),
        "code": [{"coding": [code], "text": criterion.kind}],
        "documentation": [_citation(name) for name in dict.fromkeys(_cited(criterion))],
        "condition": [_condition(said, fhirpath(criterion.predicate, parameters))],
    }


def _described(criterion: Criterion, parameters: Parameters) -> str:
    """Kind with its marks, why, on what it rests, and where papers disagree."""
    marks = [
        mark if value is True else f"{mark} if {predicate_words(value, parameters)}"
        for mark, value in (("strong", criterion.strong), ("check", criterion.check))
        if value is True or isinstance(value, Predicate)
    ]
    marks += ["quiet"] if criterion.quiet else []
    marks += [] if criterion.decides else ["reported, not followed"]
    parts = [
        ", ".join([criterion.kind, *marks]),
        f"Why: {criterion.because}",
        f"Rests on: {criterion_strength(criterion)}",
        conflict_line(criterion.conflict) if criterion.conflict else "",
    ]
    return ". ".join(part for part in parts if part) + "."

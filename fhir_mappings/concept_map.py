"""Mapping rules as a FHIR ConceptMap and back, as far as one can say them; pure.

What a code means goes both ways. Whole texts, expressions and regimens of several drugs have no
place in a ConceptMap: they are listed, never left out in silence.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fhir_mappings.codes import SYSTEMS

# Sections whose rules know things by code, with the element that says what a code stands for.
SUBJECTS = {
    "observations": "fact", "findings": "", "procedures": "therapy", "regimens": "therapy",
    "drugs": "drug", "body_sites": "site",
}  # fmt: skip
GIVEN = ("states", "current", "absent")
# What of a rule has no place: whole texts. Expressions would make a rule without them say more.
WORDS = ("names", "texts")
EXPRESSIONS = ("when", "value")
LOINC_NOTICE = (
    "This material contains content from LOINC (http://loinc.org). LOINC is copyright © Regenstrief"
    " Institute, Inc. and the Logical Observation Identifiers Names and Codes (LOINC) Committee and"
    " is available at no cost under the license at http://loinc.org/license. LOINC® is a registered"
    " United States trademark of Regenstrief Institute, Inc."
)
SNOMED_NOTICE = (
    "SNOMED CT, copyright International Health Terminology Standards Development Organisation."
)

Json = dict[str, Any]
Rule = Mapping[str, Any]


def rule_property(base: str, field: str) -> str:
    """The URI under which one field of a rule stands beside a mapped code."""
    return f"{base}:mapping-rule:{field}"


def to_concept_map(
    sections: Mapping[str, Any], base: str, name: str, version: str
) -> tuple[Json, list[str]]:
    """The rules as a ConceptMap of R4, and one line for everything it cannot say.

    A code's target is the fact, treatment, drug or site it stands for; the other fields of its
    rule are `product`s, so that the rule can be made again. A refused code is `unmatched`.
    """
    groups: dict[tuple[str, str], dict[str, Json]] = {}
    unsaid = list(_unsaid_sections(sections))
    for section in SUBJECTS:
        for rule in sections.get(section) or ():
            expressions = [field for field in EXPRESSIONS if field in rule]
            if expressions:
                unsaid.append(f"{section} {rule['id']}: by an expression (when); the whole rule")
                continue
            whole = "" if rule.get("codes") else "; it has no code, so the whole rule"
            unsaid += [
                f"{section} {rule['id']}: {field}, known by whole texts{whole}"
                for field in WORDS
                if rule.get(field)
            ]
            _add_rule(groups, section, rule, base)
    systems = {source for source, _ in groups}
    notices = [LOINC_NOTICE] if SYSTEMS["loinc"][0] in systems else []
    notices += [SNOMED_NOTICE] if SYSTEMS["snomed"][0] in systems else []
    document: Json = {
        "resourceType": "ConceptMap",
        "url": f"{base}:mapping:{name}",
        "version": version,
        "name": "NelmMapping",
        "title": f"What codes say for neuroendocrine liver metastases: {name}",
        "status": "active",
    }
    if notices:
        document["copyright"] = " ".join(notices)
    document["group"] = [
        {"source": source, "target": target, "element": list(elements.values())}
        for (source, target), elements in groups.items()
    ]
    if not groups:
        del document["group"]
    return document, unsaid


def _unsaid_sections(sections: Mapping[str, Any]) -> Iterator[str]:
    why = {
        "presence": "answers that mean present or absent, whatever the question",
        "local": "our own codes for facts, which are the targets here",
        "single_drugs": "drugs that are a treatment by themselves",
        "combinations": "treatments made of several drugs",
    }
    for section, reason in why.items():
        if sections.get(section):
            yield f"{section}: {reason}"


def _url(system: str, base: str) -> str:
    if system == "local":
        return f"{base}:codes"
    return SYSTEMS[system][0] if system in SYSTEMS else system


def _add_rule(
    groups: dict[tuple[str, str], dict[str, Json]], section: str, rule: Rule, base: str
) -> None:
    targets = _targets(section, rule, base)
    for system, codes in (rule.get("codes") or {}).items():
        group = groups.setdefault((_url(system, base), _target_system(section, base)), {})
        for code, display in codes.items():
            element = group.setdefault(str(code), _element(code, display))
            element["target"] += targets
    for answer in rule.get("answers") or ():
        for system, codes in answer["codes"].items():
            group = groups.setdefault((_url(system, base), f"{base}:answers"), {})
            for code, display in codes.items():
                element = group.setdefault(str(code), _element(code, display))
                element["target"].append(_answer(section, rule, answer["gives"], base))


def _element(code: Any, display: Any) -> Json:
    named = {"display": str(display)} if display else {}
    return {"code": str(code), **named, "target": []}


def _target_system(section: str, base: str) -> str:
    return {"drugs": f"{base}:drugs", "body_sites": f"{base}:sites"}.get(section, f"{base}:codes")


def _answer(section: str, rule: Rule, gives: Any, base: str) -> Json:
    return {
        "code": _text(gives),
        "equivalence": "equivalent",
        "dependsOn": [{"property": rule_property(base, "id"), "value": str(rule["id"])}],
        "product": [_product(base, "section", section), _product(base, "gives", gives, whole=True)],
    }


def _targets(section: str, rule: Rule, base: str) -> list[Json]:
    """What the rule says of each of its codes; a finding has one target for every fact."""
    common = [_product(base, "section", section)]
    fields = [
        field
        for field in rule
        if field not in ("codes", "answers", *WORDS, *GIVEN, SUBJECTS[section])
    ]
    common += [_product(base, field, rule[field]) for field in fields]
    if "refuse" in rule:
        return [{"equivalence": "unmatched", "comment": str(rule["refuse"]), "product": common}]
    common += [
        _product(base, f"{field}:flag", rule[field]["flag"], whole=True)
        for field in GIVEN
        if "flag" in (rule.get(field) or {})
    ]
    found = [
        _target(fact, [*common, _product(base, f"{field}:{fact}", value, whole=True)])
        for field in GIVEN
        for fact, value in (rule.get(field) or {}).items()
        if fact != "flag"
    ]
    subject = rule.get(SUBJECTS[section])
    if subject is not None or not found:
        found.insert(0, _target(subject or section, common if subject else
                                [*common, _product(base, "bare", "true")]))  # fmt: skip
    return found


def _target(code: str, products: list[Json]) -> Json:
    return {"code": str(code), "equivalence": "wider", "product": products}


def _product(base: str, field: str, value: Any, whole: bool = False) -> Json:
    """One field: a text as it is, anything else (and what must come back exactly) as JSON."""
    text = value if isinstance(value, str) and not whole else json.dumps(value, sort_keys=True)
    return {"property": rule_property(base, field), "value": text}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)


def from_own_map(document: Json, base: str) -> tuple[Json, list[Json]]:
    """The rules that a ConceptMap of ours says, and the elements that are not of ours.

    Each of the latter has source, code, display, and its target.
    """
    rules: dict[tuple[str, str], Json] = {}
    answers: dict[tuple[str, str], list[tuple[str, str, Any, Any]]] = {}
    foreign: list[Json] = []
    prefix = rule_property(base, "")
    for source, element, target, target_system in _mapped(document):
        fields = {
            one["property"].removeprefix(prefix): one["value"]
            for one in _list(target.get("product"))
            if str(one.get("property", "")).startswith(prefix)
        }
        section = fields.pop("section", None)
        depends = [one.get("value") for one in _list(target.get("dependsOn"))]
        if section in SUBJECTS and depends and "gives" in fields:
            told = (source, str(element["code"]), element.get("display"), fields["gives"])
            answers.setdefault((section, str(depends[0])), []).append(told)
        elif section in SUBJECTS and "id" in fields:
            _collect(rules, section, source, element, target, fields, base)
        else:
            foreign.append({"source": source, "element": element, "target": target,
                            "target_system": target_system})  # fmt: skip
    for key, given in answers.items():
        if key in rules:
            rules[key]["answers"] = _answers(given, base)
    sections: Json = {}
    for (section, _), rule in rules.items():
        sections.setdefault(section, []).append(rule)
    return sections, foreign


def _mapped(document: Json) -> Iterator[tuple[str, Json, Json, str]]:
    for group in _list(document.get("group")):
        for element in _list(group.get("element")):
            if "code" in element:
                for target in _list(element.get("target")):
                    yield str(group.get("source", "")), element, target, group.get("target", "")


def _list(value: Any) -> Sequence[Any]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else ()


def _collect(
    rules: dict[tuple[str, str], Json],
    section: str,
    source: str,
    element: Json,
    target: Json,
    fields: dict[str, str],
    base: str,
) -> None:
    rule = rules.setdefault((section, fields["id"]), {"id": fields["id"]})
    bare = fields.pop("bare", None)
    given = False
    for field, value in fields.items():
        kind, _, fact = field.partition(":")
        if fact:
            given = True
            rule.setdefault(kind, {})[fact] = json.loads(value)
        else:
            rule[field] = _read(field, value)
    if "code" in target and not given and bare is None:
        rule[SUBJECTS[section]] = target["code"]
    codes = rule.setdefault("codes", {}).setdefault(_short(source, base), {})
    codes[str(element["code"])] = element.get("display", "")


# Fields whose value is a text; all others are sent as JSON.
_TEXTS = frozenset({"id", "refuse", "read", "units", "unit", "like", "needs", "lobe", "overrides",
                    "note", "fact", "therapy", "drug", "site"})  # fmt: skip


def _read(field: str, value: str) -> Any:
    return value if field in _TEXTS else json.loads(value)


def _short(url: str, base: str) -> str:
    if url == f"{base}:codes":
        return "local"
    return next((name for name, urls in SYSTEMS.items() if url in urls), url)


def _answers(told: list[tuple[str, str, Any, Any]], base: str) -> list[Json]:
    """Answers that give the same, together."""
    found: dict[str, Json] = {}
    for source, code, display, gives in told:
        group = found.setdefault(gives, {"gives": json.loads(gives), "codes": {}})
        group["codes"].setdefault(_short(source, base), {})[code] = display or ""
    return list(found.values())

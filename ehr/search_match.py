"""Whether a resource matches FHIR search parameters: the few that we, and our tests, ask for.

Tolerates resources as real EHRs send them: an object where FHIR wants a list, and the reverse.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from ehr.errors import EhrRefused

Resource = Mapping[str, Any]

# Where `date` looks, first that is there; R4 search parameters of the types we read.
_DATES = (
    "effectiveDateTime", "effectiveInstant", "performedDateTime", "onsetDateTime", "authoredOn",
    "dateAsserted", "recordedDate", "issued", "created", "date",
)  # fmt: skip
_PERIODS = ("effectivePeriod", "performedPeriod", "onsetPeriod", "period")
_TOKENS = {
    "category": "category",
    "clinical-status": "clinicalStatus",
    "code": "code",
    "identifier": "identifier",
    "status": "status",
    "intent": "intent",
    "type": "type",
    "verification-status": "verificationStatus",
}
_REFERENCES = {"patient": ("subject", "patient"), "subject": ("subject", "patient")}
_URIS = {"url": ("url",), "criteria": ("criteria",)}
_RESULT_PARAMETERS = frozenset(
    {"_count", "_sort", "_summary", "_total", "_format", "_pretty", "_elements", "_offset"}
)
_PREFIX = re.compile(r"(eq|ne|gt|lt|ge|le|sa|eb)?(.+)")


def matcher(parameters: Mapping[str, Sequence[str]]) -> Callable[[Resource], bool]:
    """A test of one resource against all parameters (repeated: and; commas: or).

    Raises:
        EhrRefused: a parameter or modifier that is not known here. Nothing is ignored: a lost
            filter would look like a complete answer.
    """
    tests = [
        _test(name, value)
        for name, values in parameters.items()
        if name not in _RESULT_PARAMETERS
        for value in values
    ]
    return lambda resource: all(test(resource) for test in tests)


def _test(name: str, value: str) -> Callable[[Resource], bool]:
    wanted = [part for part in value.split(",") if part]
    if name == "_id":
        return lambda resource: resource.get("id") in wanted
    if name == "_lastUpdated":
        return _moment_test(value)
    if name == "date":
        return _date_test(value)
    if name == "_tag":
        return lambda resource: _token(_meta(resource).get("tag"), wanted)
    return _element_test(name, wanted)


def _element_test(name: str, wanted: Sequence[str]) -> Callable[[Resource], bool]:
    """A test of the element that a token, reference or uri parameter looks at."""
    if name in _TOKENS:
        element = _TOKENS[name]
        return lambda resource: _token(_token_element(resource, element), wanted)
    if name in _REFERENCES:
        elements = _REFERENCES[name]
        return lambda resource: _refers(resource, elements, wanted)
    if name in _URIS:
        return lambda resource: _uri(resource, name) in wanted
    raise EhrRefused(f"search parameter {name} is not supported")


def _meta(resource: Resource) -> Mapping[str, Any]:
    meta = resource.get("meta")
    return meta if isinstance(meta, Mapping) else {}


def _uri(resource: Resource, name: str) -> Any:
    if name == "url" and resource.get("resourceType") == "Subscription":
        channel = resource.get("channel")
        return channel.get("endpoint") if isinstance(channel, Mapping) else None
    return resource.get(name)


def _token_element(resource: Resource, element: str) -> Any:
    if element == "code" and "code" not in resource:
        return resource.get("medicationCodeableConcept")
    return resource.get(element)


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _tokens(value: Any) -> Iterator[tuple[str | None, str]]:
    """(system, code) of codes, Codings, CodeableConcepts and Identifiers, however nested."""
    for item in _list(value):
        if isinstance(item, str):
            yield None, item
        elif isinstance(item, Mapping):
            code = item.get("code", item.get("value"))
            if isinstance(code, str):
                yield item.get("system"), code
            yield from _tokens(item.get("coding"))


def _token(value: Any, wanted: Sequence[str]) -> bool:
    held = list(_tokens(value))
    return any(_same_token(have, want) for have in held for want in wanted)


def _same_token(have: tuple[str | None, str], want: str) -> bool:
    system, bar, code = want.rpartition("|")
    if not bar:
        return have[1] == code
    if have[0] is None and system:
        # A plain `code` element carries no system of its own (status and the like).
        return have[1] == code
    return (have[0] or "") == system and (have[1] == code or not code)


def _refers(resource: Resource, elements: Sequence[str], wanted: Sequence[str]) -> bool:
    targets = []
    for element in elements:
        target = resource.get(element)
        if isinstance(target, Mapping) and isinstance(target.get("reference"), str):
            targets.append(target["reference"])
    return any(_same_reference(target, want) for target in targets for want in wanted)


def _same_reference(target: str, want: str) -> bool:
    full = want if "/" in want else f"Patient/{want}"
    return target == full or target.endswith("/" + full)


# --- Dates: an instant is compared as one, a shorter date as the span it names -----------------


def _moment_test(value: str) -> Callable[[Resource], bool]:
    compare, wanted = _comparison(value)
    try:
        moment = parse_instant(wanted)
    except ValueError:
        raise EhrRefused("_lastUpdated needs a date or an instant") from None

    def test(resource: Resource) -> bool:
        held = _meta(resource).get("lastUpdated")
        return isinstance(held, str) and compare(parse_instant(held), moment)

    return test


def _date_test(value: str) -> Callable[[Resource], bool]:
    compare, wanted = _comparison(value)
    size = len(wanted)

    def test(resource: Resource) -> bool:
        held = effective_date(resource)
        # The shorter of the two sets the precision, so that `ge2024` finds `2024-03`.
        return held is not None and compare(held[:size], wanted[: len(held)])

    return test


def effective_date(resource: Resource) -> str | None:
    for element in _DATES:
        if isinstance(resource.get(element), str):
            return str(resource[element])
    for element in _PERIODS:
        period = resource.get(element)
        if isinstance(period, Mapping) and isinstance(period.get("start"), str):
            return str(period["start"])
    return None


def _comparison(value: str) -> tuple[Callable[[Any, Any], bool], str]:
    match = _PREFIX.fullmatch(value)
    if match is None:
        raise EhrRefused("a date parameter is empty")
    return _COMPARE[match[1] or "eq"], match[2]


_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda held, wanted: held == wanted,
    "ne": lambda held, wanted: held != wanted,
    "gt": lambda held, wanted: held > wanted,
    "sa": lambda held, wanted: held > wanted,
    "lt": lambda held, wanted: held < wanted,
    "eb": lambda held, wanted: held < wanted,
    "ge": lambda held, wanted: held >= wanted,
    "le": lambda held, wanted: held <= wanted,
}


def parse_instant(text: str) -> datetime:
    """An instant or date with a zone; UTC where none is given.

    Raises:
        ValueError: neither.
    """
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

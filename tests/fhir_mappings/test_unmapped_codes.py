"""Which codes a rule could make understood, and how they are sent: never what they said."""

import json
from typing import Any

import pytest

from fhir_mappings.reading import read_resource
from fhir_mappings.unmapped_codes import NOT_KEPT, Seen, seen_in, shape_of
from tests.fhir_mappings.resources import RULES, coded, condition, observation, quantity

HOUSE = "urn:oid:1.2.3.4"


def seen(resource: dict[str, Any]) -> list[tuple[Seen, str | None]]:
    body = json.dumps(resource).encode()
    return [(one, shape_of(body, one)) for one in seen_in(read_resource(body, RULES))]


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        (quantity(7, "mg/dL"), "valueQuantity, unit mg/dL"),
        ({"valueQuantity": {"value": 7}}, "valueQuantity without unit"),
        (quantity(7, "Maria Huber, call daughter"), "valueQuantity, unit in words, not kept"),
        ({"valueString": "7 secret"}, "valueString"),
        ({"valueCodeableConcept": {"text": "secret"}}, "valueCodeableConcept"),
        ({"valueRatio": {"numerator": {"value": 7}}}, "valueRatio"),
        ({}, "no value"),
    ],
)
def test_the_shape_tells_the_kind_of_value_and_never_the_value(
    value: dict[str, Any], shape: str
) -> None:
    (found,) = seen(observation(coded("X", HOUSE, "A test"), value))
    assert found == (
        Seen("Observation", HOUSE, "X", "the code is not in the mapping set", "A test"),
        shape,
    )


def test_a_known_code_with_an_unknown_answer_or_unit_is_on_the_list() -> None:
    (answer,) = seen(observation("97509-4", {"valueCodeableConcept": {"text": "so-so"}}))
    assert answer[0].reason == "the answer is not in the mapping set"
    (unit,) = seen(observation("1975-2", quantity(1, "furlong")))
    assert unit[1] == "valueQuantity, unit furlong"


def test_what_lies_in_the_resource_is_not_on_the_list() -> None:
    assert seen(observation("1975-2", {})) == []
    assert seen(condition("C7B.02", verificationStatus=coded("refuted", "x"))) == []


def test_a_component_is_told_from_the_whole() -> None:
    part = {"code": coded("P", HOUSE), **quantity(3, "mm")}
    known = {"code": coded("1975-2"), **quantity(1, "mg/dL")}
    sent = observation(coded("panel", HOUSE), {}, component=[known, part])
    ((one, shape),) = seen(sent)
    assert (one.code, shape) == ("P", "component, valueQuantity, unit mm")


def test_a_text_without_code_is_its_own_code_unless_it_holds_a_number() -> None:
    ((one, shape),) = seen(condition({"text": "Lebermetastasen  beidseits"}))
    assert (one.system, one.code, shape) == ("", "lebermetastasen beidseits", None)
    ((hidden, _),) = seen(condition({"text": "Leber, siehe Fall 20231234"}))
    assert (hidden.code, hidden.display) == (NOT_KEPT.casefold(), None)


@pytest.mark.parametrize("body", [None, b"{", b"[]", b'{"component": 3}'])
def test_bytes_that_cannot_be_read_have_no_shape(body: bytes | None) -> None:
    assert shape_of(body, Seen("Observation", "", "x", "y", None)) is None


def test_a_code_that_is_words_and_a_number_is_not_kept() -> None:
    (found,) = seen(observation(coded("MRN8812345 Huber", HOUSE, None), {}))
    assert found[0].code == NOT_KEPT
    (kept,) = seen(observation(coded("CgA (RIA)", HOUSE, None), {}))
    assert kept[0].code == "CgA (RIA)"

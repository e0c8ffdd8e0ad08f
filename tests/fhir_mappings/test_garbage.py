"""Laws with random garbage where a fact would be made: units, numbers, codes, rules by FHIRPath."""

import json
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from fhir_mappings.combination import combine_with_reasons
from fhir_mappings.mapping_layer import Layer
from fhir_mappings.mapping_rules import MappingSet, ObservationRule
from fhir_mappings.mapping_set import laid_over
from fhir_mappings.reading import read_resource
from fhir_mappings.statements import RAW_FACTS, UNREAD_RESULT, Reading, Statement
from fhir_mappings.unmapped_codes import seen_in, shape_of
from nelm.catalog import CATALOG
from nelm.logic import Range
from tests.fhir_mappings.resources import LOINC, RULES, TODAY, coded, observation
from tests.fhir_mappings.test_properties import JSON, RESOURCES, damaged, places

pytestmark = pytest.mark.thorough

Json = dict[str, Any]

NUMBERED = [
    (code, rule)
    for (system, code), rule in RULES.observations.codes.items()
    if system == LOINC and isinstance(rule, ObservationRule) and rule.units and rule.read == "plain"
]
PATHS: list[Json] = [
    {"id": "any.bodysite", "fact": "bilobar", "when": "bodySite.exists()", "value": "true"},
    {
        "id": "any.value",
        "fact": "liver_tumor_burden_percent",
        "codes": {"loinc": {"1975-2": "", "9811-1": ""}},
        "when": "value.exists() or component.exists()",
        "value": "(value | component.value).ofType(Quantity)",
    },
]


def by_paths() -> MappingSet:
    return laid_over((Layer("any.yaml", yaml.safe_dump({"observations": PATHS}).encode()),))


WITH_PATHS = by_paths()


def read(resource: Any, rules: MappingSet = RULES) -> Reading:
    return read_resource(json.dumps(resource).encode(), rules)


def within_bounds(statement: Statement) -> bool:
    """Whether a number is one that its fact may have; true of everything that is no number."""
    kind = CATALOG.get(statement.fact)
    if kind is None:
        return statement.fact in RAW_FACTS
    if kind.low is None or kind.high is None:
        return True
    value = statement.value
    ends = [value.get("min"), value.get("max")] if isinstance(value, dict) else [value]
    return all(end is None or kind.low <= end <= kind.high for end in ends)


@settings(deadline=None, max_examples=300)
@given(st.sampled_from(NUMBERED), st.floats(0, 1e4), st.text(max_size=10), st.booleans())
def test_a_unit_nobody_knows_makes_no_number(
    known: tuple[str, ObservationRule], value: float, unit: str, as_code: bool
) -> None:
    code, rule = known
    quantity = {"value": value, "code" if as_code else "unit": unit}
    reading = read(observation(code, {"valueQuantity": quantity}))
    assert rule.units is not None
    if unit and rule.units.factor(None, unit) is None:
        assert {one.fact for one in reading.statements} == {UNREAD_RESULT}
        assert reading.not_understood


@settings(deadline=None, max_examples=400)
@given(
    st.sampled_from(NUMBERED),
    st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**30), 10**30),
    st.sampled_from([None, "<", "<=", ">", ">=", "~", "ad", ""]),
    st.data(),
)
def test_every_number_that_is_read_is_possible(
    known: tuple[str, ObservationRule], value: float, comparator: str | None, data: st.DataObject
) -> None:
    code, rule = known
    assert rule.units is not None
    unit = data.draw(st.sampled_from(sorted(rule.units.factors)))
    quantity = {"value": value, "unit": unit, "comparator": comparator}
    spoken = {"valueString": f"{comparator or ''}{value} {unit}"}
    for sent in ({"valueQuantity": quantity}, spoken):
        for statement in read(observation(code, sent)).statements:
            if statement.fact == UNREAD_RESULT:
                continue
            assert within_bounds(statement)
            assert comparator not in ("~", "ad")


@settings(deadline=None, max_examples=300)
@given(st.text(max_size=12), st.text(max_size=12), st.sampled_from(RESOURCES[:6]))
def test_a_code_nobody_mapped_makes_no_fact(system: str, code: str, resource: Json) -> None:
    reading = read(resource | {"code": coded(code, system)})
    if (system, code) not in RULES.observations.codes and (
        (system, code) not in RULES.findings.codes
    ):
        assert reading.statements == ()
        assert reading.not_understood


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_damage_in_two_places_never_raises_whatever_the_rules(data: st.DataObject) -> None:
    changed: Any = data.draw(st.sampled_from(RESOURCES))
    for _ in range(2):
        found = places(changed)
        if found:
            changed = damaged(changed, data.draw(st.sampled_from(found)), data.draw(JSON))
    raw = json.dumps(changed).encode()
    for rules in (RULES, WITH_PATHS):
        reading = read_resource(raw, rules)
        assert all(map(within_bounds, reading.statements))
        combined = combine_with_reasons(reading.statements, TODAY, rules)
        assert set(combined.facts.values) <= set(CATALOG)
        for seen in seen_in(reading):
            assert shape_of(raw, seen) is None or seen.type == "Observation"


@settings(deadline=None, max_examples=100)
@given(st.sampled_from(RESOURCES), JSON)
def test_the_shape_of_an_unmapped_code_holds_no_value(resource: Json, value: Any) -> None:
    secret = "Zq7Secret"
    sent = resource | {"code": coded("no-such", "urn:x"), "valueString": secret, "extra": value}
    raw = json.dumps(sent).encode()
    for seen in seen_in(read_resource(raw, RULES)):
        assert secret not in (shape_of(raw, seen) or "")
        assert secret not in str(seen)


def test_a_range_with_a_comparator_is_one_of_the_catalog() -> None:
    reading = read(observation("1975-2", {"valueString": "<2 mg/dL"}))
    combined = combine_with_reasons(reading.statements, TODAY, RULES)
    assert combined.facts.value("bilirubin_mg_dl") == Range(max=2, max_open=True)

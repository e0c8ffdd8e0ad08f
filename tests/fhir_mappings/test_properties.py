"""Laws with random damage: nothing raises, garbage makes no fact, order does not matter."""

import copy
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fhir_mappings.combination import combine
from fhir_mappings.elements import Observation
from fhir_mappings.observations import read_any_result
from fhir_mappings.plain_results import Alone, read_plain_result
from fhir_mappings.reading import decode_entries, read_bundle, read_entries, read_resource
from nelm.catalog import CATALOG
from tests.fhir_mappings.resources import (
    LOINC,
    RULES,
    SNOMED,
    TODAY,
    bundle,
    coded,
    condition,
    observation,
    ours,
    procedure,
    quantity,
    report,
    request,
)

pytestmark = pytest.mark.thorough

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
RESOURCES: list[dict[str, Any]] = [
    observation("1975-2", quantity(1.1, "mg/dL"), meta={"versionId": "1"}),
    observation("29593-1", {"valueString": "<3 %"}, specimen={"display": "Liver"}),
    observation(
        "9811-1", quantity(300, "ng/mL"), referenceRange=[{"high": {"value": 100, "unit": "ng/mL"}}]
    ),
    observation("21889-1", quantity(12, "mm"), bodySite=coded("10200004", SNOMED)),
    observation("97509-4", {"valueCodeableConcept": coded("LA28370-7")}),
    ours("extrahepatic_sites", {"valueString": "bone"}),
    condition("C7A.012", onsetDateTime="2024-01-01"),
    condition("C7B.02", verificationStatus=coded("confirmed"), onsetPeriod={"start": "2024"}),
    procedure("441525007", bodySite=[{"text": "Liver"}]),
    request("lanreotide 120 mg", dosageInstruction=[{"timing": {"repeat": {}}}]),
    report("30612-6", conclusionCode=[coded("94381002", SNOMED)]),
    report(
        "30612-6",
        conclusion="Liver metastases:\n1. segment II, 12 mm\n2. segment VII, twenty mm\nECOG 1.",
        presentedForm=[{"contentType": "text/plain", "data": "S2ktNjcgOCAl"}],
    ),
    observation(
        "1751-7",
        quantity(11, "g/L"),
        specimen={"reference": "#s"},
        contained=[{"resourceType": "Specimen", "id": "s", "type": {"text": "Serum"}}],
    ),
    {"resourceType": "Patient", "id": "p", "gender": "male", "birthDate": "1960"},
]


def places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every element of a resource."""
    found = [path] if path else []
    if isinstance(node, dict | list):
        children = node.items() if isinstance(node, dict) else enumerate(node)
        for key, child in children:
            found += places(child, (*path, key))
    return found


def damaged(resource: dict[str, Any], path: tuple[Any, ...], garbage: Any) -> dict[str, Any]:
    changed = copy.deepcopy(resource)
    node: Any = changed
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = garbage
    return changed


@settings(deadline=None, max_examples=400)
@given(st.data())
def test_a_damaged_resource_never_raises_and_is_never_silent(data: st.DataObject) -> None:
    resource = data.draw(st.sampled_from(RESOURCES))
    path = data.draw(st.sampled_from(places(resource)))
    changed = damaged(resource, path, data.draw(JSON))
    reading = read_resource(json.dumps(changed).encode(), RULES)
    found = combine(reading.statements, TODAY)
    assert all(fact.name in CATALOG for fact in found)
    if reading.type not in ("Patient", "Medication", "Specimen", "BodyStructure"):
        assert reading.statements or reading.not_understood


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(RESOURCES[:6]), JSON)
def test_garbage_in_the_code_makes_no_fact(resource: dict[str, Any], garbage: Any) -> None:
    changed = json.dumps(resource | {"code": garbage}).encode()
    assert read_resource(changed, RULES).statements == ()


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(["status", "verificationStatus", "intent"]), JSON)
def test_garbage_in_a_status_makes_no_fact(name: str, garbage: Any) -> None:
    for resource in RESOURCES:
        decisive = name in resource
        if decisive and garbage not in (None, [], {}):
            changed = json.dumps(resource | {name: garbage}).encode()
            assert read_resource(changed, RULES).statements == ()


@settings(deadline=None, max_examples=200)
@given(JSON)
def test_any_json_is_read_without_raising(content: Any) -> None:
    raw = json.dumps(content).encode()
    assert read_resource(raw, RULES).statements == ()
    assert all(not each.statements for each in read_bundle(raw, RULES))
    wrapped = json.dumps({"resourceType": "Bundle", "entry": content}).encode()
    assert all(not each.statements for each in read_bundle(wrapped, RULES))


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_without_raising(raw: bytes) -> None:
    assert read_resource(raw, RULES).statements == ()


@settings(deadline=None, max_examples=60)
@given(st.permutations(range(len(RESOURCES))), st.lists(st.sampled_from(range(len(RESOURCES)))))
def test_order_and_repetition_of_statements_do_not_matter(
    order: list[int], again: list[int]
) -> None:
    by_resource = [each.statements for each in read_bundle(bundle(*RESOURCES), RULES)]
    plain = [one for each in by_resource for one in each]
    mixed = [one for number in [*order, *again] for one in by_resource[number]]
    assert combine(mixed, TODAY) == combine(plain, TODAY)


@pytest.mark.parametrize("resource", RESOURCES)
def test_every_undamaged_example_states_something(resource: dict[str, Any]) -> None:
    assert read_resource(json.dumps(resource).encode(), RULES).statements


CODINGS = st.lists(
    st.sampled_from(
        [
            {"system": LOINC, "code": "1975-2"},
            {"system": LOINC, "code": "777-3", "display": "Platelets"},
            {"system": LOINC, "code": "9811-1"},
            {"system": LOINC, "code": "2823-3", "display": "Potassium"},
            {"system": LOINC, "code": "20505-4"},
            {"system": LOINC},
            {"system": "urn:oid:1.2.3", "code": "17"},
            {"system": SNOMED, "code": "94381002"},
            {},
        ]
    ),
    max_size=3,
)
HIGHS = st.sampled_from(
    [
        {"high": {"value": 3.5, "unit": "mg/dL"}},
        {"high": {"value": 3.5}},
        {"high": {"value": 20, "code": "umol/L"}, "type": {"coding": [{"code": "normal"}]}},
        {"high": {"value": 3.5, "unit": "mg/dL"}, "appliesTo": [{"text": "women"}]},
        {"text": "0 - 4 mg/dL"},
    ]
)


@settings(deadline=None, max_examples=400)
@given(st.data())
def test_what_is_read_in_one_go_is_read_the_same_in_the_general_way(data: st.DataObject) -> None:
    number = st.sampled_from([0.4, 17, 250, -1, 1e9])
    units = st.sampled_from(["mg/dL", "umol/L", "10*3/uL", "ng/mL", "cm", None])
    value: Any = quantity(
        data.draw(number), data.draw(units), data.draw(st.sampled_from([None, "<"]))
    )
    code = {"coding": data.draw(CODINGS), "text": data.draw(st.sampled_from([None, "Bilirubin"]))}
    resource = observation(
        code,
        value,
        referenceRange=data.draw(st.lists(HIGHS, max_size=2)),
        subject=data.draw(st.sampled_from([None, {"reference": "http://a/Patient/p"}])),
        **data.draw(
            st.sampled_from([{}, {"valueString": "4"}, {"status": "amended"}, {"component": [{}]}])
        ),
    )
    plain = msgspec.convert({k: v for k, v in resource.items() if v is not None}, Observation)
    found = read_plain_result(plain, RULES)
    assert found is None or found == read_any_result(plain, RULES)


MOMENTS = st.sampled_from(
    [
        "2026-05-01",
        "2026-04-30",
        "2026-06-02",
        "2026-05-01T08:00:00Z",
        "2027-01-01T08:00:00Z",
        "2026-05-01T08:00:00+09:00",
        "2026-04-30T23:30:00-05:00",
        "2026-05-35",
    ]
)
VALUES = st.sampled_from(
    [quantity(1.1, "mg/dL"), quantity(2, "mg/dL"), quantity(2, "mg/dL", "<"), quantity(90, "ng/mL")]
)
LIMITS: list[Any] = [
    [],
    [{"high": {"value": 2, "unit": "mg/dL"}}],
    [{"high": {"value": 100, "unit": "ng/mL"}}],
]
RESULTS = st.builds(
    lambda code, value, at, subject, number: observation(
        code,
        value,
        effectiveDateTime=at,
        subject={"reference": subject},
        id=f"o{number}",
        referenceRange=LIMITS[number % 3],
    ),
    st.sampled_from(["1975-2", "1975-2", "42719-5", "2823-3", "9811-1", "9811-1"]),
    VALUES,
    MOMENTS,
    st.sampled_from(["Patient/p", "Patient/p", "Patient/q"]),
    st.integers(0, 9),
)


CONDITIONS = st.builds(
    lambda code, subject: condition(code, subject={"reference": subject}),
    st.sampled_from(["C7A.012", "C7B.02", "I10", coded("22298006", SNOMED), coded("x", "urn:x")]),
    st.sampled_from(["Patient/p", "Patient/q"]),
)


@settings(deadline=None, max_examples=400)
@given(st.lists(RESULTS | CONDITIONS, max_size=6))
def test_passing_over_old_results_leaves_the_facts_of_each_patient(results: list[Any]) -> None:
    entries = decode_entries(bundle(*results))
    whole = read_entries(entries, RULES)
    lean = read_entries(entries, RULES, Alone("p", TODAY))
    assert [(one.type, one.patient) for one in lean] == [(one.type, one.patient) for one in whole]
    for patient in ("p", "q"):
        facts = [
            combine(
                [s for one in found if one.patient == patient for s in one.statements],
                TODAY,
                with_series=False,
            )
            for found in (whole, lean)
        ]
        assert facts[0] == facts[1]


def test_an_older_chromogranin_a_counts_where_it_alone_tells_its_upper_limit() -> None:
    value = quantity(300, "ng/mL")
    results = [
        observation("9811-1", value, id="new", effectiveDateTime="2026-05-02"),
        observation(
            "9811-1", value, id="old", effectiveDateTime="2026-05-01", referenceRange=LIMITS[2]
        ),
    ]
    read = read_entries(decode_entries(bundle(*results)), RULES, Alone("p", TODAY))
    facts = combine([s for one in read for s in one.statements], TODAY, with_series=False)
    assert facts.value("chromogranin_a_x_uln") == 3

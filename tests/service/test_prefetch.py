"""The seven shapes of missing data, told apart; and resources that never count."""

from typing import Any

import msgspec
import pytest

from fhir_mappings.elements import Sent
from fhir_mappings.mapping_set import MappingSet
from service.cds_hooks.prefetch import NOTHING, Prefetched, Shape, read_prefetch
from tests.service.people import EMPTY, condition, conditions, observation, searchset

WARNING = {
    "resourceType": "OperationOutcome",
    "issue": [{"severity": "warning", "code": "processing", "diagnostics": "no results"}],
}
ERROR = {
    "resourceType": "OperationOutcome",
    "issue": [{"severity": "error", "code": "exception", "diagnostics": "timeout"}],
}
PATIENT = {"resourceType": "Patient", "id": "p1"}
NEXT = [{"relation": "next", "url": "https://main.example/fhir?_getpages=1"}]


def warning(code: str) -> dict[str, Any]:
    issue = {"severity": "warning", "code": code}
    outcome = {"resourceType": "OperationOutcome", "issue": [issue]}
    return {"resource": outcome, "search": {"mode": "outcome"}}


def self_link(query: str, path: str = "Condition") -> list[dict[str, str]]:
    return [{"relation": "self", "url": f"https://main.example/fhir/{path}?{query}"}]


def read(mapping_set: MappingSet, conditions_as: Any, **renamed: str) -> Prefetched:
    """What is made of one key; decoded with the whole request or kept raw, it says the same."""
    key = renamed.get("conditions", "conditions")
    body = msgspec.json.encode(conditions_as)
    found = read_prefetch({key: msgspec.Raw(body)}, "p1", mapping_set, renamed)
    try:
        fitting = msgspec.json.decode(body, type=Sent | None)
    except msgspec.ValidationError:
        return found
    assert read_prefetch({key: fitting}, "p1", mapping_set, renamed) == found
    return found


@pytest.mark.parametrize(
    ("sent", "shape"),
    [
        (None, Shape.NULL),
        (EMPTY, Shape.NONE_FOUND),
        (EMPTY | {"entry": []}, Shape.NONE_FOUND),
        (EMPTY | {"entry": None}, Shape.NONE_FOUND),
        (
            EMPTY | {"entry": [{"resource": WARNING, "search": {"mode": "outcome"}}]},
            Shape.NONE_FOUND,
        ),
        (EMPTY | {"entry": [{"resource": ERROR}]}, Shape.FAILED),
        (ERROR, Shape.FAILED),
        ({"resourceType": "OperationOutcome"}, Shape.FAILED),
        (WARNING, Shape.FAILED),
        (EMPTY | {"entry": [warning("not-found")]}, Shape.NONE_FOUND),
        (EMPTY | {"entry": [warning("suppressed")]}, Shape.PARTIAL),
        (EMPTY | {"entry": [warning("incomplete")]}, Shape.PARTIAL),
        (EMPTY | {"total": 4, "entry": [warning("processing")]}, Shape.PARTIAL),
        (EMPTY | {"total": 3}, Shape.TRUNCATED),
        (searchset(conditions("p1")) | {"total": 9}, Shape.TRUNCATED),
        (searchset(conditions("p1"), link=[{"relation": "previous"}]), Shape.TRUNCATED),
        (searchset([observation("p1", "inr", 1.1)]), Shape.OTHER_QUERY),
        (searchset([*conditions("p1"), observation("p1", "inr", 1.1)]), Shape.OTHER_QUERY),
        (searchset([*conditions("p1"), PATIENT]) | {"total": 2}, Shape.COMPLETE),
        (searchset(conditions("p1")), Shape.COMPLETE),
        (searchset(conditions("p1"), link=NEXT), Shape.TRUNCATED),
        (EMPTY | {"link": self_link("patient=p1&_count=200")}, Shape.NONE_FOUND),
        (EMPTY | {"link": self_link("patient=Patient/p1")}, Shape.NONE_FOUND),
        (EMPTY | {"link": self_link("patient={{context.patientId}}")}, Shape.OTHER_QUERY),
        (EMPTY | {"link": self_link("patient=p1&clinical-status=active")}, Shape.OTHER_QUERY),
        (EMPTY | {"link": self_link("patient=p2")}, Shape.OTHER_QUERY),
        (EMPTY | {"link": [{"relation": "self", "url": "http://[::1"}]}, Shape.OTHER_QUERY),
        (EMPTY | {"link": self_link("patient=")}, Shape.OTHER_QUERY),
        (EMPTY | {"link": self_link("patient:not=p1")}, Shape.OTHER_QUERY),
        (EMPTY | {"link": self_link("patient=p1&patient=p2")}, Shape.OTHER_QUERY),
        (EMPTY | {"link": self_link("patient=p1&_summary=count")}, Shape.OTHER_QUERY),
        (EMPTY | {"link": self_link("patient=p1&_summary=false")}, Shape.NONE_FOUND),
        (EMPTY | {"link": self_link("patient=p1&_lastUpdated=gt2026")}, Shape.OTHER_QUERY),
        (EMPTY | {"link": self_link("patient=p1&_elements=code")}, Shape.OTHER_QUERY),
        (EMPTY | {"link": self_link("patient=p1&_id=7")}, Shape.OTHER_QUERY),
        (EMPTY | {"link": self_link("patient=p1&_filter=code eq x")}, Shape.OTHER_QUERY),
        (EMPTY | {"link": self_link("patient=p1", "Observation")}, Shape.OTHER_QUERY),
        (
            EMPTY | {"link": self_link("patient=p1&_format=json", "Condition/_search")},
            Shape.NONE_FOUND,
        ),
        ("{{context.patientId}}", Shape.OTHER_QUERY),
        (conditions("p1")[0], Shape.TRUNCATED),
        (EMPTY | {"entry": [None, {"resource": {"resourceType": 7}}]}, Shape.DAMAGED),
        (EMPTY | {"entry": "many"}, Shape.DAMAGED),
        ("text", Shape.FAILED),
        ([], Shape.FAILED),
        ({}, Shape.FAILED),
    ],
)
def test_p7_p8_every_shape_is_told_apart(mapping_set: MappingSet, sent: Any, shape: Shape) -> None:
    found = read(mapping_set, sent)
    assert found.shapes["conditions"] is shape
    assert found.shapes["observations"] is Shape.ABSENT


def test_only_a_search_that_ran_says_that_there_is_none(mapping_set: MappingSet) -> None:
    assert read(mapping_set, EMPTY).was_read("conditions")
    assert not read(mapping_set, None).was_read("conditions")
    assert not NOTHING.was_read("conditions")
    assert NOTHING.anything is False


def test_keys_may_have_the_clients_own_names(mapping_set: MappingSet) -> None:
    found = read(mapping_set, searchset(conditions("p1")), conditions="CONDS")
    assert found.shapes["conditions"] is Shape.COMPLETE


def test_resources_of_another_patient_never_count(mapping_set: MappingSet) -> None:
    found = read(mapping_set, searchset([*conditions("p1"), *conditions("p2")]))
    assert {one.patient for one in found.readings} == {"p1"}
    assert len(found.not_understood) == 2
    assert not found.was_read("conditions")


def test_the_same_id_at_another_server_is_another_patient(mapping_set: MappingSet) -> None:
    main = "https://main.example/fhir"

    def read_from(server: str) -> Prefetched:
        one = condition("p1", "C7B.02", "Secondary carcinoid tumors of liver")
        one["subject"] = {"reference": f"{server}/Patient/p1"}
        raw = {"conditions": msgspec.Raw(msgspec.json.encode(searchset([one])))}
        return read_prefetch(raw, "p1", mapping_set, {}, lambda asked: asked == main)

    elsewhere = read_from("https://other.example/fhir")
    assert (elsewhere.readings, elsewhere.was_read("conditions")) == ((), False)
    ours = read_from(main)
    assert (len(ours.readings), ours.was_read("conditions")) == (1, True)


def test_one_bad_entry_among_fifty_costs_only_itself(mapping_set: MappingSet) -> None:
    good: list[Any] = [observation("p1", "inr", 1.1, id=f"inr-{n}") for n in range(49)]
    sent = searchset(good)
    sent["entry"].insert(20, {"resource": {"resourceType": "Observation", "id": {"not": "an id"}}})
    raw = {"observations": msgspec.Raw(msgspec.json.encode(sent))}
    found = read_prefetch(raw, "p1", mapping_set, {})
    assert sum(bool(one.statements) for one in found.readings) == 49


def test_a_refuted_condition_gives_no_statement(mapping_set: MappingSet) -> None:
    refuted = condition("p1", "C7B.02", "liver metastasis")
    refuted["verificationStatus"]["coding"][0]["code"] = "refuted"
    found = read(mapping_set, searchset([refuted]))
    assert [one for reading in found.readings for one in reading.statements] == []

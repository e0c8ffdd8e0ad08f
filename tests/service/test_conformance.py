"""The invariants themselves: each notices what breaks it, and none is hurt by what is right."""

import copy
import json
from typing import Any

import pytest

from tests.service.conformance import (
    problems_of_answer,
    problems_of_discovery,
    problems_of_feedback,
    problems_of_request,
    problems_of_response,
)

UUID = "6a5cfe9a-9a3e-4c31-9b9d-000000000001"
GOOD: dict[str, Any] = {
    "cards": [
        {
            "uuid": UUID,
            "summary": "TACE: contraindicated",
            "indicator": "critical",
            "detail": "Why. See [the paper](https://doi.org/1).",
            "source": {
                "label": "Lewis 2012",
                "url": "https://a.example",
                "topic": {"system": "urn:t", "code": "t"},
            },
            "selectionBehavior": "any",
            "overrideReasons": [{"code": "a", "system": "urn:a", "display": "A"}],
            "suggestions": [
                {
                    "label": "Replace",
                    "uuid": UUID.replace("1", "2"),
                    "isRecommended": True,
                    "actions": [
                        {"type": "delete", "description": "Remove", "resourceId": "Task/1"},
                        {
                            "type": "create",
                            "description": "Order",
                            "resource": {"resourceType": "Task"},
                        },
                        {
                            "type": "update",
                            "description": "Update",
                            "resource": {"resourceType": "CarePlan", "id": "1"},
                        },
                    ],
                }
            ],
            "links": [
                {"label": "Page", "url": "https://a.example", "type": "absolute"},
                {"label": "App", "url": "https://a.example", "type": "smart", "appContext": "x"},
            ],
            "extension": {"com.example": 1},
        }
    ]
}
CARD, SUGGESTION = ("cards", 0), ("cards", 0, "suggestions", 0)
DELETE, CREATE = (*SUGGESTION, "actions", 0), (*SUGGESTION, "actions", 1)
UPDATE = (*SUGGESTION, "actions", 2)
LINK = (*CARD, "links", 0)
GONE = object()


def bent(path: tuple[Any, ...], value: Any) -> Any:
    changed = copy.deepcopy(GOOD)
    place: Any = changed
    for step in path[:-1]:
        place = place[step]
    if value is GONE:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return changed


def test_what_keeps_the_standard_has_no_problem() -> None:
    assert problems_of_response(GOOD) == []
    assert problems_of_response({"cards": []}) == []


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        (("cards",), None, "H2@74"),
        (("systemActions",), [], "systemActions"),
        (("decisions",), 1, "more than cards"),
        ((*CARD, "summary"), "x" * 140, "H2@83"),
        ((*CARD, "summary"), "two\nlines", "H2@83"),
        ((*CARD, "summary"), GONE, "H2@83"),
        ((*CARD, "indicator"), "hard-stop", "H2@88"),
        ((*CARD, "uuid"), "123456", "uuid"),
        ((*CARD, "detail"), "<b>bold</b>", "HTML"),
        ((*CARD, "detail"), "[x](javascript:alert)", "something else than a page"),
        ((*CARD, "detail"), "", "H2@3"),
        ((*CARD, "source"), GONE, "H2@105"),
        ((*CARD, "source", "url"), "/about", "H2@107"),
        ((*CARD, "source", "topic", "code"), "t" * 101, "topic"),
        ((*CARD, "selectionBehavior"), GONE, "cds-resp-6"),
        ((*CARD, "selectionBehavior"), "all", "cds-resp-6"),
        ((*CARD, "overrideReasons", 0, "display"), GONE, "cds-resp-4"),
        ((*CARD, "extension"), "text", "H2@214"),
        ((*SUGGESTION, "label"), GONE, "H2@117"),
        ((*SUGGESTION, "uuid"), "1", "suggestion.uuid"),
        ((*SUGGESTION, "isRecommended"), "yes", "H2@119"),
        ((*SUGGESTION, "actionSelectionBehavior"), "any", "cds-resp-7"),
        ((*DELETE, "type"), "remove", "H2@127"),
        ((*DELETE, "description"), GONE, "cds-resp-5"),
        ((*DELETE, "resource"), {"resourceType": "Task"}, "cds-resp-2"),
        ((*DELETE, "resourceId"), GONE, "cds-resp-2"),
        ((*DELETE, "resourceId"), "https://a.example/Task/1", "H2@133"),
        ((*CREATE, "resource"), GONE, "H2@131"),
        ((*CREATE, "resource", "id"), "1", "H2@131"),
        ((*CREATE, "resourceId"), "Task/1", "[3.0]"),
        ((*CREATE, "type"), "delete", "cds-resp-2"),
        ((*UPDATE, "resource", "id"), GONE, "H2@132"),
        ((*UPDATE, "resource"), None, "H2@3"),
        ((*LINK, "label"), GONE, "H2@138"),
        ((*LINK, "type"), "relative", "H2@142"),
        ((*LINK, "url"), "/staging", "H2@140"),
        ((*LINK, "appContext"), "x", "cds-resp-3"),
        ((*LINK, "autolaunchable"), True, "[3.0]"),
        ((*CARD, "links"), [], "H2@3"),
    ],
)
def test_an_invariant_notices_what_breaks_it(
    path: tuple[Any, ...], value: Any, problem: str
) -> None:
    assert any(problem in line for line in problems_of_response(bent(path, value)))


def test_at_most_one_is_recommended_and_uuids_are_not_shared() -> None:
    twice = copy.deepcopy(GOOD)
    twice["cards"][0]["selectionBehavior"] = "at-most-one"
    twice["cards"][0]["suggestions"] *= 2
    found = problems_of_response(twice)
    assert any("cds-resp-1" in line for line in found)
    assert any("two suggestions share" in line for line in found)
    assert any("two cards" in one for one in problems_of_response({"cards": GOOD["cards"] * 2}))


def test_deletes_stand_before_creates() -> None:
    turned = copy.deepcopy(GOOD)
    turned["cards"][0]["suggestions"][0]["actions"].reverse()
    assert any("H2@125" in line for line in problems_of_response(turned))


SERVICE = {
    "hook": "patient-view",
    "id": "a",
    "description": "b",
    "version": "2.0.1",
    "prefetch": {"patient": "Patient/{{context.patientId}}"},
}


@pytest.mark.parametrize(
    ("bend", "problem"),
    [
        ({"hook": "order-cancel"}, "LIB"),
        ({"description": None}, "H2@7"),
        ({"version": "two"}, "[3.0]"),
        ({"prefetch": {}}, "H2@3"),
        ({"prefetch": {"a": "Patient/{{userPractitionerId}}"}}, "token"),
        ({"prefetch": {"a": "Observation?patient=1&_include=x"}}, "H2@58"),
    ],
)
def test_discovery_is_held_to_what_clients_can_do(bend: dict[str, Any], problem: str) -> None:
    assert problems_of_discovery({"services": [SERVICE]}) == []
    assert any(problem in line for line in problems_of_discovery({"services": [SERVICE | bend]}))
    assert problems_of_discovery({"services": [SERVICE, SERVICE]})


ITEM = {"card": UUID, "outcome": "overridden", "outcomeTimestamp": "2026-06-01T08:30:00Z"}


@pytest.mark.parametrize(
    ("bend", "problem"),
    [
        ({"outcome": "ignored"}, "cds-fb-1"),
        ({"outcome": "accepted"}, "cds-fb-2"),
        ({"outcome": "accepted", "acceptedSuggestions": [{}]}, "cds-fb-2"),
        ({"overrideReason": {}}, "cds-fb-3"),
        ({"card": ""}, "without card"),
    ],
)
def test_feedback_is_held_to_its_invariants(bend: dict[str, Any], problem: str) -> None:
    assert problems_of_feedback({"feedback": [ITEM]}) == []
    assert (
        problems_of_feedback({"feedback": [ITEM | {"overrideReason": {"userComment": "x"}}]}) == []
    )
    assert any(problem in line for line in problems_of_feedback({"feedback": [ITEM | bend]}))


def test_a_request_is_held_to_its_invariants() -> None:
    good: dict[str, Any] = {
        "hook": "patient-view",
        "hookInstance": UUID,
        "context": {"patientId": "1"},
    }
    assert problems_of_request(good) == []
    token = {"fhirAuthorization": {"access_token": "t", "scope": "patient/*.read"}}
    assert len(problems_of_request(good | token)) == 2
    assert problems_of_request({"hook": "patient-view"})


@pytest.mark.parametrize(
    ("path", "status", "body", "right"),
    [
        ("/cds-services", 200, {"services": []}, True),
        ("/cds-services/a", 200, {"cards": []}, True),
        ("/cds-services/a", 200, {}, False),
        ("/cds-services/a/feedback", 200, {}, True),
        ("/cds-services/a/feedback", 200, {"ok": True}, False),
        ("/cds-services/a", 500, {"cards": []}, False),
        ("/cds-services/a", 401, {"reason": "expired"}, False),
        ("/elsewhere", 200, {"cards": None}, True),
    ],
)
def test_answers_are_told_apart_by_path_and_status(
    path: str, status: int, body: Any, right: bool
) -> None:
    assert (problems_of_answer("POST", path, status, json.dumps(body).encode()) == []) is right

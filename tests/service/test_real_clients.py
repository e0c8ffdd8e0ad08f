"""Calls in the shape in which real clients were seen, or are documented, to send them.

CDS Hooks sandbox, CRD request generator and @medplum/core were seen running; Epic is documented.
"""

import asyncio
from typing import Any

from tests.service.asgi_client import Answer
from tests.service.conftest import Start, connection
from tests.service.people import MULTIFOCAL, OWN_CODES, call, draft_order, prefetch, searchset

EHR, SANDBOX = "https://main.example/fhir", "https://sandbox.cds-hooks.org"
THROMBOSED = MULTIFOCAL | {"portal_vein": "complete_thrombosis"}
RECORD = prefetch("p1", THROMBOSED)
Call = dict[str, Any]


def answers(
    start: Start, *bodies: Call, profile: str = "generic", headers: dict[str, str] | None = None
) -> list[list[Call]]:
    """The cards for each of these calls."""

    async def go() -> list[Answer]:
        main = connection(client_profile=profile)
        async with start(connections={"main": main}, cors_origins=(SANDBOX,)) as client:
            return [
                await client.post(f"/cds-services/nelm-{body['hook']}", body, headers)
                for body in bodies
            ]

    found = asyncio.run(go())
    assert [one.status for one in found] == [200] * len(bodies), [one.body for one in found]
    return [one.json()["cards"] for one in found]


def summaries(cards: list[Call]) -> list[str]:
    return [one["summary"] for one in cards]


CONTRAINDICATED = "TACE: contraindicated, complete portal vein thrombosis (2026-05-12)"


def sandbox_order(code: Call) -> Call:
    return {
        "resourceType": "ServiceRequest",
        "id": "example-request-id",
        "status": "draft",
        "intent": "plan",
        "code": {"coding": [code]},
        "subject": {"reference": "Patient/p1"},
        "reasonCode": [],
    }


def test_the_sandbox_asks_first_with_an_order_that_has_no_code(start: Start) -> None:
    roles: Call = {"resourceType": "Bundle", "type": "searchset", "total": 0}
    sent = {**RECORD, "cga": {"resourceType": "Observation"}, "role": roles}
    del sent["reports"]
    more = {"fhirServer": EHR, "prefetch": sent}
    bodies = [
        call("order-select", "p1", [sandbox_order(code)], **more)
        for code in ({}, {"system": OWN_CODES, "code": "tace", "display": "TACE"})
    ]
    headers = {"accept": "application/json", "origin": SANDBOX}
    none, (card,) = answers(start, *bodies, headers=headers)
    assert none == []
    assert card["summary"] == CONTRAINDICATED


def test_the_sandboxes_medication_orders_have_a_category_that_is_no_list(start: Start) -> None:
    order = {
        "resourceType": "MedicationRequest",
        "id": "order-1",
        "status": "draft",
        "intent": "order",
        "category": {"coding": [{"code": "outpatient"}]},
        "medicationCodeableConcept": {"text": "Sunitinib", "coding": [{}]},
        "subject": {"reference": "Patient/p1"},
        "dosageInstruction": [{"doseAndRate": [{}]}],
    }
    body = call("order-sign", "p1", [order], fhirServer=EHR, prefetch=RECORD)
    ((card,),) = answers(start, body)
    assert card["summary"].startswith("Sunitinib: not indicated")


def test_crd_calls_share_one_instance_and_are_told_apart_all_the_same(start: Start) -> None:
    def generated(order: str) -> Call:
        more = {
            "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
            "fhirServer": EHR,
            "fhirAuthorization": {
                "access_token": "",
                "token_type": "Bearer",
                "expires_in": 300,
                "scope": "patient/Patient.read patient/Observation.read",
                "subject": "cds-service4",
            },
            "extension": {"davinci-crd.configuration": {"alt-drug": True}},
            "prefetch": RECORD | {"serviceRequestBundle": {"resourceType": "Bundle", "entry": []}},
        }
        body = call("order-sign", "p1", [draft_order("p1", order)], **more)
        body["context"]["encounterId"] = "enc89284"
        return body

    found = answers(start, generated("tace"), generated("sunitinib"), profile="crd")
    assert [summaries(one) for one in found] == [
        [CONTRAINDICATED],
        ["Sunitinib: not indicated, primary in the jejunum (2026-05-12)"],
    ]
    assert found[0][0]["uuid"] != found[1][0]["uuid"]


def test_what_medplum_never_asked_for_comes_as_null_and_is_not_taken_for_none(
    start: Start,
) -> None:
    headers = {"accept": "application/fhir+json, */*; q=0.1", "x-medplum": "extended"}
    # A search without hits has no entry there; a query that was never issued is null.
    nothing: Call = {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": 0,
        "link": [{"relation": "self", "url": f"{EHR}/Procedure?patient=p1"}],
    }
    orders = [draft_order("p1", "tace"), draft_order("p1", "sunitinib")]
    found, partly, unread = answers(
        start,
        call("order-sign", "p1", orders, prefetch=RECORD | {"procedures": nothing}),
        call("order-sign", "p1", orders[:1], prefetch=RECORD | {"procedures": None}),
        call("order-sign", "p1", orders[:1], prefetch=dict.fromkeys(RECORD)),
        headers=headers,
    )
    assert summaries(found)[0] == CONTRAINDICATED
    assert "could not be read" not in found[0]["detail"]
    assert "procedures" in partly[0]["detail"].lower()
    assert summaries(unread) == ["TACE: could not be checked, the record was not readable"]


def test_epic_names_orders_by_absolute_references_and_sends_their_medications(
    start: Start,
) -> None:
    order = {
        "resourceType": "MedicationRequest",
        "id": "e1",
        "status": "draft",
        "intent": "order",
        "category": {"text": "Outpatient"},
        "medicationReference": {"reference": f"{EHR}/Medication/m1", "display": "SUNITINIB"},
        "subject": {"reference": f"{EHR}/Patient/p1", "display": "Doe, Jane"},
    }
    medication = {"resourceType": "Medication", "id": "m1", "code": {"text": "Sunitinib"}}
    no_hits = {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": "warning", "code": "processing",
                   "details": {"text": "Resource request returns no results."}}],
    }  # fmt: skip
    nothing = searchset([], entry=[{"resource": no_hits, "search": {"mode": "outcome"}}])
    body = call(
        "order-sign",
        "p1",
        fhirServer=EHR,
        prefetch=RECORD | {"procedures": nothing},
        extension={
            "com.epic.cdshooks.request.bpa-trigger-action": "20",
            "com.epic.cdshooks.request.cds-hooks-specification-version": "1.0",
            "com.epic.cdshooks.request.fhir-version": "R4",
        },
    )
    body["context"]["userId"] = "PractitionerRole/x.1"
    entries = [{"fullUrl": f"{EHR}/{one['resourceType']}/{one['id']}", "resource": one}
               for one in (order, medication)]  # fmt: skip
    body["context"]["draftOrders"] = {"resourceType": "Bundle", "entry": entries}
    ((card,),) = answers(start, body, profile="epic")
    assert card["summary"].startswith("Sunitinib: not indicated")
    assert "procedures" not in card["detail"].lower()
    assert card["source"]["topic"]["code"].isalnum()

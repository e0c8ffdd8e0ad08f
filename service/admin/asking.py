"""What the playground sends: a hook call as an EHR would make it, and the same as `curl`."""

import json
import shlex
from typing import Any, NamedTuple
from uuid import uuid4

from nelm.labels import WORK_UP_LABELS, option_label
from runtime.settings import ConnectionSettings
from service.admin.entrance import Form
from service.card_counts import BY_HAND
from service.cds_hooks.discovery import SERVICES, OfferedService
from service.cds_hooks.suggestions import draft_resource
from service.errors import Malformed
from service.parts import Parts

_ADDED = {
    "system": "http://hl7.org/fhir/sid/icd-10-cm",
    "code": "C7B.02",
    "display": "Secondary carcinoid tumors of liver",
}
_TOKENS = ("fhirAuthorization",)


class Order(NamedTuple):
    id: str
    label: str


class Choice(NamedTuple):
    """What is chosen in the form.

    `user` is the clinician of the last call; `again`: as that one, not as a new one.
    """

    connection: str
    service: str
    patient: str
    order: str
    user: str = ""
    again: bool = False


def first_choice(parts: Parts) -> Choice:
    """What the form shows at first."""
    connection = next(iter(parts.settings.connections), "")
    return Choice(connection, "nelm-patient-view", "", "")


def choice_of(parts: Parts, form: Form) -> Choice:
    """What was chosen; a patient typed in wins over one picked.

    Raises:
        Malformed: a connection or service that does not exist, or nobody chosen.
    """
    patient = form.get("patient_typed", "").strip() or form.get("patient", "")
    chosen = Choice(
        form.get("connection", ""),
        form.get("service", ""),
        patient.removeprefix("Patient/"),
        form.get("order", ""),
        form.get("user", ""),
        "again" in form,
    )
    if chosen.connection not in parts.settings.connections:
        raise Malformed("Choose a connection.", field="connection")
    if chosen.service not in SERVICES:
        raise Malformed("Choose a service.", field="service")
    if not chosen.patient:
        raise Malformed("Choose a patient, or type an id of the EHR's.", field="patient")
    if chosen.order and chosen.order not in parts.order_mapping.sent:
        raise Malformed("Choose an order of the list.", field="order")
    return chosen


def orders(parts: Parts) -> dict[str, list[Order]]:
    """Every order that we can draft, as treatments and tests."""
    found: dict[str, list[Order]] = {"Treatments": [], "Tests": []}
    for name in parts.order_mapping.sent:
        kind = "Tests" if name in WORK_UP_LABELS else "Treatments"
        found[kind].append(Order(name, WORK_UP_LABELS.get(name) or option_label(name)))
    return found


def request_of(parts: Parts, choice: Choice) -> dict[str, Any]:
    """The body of the hook call, without prefetch: the stored record answers.

    Raises:
        Malformed: the hook is about orders and none was chosen.
    """
    service = SERVICES[choice.service]
    user = f"{BY_HAND}-{uuid4().hex[:8]}"
    if choice.again and choice.user.startswith(BY_HAND):
        user = choice.user
    return {
        "hook": service.hook,
        "hookInstance": str(uuid4()),
        "fhirServer": parts.settings.connections[choice.connection].base_url,
        "context": {
            "userId": user,
            "patientId": choice.patient,
            **_more(parts, choice, service),
        },
    }


def _more(parts: Parts, choice: Choice, service: OfferedService) -> dict[str, Any]:
    """What the hook's context holds beside patient and user."""
    if service.hook == "patient-view":
        return {}
    if service.hook == "problem-list-item-create":
        return {"conditions": _bundle(_condition(choice.patient))}
    if not choice.order:
        raise Malformed("Choose an order: this hook is about one.", field="order")
    drafted = draft_resource(parts.order_mapping, choice.patient, choice.order)
    drafted = {"resourceType": drafted["resourceType"], "id": "draft-1"} | drafted
    found: dict[str, Any] = {"draftOrders": _bundle(drafted)}
    if service.hook == "order-select":
        found = {"selections": [f"{drafted['resourceType']}/draft-1"]} | found
    return found


def _condition(patient: str) -> dict[str, Any]:
    return {
        "resourceType": "Condition",
        "id": "draft-1",
        "code": {"coding": [_ADDED], "text": _ADDED["display"]},
        "subject": {"reference": f"Patient/{patient}"},
    }


def _bundle(resource: dict[str, Any]) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": resource}]}


def edited_request(text: str) -> dict[str, Any]:
    """A request as somebody edited or pasted it, without the access tokens in it.

    Raises:
        Malformed: it is no JSON object.
    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Malformed("The edited request is not a JSON object.", field="request")
    return {name: value for name, value in found.items() if name not in _TOKENS}


def pretty(content: Any) -> str:
    """JSON to read."""
    return json.dumps(content, indent=2, ensure_ascii=False)


def curl(parts: Parts, connection: ConnectionSettings, path: str, content: Any) -> str:
    """The call as a shell command; where callers sign, the place of their token is named."""
    lines = [f"curl -s {parts.settings.public_url.rstrip('/')}{path}"]
    lines.append("-H 'Content-Type: application/json'")
    if connection.cds_clients:
        lines.append('-H "Authorization: Bearer $TOKEN"')
    lines.append(f"-d {shlex.quote(json.dumps(content, ensure_ascii=False))}")
    return " \\\n  ".join(lines)

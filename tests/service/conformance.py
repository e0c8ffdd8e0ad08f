"""CDS Hooks 2.0.1 rules every answer of ours must keep, ported from HL7's invariants.

Sources: HL7/cds-hooks input/fsh (CDSHooksRequest, -Response and -Feedback; cds-r-1 and -2,
cds-resp-1 to -7, cds-fb-1 to -3) and the numbered requirements cds-hooks_2.0 (H2@n) of the CRD
test kit. Additions of the 3.0 ballot are marked [3.0]. The test client holds each answer that any
test gets against them (`problems_of_answer`).
"""

import json
import re
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

PUBLISHED_HOOKS = {
    "patient-view",
    "order-select",
    "order-sign",
    "order-dispatch",
    "appointment-book",
    "encounter-start",
    "encounter-discharge",
    "problem-list-item-create",
    "allergyintolerance-create",
    "medication-refill",
}
RESTRICTED = {"patient", "category", "code", "_count", "_sort"}
INDICATORS = {"info", "warning", "critical"}
ACTIONS = {"create", "update", "delete"}
_FHIR_ORDER = ("delete", "create", "update")
_RELATIVE = re.compile(r"[A-Z][A-Za-z]+/[A-Za-z0-9.-]{1,64}")
MAY_BE_EMPTY = {"cards", "services"}


def problems_of_answer(method: str, path: str, status: int, body: bytes) -> list[str]:
    """What breaks the specification in an answer of a CDS Hooks path; other paths have none."""
    steps = path.partition("?")[0].strip("/").split("/")
    if steps[0] != "cds-services" or method == "OPTIONS":
        return []
    if status == 401:
        return ["best practices: a 401 says why"] if body else []
    if status >= 400:
        return problems_of_operation_outcome(json.loads(body))
    if len(steps) == 1:
        return problems_of_discovery(json.loads(body))
    if len(steps) == 2:
        return problems_of_response(json.loads(body))
    return [] if json.loads(body) == {} else ["feedback is answered with more than nothing"]


def problems_of_response(response: Any) -> list[str]:
    """What breaks the specification in a hook's response; empty if nothing does."""
    if not isinstance(response, dict) or not isinstance(response.get("cards"), list):
        return ["H2@74: no array of cards"]
    found = problems_of_emptiness(response)
    if "systemActions" in response:
        found.append("contract: systemActions are never sent")
    for place, card in enumerate(response["cards"]):
        found += [f"cards[{place}]: {line}" for line in problems_of_card(card)]
    uuids = [card.get("uuid") for card in response["cards"]]
    if len(set(uuids)) != len(uuids):
        found.append("two cards share a uuid")
    chosen = [one.get("uuid") for card in response["cards"] for one in card.get("suggestions", [])]
    if len(set(chosen)) != len(chosen):
        found.append("two suggestions share a uuid")
    if set(response) - {"cards", "extension"}:
        found.append("a response holds more than cards")
    return found


def problems_of_emptiness(value: Any, path: str = "$", name: str = "") -> list[str]:
    """H2@3: no null, no empty string, array or object, outside FHIR resources too."""
    if value is None or value == "" or (value in ([], {}) and name not in MAY_BE_EMPTY):
        return [f"H2@3: {path} is {value!r}"]
    if isinstance(value, dict):
        return [
            line
            for key, inner in value.items()
            for line in problems_of_emptiness(inner, f"{path}.{key}", key)
        ]
    if isinstance(value, list):
        return [
            line
            for place, inner in enumerate(value)
            for line in problems_of_emptiness(inner, f"{path}[{place}]")
        ]
    return []


def problems_of_card(card: dict[str, Any]) -> list[str]:
    """One card."""
    found = []
    if not 0 < len(card.get("summary", "")) < 140:
        found.append(f"H2@83: summary has {len(card.get('summary', ''))} characters")
    if "\n" in card.get("summary", ""):
        found.append("H2@83: a summary is one sentence on one line")
    if not isinstance(card.get("extension", {}), dict):
        found.append("H2@214: an extension is an object")
    if card.get("indicator") not in INDICATORS:
        found.append("H2@88: indicator")
    if not _is_uuid(card.get("uuid")):
        found.append("uuid is no UUID")
    found += _source(card.get("source"))
    found += _text(card.get("detail", ""))
    suggestions = card.get("suggestions", [])
    behavior = card.get("selectionBehavior")
    if suggestions and behavior not in ("any", "at-most-one"):
        found.append("cds-resp-6: suggestions without selectionBehavior")
    if not suggestions and behavior:
        found.append("selectionBehavior without suggestions")
    if behavior == "at-most-one" and sum(bool(s.get("isRecommended")) for s in suggestions) > 1:
        found.append("cds-resp-1: more than one recommended")
    for suggestion in suggestions:
        found += _suggestion(suggestion)
    for reason in card.get("overrideReasons", []):
        if not all(reason.get(key) for key in ("code", "system", "display")):
            found.append("cds-resp-4: override reason without code, system or display")
    for link in card.get("links", []):
        found += _link(link)
    return found


def _source(source: Any) -> list[str]:
    if not isinstance(source, dict) or not source.get("label"):
        return ["H2@105: source without label"]
    found = [
        f"H2@107: source.{key} is not absolute"
        for key in ("url", "icon")
        if key in source and not urlsplit(source[key]).scheme
    ]
    topic = source.get("topic", {})
    if not (topic.get("system") and topic.get("code")):
        found.append("topic without system and code")
    if len(topic.get("code", "")) > 100:
        found.append("Epic: topic code longer than 100 characters")
    return found


def _text(detail: str) -> list[str]:
    """Plain GFM: no HTML and no link that runs, so that no client has to be trusted to clean it."""
    found = ["detail holds HTML"] if re.search(r"<[a-zA-Z/!?]", detail) else []
    if re.search(r"\]\((?!https?://)|javascript:|data:", detail, re.IGNORECASE):
        found.append("detail links to something else than a page")
    return found


def _suggestion(suggestion: dict[str, Any]) -> list[str]:
    found = []
    if not suggestion.get("label"):
        found.append("H2@117: suggestion without label")
    if not _is_uuid(suggestion.get("uuid")):
        found.append("suggestion.uuid is no UUID")
    if not isinstance(suggestion.get("isRecommended", True), bool):
        found.append("H2@119: isRecommended is no boolean")
    kinds = [action.get("type") for action in suggestion.get("actions", [])]
    places = [_FHIR_ORDER.index(kind) for kind in kinds if kind in _FHIR_ORDER]
    if places != sorted(places):
        found.append("H2@125: deletes stand before creates")
    if "actionSelectionBehavior" in suggestion:
        found.append("cds-resp-7: actionSelectionBehavior without known support")
    for action in suggestion.get("actions", []):
        found += _action(action)
    return found


def _action(action: dict[str, Any]) -> list[str]:
    found = []
    kind, resource = action.get("type"), action.get("resource") or {}
    if kind not in ACTIONS:
        found.append("H2@127: action type")
    if not action.get("description"):
        found.append("cds-resp-5: action without description")
    if kind in ("create", "update") and not resource.get("resourceType"):
        found.append("H2@131: create or update without resource")
    if kind == "create" and "id" in resource:
        found.append("H2@131: a resource to create has no id yet")
    if kind == "update" and not resource.get("id"):
        found.append("H2@132: a resource to update has an id")
    if kind == "delete" and ("resource" in action or not action.get("resourceId")):
        found.append("cds-resp-2: delete names resourceId and no resource")
    if kind != "delete" and "resourceId" in action:
        found.append("[3.0]: resourceId is for deletes")
    if "resourceId" in action and not _RELATIVE.fullmatch(action["resourceId"]):
        found.append("H2@133: resourceId is no relative reference")
    return found


def _link(link: dict[str, Any]) -> list[str]:
    found = []
    if not all(link.get(key) for key in ("label", "url", "type")):
        found.append("H2@138: link without label, url or type")
    if link.get("type") not in ("absolute", "smart"):
        found.append("H2@142: link type")
    if link.get("type") == "absolute" and "appContext" in link:
        found.append("cds-resp-3: appContext on an absolute link")
    if "appContext" in link and not isinstance(link["appContext"], str):
        found.append("H2@144: appContext is no text")
    if link.get("autolaunchable"):
        found.append("[3.0]: a link that launches by itself hides the card")
    if urlsplit(link.get("url", "")).scheme not in ("http", "https"):
        found.append("H2@140: link url is not absolute")
    return found


def problems_of_discovery(discovery: Any) -> list[str]:
    """H2@6-12, and that no prefetch template needs more than a plain search."""
    if not isinstance(discovery, dict) or not isinstance(discovery.get("services"), list):
        return ["H2@6: no array of services"]
    found = problems_of_emptiness(discovery)
    for service in discovery["services"]:
        if not all(service.get(key) for key in ("hook", "id", "description")):
            found.append("H2@7: service without hook, id or description")
        found += _service(service)
    ids = [service.get("id") for service in discovery["services"]]
    if len(set(ids)) != len(ids):
        found.append("two services share an id, which means that their cards replace each other")
    return found


def _service(service: dict[str, Any]) -> list[str]:
    found = []
    if service.get("hook") not in PUBLISHED_HOOKS:
        found.append("LIB: no published hook")
    if not re.fullmatch(r"\d+\.\d+(\.\d+)?", service.get("version", "")):
        found.append("[3.0]: version of the specification")
    for key, template in service.get("prefetch", {}).items():
        tokens = re.findall(r"\{\{(.*?)\}\}", template)
        if set(tokens) - {"context.patientId"}:
            found.append(f"prefetch {key} uses a token that clients resolve differently")
        names = {one.partition("=")[0] for one in template.partition("?")[2].split("&") if one}
        if names - RESTRICTED:
            found.append(f"H2@58: prefetch {key} asks for more than a restricted query")
    return found


def problems_of_request(body: dict[str, Any]) -> list[str]:
    """What a client owes: required fields, and no token without the server it is for (cds-r-1)."""
    found = [
        f"H2@16: request without {key}"
        for key in ("hook", "hookInstance", "context")
        if not body.get(key)
    ]
    if "fhirAuthorization" in body and not body.get("fhirServer"):
        found.append("cds-r-1: fhirAuthorization without fhirServer")
    given = body.get("fhirAuthorization") or {}
    if "patient/" in str(given.get("scope", "")) and not given.get("patient"):
        found.append("cds-r-2: patient scopes without the patient")
    return found


def problems_of_feedback(body: Any) -> list[str]:
    """What a client owes with feedback: cds-fb-1 to -3."""
    if not isinstance(body, dict) or not isinstance(body.get("feedback"), list):
        return ["no array of feedback"]
    found: list[str] = []
    for item in body["feedback"]:
        if not (item.get("card") and item.get("outcomeTimestamp")):
            found.append("feedback without card or outcomeTimestamp")
        if item.get("outcome") not in ("accepted", "overridden"):
            found.append("cds-fb-1: outcome")
        chosen = item.get("acceptedSuggestions")
        if item.get("outcome") == "accepted" and not (
            chosen and all(one.get("id") for one in chosen)
        ):
            found.append("cds-fb-2: accepted without suggestions")
        reason = item.get("overrideReason")
        if reason is not None and not (reason.get("reason") or reason.get("userComment")):
            found.append("cds-fb-3: overrideReason without reason and comment")
    return found


def problems_of_operation_outcome(body: Any) -> list[str]:
    """An error body that tells what to change."""
    if body.get("resourceType") != "OperationOutcome" or not body.get("issue"):
        return ["no OperationOutcome"]
    found = problems_of_emptiness(body)
    for issue in body["issue"]:
        if issue.get("severity") not in ("fatal", "error", "warning", "information"):
            found.append("issue.severity")
        if not issue.get("code") or not issue.get("diagnostics"):
            found.append("issue without code or diagnostics")
    return found


def _is_uuid(text: Any) -> bool:
    try:
        return isinstance(text, str) and str(UUID(text)) == text
    except ValueError:
        return False
